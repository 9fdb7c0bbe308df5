"""The rule of compliance, pure: dated facts of one officer and a day in, status and why out. The oracle of status.py.

Source: the directive that every public officer be trained; the statuses are those of docs/architecture.md. Ranges are
half-open pairs (first day, first day not); None is unbounded. A status exists only on days in post."""

import datetime as dt
from dataclasses import dataclass, field

CURRENT, DUE, OVERDUE, EXCUSED, NOT_REQUIRED = STATUSES = ("current", "due", "overdue", "excused", "not_required")
DAY = dt.timedelta(days=1)


def holds(days, on):
    """Whether the half-open pair holds the day."""
    first, end = days
    return (first is None or first <= on) and (end is None or on < end)


@dataclass(frozen=True)
class Binding:
    """Days on which one requirement binds the officer: posting and rule together."""

    course: str
    days: tuple
    due_within_days: int


@dataclass(frozen=True)
class Held:
    """A completion: of `course`, counting on its first day, not on `until` (None: for good)."""

    course: str
    on: dt.date
    until: dt.date | None = None


@dataclass(frozen=True)
class Status:
    code: str
    due_on: dt.date | None = None  # the first day that counts as overdue
    lacking: tuple = ()
    why: list = field(default_factory=list)  # [(course, fact code, {dates})]


def status(on, bindings, completions, excusals=(), accepts=None):
    """Status on the day. `accepts`: {course: courses that satisfy it besides itself}."""
    accepts = accepts or {}
    today = [b for b in bindings if holds(b.days, on)]
    if not today:
        return Status(NOT_REQUIRED, why=[(None, "no_rule_applies", {})])
    if excused := [e for e in excusals if holds(e, on)]:
        return Status(EXCUSED, why=[(None, "excused", {"until": excused[0][1]})])
    why, lacking, due_dates = [], [], []
    for course in sorted({b.course for b in today}):
        good = {course, *accepts.get(course, ())}
        own = [c for c in completions if c.course in good and c.on <= on]
        held = [c for c in own if c.until is None or on < c.until]
        if held:
            best = max(held, key=lambda c: c.until or dt.date.max)
            why.append((course, "held", {"by": best.course, "on": best.on, "until": best.until}))
            continue
        since = first_day(on, [b.days for b in bindings if b.course == course], excusals)
        grace = min(b.due_within_days for b in today if b.course == course)
        due_on = max([since + grace * DAY, *(c.until for c in own)])
        lacking.append(course)
        due_dates.append(due_on)
        expired = max((c.until for c in own), default=None)
        why.append(
            (course, "expired" if expired else "never_held", {"required_since": since, "due_on": due_on, "expired_on": expired})
        )
    if not lacking:
        return Status(CURRENT, why=why)
    code = OVERDUE if any(d <= on for d in due_dates) else DUE
    return Status(code, min(due_dates), tuple(lacking), why)


def first_day(on, bound, excusals):
    """First day of the unbroken, unexcused stretch of bound days that holds `on`."""
    day = on
    while True:
        before = day - DAY
        if not any(holds(b, before) for b in bound) or any(holds(e, before) for e in excusals):
            return day
        # Jump to the start of a range that holds the day before, unless an excusal lies inside it.
        start = min((b[0] for b in bound if holds(b, before)), key=lambda d: d or dt.date.min)
        ends = [e[1] for e in excusals if e[1] is not None and e[1] <= day and (start is None or e[1] > start)]
        day = max([d for d in (start, *ends) if d is not None], default=None)
        if day is None:
            return dt.date.min
