"""Working days of the public service: Monday to Friday but for public holidays (centres.Holiday)."""

import datetime as dt

from django.utils import timezone

from centres.models import Holiday
from cse_portal.lib import clock


def holidays(first=None, last=None):
    """{day} of the public holidays from `first` to `last`, either open. One query: pass it on where many days are counted."""
    found = Holiday.objects.all()
    found = found.filter(day__gte=first) if first else found
    return set((found.filter(day__lte=last) if last else found).values_list("day", flat=True))


def is_working(day, off):
    return day.weekday() < 5 and day not in off


def later(at, n, off=None):
    """n working days later: of a day the day, of an instant the same time of the Nairobi day. `off`: as `holidays` gives it."""
    return _step(at, n, clock.DAY, off)


def earlier(at, n, off=None):
    """n working days before; see `later`."""
    return _step(at, n, -clock.DAY, off)


def between(first, last, off=None):
    """How many working days follow `first` up to and with `last`; negative when `last` comes before."""
    if last < first:
        return -between(last, first, off)
    off = holidays(first, last) if off is None else off
    return sum(is_working(first + dt.timedelta(days=i), off) for i in range(1, (last - first).days + 1))


def _step(at, n, step, off):
    if n < 0:
        raise ValueError("days are counted from 0")
    at = timezone.localtime(at) if isinstance(at, dt.datetime) else at
    day = at.date() if isinstance(at, dt.datetime) else at
    if off is None:
        off = holidays(first=day) if step > dt.timedelta() else holidays(last=day)
    while n:
        at, day = at + step, day + step
        n -= is_working(day, off)
    return at
