from pathlib import Path

from django.db import migrations, models

BACK = "DROP TRIGGER dispute_lightens ON standards_dispute; DROP FUNCTION standards_dispute_lightens();"


class Migration(migrations.Migration):
    dependencies = [("standards", "0019_declared_interests")]
    operations = [
        migrations.AlterField(
            "dispute",
            "outcome",
            models.CharField(
                "decision",
                blank=True,
                choices=[
                    ("stands", "The finding stands"),
                    ("regraded", "A lighter grade"),
                    ("withdrawn", "The finding is withdrawn"),
                ],
                max_length=9,
            ),
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK),
    ]
