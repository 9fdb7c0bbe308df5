"""The waiting list: what is due is released or lapses, and each free seat is offered to the first in the queue who may take it.

Every service on seats begins with `settle`, with the time passed in, so nothing depends on the timetable; a task settles the rest.
"""

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from centres.access import Scope
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.notices import outbox
from training.models import Cohort, Enrolment, SeatOffer, SeatQuota

from . import seat_notices, seating
from .reaching import lock_officers

State = Enrolment.State
SERVED = (Cohort.State.OPEN, Cohort.State.CONFIRMED)


@seating.act_on_seats
def settle(cohorts, now=None):
    """`settled`, in a transaction."""
    return settled(cohorts, now)


def settled(cohorts, now=None):
    """Releases quotas, lapses offers and nominations that are due, ends the waiting list of what has begun, offers what is free.
    The cohorts, locked, each with `.seats` (counted now) and `.begins_at`. About ten queries, for any number of cohorts. The caller
    has a transaction open."""
    now = now or clock.now()
    cohorts = seating.lock(cohorts)
    live = {c.pk: c for c in cohorts if c.state in Cohort.LIVE}
    actor = Scope.system_task("seats")
    if live:
        _release_quotas(actor, live, now)
        _lapse_offers(actor, live, now)
        _lapse_nominations(actor, live, now)
        _end_waiting(actor, live, now)
    seats = seating.seats_of(cohorts)
    for c in cohorts:
        c.seats = seats[c.pk]
    _offer(actor, live, now)
    return cohorts


def fill(cohort, now=None):
    """After a seat of a cohort that is locked came free: counts again and offers it."""
    now = now or clock.now()
    if not hasattr(cohort, "begins_at"):
        seating.with_begin([cohort])
    cohort.seats = seating.seats_of([cohort])[cohort.pk]
    if cohort.state in Cohort.LIVE:
        _offer(Scope.system_task("seats"), {cohort.pk: cohort}, now)
    return cohort


def seats_of(cohorts):
    return seating.seats_of(cohorts)


def _release_quotas(actor, live, now):
    due = list(
        SeatQuota.objects.standing()
        .filter(cohort__in=live, release_on__lte=timezone.localdate(now))
        .select_related("cohort", "organisation")
        .order_by("pk")
    )
    if due:
        SeatQuota.objects.filter(pk__in=[q.pk for q in due]).update(released_at=now)
        trail.record_many(trail.entry(actor, "released", q, {"seats": (q.seats, 0)}) for q in due)


def _of(live, enrolments):
    """The enrolments, each with the locked cohort."""
    found = list(
        enrolments.filter(cohort__in=live).select_related("officer__user", "organisation").select_for_update(of=("self",))
    )
    for e in found:
        e.cohort = live[e.cohort_id]
    return found


def end(actor, enrolments, state, now, verb, reason="", offers=SeatOffer.Outcome.WITHDRAWN):
    """Locked enrolments give back seat or place in the queue: state, reason, offers and trail; waiting notices are taken back."""
    ids = [e.pk for e in enrolments]
    if not ids:
        return
    Enrolment.objects.filter(pk__in=ids).update(state=state, withdrawn_reason=reason[:200])
    SeatOffer.objects.open().filter(enrolment__in=ids).update(outcome=offers, settled_at=now)
    outbox.cancel(enrolments, reason or verb)
    trail.record_many([trail.entry(actor, verb, e, {"state": (e.state, state)}, reason) for e in enrolments])
    for e in enrolments:
        e.state, e.withdrawn_reason = state, reason[:200]


def _lapse_offers(actor, live, now):
    begun = [pk for pk, c in live.items() if c.begins_at <= now]  # a cohort may have been moved to an earlier day
    due = SeatOffer.objects.open().filter(Q(expires_at__lte=now) | Q(enrolment__cohort__in=begun))
    lapsed = _of(live, Enrolment.objects.filter(state=State.OFFERED, offers__in=due).order_by("pk"))
    if lapsed:
        until = {o.enrolment_id: o.expires_at for o in due.filter(enrolment__in=lapsed)}
        reason = _("The offer was not accepted in time.")
        end(actor, lapsed, State.DECLINED, now, "offer lapsed", reason, SeatOffer.Outcome.LAPSED)
        outbox.queue_many(seat_notices.tell("offer-lapsed", lapsed, until=until))


def _lapse_nominations(actor, live, now):
    lapsed = _of(live, Enrolment.objects.filter(state=State.NOMINATED, approve_by__lte=now).order_by("pk"))
    if lapsed:
        end(actor, lapsed, State.WITHDRAWN, now, "nomination lapsed", _("Not approved in time."))
        outbox.queue_many(
            seat_notices.tell_nominators("lapsed", lapsed, f"nomination-lapsed:{{cohort}}:{{user}}:{now:%Y%m%d%H%M%S}")
        )


def _end_waiting(actor, live, now):
    begun = [pk for pk, c in live.items() if c.begins_at <= now]
    over = (
        _of(live, Enrolment.objects.filter(state=State.WAITLISTED, cohort__in=begun).order_by("queued_at", "pk")) if begun else []
    )
    if over:
        end(actor, over, State.WITHDRAWN, now, "waiting ended", _("It began before a seat came free."))
        outbox.queue_many(seat_notices.tell("waiting-ended", over))


def waiting(cohorts):
    """Who waits in these cohorts, first to last."""
    return Enrolment.objects.filter(cohort__in=cohorts, state=State.WAITLISTED).order_by("queued_at", "pk")


def _serve(cohorts, queues):
    """Of the queues {cohort id: [enrolment]}, who gets a seat now; `.seats` count them. Nobody gets two at the same time."""
    officers = [e.officer_id for c in cohorts for e in queues.get(c.pk, ())]
    clashing = seating.clashes(cohorts, officers) if officers else {}
    meeting = seating.meeting(cohorts) if len(set(officers)) < len(officers) else {}
    chosen, got = [], {}
    for c in cohorts:
        free = []
        for e in queues.get(c.pk, ()):
            elsewhere = (c.pk, e.officer_id) in clashing or got.get(e.officer_id, set()) & meeting.get(c.pk, set())
            if e.clash_reason or not elsewhere:
                free.append((e, e.organisation_id))
        for e in c.seats.serve(free):
            e.cohort = c
            got.setdefault(e.officer_id, set()).add(c.pk)
            chosen.append(e)
    return chosen


def _offer(actor, live, now):
    """Each free seat to the first who may take it. Who holds a seat elsewhere at the same time keeps the place and is passed over."""
    served = [c for c in live.values() if c.state in SERVED and now < c.begins_at and c.seats.free > 0]
    if not served:
        return
    queues = {}
    for e in waiting(served).select_related("officer__user", "organisation"):
        queues.setdefault(e.cohort_id, []).append(e)
    could = [c for c in served if any(c.seats.free_for(e.organisation_id) for e in queues.get(c.pk, ()))]
    if not could:
        return
    officers = [e.officer_id for c in could for e in queues[c.pk]]
    lock_officers(officers)
    chosen = _serve(could, queues)
    if not chosen:
        return
    Enrolment.objects.filter(pk__in=[e.pk for e in chosen]).update(state=State.OFFERED)
    offers = SeatOffer.objects.bulk_create(
        SeatOffer(enrolment=e, made_at=now, expires_at=min(now + dt.timedelta(hours=e.cohort.offer_hours), e.cohort.begins_at))
        for e in chosen
    )
    trail.record_many(
        [
            trail.entry(
                actor, "offered", o.enrolment, {"state": (o.enrolment.state, State.OFFERED), "until": (None, o.expires_at)}
            )
            for o in offers
        ]
    )
    for e in chosen:
        e.state = State.OFFERED
    until = {o.enrolment_id: o.expires_at for o in offers}
    outbox.queue_many(seat_notices.tell("offer", chosen, until=until))


def reckon(cohorts, now):
    """For a look that changes nothing: gives each cohort `.seats` and `.begins_at` as though who waits had been served already."""
    seating.with_begin(cohorts)
    seats, queues = seating.seats_of(cohorts), {}
    for c in cohorts:
        c.seats = seats[c.pk]
    open_ones = [c for c in cohorts if c.state in SERVED and now < c.begins_at]
    for e in waiting(open_ones):
        queues.setdefault(e.cohort_id, []).append(e)
    _serve(open_ones, queues)
    return cohorts


def settle_due(now):
    """Settles every cohort in which something is due or somebody waits, each in a transaction of its own: how many."""
    live = Cohort.objects.filter(state__in=Cohort.LIVE)
    offers = SeatOffer.objects.open().filter(expires_at__lte=now).values("enrolment__cohort")
    quotas = SeatQuota.objects.standing().filter(release_on__lte=timezone.localdate(now)).values("cohort")
    lapsing = Q(state=State.WAITLISTED) | Q(state=State.NOMINATED, approve_by__lte=now)
    seats = Enrolment.objects.filter(lapsing).values("cohort")
    found = live.filter(Q(pk__in=offers) | Q(pk__in=quotas) | Q(pk__in=seats)).order_by("pk")
    for cohort in found:
        settle([cohort], now)
    return len(found)
