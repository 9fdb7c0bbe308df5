"""How alike auditors judge a case that all of them rated alone. Pure; exact fractions.

Krippendorff's alpha with the ordinal metric, after K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of
Pennsylvania, 2011 (missing answers allowed). 1: all alike; 0: no better than chance. It orders not met < partly met < met < exemplary;
"not applicable" has no place in that order and counts in the shares only, not in alpha.
"""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

SCALE = ("N", "P", "M", "E")
MINIMUM_AUDITORS, MINIMUM_ELEMENTS = 3, 5  # below, alpha is not shown


class Line(NamedTuple):
    """Of an auditor or an element: `n` answers, `alike` of them as expected, `stricter` below and `milder` above it."""

    n: int
    alike: int
    stricter: int
    milder: int

    @property
    def share(self):
        return Fraction(self.alike, self.n) if self.n else None


class Agreement(NamedTuple):
    """`answers`: how many in all; `alpha` None below the minimum or where nothing varied."""

    auditors: int
    elements: int
    overall: Line
    by_auditor: dict
    by_element: dict
    values: dict  # element -> Counter of the ratings given
    alpha: Fraction | None


def agreement(answers, expected):
    """`answers`: {auditor: {element: rating}}; `expected`: {element: rating}. Answers to other elements are left out."""
    kept = {who: {e: v for e, v in given.items() if e in expected} for who, given in answers.items()}
    pairs = [(who, element, value) for who, given in kept.items() for element, value in given.items()]
    enough = len(kept) >= MINIMUM_AUDITORS and len(expected) >= MINIMUM_ELEMENTS
    return Agreement(
        auditors=len(kept),
        elements=len(expected),
        overall=_line(((e, v) for _who, e, v in pairs), expected),
        by_auditor={who: _line(given.items(), expected) for who, given in kept.items()},
        by_element={e: _line(((e, v) for _who, of, v in pairs if of == e), expected) for e in expected},
        values={e: Counter(v for _who, of, v in pairs if of == e) for e in expected},
        alpha=ordinal_alpha([[v for _who, of, v in pairs if of == e] for e in expected], SCALE) if enough else None,
    )


def _line(given, expected):
    given = list(given)
    ranked = [(SCALE.index(v), SCALE.index(expected[e])) for e, v in given if v in SCALE and expected[e] in SCALE]
    return Line(
        n=len(given),
        alike=sum(v == expected[e] for e, v in given),
        stricter=sum(v < e for v, e in ranked),
        milder=sum(v > e for v, e in ranked),
    )


def ordinal_alpha(units, scale):
    """Alpha of units, each a list of the values given to it; a unit with fewer than two values of the scale says nothing.
    None where no two values can be compared or all are the same."""
    units = [[scale.index(v) for v in values if v in scale] for values in units]
    units = [values for values in units if len(values) > 1]
    totals = Counter(v for values in units for v in values)
    n = sum(totals.values())
    if len(totals) < 2:
        return None
    observed = sum(
        Fraction(2 * counts[c] * counts[k], len(values) - 1) * _distance(c, k, totals)
        for values in units
        for counts in [Counter(values)]
        for c, k in combinations(counts, 2)
    )
    by_chance = sum(2 * totals[c] * totals[k] * _distance(c, k, totals) for c, k in combinations(totals, 2))
    return 1 - (n - 1) * observed / by_chance


def _distance(c, k, totals):
    """Ordinal: how many values lie from one to the other, the two ends by half, squared."""
    low, high = min(c, k), max(c, k)
    between = sum(totals[g] for g in range(low, high + 1))
    return (between - Fraction(totals[low] + totals[high], 2)) ** 2
