"""How well an MDA's staff register is known on a day, and which MDAs are taken together: standing, last return, tree. Reads only."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from centres.models import Standing
from cse_portal.lib import clock

KNOWN, STALE, NEVER = "known", "stale", "never"

# A return counts for every MDA that its accepted rows name, so a ministry's or a national file counts for those below.
READ = """
SELECT d.day, o.id, s.kind, l.parent_id, (
    SELECT max(r.as_at) FROM centres_rostercoverage c JOIN centres_roster r ON r.id = c.roster_id
    WHERE c.organisation_id = o.id AND r.as_at <= d.day
      AND (%(known_on)s::date IS NULL OR (r.applied_at AT TIME ZONE 'Africa/Nairobi')::date <= %(known_on)s::date))
FROM unnest(%(days)s::date[]) d(day)
JOIN centres_organisation o ON o.during @> d.day AND (%(ids)s::bigint[] IS NULL OR o.id = ANY (%(ids)s::bigint[]))
LEFT JOIN centres_standing s ON s.organisation_id = o.id AND s.during @> d.day
LEFT JOIN centres_reportingline l ON l.organisation_id = o.id AND l.during @> d.day
"""


@dataclass(frozen=True, slots=True)
class Register:
    """An MDA on a day. `counted`: obliged, or joined by agreement. `state`: known, stale or never; `as_at`: of the last return."""

    counted: bool
    parent: int | None
    as_at: dt.date | None
    state: str

    @property
    def known(self):
        return self.state == KNOWN


def read(days, known_on=None, ids=None, today=None):
    """{day: {organisation id: Register}} of the MDAs in being on each day, in one query. `known_on`: returns applied since are
    left out. How old a register is on a day to come is judged on `today`."""
    found = {day: {} for day in days}
    with connection.cursor() as cursor:
        cursor.execute(READ, {"days": list(days), "known_on": known_on, "ids": None if ids is None else list(ids)})
        for day, organisation, kind, parent, as_at in cursor.fetchall():
            judged = min(day, today) if today else day
            oldest = judged - dt.timedelta(days=settings.REGISTER_MAX_AGE_DAYS)
            state = NEVER if as_at is None else KNOWN if as_at >= oldest else STALE
            found[day][organisation] = Register(kind in Standing.COUNTED, parent, as_at, state)
    return found


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
