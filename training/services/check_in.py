"""Officers check themselves in by the code on the hall's screen; the trainer compares with a count of heads."""

import uuid

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import hall_code, policies
from training.models import AttendanceEntry, Enrolment
from training.models.register import Mark

from . import register
from .locks import locked


def accepts(session, given):
    """Whether the code opens the session now."""
    return hall_code.accepts(settings.SECRET_KEY, session, given, clock.now())


def present_code(session):
    at = clock.now()
    return hall_code.code(settings.SECRET_KEY, session.uid, hall_code.window(at)), hall_code.turns_in(at)


@transaction.atomic
def check_in(actor, *, session, enrolment):
    """Marks the officer present, once: the Answer. Where a trainer marked otherwise, both stand until a person settles."""
    cohort = locked(actor, session.cohort, lambda scope, c: is_own(scope, enrolment), _("You check in yourself only."))
    if enrolment.cohort_id != cohort.pk or enrolment.state not in Enrolment.SEATED:
        raise Refused(_("You have no seat in this course."), code="no_seat")
    if not hall_code.is_open(session, clock.now()):
        raise Refused(_("The session is not running; nobody checks in."), code="not_open")
    mine = uuid.uuid5(session.uid, f"check-in:{enrolment.pk}")
    said = register.Said(enrolment.pk, Mark.PRESENT, None, mine)
    return register.take_in(actor, cohort, session, [said], register.Source.QR)[0]


def is_own(scope, enrolment):
    """Whether the actor is the officer of the enrolment: signed in, or by the link of the seat."""
    if link := getattr(scope, "enrolment", None):
        return link.pk == enrolment.pk
    return scope.officer is not None and scope.officer.pk == enrolment.officer_id


def checked_in(session):
    """Entries of those who checked themselves in, by name."""
    found = AttendanceEntry.objects.filter(session=session, source=register.Source.QR)
    return found.select_related("enrolment__officer", "enrolment__organisation").order_by(
        "enrolment__officer__surname", "enrolment__officer__first_name", "id"
    )


@transaction.atomic
def count_heads(actor, *, session, counted):
    """Writes down how many sat in the hall beside how many are marked as there: (counted, marked)."""
    locked(actor, session.cohort, policies.may_mark, _("Only the trainers of this cohort mark its attendance."))
    there = session.marks.filter(mark__in=[Mark.PRESENT, Mark.LATE]).count()
    trail.record(actor, "counted heads", session, {"counted": (None, counted), "marked": (None, there)})
    return counted, there
