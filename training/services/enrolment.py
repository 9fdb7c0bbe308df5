"""Giving seats back: one, or all of a cohort that will not be held."""

from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import policies
from training.models import Cohort, Enrolment, SeatQuota, SeatRequest

from . import seat_notices, seating, waiting

State = Enrolment.State


@seating.act_on_seats
def withdraw(actor, *, enrolment, reason, now=None):
    """Gives the seat, or the place in the queue, back: always; the next in the queue gets the offer."""
    now = now or clock.now()
    [cohort] = waiting.settled([Cohort(pk=enrolment.cohort_id)], now)
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("officer__user", "organisation")
    seat = rows.get(pk=enrolment.pk)
    seat.cohort = cohort
    if not policies.may_withdraw(actor, seat):
        raise Refused(_("Only the MDA that enrolled the officer, or a coordinator, withdraws the enrolment."), code="not_allowed")
    if seat.state == State.WITHDRAWN:
        return seat
    if not policies.can_be_withdrawn(seat):
        raise Refused(_("This enrolment can no longer be withdrawn."), code="too_late")
    told = seat.state != State.NOMINATED  # who was only nominated was told nothing
    waiting.end(actor, [seat], State.WITHDRAWN, now, "withdrew", reason)
    if told:
        outbox.queue_many(seat_notices.tell("withdrawn", [seat], reason=reason))
    waiting.fill(cohort, now)
    return seat


def withdraw_all(actor, cohort, reason):
    """Ends every seat, place in the queue, kept seat and request of a cohort that is locked and will not be held: how many officers."""
    now = clock.now()
    found = cohort.enrolments.filter(state__in=[*Enrolment.HOLDING, State.WAITLISTED])
    seats = list(
        found.select_related("officer__user", "organisation", "cohort__course_version__course", "cohort__campus").order_by("pk")
    )
    told = [e for e in seats if e.state != State.NOMINATED]
    waiting.end(actor, seats, State.WITHDRAWN, now, "withdrew", reason)
    SeatQuota.objects.standing().filter(cohort=cohort).update(released_at=now)
    asked = SeatRequest.objects.filter(cohort=cohort, state=SeatRequest.State.ASKED)
    asked.update(state=SeatRequest.State.REFUSED, answered_at=now, answer=reason[:300])
    outbox.queue_many(seat_notices.tell("cancelled", told, reason=reason))
    return len(seats)
