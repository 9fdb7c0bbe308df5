import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0010_rebooking")]
    operations = [
        migrations.AddField(
            "assessmentresult",
            "sent_back",
            models.CharField(blank=True, help_text="why a draft was sent back to whoever recorded it", max_length=300),
        ),
        migrations.AddConstraint(
            "assessmentresult",
            models.CheckConstraint(
                condition=models.Q(("state", "moderated"), _negated=True) | models.Q(("moderated_by__isnull", False)),
                name="moderated_result_names_who",
            ),
        ),
        migrations.AddField(
            "appeal",
            "component",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="training.assessmentcomponent",
                verbose_name="part of the assessment",
            ),
        ),
        migrations.AddField(
            "evaluationinvitation",
            "until",
            models.DateField(
                default=datetime.date(2026, 1, 1),
                help_text="the last day to answer: the same for a whole cohort, and never moved",
            ),
            preserve_default=False,
        ),
        migrations.RemoveField("evaluation", "answered_on"),
    ]
