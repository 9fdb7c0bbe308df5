"""The rule of compliance, pure: dated facts of one officer and a day in, status and why out. The oracle of the spans.

Source: the directive that every public officer be trained; the statuses are those of docs/architecture.md. Ranges are
half-open pairs (first day, first day not); None is unbounded. A status exists only on days in post.

Asked in this order: not required (no requirement binds), excused, waived, then the worst over the courses that bind: overdue,
due, current. Grace runs from the first day of the unbroken stretch in which the course, by whichever requirement, has bound the
officer, days excused or waived apart; of several requirements of one course the shortest grace decides."""

import datetime as dt
from dataclasses import dataclass, field

STATUSES = ("current", "due", "overdue", "waived", "excused", "not_required")
CURRENT, DUE, OVERDUE, WAIVED, EXCUSED, NOT_REQUIRED = STATUSES
DAY = dt.timedelta(days=1)


def holds(days, on):
    """Whether the half-open pair holds the day."""
    first, end = days
    return (first is None or first <= on) and (end is None or on < end)


@dataclass(frozen=True)
class Binding:
    """Days on which one requirement binds the officer: posting and rule together."""

    course: int
    days: tuple
    due_within_days: int
    requirement: int | None = None


@dataclass(frozen=True)
class Held:
    """A completion: of `course`, counting on its first day, not on `until` (None: for good)."""

    course: int
    on: dt.date
    until: dt.date | None = None
    pk: int | None = None


@dataclass(frozen=True)
class Off:
    """Days of one excusal or waiver."""

    days: tuple
    pk: int | None = None


@dataclass(frozen=True)
class CourseState:
    """What one course that binds on the day adds to the status."""

    course: int
    requirements: tuple  # ids of those that bind it on the day
    since: dt.date  # first day of the unbroken stretch
    grace_days: int  # the shortest of the requirements
    held: Held | None  # the completion that counts longest
    expired: tuple  # completions that no longer count
    due_on: dt.date | None  # not held: the first day that counts as overdue

    @property
    def code(self):
        return "held" if self.held else "expired" if self.expired else "never_held"

    @property
    def dates(self):
        """The dates of the reason, by name; `by`: the course that was completed."""
        if self.held:
            return {"by": self.held.course, "on": self.held.on, "until": self.held.until}
        expired_on = max((c.until for c in self.expired), default=None)
        return {"required_since": self.since, "due_on": self.due_on, "expired_on": expired_on}


@dataclass(frozen=True)
class Status:
    code: str
    due_on: dt.date | None = None  # the first day that counts as overdue
    lacking: tuple = ()
    courses: tuple = ()
    off: Off | None = field(default=None)  # the excusal or waiver

    @property
    def why(self):
        """[(course or None, fact code, {dates})]"""
        if self.code == NOT_REQUIRED:
            return [(None, "no_rule_applies", {})]
        if self.off:
            return [(None, self.code, {"until": self.off.days[1]})]
        return [(c.course, c.code, c.dates) for c in self.courses]


def status(on, bindings, completions, excusals=(), waivers=(), accepts=None):
    """Status on the day. `accepts`: {course: courses that satisfy it besides itself}."""
    today = [b for b in bindings if holds(b.days, on)]
    if not today:
        return Status(NOT_REQUIRED)
    for code, offs in ((EXCUSED, excusals), (WAIVED, waivers)):
        for off in offs:
            if holds(off.days, on):
                return Status(code, off=off)
    accepts, off = accepts or {}, [o.days for o in (*excusals, *waivers)]
    courses = tuple(
        _course(course, on, today, bindings, completions, off, accepts) for course in sorted({b.course for b in today})
    )
    due = [c for c in courses if not c.held]
    if not due:
        return Status(CURRENT, courses=courses)
    due_on = min(c.due_on for c in due)
    return Status(OVERDUE if due_on <= on else DUE, due_on, tuple(c.course for c in due), courses)


def _course(course, on, today, bindings, completions, off, accepts):
    good = {course, *accepts.get(course, ())}
    own = [c for c in completions if c.course in good and c.on <= on]
    held = max(
        (c for c in own if c.until is None or on < c.until), key=lambda c: (c.until or dt.date.max, c.on, c.pk or 0), default=None
    )
    since = first_day(on, [b.days for b in bindings if b.course == course], off)
    grace = min(b.due_within_days for b in today if b.course == course)
    expired = tuple(c for c in own if c.until is not None and c.until <= on)
    # A certificate that expires inside the grace leaves the officer due until the grace ends.
    due_on = None if held else max([since + grace * DAY, *(c.until for c in expired)])
    requirements = tuple(b.requirement for b in today if b.course == course)
    return CourseState(course, requirements, since, grace, held, expired, due_on)


def first_day(on, bound, off):
    """First day of the unbroken stretch of bound days, none of them off, that holds `on`; date.min where it has none."""
    day = on
    while True:
        before = day - DAY
        starts = [first for first, end in bound if (first is None or first <= before) and (end is None or before < end)]
        if not starts or any(holds(o, before) for o in off):
            return day
        # Jump to the start of a range that holds the day before, or to the end of days off inside it.
        start = None if None in starts else min(starts)
        ends = [end for _first, end in off if end is not None and end <= day and (start is None or end > start)]
        day = max([d for d in (start, *ends) if d is not None], default=None)
        if day is None:
            return dt.date.min


def first_day_not(on, bound, off):
    """The day on which that stretch ends: unbound, excused or waived; None where it has no end."""
    day = on
    while True:
        ends = [end for first, end in bound if holds((first, end), day)]
        if not ends or any(holds(o, day) for o in off):
            return day
        end = None if None in ends else max(ends)
        starts = [first for first, _end in off if first is not None and first > day and (end is None or first < end)]
        day = min([d for d in (end, *starts) if d is not None], default=None)
        if day is None:
            return None
