from pathlib import Path

from django.db import migrations

BACK = "DROP FUNCTION standards_by_hand_is_founded CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("standards", "0012_figures_stay")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
