"""Figures over time: the trend of quarters that were, and what comes if nothing is done."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from centres.models import Cadre
from centres.services import registers
from centres.services.structure import successors_today
from cse_portal.lib import clock

from . import source
from .counts import Count, total
from .kept import kept_many, registers_of, version

QUARTERS, MONTHS = 12, 24
THEN, TODAY = "then", "today"  # as constituted then; on today's structure


@dataclass(frozen=True, slots=True)
class Point:
    """Those counted together on a day. `known` of `of` MDAs are counted."""

    on: dt.date
    cadres: dict  # {cadre id: Count}
    count: Count
    known: int
    of: int

    @property
    def quarter(self):
        return f"Q{clock.quarter(self.on)}"

    @property
    def year(self):
        return clock.financial_year(self.on)


def quarter_ends(on, n=QUARTERS):
    """The last days of quarters up to the day, and the day itself when it is none: n days, the earliest first."""
    days, day = [on], on.replace(day=1) - dt.timedelta(days=1)
    while len(days) < n:
        if (day + dt.timedelta(days=1)).month in (1, 4, 7, 10):
            days.insert(0, day)
        day = day.replace(day=1) - dt.timedelta(days=1)
    return days


def months_ahead(on, n=MONTHS):
    """The day, and the first days of the next n months."""
    first = on.replace(day=1)
    return [on] + [clock.add_months(first, k) for k in range(1, n + 1)]


def trend(on, within=None, structure=THEN, known_on=None, at=None, today_is=None):
    """[Point] of the quarter ends up to the day, of the nation or of the MDA with all below it. On today's structure an MDA that has
    ended is counted where most of its officers went, and the tree and standings are today's on every day. `at`: the version; `today_is`: the group of the last day when it is known already."""
    at = at or version()
    days, root = quarter_ends(on), within.pk if within else None
    marks = source.marks(days)

    def make(missing):
        given = {on: _of_group(on, today_is)} if today_is and on in missing else {}
        return given | _trend([day for day in missing if day not in given], root, structure, known_on, at)

    # A quarter that has ended is made anew only when something was recorded that reaches back into it.
    found = kept_many("point", {day: (at.facts, marks[day]) for day in days}, make, root, structure, known_on)
    return [found[day] for day in days]


def _trend(days, root, structure, known_on, at):
    if not days:
        return {}
    today = clock.today()
    read = registers_of({*days, today}, at, known_on)
    if structure == THEN:
        members = {day: _asked(read[day], root) for day in days}
    else:
        now = _asked(read[today], root)
        heirs = successors_today({pk for day in days for pk in read[day]}, min(days), today)
        members = {day: {pk for pk in read[day] if heirs[pk] in now} for day in days}
    return dict(zip(days, _points(days, members, read, known_on), strict=True))


def forecast(on, within=None, days=None, at=None):
    """[Point] of the day and the months to come (or of `days`) if nothing is done: those in post stay, nobody is trained, the
    rules stand. The MDAs are those counted and known on the day."""
    days = days or months_ahead(on)
    read = registers_of([on], at or version())[on]
    asked = _asked(read, within.pk if within else None)
    return _points(days, dict.fromkeys(days, asked), dict.fromkeys(days, read))


def _asked(read, root):
    """Ids of the MDAs that should be counted, known or not."""
    ids = read if root is None else registers.tree(read, root)
    return {pk for pk in ids if read[pk].counted or pk == root}


def _points(days, members, read, known_on=None):
    known = {day: frozenset(pk for pk in members[day] if read[day][pk].known) for day in days}
    rows = source.cells_on(known, known_on)
    return [_point(day, rows.get(day, ()), len(known[day]), len(members[day])) for day in days]


def _of_group(day, group):
    return Point(day, {pk: count for pk, count in group.cadres.items() if count.in_post}, group.count, group.known, group.of)


def _point(day, rows, known, of):
    states = defaultdict(lambda: defaultdict(int))
    for cadre, status, n in rows:
        states[cadre][status] += n
    cadres = {cadre: Count(**counts) for cadre, counts in states.items()}
    return Point(day, cadres, total(cadres.values()), known, of)


def expiring(on, till, within=None, at=None):
    """[(Cadre, officers)] up to date on the day, and due or overdue on `till` if nothing is done, in framework order."""
    read = registers_of([on], at or version())[on]
    ids = {pk for pk in _asked(read, within.pk if within else None) if read[pk].known}
    found = defaultdict(int)
    for _organisation, cadre, n in source.expiring(on, till, ids):
        found[cadre] += n
    return [(cadre, found[cadre.pk]) for cadre in Cadre.objects.all()]
