"""Numbers without gaps, one series a year."""

from training.models import SerialNumber


def next_number(prefix, year, digits):
    """The next of `prefix-year-`: AU-2026-0007. The series is locked until the transaction ends."""
    series = f"{prefix}-{year}"
    SerialNumber.objects.get_or_create(series=series)
    row = SerialNumber.objects.select_for_update().get(series=series)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}-{row.last:0{digits}}"
