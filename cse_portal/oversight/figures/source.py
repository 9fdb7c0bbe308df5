"""Where numbers come from: the compliance ledger. Rows are (organisation id, cadre id, status code, officers)."""

from django.db import connection

from training.compliance import rules, status
from training.models import Enrolment

try:
    from training.compliance import ledger
except ImportError:
    ledger = None

# Spans of the few who hold a seat, not of everyone.
ENROLLED = """
SELECT s.organisation_id, s.cadre_id, count(DISTINCT s.officer_id)
FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id
JOIN training_compliancespan s ON s.officer_id = e.officer_id AND s.starts <= %(on)s AND s.ends > %(on)s AND s.status = ANY (%(wanting)s)
WHERE e.state = ANY (%(states)s) AND c.state <> 'cancelled' AND c.ends_on >= %(on)s
  AND (e.enrolled_at AT TIME ZONE 'Africa/Nairobi')::date <= %(on)s AND (%(ids)s::bigint[] IS NULL OR s.organisation_id = ANY (%(ids)s::bigint[]))
GROUP BY 1, 2 ORDER BY 1, 2
"""
WANTING = [rules.STATUSES.index(rules.DUE), rules.STATUSES.index(rules.OVERDUE)]


def cells(on, known_on=None, ids=None):
    if ledger is None:
        return [row for row in status.counts(on) if ids is None or row[0] in ids]
    return ledger.cells(on, known_on=known_on) if ids is None else ledger.of_organisations(list(ids), on, known_on=known_on)


def cells_on(asked, known_on=None):
    """{day: [(cadre id, status code, officers)]} of the MDAs asked for on each day: `asked` {day: organisation ids}."""
    if ledger is None:
        return {day: [row[1:] for row in cells(day, known_on, ids)] for day, ids in asked.items()}
    if hasattr(ledger, "totals"):
        return ledger.totals(asked, known_on=known_on)
    ids = sorted(set().union(*asked.values()))
    read = ledger.trend(list(asked), organisation_ids=ids, known_on=known_on)
    return {day: [row[1:] for row in read[day] if row[0] in ids] for day, ids in asked.items()}


def county_cells(on):
    """[(county id, cadre id, status code, officers)] of everyone in post."""
    if ledger is None:
        return [(county, cadre, state, n) for _o, cadre, county, state, n, _e in status.census(on) if county]
    return ledger.county_cells(on)


def expiring(on, till, ids=None):
    """[(organisation id, cadre id, officers)] up to date on the day and due or overdue on `till` if nothing is done."""
    if ledger is None:
        return []
    return ledger.expiring(on, till, organisation_ids=None if ids is None else list(ids))


def mark():
    return "" if ledger is None else str(ledger.mark())


def enrolled(on, ids=None):
    """{organisation id: {cadre id: officers in post there, due or overdue, who hold a seat in a cohort that has not ended}}"""
    params = {"states": list(Enrolment.LIVE), "on": on, "ids": None if ids is None else list(ids), "wanting": WANTING}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(ENROLLED, params)
        for organisation, cadre, n in cursor.fetchall():
            found.setdefault(organisation, {})[cadre] = n
    return found
