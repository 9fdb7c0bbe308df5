from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP FUNCTION standards_edition_frozen, standards_text_frozen, standards_audit_frozen, standards_sheet_frozen, standards_site_frozen,
    standards_finding_frozen, standards_decider_is_independent, standards_member_did_not_decide, standards_certification_frozen CASCADE;
DROP FUNCTION standards_took_part, standards_refuse;
"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0002_saves_sources_and_declarations")]
    operations = [migrations.RunSQL(SQL, UNDO)]
