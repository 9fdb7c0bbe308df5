"""The figures of a quarterly return: taken from the ledger as of quarter end, frozen, and compared with what the ledger says now.

A return is of the MDA by itself: those below it file their own, so returns add up to the national figure.
Frozen shape: {"on", "taken_at", "mark", "register": known|stale|never, "as_at", "cadres": {code: {status: officers}}}.
"""

from collections import defaultdict
from dataclasses import dataclass

from centres.models import Cadre
from cse_portal.lib import clock
from cse_portal.oversight.figures import NOBODY, STATUSES, Count, Figures, source, total
from training.compliance import ledger


def take(organisation, on):
    """What a return of the MDA says when it is filed now."""
    mark = ledger.mark()  # before the figures: what is written in between makes them newer than their mark, never older
    return frozen(Figures(on, within=organisation), organisation.pk, mark, clock.now())


def frozen(read, organisation_id, mark, at):
    """What a reading of the quarter end says of one MDA."""
    line = read.lines[organisation_id]
    codes = {cadre.pk: cadre.code for cadre in read.cadres}
    return {
        "on": f"{read.on}",
        "taken_at": at.isoformat(timespec="seconds"),
        "mark": mark,
        "register": line.register,
        "as_at": line.as_at and f"{line.as_at}",
        "cadres": {codes[pk]: plain(count) for pk, count in sorted(line.cadres.items()) if count.in_post},
    }


def plain(count):
    return dict(zip(STATUSES, count.as_tuple()))


def counts(frozen):
    """{cadre code: Count} of frozen figures."""
    return {code: Count(**states) for code, states in (frozen or {}).get("cadres", {}).items()}


def now(quarterlies):
    """{pk: {cadre code: Count}}: what the ledger says today of the quarter end of each return; a query a quarter."""
    codes = dict(Cadre.objects.values_list("pk", "code"))
    wanted = defaultdict(list)
    for one in quarterlies:
        wanted[one.quarter_ends].append(one)
    found = {}
    for quarter_ends, ones in wanted.items():
        states = defaultdict(lambda: defaultdict(dict))
        for organisation, cadre, status, n in source.cells(quarter_ends, ids=[one.organisation_id for one in ones]):
            if n:
                states[organisation][codes[cadre]][status] = n
        for one in ones:
            found[one.pk] = {code: Count(**of) for code, of in states[one.organisation_id].items()}
    return found


@dataclass(slots=True)
class Row:
    """A cadre of the return, or all; `now` is None where nothing is compared."""

    name: str
    was: Count
    now: Count | None

    @property
    def changed(self):
        return self.now is not None and self.now != self.was

    @property
    def cells(self):
        """[(status, was, now or None where it is the same)]"""
        return [
            (status, a, b if self.changed and a != b else None)
            for status, a, b in zip(STATUSES, self.was.as_tuple(), (self.now or self.was).as_tuple())
        ]


def rows(was, now=None):
    """[Row] by cadre in framework order, and last the sum; {cadre code: Count} twice."""
    made = []
    for cadre in Cadre.objects.all():
        if cadre.code in was or (now and cadre.code in now):
            made.append(Row(cadre.name, was.get(cadre.code, NOBODY), now.get(cadre.code, NOBODY) if now is not None else None))
    return made, Row("", together(was), together(now) if now is not None else None)


def together(counts):
    return total(counts.values()) if counts else NOBODY


def differ(was, now):
    """Whether two readings say different things: a cadre of nobody says nothing."""
    return {code: c for code, c in was.items() if c.in_post} != {code: c for code, c in now.items() if c.in_post}


def restated_since(quarterlies):
    """{pk: (was, is)} of filed returns whose quarter the ledger now counts differently: late corrections."""
    filed = [one for one in quarterlies if one.figures]
    today = now(filed)
    return {one.pk: (counts(one.figures), today[one.pk]) for one in filed if differ(counts(one.figures), today[one.pk])}
