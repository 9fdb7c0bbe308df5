"""Compliance of many officers at once, in SQL: the function `training_status` of the database. Same rule as rules.py."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from centres.models import Posting
from training.models import Enrolment

LABELS = {
    "current": _("Up to date"),
    "due": _("Due"),
    "overdue": _("Overdue"),
    "excused": _("Excused"),
    "not_required": _("Not required"),
}


@dataclass(frozen=True)
class OfficerStatus:
    status: str
    due_on: object  # the first day that counts as overdue; None unless due or overdue
    lacking: list  # ids of the courses required and not held


def rows(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


CENSUS = """
SELECT s.organisation_id, s.cadre_id, s.county_id, s.status, count(*), count(*) FILTER (
    WHERE s.status IN ('due', 'overdue') AND EXISTS (
        SELECT 1 FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id
        WHERE e.officer_id = s.officer_id AND e.state = ANY (%s) AND c.state <> 'cancelled' AND c.ends_on >= %s
          AND (e.enrolled_at AT TIME ZONE 'Africa/Nairobi')::date <= %s))
FROM training_status(%s, %s::bigint[]) s GROUP BY 1, 2, 3, 4
"""


def census(on, organisation_ids=None):
    """[(organisation_id, cadre_id, county_id, status, officers, of these enrolled)] of those in post on the day, in one pass;
    at these organisations only, or at all. Enrolled: due or overdue, and holding a seat in a cohort that has not ended."""
    officers = None
    if organisation_ids is not None:
        officers = list(Posting.objects.on(on).filter(organisation__in=organisation_ids).values_list("officer", flat=True))
    return rows(CENSUS, [list(Enrolment.LIVE), on, on, on, officers])


def counts(on):
    """[(organisation_id, cadre_id, status, number of officers)] of those in post on the day."""
    return rows("SELECT organisation_id, cadre_id, status, count(*) FROM training_status(%s) GROUP BY 1, 2, 3", [on])


def counts_of(officer_ids, on):
    """The same rows of these officers only."""
    sql = "SELECT organisation_id, cadre_id, status, count(*) FROM training_status(%s, %s::bigint[]) GROUP BY 1, 2, 3"
    return rows(sql, [on, list(officer_ids)])


def of_officers(officer_ids, on):
    """{officer_id: OfficerStatus} of those in post on the day."""
    ids = list(officer_ids)
    found = rows("SELECT officer_id, status, due_on, lacking FROM training_status(%s, %s::bigint[])", [on, ids]) if ids else []
    return {officer: OfficerStatus(code, due_on, lacking) for officer, code, due_on, lacking in found}


def with_status(officers, on, statuses, organisation_ids=None):
    """Officers of the queryset whose status on the day is one of `statuses`; of these organisations only, or of all."""
    # Asked by itself and with the ids written out: joined to another query the planner runs it row by row (seconds at 20,000).
    ids = None
    if organisation_ids is not None:
        ids = list(Posting.objects.on(on).filter(organisation__in=organisation_ids).values_list("officer", flat=True))
    found = rows("SELECT officer_id FROM training_status(%s, %s::bigint[]) WHERE status = ANY (%s)", [on, ids, list(statuses)])
    return officers.filter(pk__in=[officer for (officer,) in found])


def due_between(on, first, last):
    """{officer_id: OfficerStatus} of those due or overdue on the day whose due date lies in [first, last]."""
    found = rows(
        "SELECT officer_id, status, due_on, lacking FROM training_status(%s) WHERE due_on BETWEEN %s AND %s", [on, first, last]
    )
    return {officer: OfficerStatus(code, due_on, lacking) for officer, code, due_on, lacking in found}
