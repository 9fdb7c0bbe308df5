"""What the makers of the demonstration share: the day it is told on, chance that repeats itself, the reference rows."""

import datetime as dt
import random

from centres.models import Cadre, Centre, County, JobGroup, Organisation
from centres.models.people import ALPHABET

NAIROBI = dt.timezone(dt.timedelta(hours=3))


class World:
    def __init__(self, officers, seed, on):
        self.size, self.seed, self.on = officers, seed, on
        self.organisations = {o.code: o for o in Organisation.objects.select_related("county").order_by("code")}
        self.centres = {c.code: c for c in Centre.objects.select_related("county").order_by("code")}
        self.counties = {c.code: c for c in County.objects.order_by("code")}
        self.cadres = {c.code: c for c in Cadre.objects.order_by("sequence")}
        self.job_groups = {g.code: g for g in JobGroup.objects.all()}
        self.users, self.trainers, self.people = {}, [], []
        self.learner, self.learner_trained = None, False
        self._refs = set()

    def chance(self, what):
        """A source of chance of its own for each part, so that a change in one leaves the others alone."""
        return random.Random(f"{self.seed}:{what}")

    def day(self, back):
        """So many days before the day it is told on."""
        return self.on - dt.timedelta(days=back)

    @staticmethod
    def years(n):
        return dt.timedelta(days=365 * n)

    @staticmethod
    def at(day, hour=9, minute=0):
        return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=NAIROBI)

    def ref(self, rng, prefix, length=6):
        """A public reference that none has had."""
        while True:
            made = f"{prefix}-" + "".join(rng.choices(ALPHABET, k=length))
            if made not in self._refs:
                self._refs.add(made)
                return made


def monday(day):
    """The Monday of the day's week."""
    return day - dt.timedelta(days=day.weekday())
