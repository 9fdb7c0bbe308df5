"""Appeals: a learner disputes a mark or a result; somebody who had no hand in it decides, by a day."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import completion, policies
from training.models import Appeal, AssessmentResult, Attendance, AttendanceEntry, Cohort, Correction, Enrolment

from . import awards, corrections_of_marks, corrections_of_results
from .assessment import HELD_TO_THE_END, components
from .reaching import language_of, notice_to
from .results import latest

WINDOW = dt.timedelta(days=14)  # after the release of a result, or after the cohort was closed
WORKING_DAYS = 10
About, State = Appeal.About, Appeal.State


def window(enrolment, about, component=None):
    """The last day to appeal, or None while nothing can be appealed yet. A mark: from the session until 14 days after the
    cohort is closed; a result: until 14 days after its release, or after the closing if that is later."""
    cohort = enrolment.cohort
    closed = cohort.closed_on + WINDOW if cohort.closed_on else None
    if about == About.ATTENDANCE:
        if closed:
            return closed
        return cohort.ends_on + WINDOW if Attendance.objects.filter(enrolment=enrolment).exists() else None
    rows = AssessmentResult.objects.standing().filter(enrolment=enrolment)
    if component:
        rows = rows.filter(component=component)
    last = max((clock.civil(at) for at in rows.values_list("released_at", flat=True) if at), default=None)
    ends = [day for day in (last + WINDOW if last else None, closed) if day]
    return max(ends, default=None)


@transaction.atomic
def appeal(actor, *, enrolment, about, grounds, session=None, component=None):
    """Opens an appeal, with the day by which it is decided."""
    seat = Enrolment.objects.select_for_update(of=("self",)).select_related("cohort__course_version__course", "officer__user").get(pk=enrolment.pk)  # fmt: skip
    if not policies.may_appeal(actor, seat):
        raise Refused(_("An appeal is made by the learner alone."), code="not_allowed")
    if seat.state not in HELD_TO_THE_END:
        raise Refused(_("You hold no seat in %(cohort)s.") % {"cohort": seat.cohort.code}, code="no_seat")
    today, grounds = clock.today(), grounds.strip()
    if about == About.ATTENDANCE:
        component = None
        if session is None or not Attendance.objects.filter(enrolment=seat, session=session).exists():
            sentence = _("Say in which session your mark is wrong.")
            raise Refused.of("session", sentence, "session")
    else:
        session, known = None, components(seat.cohort.course_version)
        if known and component not in known:
            sentence = _("Say which part of the assessment.")
            raise Refused.of("component", sentence, "component")
    last = window(seat, about, component)
    if last is None:
        raise Refused(_("There is nothing to appeal yet."), code="nothing")
    if today > last:
        raise Refused(_("The time to appeal ended on %(day)s.") % {"day": long_day(last)}, code="too_late")
    if not grounds:
        sentence = _("Say what is wrong and how you know.")
        raise Refused.of("grounds", sentence, "grounds")
    if Appeal.objects.filter(enrolment=seat, about=about, state=State.OPEN).exists():
        raise Refused(_("Your appeal about this waits to be decided."), code="open")
    now = clock.now()
    made = Appeal.objects.create(
        enrolment=seat,
        about=about,
        session=session,
        component=component,
        grounds=grounds[:4000],
        made_at=now,
        due_on=working_days.later(today, WORKING_DAYS),
    )
    trail.record(actor, "appealed", made, {"state": (None, made.state), "due_on": (None, made.due_on)})
    _tell(made, "appeal", _received)
    return made


@transaction.atomic
def withdraw(actor, *, appeal):
    """The learner takes an appeal back while nobody has decided."""
    appeal = _locked(appeal)
    if not policies.may_appeal(actor, appeal.enrolment):
        raise Refused(_("An appeal is withdrawn by the learner alone."), code="not_allowed")
    if appeal.state != State.OPEN:
        return appeal
    appeal.state = State.WITHDRAWN
    appeal.save(update_fields=["state"])
    trail.record(actor, "withdrew appeal", appeal, {"state": (State.OPEN, appeal.state)})
    return appeal


def had_a_hand(user, appeal):
    """Whether the person made any mark (or recorded or moderated any result) of this learner in this cohort."""
    seat = appeal.enrolment
    if appeal.about == About.ATTENDANCE:
        marked = Attendance.objects.filter(enrolment=seat, marked_by=user)
        return marked.exists() or AttendanceEntry.objects.filter(enrolment=seat, marked_by=user).exists()
    results = AssessmentResult.objects.filter(enrolment=seat)
    return results.filter(recorded_by=user).exists() or results.filter(moderated_by=user).exists()


@transaction.atomic
def decide(actor, *, appeal, upheld, reason, mark="", score=None):
    """Decides. Upheld: `mark` or `score` is what is right, and it is put right in the same act, the old kept."""
    cohort = (
        Cohort.objects.select_for_update(of=("self",)).select_related("course_version__course").get(pk=appeal.enrolment.cohort_id)
    )
    appeal = _locked(appeal)
    appeal.enrolment.cohort = cohort
    if not policies.may_decide_appeal(actor, appeal):
        raise Refused(_("An appeal is decided by a coordinator or a trainer of the cohort."), code="not_allowed")
    if appeal.state != State.OPEN:
        return appeal
    if had_a_hand(actor.user, appeal):
        raise Refused(_("You recorded, moderated or marked what is appealed: somebody else decides."), code="own_work")
    reason = reason.strip()
    if not reason:
        sentence = _("Give the reason of the decision: the learner reads it.")
        raise Refused.of("reason", sentence, "reason")
    appeal.state = State.UPHELD if upheld else State.REJECTED
    appeal.decided_by, appeal.decided_at, appeal.decision_reason = actor.user, clock.now(), reason
    if upheld:
        appeal.correction = _correct(actor, cohort, appeal, mark, score)
    appeal.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "correction"])
    trail.record(actor, "decided appeal", appeal, {"state": (State.OPEN, appeal.state)}, reason)
    _tell(appeal, "appeal-decided", _decided)
    if upheld:
        awards.decide_again(actor, appeal.enrolment, _("Appeal upheld: %(reason)s") % {"reason": reason[:250]})
    return appeal


def _correct(actor, cohort, appeal, mark, score):
    """The correction that an upheld appeal makes: the learner asked, the decider agreed."""
    seat = appeal.enrolment
    said = {"enrolment": seat, "reason": appeal.decision_reason[:300], "state": Correction.State.MADE}
    said |= {"asked_by": seat.officer.user, "asked_at": appeal.made_at, "decided_by": actor.user, "decided_at": appeal.decided_at}
    said["decision_reason"] = said["reason"]
    if appeal.about == About.ATTENDANCE:
        stands = Attendance.objects.filter(enrolment=seat, session=appeal.session).first()
        if mark not in Attendance.Mark.values or (stands and stands.mark == mark):
            sentence = _("Choose the mark that is right; it differs from the one that stands.")
            raise Refused.of("mark", sentence, "mark")
        correction = Correction.objects.create(session=appeal.session, mark=mark, was=stands.mark if stands else "", **said)
        corrections_of_marks.make_mark(actor, correction)
        return correction
    stands = latest(appeal.component, [seat.pk])[0].get(seat.pk)
    if score is None or not 0 <= score <= 100 or (stands and stands.score == score):
        sentence = _("Give the score that is right, 0 to 100; it differs from the one that stands.")
        raise Refused.of("score", sentence, "score")
    correction = Correction.objects.create(
        component=appeal.component, score=score, was=completion.plain(stands.score) if stands else "", **said
    )
    corrections_of_results.make(actor, seat, correction)
    return correction


def _locked(appeal):
    found = Appeal.objects.select_for_update(of=("self",)).select_related(
        "enrolment__officer__user", "enrolment__cohort__course_version__course", "session", "component"
    )
    return found.get(pk=appeal.pk)


def decidable(scope):
    """Open appeals in sight, the first due first; each knows whether the scope's user had a hand in it."""
    found = Appeal.objects.visible_to(scope).filter(state=State.OPEN).order_by("due_on", "pk")
    marks = Attendance.objects.filter(enrolment=OuterRef("enrolment"), marked_by=scope.user)
    rows = AssessmentResult.objects.filter(enrolment=OuterRef("enrolment"))
    return found.annotate(
        marked=Exists(marks),
        recorded=Exists(rows.filter(recorded_by=scope.user)),
        moderated=Exists(rows.filter(moderated_by=scope.user)),
    )


# Words to the learner.


def _received(appeal, words):
    subject = _("Your appeal is received: %(course)s") % words
    body = _("%(name)s,\n\nyour appeal about %(course)s is received. Somebody who had no hand in it decides by %(due)s.") % words
    return subject, body


def _decided(appeal, words):
    subject = (
        _("Your appeal is upheld: %(course)s") if appeal.state == State.UPHELD else _("Your appeal is rejected: %(course)s")
    ) % words
    return subject, _("%(name)s,\n\n%(what)s.\n\nReason: %(reason)s\n\n%(site)s/my/training/") % (words | {"what": subject})


def _tell(appeal, why, write):
    seat = appeal.enrolment
    language = language_of(seat.officer)
    with translation.override(language):
        words = {
            "name": seat.officer,
            "course": seat.cohort.course_version.course.title,
            "due": long_day(appeal.due_on),
            "reason": appeal.decision_reason,
            "site": settings.SITE_URL,
        }
        subject, body = write(appeal, words)
    outbox.queue_many(notice_to(seat.officer, f"{why}:appeal-{appeal.pk}", subject, body, appeal, language))
