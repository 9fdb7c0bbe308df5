"""Rooms of the campuses, who may teach what, when cohorts are decided; a cohort that is not held, with another offered instead."""

import datetime as dt

from django.db.backends.postgresql.psycopg_any import DateRange

from centres.models import Centre
from cse_portal.lib.errors import Refused
from training.models import Cohort, Course, Room, TrainerAccreditation
from training.services import cohorts, nominations, rebooking

from . import seats
from .cast import LIVESTOCK

# Of every campus: name, places, what is there.
ROOMS = [
    ("Hall A", 60, "Projector, hearing loop, step-free"),
    ("Hall B", 45, "Projector, step-free"),
    ("Hall C", 40, "Projector"),
    ("Seminar room 1", 36, "Whiteboard, step-free"),
    ("Seminar room 2", 36, "Whiteboard"),
]
CLOSED = ("Old hall", 80, "Under repair")
LINK = "https://meet.ksg.example/"
AUTHORITY = "KSG academic board, minute 14 of 2024"


class Halls:
    """The rooms, and the first free one that is large enough."""

    def __init__(self, world):
        self.booked, self.rooms = set(), {}
        campuses = [c for c in world.centres.values() if c.kind == Centre.Kind.CAMPUS]
        shut = world.on - dt.timedelta(days=60)
        made = [Room(centre=c, name=n, capacity=p, notes=x) for c in campuses for n, p, x in ROOMS]
        name, places, notes = CLOSED
        made += [Room(centre=c, name=name, capacity=places, notes=notes, closed_on=shut) for c in campuses[:2]]
        for room in Room.objects.bulk_create(made):
            if not room.closed_on:
                self.rooms.setdefault(room.centre.code, []).append(room)

    def book(self, campus, days, places):
        """The id of a room that is free on all these days, or None."""
        for room in sorted(self.rooms.get(campus, ()), key=lambda r: r.capacity):
            if room.capacity >= places and not any((room.pk, day) in self.booked for day in days):
                self.booked.update((room.pk, day) for day in days)
                return room.pk
        return None


def accredit(world, codes):
    """Every trainer for the courses that are held, since four years; the last of them needs two renewed before long."""
    courses = list(Course.objects.filter(code__in=codes).order_by("code"))
    since, coordinator = world.on - world.years(4), world.users["coordinator@demo.example"]
    rows = []
    for n, trainer in enumerate(world.trainers):
        for m, course in enumerate(courses):
            ends = world.on + dt.timedelta(days=150) if n == len(world.trainers) - 1 and m < 2 else None
            rows.append(
                TrainerAccreditation(
                    user=trainer,
                    course=course,
                    during=DateRange(since, ends),
                    authority=AUTHORITY,
                    granted_by=coordinator,
                    granted_at=world.at(since),
                )
            )
    TrainerAccreditation.objects.bulk_create(rows)


def plan(state, starts, places, on):
    """(held from, decided by, nominations close) of a cohort: those to come are decided two weeks before."""
    if state != "open" or starts < on + dt.timedelta(days=14):
        return 1, None, None
    return max(1, places * 2 // 5), starts - dt.timedelta(days=14), starts - dt.timedelta(days=5)


def make(world):
    """No go: a cohort for which the demonstration's MDA nominated is cancelled, and another of its course offered instead."""
    if LIVESTOCK not in world.organisations:
        return
    school, hr = (seats.scope_of(world, f"{who}@demo.example") for who in ("coordinator", "hr"))
    ahead = Cohort.objects.filter(state=Cohort.State.OPEN, starts_on__gt=world.on + dt.timedelta(days=28), quotas=None)
    for cohort in ahead.select_related("course_version__course__cadre").order_by("starts_on", "code"):
        other = rebooking.choices(cohort, world.on).with_seats().filter(free__gt=4).exclude(starts_on__lt=cohort.starts_on).first()
        if other is None or (world.learner and cohort.enrolments.filter(officer=world.learner.id).exists()):
            continue
        try:
            nominations.nominate(hr, cohort=cohort, officers=seats._some(hr, cohort, 4), now=world.at(world.on, 9))
            cohorts.cancel_cohort(school, cohort=cohort, reason="Fewer officers than it is held from.", rebook_to=other)
        except Refused:
            continue
        return
