"""Seats of the demonstration's MDA: nominations to approve, seats kept, a full cohort with a waiting list and an open offer, a
substitute, requests of officers, and who stands in. Made by the same services that people use."""

import datetime as dt

from centres.access import Scope
from centres.models import Membership
from cse_portal.lib.errors import Refused
from training.compliance import people
from training.models import Cohort, Enrolment, SeatRequest
from training.services import delegations, enrolment, nominations, quotas, substitution

from .cast import LIVESTOCK

ASKED = [
    ("I serve the front counter and my certificate ends in spring.", ""),
    ("My supervisor agrees; the station closes that week.", "Step-free access"),
    ("I could not come last time.", "Sign language interpreter"),
]
State = Enrolment.State


def make(world):
    home = world.organisations.get(LIVESTOCK)
    if home is None:
        return
    hr, authorised, school = (scope_of(world, f"{who}@demo.example") for who in ("hr", "authorised", "coordinator"))
    at = world.at(world.on, 9)
    ahead = Cohort.objects.filter(
        state__in=["open", "confirmed"], starts_on__gt=world.on + dt.timedelta(days=12), starts_on__lt=world.on + dt.timedelta(days=90)
    )
    ahead = ahead.exclude(course_version__course__prerequisites__isnull=False)
    ahead = list(ahead.with_seats().select_related("course_version__course__cadre").order_by("starts_on", "code"))
    free = [c for c in ahead if c.free >= 6 and len(_some(hr, c, 5)) == 5]  # those that many of its officers could attend
    full = [c for c in ahead if c.free <= 0]
    for cohort, seats in zip(free, (4, 5, 3), strict=False):
        _try(quotas.keep, school, cohort=cohort, organisation=home, seats=seats, release_on=cohort.starts_on - dt.timedelta(days=10), now=at)
    for cohort, n in zip(free[:2], (5, 3), strict=False):
        _try(nominations.nominate, hr, cohort=cohort, officers=_some(hr, cohort, n), now=at)
    for cohort in full[:1]:
        _waiting(hr, authorised, school, cohort, at)
    _substitute(hr, ahead, at)
    _requests(world, hr, (free[2:] + free)[:3])
    champion = world.users["champion@demo.example"]
    days = {"first": world.on + dt.timedelta(days=7), "last": world.on + dt.timedelta(days=18)}
    _try(delegations.delegate, authorised, organisation=home, to=champion, reason="Annual leave", **days)


def scope_of(world, email):
    hat = Membership.objects.select_related("user", "organisation").get(user=world.users[email])
    return Scope(user=hat.user, membership=hat, today=world.on)


def _try(act, *args, **kwargs):
    """What the rules refuse in a very small demonstration is left out."""
    try:
        return act(*args, **kwargs)
    except Refused:
        return None


def _some(hr, cohort, n):
    """Ids of officers who could sit in the cohort, the longest overdue first."""
    busy = Enrolment.objects.filter(cohort__ends_on__gte=hr.today).values("officer")
    cadres = nominations.cadres_of(cohort.course_version.course)
    spans = people.in_post(hr, hr.today).filter(cadre_id__in=cadres).exclude(officer__in=busy)
    return list(spans.order_by("status", "starts", "officer_id").values_list("officer_id", flat=True)[:n])


def _waiting(hr, authorised, school, cohort, at):
    """Five wait, two of them approved; a seat comes free and is offered to the first."""
    made = _try(nominations.nominate, hr, cohort=cohort, officers=_some(hr, cohort, 5), now=at)
    if not made or not made.waiting:
        return
    _try(nominations.approve, authorised, enrolments=[e.pk for e in made.waiting[:2]], note="Both are needed at the new counter", now=at)
    seat = cohort.enrolments.filter(state=State.CONFIRMED).order_by("-pk").first()
    if seat:
        _try(enrolment.withdraw, school, enrolment=seat, reason="Transferred to another county", now=at)


def _substitute(hr, cohorts, at):
    seats = Enrolment.objects.filter(cohort__in=cohorts, organisation=hr.organisation, state=State.CONFIRMED, officer__user=None)
    for seat in seats.select_related("cohort__course_version__course").order_by("cohort__starts_on", "pk")[:1]:
        for officer in _some(hr, seat.cohort, 1):
            _try(substitution.substitute, hr, enrolment=seat, officer=officer, reason="Bereaved", now=at)


def _requests(world, hr, cohorts):
    for n, cohort in enumerate(cohorts):
        for officer, (reason, needs) in zip(_some(hr, cohort, 3)[n : n + 1], ASKED[n:], strict=False):
            SeatRequest.objects.create(
                cohort=cohort, officer_id=officer, reason=reason, needs=needs, asked_at=world.at(world.on - dt.timedelta(days=n + 1), 11)
            )
