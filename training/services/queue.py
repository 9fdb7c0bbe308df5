"""Why an enrolment stands where it stands, in one sentence; for anyone who asks."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import moment, span
from training.models import Cohort, Enrolment, SeatOffer

from . import seating
from .waiting import SERVED, waiting

State = Enrolment.State


def queue(cohort):
    """Who waits, first to last."""
    return list(waiting([cohort]).select_related("officer", "organisation"))


def position(enrolment):
    """1 for the first of the queue; None for who does not wait."""
    if enrolment.state != State.WAITLISTED:
        return None
    ahead = waiting([enrolment.cohort_id]).values_list("pk", flat=True)
    return list(ahead).index(enrolment.pk) + 1


def explain(enrolment, now=None):
    return explain_all(enrolment.cohort, [enrolment], now)[enrolment.pk]


def explain_all(cohort, enrolments=None, now=None):
    """{enrolment id: sentence}, of all of the cohort unless some are given. Eight queries at most."""
    now = now or clock.now()
    if enrolments is None:
        enrolments = list(cohort.enrolments.select_related("officer", "organisation"))
    facts = _Facts(cohort, enrolments, now)
    return {e.pk: _sentence(e, facts) for e in enrolments}


class _Facts:
    def __init__(self, cohort, enrolments, now):
        self.cohort, self.now = seating.with_begin([cohort])[0], now
        self.queue, self.offers, self.clashing, self.seats = [], {}, {}, None
        self.by, self.successors = {}, {}
        states = {e.state for e in enrolments}
        if State.WAITLISTED in states:
            self.queue = list(waiting([cohort]))
            self.seats = seating.seats_of([cohort])[cohort.pk]
            self.clashing = seating.clashes([cohort], [e.officer_id for e in self.queue])
        if State.OFFERED in states:
            self.offers = {o.enrolment_id: o for o in SeatOffer.objects.open().filter(enrolment__in=enrolments)}
        if State.SUBSTITUTED in states:
            after = Enrolment.objects.filter(replaces__in=enrolments).select_related("officer")
            self.successors = {e.replaces_id: e for e in after}


def _sentence(e, facts):
    """One sentence from the facts; every state has one."""
    if e.state == State.WAITLISTED:
        return _waits(e, facts)
    if e.state == State.OFFERED:
        offer = facts.offers.get(e.pk)
        return _("A seat is offered until %(until)s.") % {"until": moment(offer.expires_at)} if offer else _("A seat is offered.")
    if e.state == State.NOMINATED:
        return _("Holds a seat; to be approved before %(until)s, else the seat is given back.") % {"until": moment(e.approve_by)}
    if e.state == State.APPROVED:
        return _("Has a seat; the officer has not answered yet.")
    if e.state == State.CONFIRMED:
        return _("Has a seat; the officer comes.") if e.answered_at else _("Has a seat.")
    if e.state == State.SUBSTITUTED:
        other = facts.successors.get(e.pk)
        words = {"name": other.officer if other else "–"}
        return _("%(name)s took over the seat.") % words
    if e.state in (State.DECLINED, State.WITHDRAWN):
        return e.withdrawn_reason or (_("Declined.") if e.state == State.DECLINED else _("Withdrawn."))
    return e.outcome_reason or str(e.get_state_display())


def _waits(e, facts):
    place = next(n for n, w in enumerate(facts.queue, 1) if w.pk == e.pk)
    start = _("Number %(n)s on the waiting list.") % {"n": place}
    mda = e.organisation_id
    clash = facts.clashing.get((facts.cohort.pk, e.officer_id))
    if clash and not e.clash_reason:
        code, first, last = clash[:3]
        why = _("Passed over while the officer has a seat in %(cohort)s at the same time, %(dates)s.") % {
            "cohort": code,
            "dates": span(first, last),
        }
    elif facts.cohort.state not in SERVED or facts.cohort.begins_at <= facts.now:
        why = _("No seats are offered any more.") if facts.cohort.state in Cohort.LIVE else _("The cohort is over.")
    elif facts.seats.free_for(mda) > 0:
        why = _("A seat is free and is being offered to the first who may take it.")
    elif kept := sum(facts.seats.kept(other) for other in facts.seats.quotas if other != mda):
        why = ngettext(
            "All open seats are held; %(n)s is kept for another MDA until it is released.",
            "All open seats are held; %(n)s are kept for other MDAs until they are released.",
            kept,
        ) % {"n": kept}
    else:
        why = _("All %(n)s seats are held.") % {"n": facts.seats.capacity}
    return f"{start} {why}"
