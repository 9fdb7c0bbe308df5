"""What a row of a staff file says stands in columns, so that rows are compared and taken in by the set."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TEXTS = {
    "personal_no": 20, "personal_key": 12, "series": 20, "upn": 20, "surname": 60, "first_name": 60, "other_names": 100,
    "gender": 1, "designation": 120, "terms": 12, "email": 254, "phone": 16,
}  # fmt: skip
PLACES = {"organisation": "Organisation", "cadre": "Cadre", "job_group": "JobGroup", "county": "County", "centre": "Centre"}
FILL = "UPDATE centres_rosterrow SET {} WHERE values <> '{{}}'".format(
    ", ".join(
        [f"{name} = values->>'{name}'" for name in TEXTS]
        + [f"{name}_id = (values->>'{name}')::bigint" for name in PLACES]
        + ["in_post_since = (values->>'in_post_since')::date"]
    )
)


def meant(model):
    return models.ForeignKey(
        f"centres.{model}", on_delete=django.db.models.deletion.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("centres", "0007_officer_name_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        *(migrations.AddField("rosterrow", name, models.CharField(max_length=n, null=True)) for name, n in TEXTS.items()),
        *(migrations.AddField("rosterrow", name, meant(model)) for name, model in PLACES.items()),
        migrations.AddField("rosterrow", "in_post_since", models.DateField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField("rosterrow", "values"),
    ]
