"""The calendar's cohorts of a period, with the seats that are free."""

from django.db.models import Count, Prefetch, Q

from training.models import Cohort, CohortSession, CohortTrainer, CourseVersion, Enrolment

from . import seating

TAKES = (Cohort.State.OPEN, Cohort.State.CONFIRMED)
ONLINE = "online"  # in place of the code of a campus
TRAINERS = Prefetch("trainers", CohortTrainer.objects.select_related("user").order_by("user__name"))
HELD = Prefetch("sessions", CohortSession.objects.filter(cancelled_at=None))


def read(scope, period, asked):
    """Cohorts of the period by their first day, narrowed by `asked` {cadre, campus, free}; each with `taken`, `free`, `waiting` (how
    many wait) and `mdas` (how many MDAs have seats). Those cancelled are left out."""
    found = Cohort.objects.visible_to(scope).filter(starts_on__lte=period.last, ends_on__gte=period.first)
    found = found.exclude(state=Cohort.State.CANCELLED).select_related("course_version__course__cadre", "campus")
    waits, holds = Q(enrolments__state=Enrolment.State.WAITLISTED), Q(enrolments__state__in=Enrolment.LIVE)
    found = found.annotate(
        waiting=Count("enrolments", filter=waits), mdas=Count("enrolments__organisation", filter=holds, distinct=True)
    )
    if asked.get("cadre"):
        found = found.filter(course_version__course__cadre=asked["cadre"])
    if where := asked.get("campus"):
        online = Q(course_version__mode=CourseVersion.Mode.VIRTUAL)
        found = found.filter(online) if where == ONLINE else found.filter(~online, campus__code=where)
    found = with_free(found.prefetch_related(TRAINERS, HELD).order_by("starts_on", "code"), scope)
    return [c for c in found if c.free and c.state in TAKES] if asked.get("free") else found


def with_free(found, scope):
    """`taken` and `free`: for people of an MDA what is free for it, its quota with the pool."""
    found = list(found)
    seats = seating.seats_of(found)
    mda = scope.organisation.pk if scope.organisation else None
    for cohort in found:
        of = seats[cohort.pk]
        cohort.taken, cohort.free = of.taken, max(of.free_for(mda) if mda else of.pool, 0)
    return found
