"""What every act on seats begins with: one transaction that is tried again after a deadlock, the cohorts under lock, their seats counted,
and the sentences of what the database refuses."""

import time
from functools import wraps

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, Min
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training.models import Cohort, CohortSession, Enrolment, SeatQuota
from training.seats import Seats

TRIES = 5
DEADLOCK = "40P01"


def act_on_seats(call):
    """A service: one transaction. Two that wait for each other are not an error: the one that is ended begins anew."""

    @wraps(call)
    def run(*args, **kwargs):
        nested = connection.in_atomic_block
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return call(*args, **kwargs)
            except OperationalError as e:
                if nested or not left or getattr(e.__cause__, "pgcode", "") != DEADLOCK:
                    raise
                time.sleep(0.02 * (TRIES - left))
            except IntegrityError as e:
                raise refusal(e) from e

    return run


def refusal(error):
    """What the database refused in a race, as a sentence; the error itself when it is another."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or str(error)
    if "seats_within_capacity" in name:
        return Refused(_("Meanwhile the last seat was taken. Look again."), code="full")
    if "officer_in_one_place" in name:
        return Refused(_("Meanwhile one of these officers got a seat elsewhere at the same time. Look again."), code="clash")
    if "one_live_enrolment_per_officer_and_cohort" in name:
        return Refused(_("Meanwhile one of these officers was enrolled in this cohort. Look again."), code="seated")
    return error


def lock(cohorts):
    """The cohorts anew, locked in the order of their ids, with course and campus and `.begins_at`: when their first session starts."""
    ids = [c.pk for c in cohorts]
    found = Cohort.objects.select_for_update(of=("self",), no_key=True).select_related("course_version__course", "campus")
    return with_begin(list(found.filter(pk__in=ids).order_by("pk")))


def with_begin(cohorts):
    first = CohortSession.objects.filter(cohort__in=cohorts, cancelled_at=None).order_by().values_list("cohort")
    first = dict(first.annotate(at=Min("starts_at")))
    for c in cohorts:
        c.begins_at = first.get(c.pk) or clock.instant(c.starts_on)
    return cohorts


def seats_of(cohorts):
    """{cohort id: Seats}, counted now; exact only while the cohorts are locked. Two queries."""
    quotas, held = {}, {}
    for cohort, mda, n in SeatQuota.objects.standing().filter(cohort__in=cohorts).values_list("cohort", "organisation", "seats"):
        quotas.setdefault(cohort, {})[mda] = n
    rows = Enrolment.objects.live().filter(cohort__in=cohorts).order_by().values_list("cohort", "organisation")
    for cohort, mda, n in rows.annotate(n=Count("*")):
        held.setdefault(cohort, {})[mda] = n
    return {c.pk: Seats(c.capacity, quotas.get(c.pk), held.get(c.pk)) for c in cohorts}


CLASHES = """
SELECT t.id, e.officer_id, c.code, c.starts_on, c.ends_on, place.name, lower(e.busy * t.busy)
  FROM (SELECT id, training_session_times(id) AS busy FROM unnest(%(cohorts)s::bigint[]) AS id) t
  JOIN training_enrolment e ON e.busy && t.busy AND e.cohort_id <> t.id
  JOIN training_cohort c ON c.id = e.cohort_id
  JOIN centres_centre place ON place.id = c.campus_id
 WHERE e.officer_id = ANY(%(officers)s) AND e.state IN ('nominated', 'approved', 'offered', 'confirmed')
 ORDER BY c.starts_on, c.id
"""


def clashes(cohorts, officers):
    """{(cohort id, officer id): (code, starts on, ends on, campus, the first minute of both)} where an officer's seat elsewhere meets
    at the time of a cohort; session times are half-open: one may begin where the other ends."""
    with connection.cursor() as cursor:
        cursor.execute(CLASHES, {"cohorts": [c.pk for c in cohorts], "officers": list(officers)})
        found = {}
        for cohort, officer, *there in cursor.fetchall():
            found.setdefault((cohort, officer), tuple(there))
    return found


MEETING = """
WITH t AS (SELECT id, training_session_times(id) AS busy FROM unnest(%s::bigint[]) AS id)
SELECT a.id, b.id FROM t a JOIN t b ON a.id <> b.id AND a.busy && b.busy
"""


def meeting(cohorts):
    """{cohort id: ids of those among the cohorts that meet at the same time}"""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(MEETING, [[c.pk for c in cohorts]])
        for one, other in cursor.fetchall():
            found.setdefault(one, set()).add(other)
    return found
