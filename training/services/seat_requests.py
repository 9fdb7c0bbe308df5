"""An officer asks for a seat; the HR officer nominates, or says why not."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Posting
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import policies
from training.models import Cohort, Enrolment, SeatRequest

from . import nominations, seat_notices, seating
from .reaching import lock_officers

State = SeatRequest.State


@transaction.atomic
def ask(actor, *, cohort, reason="", needs="", now=None):
    """The acting learner asks for a seat in a cohort."""
    now = now or clock.now()
    if not policies.may_ask_for_seat(actor):
        raise Refused(_("Only an officer asks for a seat."), code="not_allowed")
    officer = lock_officers([actor.officer.pk])[actor.officer.pk]
    cohort = Cohort.objects.select_related("course_version__course", "campus").get(pk=cohort.pk)
    today = clock.civil(now)
    post = Posting.objects.on(today).filter(officer=officer).select_related("organisation", "cadre").first()
    if post is None:
        raise Refused(_("You are not in post today."), code="not_in_post")
    if cohort.state not in nominations.TAKES or cohort.starts_on <= today:
        raise Refused(_("%(cohort)s takes no enrolments any more.") % {"cohort": cohort.code}, code="not_open")
    if SeatRequest.objects.filter(cohort=cohort, officer=officer, state=State.ASKED).exists():
        raise Refused(_("You have asked for a seat in this cohort already."), code="asked")
    post.officer = officer
    if problem := nominations.why_not(cohort, [post]).get(officer.pk):
        raise Refused(problem[1], code=problem[0])
    made = SeatRequest.objects.create(cohort=cohort, officer=officer, reason=reason, needs=needs, asked_at=now)
    trail.record(actor, "asked", made, {"state": (None, made.state)}, reason)
    return made


def _begin(actor, request, may, sentence):
    made = SeatRequest.objects.select_for_update(of=("self",)).select_related("officer__user", "cohort__course_version__course")
    made = made.get(pk=request.pk)
    if not may(actor, made):
        raise Refused(sentence, code="not_allowed")
    if made.state != State.ASKED:
        raise Refused(
            _("This request is answered already: %(state)s.") % {"state": made.get_state_display().lower()}, code="answered"
        )
    return made


def _answer(actor, made, state, now, answer=""):
    was, made.state, made.answer = made.state, state, answer
    if state != State.WITHDRAWN:
        made.answered_by = actor.user
    made.answered_at = now
    made.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    trail.record(actor, str(state), made, {"state": (was, state)}, answer)


@transaction.atomic
def take_back(actor, *, request, now=None):
    """The learner no longer asks."""
    made = _begin(actor, request, policies.may_take_back_seat_request, _("Only who asked takes it back."))
    _answer(actor, made, State.WITHDRAWN, now or clock.now())
    return made


@seating.act_on_seats
def nominate(actor, *, request, clash_reason="", now=None):
    """The HR officer nominates who asked: the Nominated."""
    now = now or clock.now()
    made = SeatRequest.objects.select_related("cohort").get(pk=request.pk)
    result = nominations.nominate(actor, cohort=made.cohort, officers=[made.officer_id], clash_reason=clash_reason, now=now)
    made = _begin(
        actor, made, policies.may_answer_seat_request, _("Only an HR officer of the officer's MDA answers this request.")
    )
    _answer(actor, made, State.NOMINATED, now)
    return result


@transaction.atomic
def refuse(actor, *, request, answer, now=None):
    """The HR officer says why not; the officer is told."""
    made = _begin(
        actor, request, policies.may_answer_seat_request, _("Only an HR officer of the officer's MDA answers this request.")
    )
    _answer(actor, made, State.REFUSED, now or clock.now(), answer)
    post = Posting.objects.filter(officer=made.officer).select_related("organisation").order_by("-during").first()
    told = Enrolment(pk=made.pk, cohort=made.cohort, officer=made.officer, organisation=post.organisation if post else None)
    outbox.queue_many(seat_notices.tell("request-refused", [told], "{kind}:{pk}", reason=answer))
    return made
