"""The officer answers: comes or does not, takes the seat that is offered or does not. By the officer, by the HR officer for the officer, or
by the link in the notice."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from centres.access import Scope
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import moment
from cse_portal.notices import outbox
from training import access, policies
from training.models import Cohort, Enrolment, SeatOffer

from . import seat_notices, seating, waiting
from .nominations import approval_deadline

State = Enrolment.State


@dataclass(frozen=True)
class ByLink(Scope):
    """Whoever opened the link that was sent to the officer: may answer for this one enrolment."""

    enrolment: object = None

    @property
    def role(self):
        return "link"

    @property
    def actor(self):
        return f"link:{self.enrolment.officer.ref}"

    @property
    def actor_label(self):
        return str(self.enrolment.officer)


def by_link(enrolment):
    return ByLink(enrolment=enrolment)


def _begin(actor, enrolment, now):
    """The enrolment under lock, in its settled cohort, if the actor may answer for it."""
    [cohort] = waiting.settled([Cohort(pk=enrolment.cohort_id)], now)
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("officer__user", "organisation")
    found = rows.get(pk=enrolment.pk)
    found.cohort = cohort
    if not policies.may_answer(actor, found):
        raise Refused(_("Only the officer, or the HR officer of the MDA, answers for this seat."), code="not_allowed")
    return found


def _too_late(enrolment, now):
    if enrolment.cohort.state not in Cohort.LIVE or now >= enrolment.cohort.begins_at:
        raise Refused(
            _("%(cohort)s has begun or is over; ask the HR officer of the MDA.") % {"cohort": enrolment.cohort.code},
            code="too_late",
        )


def _stands_no_more(enrolment):
    return Refused(
        _("This seat is no longer held: %(why)s") % {"why": enrolment.withdrawn_reason or enrolment.get_state_display()},
        code="gone",
    )


@seating.act_on_seats
def confirm(actor, *, enrolment, now=None):
    """The officer comes. Said twice, it changes nothing."""
    now = now or clock.now()
    seat = _begin(actor, enrolment, now)
    if seat.state == State.OFFERED:
        return _accept(actor, seat, now)
    if seat.state == State.CONFIRMED and seat.answered_at:
        return seat
    if seat.state == State.NOMINATED:
        raise Refused(_("The nomination is not approved yet."), code="not_approved")
    if seat.state not in Enrolment.SEATED:
        raise _stands_no_more(seat)
    was, seat.state, seat.answered_at = seat.state, State.CONFIRMED, now
    seat.save(update_fields=["state", "answered_at"])
    trail.record(actor, "confirmed", seat, {"state": (was, seat.state)})
    return seat


@seating.act_on_seats
def decline(actor, *, enrolment, reason="", now=None):
    """The officer does not come: the seat, or the place in the queue, is given back, and the next gets the offer."""
    now = now or clock.now()
    seat = _begin(actor, enrolment, now)
    if seat.state == State.DECLINED:
        return seat
    if seat.state not in [*Enrolment.HOLDING, State.WAITLISTED]:
        raise _stands_no_more(seat)
    _too_late(seat, now)
    was = seat.state
    waiting.end(actor, [seat], State.DECLINED, now, "declined", reason, SeatOffer.Outcome.DECLINED)
    seat.answered_at = now
    seat.save(update_fields=["answered_at"])
    if actor.user is None or actor.user.pk != seat.enrolled_by_id:
        outbox.queue_many(seat_notices.tell_nominators("declined", [seat], f"declined:enrolment-{seat.pk}", reason))
    if was in Enrolment.SEATED:  # the sessions are in the officer's calendar
        outbox.queue_many(seat_notices.tell("not-coming", [seat]))
    waiting.fill(seat.cohort, now)
    return seat


@seating.act_on_seats
def accept_offer(actor, *, enrolment, now=None):
    """Takes the seat that is offered: confirmed where it is approved or nobody has to, else nominated. Said twice, it changes nothing."""
    now = now or clock.now()
    seat = _begin(actor, enrolment, now)
    if seat.state == State.OFFERED:
        return _accept(actor, seat, now)
    last = seat.offers.first()
    if last and last.outcome == SeatOffer.Outcome.ACCEPTED and seat.state in Enrolment.HOLDING:
        return seat
    if last and last.outcome == SeatOffer.Outcome.LAPSED:
        raise Refused(_("The offer lapsed on %(at)s.") % {"at": moment(last.expires_at)}, code="lapsed")
    raise Refused(_("No seat is offered now."), code="no_offer")


def _accept(actor, seat, now):
    offer = seat.offers.open().select_for_update().get()
    offer.outcome, offer.settled_at = SeatOffer.Outcome.ACCEPTED, now
    offer.save(update_fields=["outcome", "settled_at"])
    needs = not seat.approved_by_id and access.needs_approval([seat.organisation_id], clock.civil(now))
    was, seat.state, seat.answered_at = seat.state, State.NOMINATED if needs else State.CONFIRMED, now
    seat.approve_by = approval_deadline(seat.cohort, now) if needs else None
    seat.save(update_fields=["state", "answered_at", "approve_by"])
    trail.record(actor, "accepted", seat, {"state": (was, seat.state)})
    if seat.state == State.CONFIRMED:
        outbox.queue_many(seat_notices.tell("joining", [seat]))
    return seat


def decline_offer(actor, *, enrolment, reason="", now=None):
    """Leaves the seat that is offered to the next."""
    return decline(actor, enrolment=enrolment, reason=reason, now=now)
