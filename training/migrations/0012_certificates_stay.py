"""Certificates are never deleted, and never changed but in what becomes of them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("0012_certificates_stay.sql").read_text()
BACK = Path(__file__).with_name("0012_certificates_stay.back.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("training", "0011_results_sent_back_and_evaluations_without_a_day")]
    operations = [migrations.RunSQL(SQL, BACK)]
