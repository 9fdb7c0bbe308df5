"""Spans answer what this function did."""

from pathlib import Path

from django.db import migrations

BACK = Path(__file__).with_name("0002_status.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("training", "0006_compliance_checkpoints")]
    operations = [migrations.RunSQL("DROP FUNCTION training_status(date, bigint[])", BACK)]
