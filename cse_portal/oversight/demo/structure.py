"""Three pairs of records that look like one person, and a drafted reorganisation: a draft changes nothing."""

from centres.access import Scope
from centres.models import Officer
from centres.services import reorganisations

from .cast import LIVESTOCK

OLD, NEW = "CF", "AFC"


def make(world):
    rng, home = world.chance("structure"), world.organisations.get(LIVESTOCK)
    there = [p for p in world.people if p.left is None and p is not world.learner]
    ours = [p for p in there if p.organisation == home]
    elsewhere = [p for p in there if p.organisation != home]
    if len(ours) >= 15 and len(elsewhere) >= 3:
        chosen = rng.sample(ours[12:], 3)
        _alike(chosen[0], chosen[1], 1)
        _alike(chosen[2], elsewhere[0], 2)
        _alike(elsewhere[1], elsewhere[2], 3)
    if OLD in world.organisations and NEW in world.organisations:
        reorganisations.draft(
            Scope.system_task("demonstration"),
            title="Merger of state corporations (invented draft)",
            on=world.day(-60).replace(day=1),
            authority="Invented for the demonstration",
            steps=[{"act": "merge", "organisation": OLD, "into": NEW, "people": "follow", "numbers": "keep"}],
        )


def _alike(one, other, n):
    """The other's record has the name and phone of the one, and no UPN."""
    held, phone = Officer.objects.get(pk=one.id), f"+25471100000{n}"
    Officer.objects.filter(pk=one.id).update(phone=phone)
    Officer.objects.filter(pk=other.id).update(phone=phone, upn=None, surname=held.surname, first_name=held.first_name)
