"""A staff file that is taken in by a worker; whom it reaches, what it corrects, who is missing from it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("centres", "0008_rows_of_a_staff_file_in_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "rosterrow",
            "officer",
            models.ForeignKey(
                "centres.Officer",
                on_delete=PROTECT,
                null=True,
                related_name="+",
                db_constraint=False,
                help_text="null where nothing changes",
            ),
        ),
        migrations.AddField(
            "roster",
            "reach",
            models.ForeignKey(
                "centres.Organisation",
                on_delete=PROTECT,
                null=True,
                related_name="+",
                editable=False,
                help_text="who filed it answers for this MDA and those below, so officers move between them; null: for all",
            ),
        ),
        migrations.AddField(
            "roster",
            "follows",
            models.ForeignKey(
                "centres.roster",
                on_delete=PROTECT,
                null=True,
                related_name="corrections",
                editable=False,
                help_text="whose rejected rows these are",
            ),
        ),
        migrations.AddField(
            "roster",
            "expected",
            models.PositiveIntegerField(db_default=0, help_text="about how many rows the file has; 0: not known yet"),
        ),
        migrations.AddField(
            "roster",
            "leavers",
            models.PositiveIntegerField(db_default=0, help_text="in post and not in a file that lists everyone"),
        ),
        migrations.AddField(
            "roster",
            "applied_as",
            models.ForeignKey(
                "centres.Membership", on_delete=PROTECT, null=True, related_name="+", help_text="the hat of who confirmed it"
            ),
        ),
        migrations.AlterField(
            "roster",
            "applied_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL, on_delete=PROTECT, null=True, related_name="+", help_text="who confirmed it"
            ),
        ),
        migrations.AlterField(
            "roster",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how often work on it was begun since it last got on"),
        ),
        migrations.AlterField(
            "roster", "problem", models.TextField(blank=True, help_text="why the file could not be read, or was not taken in")
        ),
        migrations.AlterField(
            "roster",
            "state",
            models.CharField(
                max_length=10,
                default="received",
                choices=[
                    ("received", "Waiting to be read"),
                    ("reading", "Reading"),
                    ("read", "To be confirmed"),
                    ("applying", "Being taken in"),
                    ("applied", "Applied"),
                    ("cancelled", "Cancelled"),
                    ("failed", "Could not be read"),
                ],
            ),
        ),
        migrations.RunSQL("UPDATE centres_roster SET reach_id = organisation_id", migrations.RunSQL.noop),
    ]
