from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("training", "0005_compliance_ledger")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION compliance_checkpoints(date), compliance_compact(date), compliance_adopt()")]
