"""Where numbers come from: the compliance ledger. Rows are (organisation id, cadre id, status code, officers)."""

from training.compliance import status
from training.models import Enrolment

try:
    from training.compliance import ledger
except ImportError:
    ledger = None

# Seats are few beside officers: the status of those who hold one is asked, not that of everyone.
SEATED = """
SELECT DISTINCT e.officer_id FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id
WHERE e.state = ANY (%(states)s) AND c.state <> 'cancelled' AND c.ends_on >= %(on)s
  AND (e.enrolled_at AT TIME ZONE 'Africa/Nairobi')::date <= %(on)s
  AND (%(ids)s::bigint[] IS NULL OR EXISTS (
    SELECT 1 FROM centres_posting p WHERE p.officer_id = e.officer_id AND p.during @> %(on)s::date AND p.organisation_id = ANY (%(ids)s::bigint[])))
"""


def cells(on, known_on=None, ids=None):
    if ledger is None:
        return [row for row in status.counts(on) if ids is None or row[0] in ids]
    return ledger.cells(on, known_on=known_on) if ids is None else ledger.of_organisations(list(ids), on, known_on=known_on)


def cells_on(days, known_on=None, ids=None):
    """{day: rows}"""
    if ledger is None:
        return {day: cells(day, known_on, ids) for day in days}
    return ledger.trend(list(days), organisation_ids=None if ids is None else list(ids), known_on=known_on)


def county_cells(on):
    """[(county id, cadre id, status code, officers)] of everyone in post."""
    if ledger is None:
        return [(county, cadre, state, n) for _o, cadre, county, state, n, _e in status.census(on) if county]
    return ledger.county_cells(on)


def mark():
    return "" if ledger is None else str(ledger.mark())


def enrolled(on, ids=None):
    """{organisation id: {cadre id: officers in post there, due or overdue, who hold a seat in a cohort that has not ended}}"""
    params = {"states": list(Enrolment.LIVE), "on": on, "ids": None if ids is None else list(ids)}
    officers = [pk for (pk,) in status.rows(SEATED, params)]
    found = {}
    for organisation, cadre, state, n in status.counts_of(officers, on):
        if state in ("due", "overdue"):
            cadres = found.setdefault(organisation, {})
            cadres[cadre] = cadres.get(cadre, 0) + n
    return found
