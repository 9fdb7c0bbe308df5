"""What was sent about a cohort, or to an officer: which messages, and who has no address to send to. Texts are not shown."""

from django.db.models import Q

from centres.models import Officer
from cse_portal.notices.models import Notice
from training.models import Certificate, Enrolment

from . import my_data


def of_cohort(scope, cohort):
    """Messages about the cohort, its sessions, seats and certificates; an MDA's people see those of their seats only."""
    seats = Enrolment.objects.visible_to(scope).filter(cohort=cohort)
    refs = [f"{cohort.code}/{ref}" for ref in seats.values_list("officer__ref", flat=True).distinct()]
    numbers = Certificate.objects.filter(completion__enrolment__in=seats).values("number")
    condition = Q(about_kind="enrolment", about_ref__in=refs) | Q(about_kind="certificate", about_ref__in=numbers)
    if scope.is_national:
        sessions = [f"{cohort.code}/{n}" for n in cohort.sessions.values_list("number", flat=True)]
        condition |= Q(about_kind="cohort", about_ref=cohort.code) | Q(about_kind="session", about_ref__in=sessions)
    return Notice.objects.filter(condition).defer("body", "calendar")


def without_address(scope, cohort):
    """Officers with a seat, or waiting for one, whom no message reaches."""
    live = [*Enrolment.HOLDING, Enrolment.State.WAITLISTED]
    seats = Enrolment.objects.visible_to(scope).filter(cohort=cohort, state__in=live)
    return Officer.objects.filter(enrolments__in=seats, email="", phone="").distinct()


def of_officer(officer):
    return my_data.notices(officer)
