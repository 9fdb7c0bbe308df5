"""How urgently an MDA or a centre is to be audited: points by what is known of it. A suggestion; a person decides.

Pure. Each input gives 0 to 1 of its weight. What is not known is its own state: it gives no points and is said to be unknown, never
shown as nought. No clock: `on` is passed in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Weights of a programme unless the secretariat changes them: points at the most.
WEIGHTS = {"last_score": 25, "csi": 15, "complaints": 15, "overdue": 15, "never_audited": 20, "expiring": 10}
KNOWN, UNKNOWN, NONE = "known", "unknown", "none"  # none: the input does not apply, for example no certificate to expire

SCORE_FULL = Decimal("0.5")  # a score or satisfaction this low, or lower, counts in full
CSI_GOOD = Decimal("0.9")  # from here on satisfaction is no risk
COMPLAINTS_FULL = Decimal(20)  # of a thousand customers
OVERDUE_FULL = 5  # findings
MONTHS_FULL = 36  # since the last audit: a certificate's life
EXPIRY_MONTHS = 12  # a certificate that ends within


@dataclass(frozen=True)
class Subject:
    """What is known of an MDA or a centre; None: not known."""

    last_score: Decimal | None = None  # 0 to 1, of the last audit submitted
    audited_on: dt.date | None = None
    csi: Decimal | None = None  # 0 to 1, latest quarter
    complaints: int | None = None  # of the last four quarters
    customers: int | None = None  # whom these complaints are of
    overdue: int = 0  # findings past the day their evidence was due
    expires_on: dt.date | None = None  # of the certification that stands


@dataclass(frozen=True)
class Part:
    """One input: what it is of (`value`, as JSON holds it), its points of `of`, and whether it is known."""

    key: str
    state: str
    points: Decimal
    of: Decimal
    value: object = None

    def as_json(self):
        return {"key": self.key, "state": self.state, "points": str(self.points), "of": str(self.of), "value": self.value}


@dataclass(frozen=True)
class Risk:
    parts: tuple[Part, ...]

    @property
    def points(self):
        return sum((part.points for part in self.parts), Decimal(0))

    @property
    def unknown(self):
        return sum(part.state == UNKNOWN for part in self.parts)

    def as_json(self):
        return {"points": str(self.points), "parts": [part.as_json() for part in self.parts]}


def assess(subject: Subject, weights: Mapping, on: dt.date):
    """The risk of one subject; its parts in the order of WEIGHTS. Points are rounded to a tenth, each part by itself, so that what
    is shown adds up."""
    made = []
    for key, (state, share, value) in _inputs(subject, on).items():
        of = Decimal(str(weights.get(key, 0)))
        share = min(max(share, Decimal(0)), Decimal(1))
        made.append(Part(key, state, (share * of).quantize(Decimal("0.1"), ROUND_HALF_UP), of, value))
    return Risk(tuple(made))


def order(risks):
    """Keys of {key: Risk} from the most urgent down; where points are equal, whom less is known of, then by key."""
    return sorted(risks, key=lambda key: (-risks[key].points, -risks[key].unknown, key))


def _inputs(s, on):
    """{key: (state, share of the weight, what is shown)}"""
    nothing, all_of_it = Decimal(0), Decimal(1)
    found = dict.fromkeys(WEIGHTS, (UNKNOWN, nothing, None))
    if s.last_score is not None:
        found["last_score"] = (KNOWN, (1 - s.last_score) / SCORE_FULL, str(s.last_score))
    if s.csi is not None:
        found["csi"] = (KNOWN, (CSI_GOOD - s.csi) / (CSI_GOOD - SCORE_FULL), str(s.csi))
    if s.complaints is not None and s.customers:
        per_thousand = Decimal(s.complaints) * 1000 / s.customers
        found["complaints"] = (KNOWN, per_thousand / COMPLAINTS_FULL, [s.complaints, s.customers])
    found["overdue"] = (KNOWN, Decimal(s.overdue) / OVERDUE_FULL, s.overdue)
    if s.audited_on is None:
        found["never_audited"] = (KNOWN, all_of_it, None)
    else:
        months = max((on.year - s.audited_on.year) * 12 + on.month - s.audited_on.month, 0)
        found["never_audited"] = (KNOWN, Decimal(months) / MONTHS_FULL, months)
    if s.expires_on is None:
        found["expiring"] = (NONE, nothing, None)
    else:
        soon = (s.expires_on.year - on.year) * 12 + s.expires_on.month - on.month < EXPIRY_MONTHS
        found["expiring"] = (KNOWN, all_of_it if soon else nothing, s.expires_on.isoformat())
    return found
