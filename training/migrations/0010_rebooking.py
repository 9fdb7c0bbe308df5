import django.db.models.deletion
from django.db import migrations, models

# Cohorts cancelled before now give back their rooms and trainers.
FREE = """
UPDATE training_cohortsession s SET cancelled_at = now(), sequence = sequence + 1
  FROM training_cohort c WHERE c.id = s.cohort_id AND c.state = 'cancelled' AND s.cancelled_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0009_never_twice_never_too_many")]

    operations = [
        migrations.AddField(
            "cohort",
            "rebook_to",
            models.ForeignKey(
                blank=True,
                help_text="offered in place of the one that is cancelled",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="training.cohort",
            ),
        ),
        migrations.RunSQL(FREE, migrations.RunSQL.noop),
    ]
