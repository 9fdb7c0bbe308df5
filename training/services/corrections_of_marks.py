"""Marks that were wrong after a cohort is closed: one asks, another decides, and the outcome is decided anew."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import policies
from training.models import Attendance, AttendanceEntry, Cohort, Correction, Enrolment

from . import awards, register

State = Correction.State


@transaction.atomic
def ask(actor, *, enrolment, session, mark, reason):
    """Asks that the officer's mark in a session of the closed cohort becomes another."""
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=enrolment.cohort_id)
    if not policies.may_mark(actor, cohort):
        raise Refused(_("Only the trainers of this cohort mark its attendance."), code="not_allowed")
    if cohort.state != Cohort.State.CLOSED:
        raise Refused(_("This cohort is not closed: change the mark in the register."), code="not_closed")
    if session.cohort_id != cohort.pk or session.cancelled_at or mark not in Attendance.Mark.values:
        raise Refused(_("There is no such session."), code="no_session")
    if not reason.strip():
        sentence = _("Say why the mark was wrong.")
        raise Refused.of("reason", sentence, "reason")
    was = _standing(session, enrolment)
    if was == mark:
        raise Refused(_("It is marked so already."), code="same")
    if Correction.objects.filter(enrolment=enrolment, session=session, state=State.ASKED).exists():
        raise Refused(_("A correction of this mark waits to be decided."), code="asked")
    made = Correction.objects.create(
        enrolment=enrolment, session=session, mark=mark, was=was, reason=reason.strip()[:300], asked_by=actor.user, asked_at=clock.now()
    )  # fmt: skip
    trail.record(actor, "asked for a correction", enrolment, {f"session {session.number}": (was, mark)}, made.reason)
    return made


def _standing(session, enrolment):
    return Attendance.objects.filter(session=session, enrolment=enrolment).values_list("mark", flat=True).first() or ""


@transaction.atomic
def decide(actor, *, correction, make, reason=""):
    """Makes or refuses it; never who asked. What is made stands as an entry of its own and decides the outcome anew."""
    cohort = Cohort.objects.select_for_update(no_key=True).get(enrolments=correction.enrolment_id)
    correction = Correction.objects.select_for_update(of=("self",)).select_related("session").get(pk=correction.pk)
    enrolment = Enrolment.objects.select_related("officer", "cohort").get(pk=correction.enrolment_id)
    if not policies.may_mark(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, decide on its marks."), code="not_allowed")
    if not policies.may_decide_mark(actor, correction):
        raise Refused(_("Another person decides what you asked for, or what concerns you."), code="second_person")
    if correction.state != State.ASKED or correction.session_id is None:
        raise Refused(_("This correction is decided already."), code="decided")
    if not make and not reason.strip():
        raise Refused(_("Say why it is refused."), code="reason")
    was = _standing(correction.session, enrolment)
    correction.state = State.MADE if make else State.REFUSED
    correction.decided_by, correction.decided_at, correction.decision_reason = actor.user, clock.now(), reason.strip()[:300]
    correction.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    if make:
        make_mark(actor, correction)
        awards.decide_again(actor, enrolment, correction.reason)
    else:
        words = correction.decision_reason
        trail.record(actor, "refused a correction", enrolment, {f"session {correction.session.number}": (was, was)}, words)
    return correction


def make_mark(actor, correction):
    """Lets an agreed correction's mark stand, as an entry of its own, in the caller's transaction."""
    session, enrolment, at = correction.session, correction.enrolment, clock.now()
    standing = Attendance.objects.filter(session=session, enrolment=enrolment).select_related("entry").first()
    entry = AttendanceEntry.objects.create(
        client_id=uuid.uuid4(), session=session, enrolment=enrolment, mark=correction.mark, source=register.Source.CORRECTION,
        base=standing.entry if standing else None, reason=correction.reason[:200], marked_by=actor.user, marked_at=at, received_at=at,
    )  # fmt: skip
    register.stand([entry])
    change = {f"session {session.number}": (standing.mark if standing else "", correction.mark)}
    trail.record(actor, "corrected a mark", enrolment, change, correction.reason)
    return entry
