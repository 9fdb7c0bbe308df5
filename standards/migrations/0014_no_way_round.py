from pathlib import Path

from django.db import migrations

BACK = """DROP FUNCTION standards_re_rating_of_its_finding, standards_certified_whole, standards_act_is_independent,
standards_appeal_of_uninvolved CASCADE; DROP FUNCTION standards_took_part_in_any;"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0013_a_finding_by_hand_is_founded")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
