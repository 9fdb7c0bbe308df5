"""Numbers of audits and certifications, one series a year."""

from training.models import SerialNumber
from training.services import awards


def next_number(prefix, year, digits):
    """The next of `prefix-year-`: AU-2026-0007."""
    return awards.numbers(f"{prefix}-{year}", 1, digits)[0]


def upcoming(prefix, year, digits):
    """The number that comes next, without taking it."""
    last = SerialNumber.objects.filter(series=f"{prefix}-{year}").values_list("last", flat=True).first() or 0
    return f"{prefix}-{year}-{last + 1:0{digits}d}"
