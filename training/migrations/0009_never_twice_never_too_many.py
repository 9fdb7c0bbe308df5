"""Exclusion of double bookings, the bound on seats, fixed curricula, entries that stay."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("0009_never_twice_never_too_many.sql").read_text()
BACK = Path(__file__).with_name("0009_never_twice_never_too_many.back.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("training", "0008_delivery_from_calendar_to_certificate")]
    operations = [migrations.RunSQL(SQL, BACK)]
