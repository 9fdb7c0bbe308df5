"""The year calendar, pure: the weeks of a period, and where each bar stands."""

import datetime as dt
from dataclasses import dataclass, field

A_DAY, A_WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
LEFT, WIDTH, TOP, ROW, BAR = 150, 1312, 22, 37, 30  # of the drawing, in its units
LETTER, NARROW = 6.5, 40  # a bar shows its words where they fit


def monday(day):
    return day - dt.timedelta(days=day.weekday())


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included; `name` is how an address says it: "2027-1" a quarter, "2027" a year."""

    first: dt.date
    last: dt.date
    name: str = ""

    @property
    def weeks(self):
        """The Mondays of its weeks."""
        first = monday(self.first)
        return [first + A_WEEK * n for n in range((monday(self.last) - first).days // 7 + 1)]


def quarter(year, n):
    """A quarter of a calendar year, 1 to 4."""
    first = dt.date(year, n * 3 - 2, 1)
    after = dt.date(year + n // 4, n % 4 * 3 + 1, 1)
    return Period(first, after - A_DAY, f"{year}-{n}")


def year(number):
    return Period(dt.date(number, 1, 1), dt.date(number, 12, 31), str(number))


def coming(today):
    """Twelve weeks from this one."""
    first = monday(today)
    return Period(first, first + A_WEEK * 12 - A_DAY)


def read(text, today):
    """The period that an address names; what is coming where it names none."""
    head, _, tail = str(text or "").partition("-")
    if head.isdigit() and 2000 <= int(head) <= 2100:
        if tail in ("1", "2", "3", "4"):
            return quarter(int(head), int(tail))
        if not tail:
            return year(int(head))
    return coming(today)


def beside(period, steps):
    """The name of the period so many steps away."""
    if period.name and "-" not in period.name:
        return str(int(period.name) + steps)
    n = period.first.year * 4 + (period.first.month - 1) // 3 + steps
    if not period.name and steps > 0 and quarter(*_of(n)).last < period.last:
        n += 1
    return quarter(*_of(n)).name


def _of(n):
    return n // 4, n % 4 + 1


@dataclass
class Bar:
    thing: object
    x: float
    y: float
    width: float

    @property
    def text_x(self):
        return round(self.x + self.margin, 1)

    @property
    def text_y(self):
        return self.y + 19

    def fits(self, words):
        return len(words) * LETTER + self.margin * 1.5 <= self.width

    @property
    def margin(self):
        return 8 if self.width > NARROW else 3


@dataclass
class Row:
    label: str
    y: float
    bars: list = field(default_factory=list)
    lanes: int = 1

    @property
    def text_y(self):
        return self.y + 27


def layout(period, rows):
    """`rows`: [(label, [(first day, last day, thing)])] -> (weeks [(x, Monday, new month)], [Row], height). What overlaps in a row
    stands in lanes under each other."""
    weeks = period.weeks
    step = (WIDTH - LEFT) / len(weeks)
    drawn, y = [], TOP + 4
    for label, things in rows:
        row, ends = Row(label, y), []
        for first, last, thing in sorted(things, key=lambda t: (t[0], t[1], str(t[2]))):
            a = max(0, (monday(first) - weeks[0]).days // 7)
            b = min(len(weeks) - 1, (monday(last) - weeks[0]).days // 7)
            lane = next((n for n, end in enumerate(ends) if end < a), len(ends))
            ends[lane:] = [b, *ends[lane + 1 :]]
            row.bars.append(Bar(thing, round(LEFT + a * step + 2, 1), y + 7 + lane * ROW, round((b - a + 1) * step - 4, 1)))
        row.lanes = max(1, len(ends))
        drawn.append(row)
        y += row.lanes * ROW + 7
    marks = []
    for n, day in enumerate(weeks):
        new = day.month != weeks[n - 1].month if n else weeks[1].month == day.month  # two names would not fit side by side
        marks.append((round(LEFT + n * step, 1), day, new))
    return marks, drawn, y
