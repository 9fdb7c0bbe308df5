from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (Path(__file__).parent / "0005_what_no_path_may_reach.sql").read_text()
BEFORE = BEFORE[BEFORE.index("CREATE FUNCTION standards_certified_without_majors") :]
BEFORE = BEFORE[: BEFORE.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("standards", "0014_no_way_round")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION standards_not_emptied CASCADE;" + BEFORE)]
