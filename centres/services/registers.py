"""How well an MDA's staff register is known on a day, and which MDAs are taken together: standing, last return, tree. Reads only."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from centres.models import Standing
from cse_portal.lib import clock

KNOWN, STALE, NEVER = "known", "stale", "never"

# One row for each MDA: the days on which it was in being, its standings, parents and returns, whole; the days are told apart here.
# A return counts for every MDA that its accepted rows name, so a ministry's or a national file counts for those below.
FACTS = """
WITH standing AS (
    SELECT organisation_id, array_agg(kind::text ORDER BY id) kinds, array_agg(lower(during) ORDER BY id) firsts, array_agg(upper(during) ORDER BY id) ends
    FROM centres_standing GROUP BY 1
), line AS (
    SELECT organisation_id, array_agg(parent_id ORDER BY id) parents, array_agg(lower(during) ORDER BY id) firsts, array_agg(upper(during) ORDER BY id) ends
    FROM centres_reportingline GROUP BY 1
), filed AS (
    SELECT c.organisation_id, array_agg(DISTINCT r.as_at) days FROM centres_rostercoverage c JOIN centres_roster r ON r.id = c.roster_id
    WHERE %(known_on)s::date IS NULL OR (r.applied_at AT TIME ZONE 'Africa/Nairobi')::date <= %(known_on)s::date GROUP BY 1
)
SELECT o.id, lower(o.during), upper(o.during), s.kinds, s.firsts, s.ends, l.parents, l.firsts, l.ends, f.days
FROM centres_organisation o
LEFT JOIN standing s ON s.organisation_id = o.id LEFT JOIN line l ON l.organisation_id = o.id LEFT JOIN filed f ON f.organisation_id = o.id
"""


@dataclass(frozen=True, slots=True)
class Register:
    """An MDA on a day. `standing`: its kind, or None; `state`: known, stale or never; `as_at`: of the last return."""

    standing: str | None
    parent: int | None
    as_at: dt.date | None
    state: str

    @property
    def counted(self):
        """Obliged, or joined by agreement."""
        return self.standing in Standing.COUNTED

    @property
    def known(self):
        return self.state == KNOWN


def read(days, known_on=None, today=None):
    """{day: {organisation id: Register}} of the MDAs in being on each day, in one query. `known_on`: returns applied since are
    left out. How old a register is on a day to come is judged on `today`."""
    found = {day: {} for day in days}
    oldest = {day: min(day, today or day) - dt.timedelta(days=settings.REGISTER_MAX_AGE_DAYS) for day in days}
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"known_on": known_on})
        for pk, first, end, kinds, since, until, parents, parent_since, parent_until, filed in cursor.fetchall():
            filed = sorted(filed or ())
            for day in found:
                if not _holds(first, end, day):
                    continue
                before = bisect_right(filed, day)
                as_at = filed[before - 1] if before else None
                state = NEVER if as_at is None else KNOWN if as_at >= oldest[day] else STALE
                kind, parent = _on(day, kinds, since, until), _on(day, parents, parent_since, parent_until)
                found[day][pk] = Register(kind, parent, as_at, state)
    return found


def _holds(first, end, day):
    return (first is None or first <= day) and (end is None or day < end)


def _on(day, values, firsts, ends):
    """The value whose days hold the day."""
    for value, first, end in zip(values or (), firsts or (), ends or (), strict=True):
        if _holds(first, end, day):
            return value
    return None


def tree(registers, organisation_id):
    """Ids of the MDA and of all that report to it, each once; `registers`: those of one day."""
    below = {}
    for pk, register in registers.items():
        below.setdefault(register.parent, []).append(pk)
    found, waiting = set(), [organisation_id]
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting += below.get(pk, ())
    return found & set(registers)


def together(registers, organisation_id=None):
    """Ids of the MDAs that are counted together and known: of the nation, or of the MDA (whatever its standing) and below it."""
    ids = registers if organisation_id is None else tree(registers, organisation_id)
    return {pk for pk in ids if registers[pk].known and (registers[pk].counted or pk == organisation_id)}


def counted_below(organisation_id, on, today=None):
    """Ids that the figures of the MDA count on the day: what a list of the names behind them is narrowed to."""
    return together(read([on], today=today or clock.today())[on], organisation_id)
