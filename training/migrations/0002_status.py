from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial"), ("centres", "0001_initial")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION training_status(date, bigint[])")]
