"""Civil dates in Africa/Nairobi, the Kenyan financial year, and dates as people write them."""

import datetime as dt
import re

from django.utils import timezone

MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})")


def now():
    return timezone.now()


def today():
    """Today's civil date in Nairobi."""
    return timezone.localdate()


def parse_date(text):
    """A date from 2026-11-20, 20/11/2026 or 20 Nov 2026; never month first. ValueError when it is none of these."""
    text = " ".join(str(text).split())
    if m := ISO.fullmatch(text):
        return dt.date(int(m[1]), int(m[2]), int(m[3]))
    if m := DAY_FIRST.fullmatch(text):
        return dt.date(int(m[3]), int(m[2]), int(m[1]))
    if (m := NAMED.fullmatch(text)) and m[2][:3].lower() in MONTHS:
        return dt.date(int(m[3]), MONTHS[m[2][:3].lower()], int(m[1]))
    raise ValueError(f"not a date: {text!r}")


def add_months(day, months):
    """Calendar months later; 31 Jan + 1 month = 28 Feb (as PostgreSQL's interval)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (first_of_next - dt.timedelta(days=1)).day))


def financial_year(day):
    """The Kenyan financial year that holds the day: "2026/27" runs 1 July 2026 to 30 June 2027."""
    start = day.year if day.month >= 7 else day.year - 1
    return f"{start}/{(start + 1) % 100:02d}"


def financial_year_begins(name):
    """The first day of the financial year "2026/27"; ValueError where it is none."""
    day = dt.date(int(name[:4]), 7, 1)
    if financial_year(day) != name:
        raise ValueError(f"not a financial year: {name!r}")
    return day


def quarter(day):
    """Quarter of the financial year, 1 to 4 (Q1 is July to September)."""
    return (day.month - 7) % 12 // 3 + 1


def quarter_end(day):
    """The last day of the quarter that holds the day."""
    month = (day.month - 1) // 3 * 3 + 3
    return dt.date(day.year + (month == 12), month % 12 + 1, 1) - dt.timedelta(days=1)


def quarter_name(day):
    """"FY 2026/27 Q2": the quarter that holds the day, never by the calendar year."""
    return f"FY {financial_year(day)} Q{quarter(day)}"


def instant(day, time=dt.time()):
    """That time of the Nairobi day; its midnight unless said."""
    return timezone.make_aware(dt.datetime.combine(day, time))


DAY = dt.timedelta(days=1)


def civil(at):
    """The Nairobi date of an instant."""
    return timezone.localdate(at)
