from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP TRIGGER entry_append_only ON activity_entry; DROP TRIGGER entry_no_truncate ON activity_entry;
DROP TRIGGER seal_append_only ON activity_seal; DROP TRIGGER seal_no_truncate ON activity_seal;
DROP FUNCTION activity_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
