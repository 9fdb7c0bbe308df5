"""Where numbers come from: the compliance ledger. Rows are (organisation id, cadre id, status code, officers)."""

from django.db import connection

from training.compliance import ledger, rules
from training.models import Enrolment

MARK = ledger.MARK

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
    return ledger.cells(on, known_on=known_on) if ids is None else ledger.of_organisations(ids, on, known_on=known_on)


def cells_on(asked, known_on=None):
    """{day: [(cadre id, status code, officers)]} of the MDAs asked for on each day: `asked` {day: organisation ids}."""
    return ledger.totals(asked, known_on=known_on)


def county_cells(on):
    """[(county id or None, cadre id, status code, officers)] of everyone in post."""
    return ledger.county_cells(on)


def expiring(on, till, ids=None):
    """[(organisation id, cadre id, officers)] up to date on the day and due or overdue on `till` if nothing is done."""
    return ledger.expiring(on, till, ids)


def marks(days):
    """{day: a text that changes whenever something was recorded that took effect by then}"""
    return ledger.marks(days)


def enrolled(on, ids=None):
    """{organisation id: {cadre id: officers in post there, due or overdue, who hold a seat in a cohort that has not ended}}"""
    params = {"states": list(Enrolment.LIVE), "on": on, "ids": None if ids is None else list(ids), "wanting": WANTING}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(ENROLLED, params)
        for organisation, cadre, n in cursor.fetchall():
            found.setdefault(organisation, {})[cadre] = n
    return found
