from pathlib import Path

from django.db import migrations

BACK = "DROP FUNCTION standards_calibration_way, standards_calibration_item_frozen, standards_calibration_answer_stays CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("standards", "0009_divided_votes_are_deferred")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
