"""Whether an auditor rates apart from colleagues: ratings in, difference and its uncertainty out. Pure.

Each rating is set against what others gave the same element, and then against what colleagues gave on the same site, so that
neither hard elements nor good sites make an auditor look lenient. Sites, not ratings, are what is counted: ratings of one visit
hang together. Where nobody else rated on a site there is nothing to compare.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

SCALE = {"N": 0.0, "P": 1.0, "M": 2.0, "E": 3.0}
FEWEST_SITES = 5
FEWEST_RATINGS = 60
APART = 0.25  # steps of the scale that matter
SURE = 3.0  # standard errors


class Given(NamedTuple):
    auditor: int
    site: int
    element: str
    value: str


class Standing(NamedTuple):
    """`difference`: steps of the scale above (+) or below (−) colleagues; None with too little to go by. `error`: its standard error."""

    auditor: int
    ratings: int
    sites: int
    difference: float | None
    error: float | None
    apart: bool


def standings(ratings: Iterable[Given]) -> list[Standing]:
    """One of each auditor, in the order of their ids."""
    ratings = [r for r in ratings if r.value in SCALE]
    totals = defaultdict(lambda: [0.0, 0])
    own = defaultdict(lambda: [0.0, 0])
    for r in ratings:
        for pile in (totals[r.element], own[r.auditor, r.element]):
            pile[0] += SCALE[r.value]
            pile[1] += 1
    beyond = defaultdict(lambda: defaultdict(list))  # site: {auditor: [beyond what others gave the element]}
    for r in ratings:
        others = totals[r.element][1] - own[r.auditor, r.element][1]
        if others:
            mean = (totals[r.element][0] - own[r.auditor, r.element][0]) / others
            beyond[r.site][r.auditor].append(SCALE[r.value] - mean)
    by_auditor, counted = defaultdict(list), defaultdict(int)
    for given in beyond.values():
        for auditor, mine in given.items():
            theirs = [value for other, values in given.items() if other != auditor for value in values]
            if theirs:
                by_auditor[auditor].append(statistics.fmean(mine) - statistics.fmean(theirs))
                counted[auditor] += len(mine)
    return [_standing(auditor, counted[auditor], by_auditor[auditor]) for auditor in sorted({r.auditor for r in ratings})]


def _standing(auditor, n, differences):
    if len(differences) < FEWEST_SITES or n < FEWEST_RATINGS:
        return Standing(auditor, n, len(differences), None, None, False)
    mean = statistics.fmean(differences)
    error = statistics.stdev(differences) / len(differences) ** 0.5
    return Standing(auditor, n, len(differences), mean, error, abs(mean) >= APART and abs(mean) > SURE * error)
