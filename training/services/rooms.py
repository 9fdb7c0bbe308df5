"""Rooms of the campuses."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import CohortSession, Room

from . import clashes

FIELDS = ("name", "capacity", "notes")


def _check(actor, centre, name, besides=None):
    if not policies.may_change_rooms(actor):
        raise Refused(_("Only a coordinator changes rooms."), code="not_allowed")
    if Room.objects.filter(centre=centre, name=name).exclude(pk=besides).exists():
        sentence = _("The campus has a room of this name.")
        raise Refused.of("name", sentence, "name_taken")


@transaction.atomic
def add(actor, *, centre, name, capacity, notes=""):
    """A new room of a campus."""
    _check(actor, centre, name)
    if centre.kind != centre.Kind.CAMPUS:
        raise Refused(_("Rooms belong to campuses."), code="not_a_campus")
    room = Room.objects.create(centre=centre, name=name, capacity=capacity, notes=notes)
    trail.record(actor, "added", room, {"name": (None, name), "places": (None, capacity)})
    return room


@transaction.atomic
def change(actor, *, room, name, capacity, notes=""):
    """Its name, places and notes. Never too small for what is booked in it, unless booked there with a reason."""
    room = Room.objects.select_for_update(of=["self"]).select_related("centre").get(pk=room.pk)
    _check(actor, room.centre, name, room.pk)
    booked = CohortSession.objects.filter(room=room, room_reason="", cancelled_at=None, ends_at__date__gte=actor.today)
    large = booked.filter(cohort__capacity__gt=capacity).order_by("starts_at").select_related("cohort").first()
    if large and capacity < room.capacity:
        sentence = _("%(cohort)s with %(n)s places is booked in it.") % {"cohort": large.cohort.code, "n": large.cohort.capacity}
        raise Refused.of("capacity", sentence, "too_small")
    said = {"name": name, "capacity": capacity, "notes": notes}
    changes = {field: (getattr(room, field), said[field]) for field in FIELDS if getattr(room, field) != said[field]}
    if changes:
        for field, value in said.items():
            setattr(room, field, value)
        room.save(update_fields=FIELDS)
        trail.record(actor, "changed", room, changes)
    return room


@transaction.atomic
def close(actor, *, room, on):
    """From that day it cannot be booked; None opens it again."""
    room = Room.objects.select_for_update(of=["self"]).select_related("centre").get(pk=room.pk)
    _check(actor, room.centre, room.name, room.pk)
    if on and (codes := clashes.live_cohorts_in(room, on)):
        sentence = _("%(cohorts)s meet in it on or after %(day)s. Give them another room first.") % {
            "cohorts": ", ".join(codes[: clashes.SHOWN]),
            "day": long_day(on),
        }
        raise Refused.of("on", sentence, "booked")
    if room.closed_on != on:
        was, room.closed_on = room.closed_on, on
        room.save(update_fields=["closed_on"])
        trail.record(actor, "closed" if on else "opened", room, {"closed": (was, on)})
    return room
