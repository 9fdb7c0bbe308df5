from pathlib import Path

from django.db import migrations

BACK = """DROP FUNCTION standards_decider_declared_none, standards_appeal_judge_declared_none CASCADE;
DROP FUNCTION standards_declared_in_any;"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0018_the_lead_has_left")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
