"""The arithmetic of results, pure: parts -> overall score, points -> score, matched tests -> gain, points by item.

Percentages are decimals of 0 to 100. What is computed is kept unrounded where it is compared; points become a score rounded
down, so that 59.996 never passes as 60.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from statistics import mean, median, stdev

HUNDREDTH = Decimal("0.01")
FEWEST = 5  # officers below whom a figure about a group is not shown
# Student's t, 97.5 %, by degrees of freedom; between two of them the lower one, so that an interval is never too narrow.
T = {
    1: "12.706", 2: "4.303", 3: "3.182", 4: "2.776", 5: "2.571", 6: "2.447", 7: "2.365", 8: "2.306", 9: "2.262", 10: "2.228",
    11: "2.201", 12: "2.179", 13: "2.160", 14: "2.145", 15: "2.131", 16: "2.120", 17: "2.110", 18: "2.101", 19: "2.093",
    20: "2.086", 21: "2.080", 22: "2.074", 23: "2.069", 24: "2.064", 25: "2.060", 26: "2.056", 27: "2.052", 28: "2.048",
    29: "2.045", 30: "2.042", 40: "2.021", 60: "2.000", 120: "1.980",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A component of the assessment. Weight 0 counts nothing; `pass_mark`: of this part alone, or None."""

    key: object
    name: str
    weight: int
    pass_mark: int | None = None


@dataclass(frozen=True)
class Standing:
    """Where one learner stands: the overall score (None while a counted part is missing), the names of the parts that are
    missing, and [(name, score, pass mark)] of those below their own pass mark."""

    score: Decimal | None
    missing: tuple = ()
    below: tuple = ()


def overall(parts, scores):
    """`scores`: {part key: Decimal}. Sum of weight x score over the sum of the weights; a missing part is never a zero."""
    counted = [p for p in parts if p.weight]
    missing = tuple(p.name for p in counted if scores.get(p.key) is None)
    below = tuple(
        (p.name, scores[p.key], p.pass_mark)
        for p in counted
        if p.pass_mark is not None and scores.get(p.key) is not None and scores[p.key] < p.pass_mark
    )
    if missing or not counted:
        return Standing(None, missing, below)
    total = sum(p.weight for p in counted)
    return Standing(sum(p.weight * Decimal(scores[p.key]) for p in counted) / total, (), below)


def points_to_score(points, rubric):
    """Per cent of the highest points, to two decimals, rounded down. ValueError: the number of the criterion that is wrong."""
    if len(points) != len(rubric):
        raise ValueError(min(len(points), len(rubric)))
    for i, (got, criterion) in enumerate(zip(points, rubric, strict=True)):
        if got is None or not 0 <= Decimal(str(got)) <= Decimal(str(criterion["most"])):
            raise ValueError(i)
    most = sum(Decimal(str(c["most"])) for c in rubric)
    return (100 * sum((Decimal(str(p)) for p in points), Decimal(0)) / most).quantize(HUNDREDTH, ROUND_DOWN)


@dataclass(frozen=True)
class Gain:
    """Points gained between two tests by those who sat both. All but `n` None where n is under five."""

    n: int
    before: Decimal | None = None
    after: Decimal | None = None
    mean: Decimal | None = None
    median: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def shown(self):
        return self.mean is not None


def gain(pairs):
    """`pairs`: [(before, after)], None for a test not sat; only those with both are matched.

    Interval: 95 %, mean of the differences +- t(97.5 %, n - 1) x standard deviation / root of n: how far the mean of such a
    group may lie from what was seen, if the differences are roughly normal.
    """
    matched = [(Decimal(a), Decimal(b)) for a, b in pairs if a is not None and b is not None]
    n = len(matched)
    if n < FEWEST:
        return Gain(n)
    differences = [b - a for a, b in matched]
    middle = mean(differences)
    half = t_value(n - 1) * stdev(differences) / Decimal(n).sqrt()
    return Gain(
        n,
        mean(a for a, _b in matched),
        mean(b for _a, b in matched),
        middle,
        median(differences),
        middle - half,
        middle + half,
    )


def t_value(freedom):
    """Student's t for a two-sided 95 % interval."""
    return Decimal(T[max(k for k in T if k <= freedom)])


@dataclass(frozen=True)
class Item:
    name: str
    most: Decimal
    n: int
    share: Decimal | None  # per cent of the highest points reached on average; None: nobody


def items(rubric, points):
    """How each criterion or item was answered: `points` is one list a learner, those of another length left out."""
    rows = [p for p in points if len(p) == len(rubric)]
    found = []
    for i, criterion in enumerate(rubric):
        most = Decimal(str(criterion["most"]))
        got = [Decimal(str(p[i])) for p in rows]
        found.append(Item(criterion["name"], most, len(got), 100 * sum(got) / (len(got) * most) if got else None))
    return found


def shown(score, places=1):
    """Rounded down, whole numbers bare: 66.6 for 66.666; −0.5 stays."""
    value = Decimal(score.numerator) / score.denominator if isinstance(score, Fraction) else Decimal(score)
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_DOWN).normalize():f}"
