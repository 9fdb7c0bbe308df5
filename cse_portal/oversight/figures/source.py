"""Where numbers come from: the compliance ledger. Rows are (organisation id, cadre id, status code, officers)."""

from django.db import connection

from training.compliance import ledger, rules
from training.models import Enrolment

MARK = ledger.MARK

# Spans of the few who hold a seat, not of everyone.
SEATS = """
FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id
JOIN training_compliancespan s ON s.officer_id = e.officer_id AND s.starts <= %(on)s AND s.ends > %(on)s AND s.status = ANY (%(wanting)s)
WHERE e.state = ANY (%(states)s) AND c.state <> 'cancelled' AND c.ends_on >= %(on)s
  AND (e.enrolled_at AT TIME ZONE 'Africa/Nairobi')::date <= %(on)s AND (%(ids)s::bigint[] IS NULL OR s.organisation_id = ANY (%(ids)s::bigint[]))
"""
ENROLLED = f"SELECT s.organisation_id, s.cadre_id, count(DISTINCT s.officer_id) {SEATS} GROUP BY 1, 2 ORDER BY 1, 2"
# What changes at an MDA beside its figures: who holds a seat, its cohorts, what waits about its register.
PULSE = f"""
SELECT
  (SELECT concat(count(*), '/', sum(hashtext(concat(e.id, s.cadre_id, s.organisation_id)))) {SEATS}),
  (SELECT concat(count(*), '/', sum(hashtext(concat(e.id, e.state, c.state, c.starts_on, c.ends_on, c.campus_id))))
   FROM training_cohort c JOIN training_enrolment e ON e.cohort_id = c.id
   WHERE c.ends_on >= %(on)s AND e.organisation_id = ANY (%(ids)s::bigint[])),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state)))) FROM centres_transferrequest
   WHERE from_organisation_id = ANY (%(ids)s::bigint[]) OR to_organisation_id = ANY (%(ids)s::bigint[])),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state)))) FROM centres_possibleleaver WHERE organisation_id = ANY (%(ids)s::bigint[])),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, name, county_id)))) FROM centres_centre WHERE organisation_id = ANY (%(ids)s::bigint[])),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, name, turnaround)))) FROM centres_service WHERE owner_id = ANY (%(ids)s::bigint[]))
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


def _asked(on, ids):
    return {"states": list(Enrolment.LIVE), "on": on, "ids": None if ids is None else list(ids), "wanting": WANTING}


def enrolled(on, ids=None):
    """{organisation id: {cadre id: officers in post there, due or overdue, who hold a seat in a cohort that has not ended}}"""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(ENROLLED, _asked(on, ids))
        for organisation, cadre, n in cursor.fetchall():
            found.setdefault(organisation, {})[cadre] = n
    return found


def pulse(on, ids):
    """A text that changes whenever anything of these MDAs does that their page shows beside the figures, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(PULSE, _asked(on, ids))
        return repr(cursor.fetchone())
