"""The arithmetic of an audit: ratings and the rules of an edition in; score, level, findings and the reasons out.

Pure: no clock, no database. Shares are kept as part and whole in decimals and compared as fractions, so nothing is rounded
before it is judged. Source of the rules: the edition's `rules` (see `standards/reference/rules.json`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

NOT_MET, PARTLY_MET, MET, EXEMPLARY, NOT_APPLICABLE = "N", "P", "M", "E", "NA"
VALUES = (NOT_MET, PARTLY_MET, MET, EXEMPLARY, NOT_APPLICABLE)
IMPLEMENTED = (MET, EXEMPLARY)
NOT_YET = "not_yet"


class Item(NamedTuple):
    """An element as scoring needs it."""

    code: str
    criterion: str
    principle: str
    weight: int = 1
    critical: bool = False


class Share(NamedTuple):
    """`part` of `whole`, exact. A share of nothing is no share: its percent is None."""

    part: Decimal
    whole: Decimal

    def at_least(self, threshold):
        """Whether part ÷ whole ≥ threshold (0 to 1), exactly."""
        return Fraction(self.part) >= Fraction(threshold) * Fraction(self.whole)

    @property
    def percent(self):
        """0 to 100, for display only."""
        return self.part * 100 / self.whole if self.whole else None


class Measure(NamedTuple):
    """A figure that ratings do not give: customer satisfaction or timeliness, one share (0 to 1) a quarter, latest last."""

    quarters: tuple[Decimal, ...]
    period: str = ""
    n: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Levels:
    """Thresholds of one level; shares from 0 to 1."""

    code: str
    stars: int
    implementation: Decimal
    score: Decimal
    exemplary: Decimal
    critical_partly_met: int
    measures: Mapping[str, Decimal]
    quarters: int


@dataclass(frozen=True)
class Rules:
    """The rules of an edition, read from its JSON."""

    points: Mapping[str, Decimal]
    na_share: Decimal
    na_critical: bool
    levels: tuple[Levels, ...]  # lowest first
    findings: Mapping[str, Mapping]

    @classmethod
    def read(cls, data):
        levels = tuple(
            Levels(
                code=row["code"],
                stars=row["stars"],
                implementation=Decimal(row["implementation"]),
                score=Decimal(row["score"]),
                exemplary=Decimal(row["exemplary"]),
                critical_partly_met=row["critical_partly_met"],
                measures={name: Decimal(value) for name, value in row.get("measures", {}).items()},
                quarters=row.get("quarters", 0),
            )
            for row in data["levels"]
        )
        return cls(
            points={value: Decimal(points) for value, points in data["points"].items()},
            na_share=Decimal(data["not_applicable"]["share"]),
            na_critical=data["not_applicable"]["critical"],
            levels=tuple(sorted(levels, key=lambda level: level.stars)),
            findings={row["rule"]: row for row in data["findings"]},
        )


class Raised(NamedTuple):
    """A finding that a rule raises. `about`: the element, criterion or principle; `elements`: codes of those that made it."""

    grade: str
    rule: str
    about: str
    elements: tuple[str, ...]


class Check(NamedTuple):
    """One threshold of one level: passed or not, and what was needed and found."""

    level: str
    check: str
    passed: bool
    needed: str
    found: str
    about: str = ""


@dataclass(frozen=True)
class Result:
    """What the ratings of one site amount to."""

    level: str
    score: Share
    implementation: Mapping[str, Share]
    exemplary: Share
    counts: Mapping[str, Mapping[str, int]]  # principle -> value -> how many
    rated: int
    of: int
    findings: tuple[Raised, ...] = ()
    why: tuple[Check, ...] = field(default=())

    @property
    def majors(self):
        return sum(1 for raised in self.findings if raised.grade == "major")

    def as_json(self):
        """The result as it is stored for ever; decimals as text."""
        return {
            "level": self.level,
            "score": [str(n) for n in self.score],
            "implementation": {code: [str(n) for n in share] for code, share in self.implementation.items()},
            "exemplary": [str(n) for n in self.exemplary],
            "counts": {code: dict(counts) for code, counts in self.counts.items()},
            "rated": self.rated,
            "of": self.of,
            "findings": [{**raised._asdict(), "elements": list(raised.elements)} for raised in self.findings],
            "why": [check._asdict() for check in self.why],
        }

    @classmethod
    def from_json(cls, data):
        share = lambda pair: Share(Decimal(pair[0]), Decimal(pair[1]))  # noqa: E731
        return cls(
            level=data["level"],
            score=share(data["score"]),
            implementation={code: share(pair) for code, pair in data["implementation"].items()},
            exemplary=share(data["exemplary"]),
            counts=data["counts"],
            rated=data["rated"],
            of=data["of"],
            findings=tuple(Raised(**{**row, "elements": tuple(row["elements"])}) for row in data["findings"]),
            why=tuple(Check(**row) for row in data["why"]),
        )


def na_limit(items, rules):
    """How many elements of a site may be not applicable."""
    return int(rules.na_share * len(items))


def incomplete(items: Collection[Item], ratings: Mapping[str, str], rules: Rules, na_approved: Collection[str] = ()):
    """Why a site's sheet cannot be submitted: [(problem, codes)]. Problems: unrated, na_critical, na_unapproved, na_too_many."""
    not_applicable = [i for i in items if ratings.get(i.code) == NOT_APPLICABLE]
    problems = {
        "unrated": [i.code for i in items if i.code not in ratings],
        "na_critical": [i.code for i in not_applicable if i.critical and not rules.na_critical],
        "na_unapproved": [i.code for i in not_applicable if i.code not in na_approved],
        "na_too_many": [i.code for i in not_applicable] if len(not_applicable) > na_limit(items, rules) else [],
    }
    return [(problem, tuple(sorted(codes))) for problem, codes in problems.items() if codes]


def score_site(
    items: Collection[Item],
    ratings: Mapping[str, str],
    rules: Rules,
    *,
    plans_accepted: Collection[str] = (),
    open_majors: int | None = None,
    measures: Mapping[str, Measure] | None = None,
) -> Result:
    """Scores one site. Elements without a rating are left out: the same call gives "so far" and the final result.

    plans_accepted: codes of critical elements whose corrective plan is accepted. open_majors: majors open that day;
    None counts those that the ratings raise. measures: {"csi": Measure, "timeliness": Measure}.
    """
    unknown = set(ratings) - {i.code for i in items}
    if unknown or not set(ratings.values()) <= set(VALUES):
        raise ValueError(f"ratings that the sheet does not have: {sorted(unknown) or sorted(set(ratings.values()) - set(VALUES))}")
    items = sorted(items, key=lambda i: i.code)
    rated = [(i, ratings[i.code]) for i in items if i.code in ratings]
    applicable = [(i, value) for i, value in rated if value != NOT_APPLICABLE]
    principles = sorted({i.principle for i in items})
    score = Share(
        sum((i.weight * rules.points[value] for i, value in applicable), Decimal(0)), Decimal(sum(i.weight for i, _ in applicable))
    )
    implementation = {code: _implementation([value for i, value in applicable if i.principle == code]) for code in principles}
    exemplary = Share(Decimal(sum(value == EXEMPLARY for _, value in applicable)), Decimal(len(applicable)))
    findings = tuple(_findings(applicable, implementation, rules))
    majors = sum(f.grade == "major" for f in findings) if open_majors is None else open_majors
    why, level = [], NOT_YET
    reached = bool(applicable)
    for rung in rules.levels:
        checks = list(_checks(rung, score, implementation, exemplary, applicable, set(plans_accepted), majors, measures or {}))
        why += checks
        reached = reached and all(check.passed for check in checks)
        level = rung.code if reached else level
    counts = {code: dict(Counter(value for i, value in rated if i.principle == code)) for code in principles}
    return Result(level, score, implementation, exemplary, counts, len(rated), len(items), findings, tuple(why))


class Line(NamedTuple):
    """One element in the score: `counted` of `of`, weight × points of weight; both None where it does not count."""

    item: Item
    value: str
    points: Decimal | None = None
    counted: Decimal | None = None
    of: int | None = None


def lines(items: Collection[Item], ratings: Mapping[str, str], rules: Rules):
    """What each element gives to the score: the figures that `score_site` adds up."""
    for item in items:
        value = ratings.get(item.code, "")
        if value in ("", NOT_APPLICABLE):
            yield Line(item, value)
        else:
            yield Line(item, value, rules.points[value], item.weight * rules.points[value], item.weight)


def lowest(levels: Iterable[str], rules: Rules):
    """The level of a certificate: the lowest of its sites."""
    order = [NOT_YET, *(level.code for level in rules.levels)]
    return min(levels, key=order.index, default=NOT_YET)


def stars(level, rules):
    """Stars of a level; 0 below the first."""
    return next((rung.stars for rung in rules.levels if rung.code == level), 0)


def _implementation(values):
    return Share(Decimal(sum(value in IMPLEMENTED for value in values)), Decimal(len(values)))


def _findings(applicable, implementation, rules):
    """Majors first. An N that a major names already raises no minor of its own."""
    not_met = [i for i, value in applicable if value == NOT_MET]
    named = set()
    if rule := rules.findings.get("critical_not_met"):
        for i in not_met:
            if i.critical:
                named.add(i.code)
                yield Raised(rule["grade"], "critical_not_met", i.code, (i.code,))
    if rule := rules.findings.get("criterion_not_met"):
        for criterion in sorted({i.criterion for i in not_met}):
            codes = tuple(i.code for i in not_met if i.criterion == criterion)
            if len(codes) >= rule["count"]:
                named |= set(codes)
                yield Raised(rule["grade"], "criterion_not_met", criterion, codes)
    if rule := rules.findings.get("principle_short"):
        for code, share in implementation.items():
            if share.whole and not share.at_least(rule["below"]):
                short = tuple(i.code for i, value in applicable if i.principle == code and value not in IMPLEMENTED)
                yield Raised(rule["grade"], "principle_short", code, short)
    for i, value in applicable:
        name = {NOT_MET: "not_met", PARTLY_MET: "partly_met"}.get(value)
        if name in rules.findings and i.code not in named:
            yield Raised(rules.findings[name]["grade"], name, i.code, (i.code,))


def _checks(rung, score, implementation, exemplary, applicable, plans_accepted, majors, measures):
    """Every threshold of one level. A principle to which nothing applies is judged by nothing."""
    for code, share in implementation.items():
        if share.whole:
            yield Check(rung.code, "implementation", share.at_least(rung.implementation), str(rung.implementation), _text(share), code)
    yield Check(rung.code, "score", bool(score.whole) and score.at_least(rung.score), str(rung.score), _text(score))
    critical = [(i.code, value) for i, value in applicable if i.critical]
    not_met = [code for code, value in critical if value == NOT_MET]
    partly = [code for code, value in critical if value == PARTLY_MET]
    yield Check(rung.code, "critical_not_met", not not_met, "0", str(len(not_met)), ", ".join(not_met))
    yield Check(rung.code, "critical_partly_met", len(partly) <= rung.critical_partly_met, str(rung.critical_partly_met), str(len(partly)), ", ".join(partly))
    if rung.critical_partly_met:
        without = [code for code in partly if code not in plans_accepted]
        yield Check(rung.code, "plans_accepted", not without, str(len(partly)), str(len(partly) - len(without)), ", ".join(without))
    if rung.exemplary:
        yield Check(rung.code, "exemplary", bool(exemplary.whole) and exemplary.at_least(rung.exemplary), str(rung.exemplary), _text(exemplary))
    yield Check(rung.code, "open_majors", majors == 0, "0", str(majors))
    for name, threshold in rung.measures.items():
        known = measures[name].quarters[-rung.quarters :] if name in measures else ()
        enough = len(known) >= rung.quarters and all(value >= threshold for value in known)
        yield Check(rung.code, name, enough, str(threshold), " ".join(map(str, known)), str(rung.quarters))


def _text(share):
    return f"{share.part}/{share.whole}"
