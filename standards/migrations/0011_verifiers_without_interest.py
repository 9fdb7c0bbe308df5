from pathlib import Path

from django.db import migrations

BACK = "DROP FUNCTION standards_verifier_is_impartial, standards_dispute_is_impartial CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("standards", "0010_calibration_stays")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
