"""Numbers of audits and certifications, one series a year."""

from training.services import awards


def next_number(prefix, year, digits):
    """The next of `prefix-year-`: AU-2026-0007."""
    return awards.numbers(f"{prefix}-{year}", 1, digits)[0]
