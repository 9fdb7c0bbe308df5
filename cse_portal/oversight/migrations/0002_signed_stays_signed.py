from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).with_suffix(".sql").read_text()
UNDO = """
DROP TRIGGER target_is_kept ON oversight_target; DROP FUNCTION oversight_keep_target();
DROP TRIGGER return_stays_signed ON oversight_quarterlyreturn; DROP FUNCTION oversight_keep_return();
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_targets_and_returns")]
    operations = [
        migrations.AddConstraint(
            model_name="quarterlyreturn",
            constraint=models.CheckConstraint(
                condition=Q(("state", "signed"), _negated=True) | Q(("filed_by__isnull", False), ("signed_by__isnull", False)),
                name="signed_return_says_by_whom",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
