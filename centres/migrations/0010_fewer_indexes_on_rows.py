"""Rows of a staff file are found by file and line only; two more indexes cost as much as writing the rows."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("centres", "0009_taking_in_as_a_job")]
    operations = [
        migrations.AlterField(
            "rosterrow",
            "officer",
            models.ForeignKey(
                "centres.officer",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                related_name="+",
                db_constraint=False,
                db_index=False,
                help_text="null where nothing changes",
            ),
        ),
        migrations.AlterField(
            "rosterrow",
            "roster",
            models.ForeignKey("centres.roster", on_delete=django.db.models.deletion.CASCADE, related_name="lines", db_index=False),
        ),
    ]
