"""What a figure is made of. Percentages are Decimals of 0 to 100, unrounded, or None where there is nothing to divide by."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from centres.models import Organisation

MIN_RANKED = 30  # smaller groups are not ranked
STATUSES = ("current", "due", "overdue", "waived", "excused", "not_required")


@dataclass(frozen=True, slots=True)
class Count:
    """Officers in post on the day, by status."""

    current: int = 0
    due: int = 0
    overdue: int = 0
    waived: int = 0
    excused: int = 0
    not_required: int = 0

    @property
    def in_post(self):
        return self.bound + self.waived + self.excused + self.not_required

    @property
    def bound(self):
        """Those of whom a course is required today: the base of coverage."""
        return self.current + self.due + self.overdue

    @property
    def coverage(self):
        return Decimal(100 * self.current) / self.bound if self.bound else None

    def as_tuple(self):
        return self.current, self.due, self.overdue, self.waived, self.excused, self.not_required


NOBODY = Count()


def total(counts):
    return Count(*map(sum, zip(*(c.as_tuple() for c in counts), strict=True)))


@dataclass(slots=True)
class Line:
    """One MDA on the day, by itself. `register`: known, stale or never; `counted`: obliged or joined."""

    organisation: Organisation
    counted: bool
    register: str
    as_at: dt.date | None
    cadres: dict  # {cadre id: Count}
    count: Count
    standard: str = ""  # certified, expires_soon, decision_due, audit_under_way, audit_booked, or nothing
    level: str = ""
    rank: int | None = None

    @property
    def known(self):
        return self.register == "known"

    @property
    def small(self):
        return self.count.bound < MIN_RANKED


@dataclass(slots=True)
class Group:
    """Several MDAs taken together: only those whose register is known are counted; the others are said beside."""

    count: Count
    cadres: dict
    ids: frozenset  # MDAs counted
    of: int  # MDAs that should be
    unknown_officers: int  # in post at the last return of the MDAs that are not known

    @property
    def known(self):
        return len(self.ids)

    @property
    def unknown(self):
        return self.of - self.known
