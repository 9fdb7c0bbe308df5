"""Rows of a staff file are written by one service; a foreign key check for each costs as much as writing it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("centres", "0010_fewer_indexes_on_rows")]
    operations = [
        migrations.AlterField(
            "rosterrow",
            "roster",
            models.ForeignKey(
                "centres.roster",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.AlterField(
            "rosterrow",
            "cells",
            models.JSONField(default=list, help_text="the row as given, in the order of the headings; kept where it was rejected"),
        ),
    ]
