from pathlib import Path

from django.db import migrations

BACK = """
DROP FUNCTION standards_finding_way, standards_verification_in_turn, standards_dispute_is_independent, standards_finding_is_founded,
    standards_finding_names_frozen CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0006_impartial")]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
