from pathlib import Path

from django.db import migrations

HERE = Path(__file__)
BEFORE = (HERE.parent / "0016_panel_and_standing.sql").read_text()
BEGINS = BEFORE.index("FUNCTION standards_recommended_by_the_lead(")
BACK = "CREATE OR REPLACE " + BEFORE[BEGINS : BEFORE.index("END $$;", BEGINS)] + "END $$;"


class Migration(migrations.Migration):
    dependencies = [("standards", "0017_lowered")]
    operations = [migrations.RunSQL(HERE.with_suffix(".sql").read_text(), BACK)]
