from pathlib import Path

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations, models

HERE = Path(__file__)
STANDING = models.Q(("state__in", ["in_force", "suspended"]))
RUNS = models.Func("issued_on", "expires_on", function="daterange", output_field=django.contrib.postgres.fields.DateRangeField())
NEW = """DROP FUNCTION standards_audit_under_published, standards_recommended_by_the_lead, standards_reviewed_by_another,
    standards_act_decided_by_the_panel, standards_appeal_decided_by_the_panel, standards_standing_is_founded, standards_scope_is_founded CASCADE;
DROP FUNCTION standards_votes_that_count, standards_passed_at, standards_round_of, standards_holds_role, standards_majors_left;"""


def function(name, file):
    """As an earlier migration left it."""
    text = (HERE.parent / file).read_text()
    begins = max(text.find(f"CREATE FUNCTION {name}("), text.find(f"CREATE OR REPLACE FUNCTION {name}("))
    said = text[begins : text.index("END $$;", begins) + len("END $$;")]
    return said.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


def quorum():
    """Of migration 0009, which builds its text."""
    text = function("standards_decision_has_quorum", "0009_divided_votes_are_deferred.py")
    return text.replace("{unless}", "NOT (NEW.outcome = 'defer' AND refusals * 2 <= votes)")


BACK = [
    NEW,
    function("standards_voter_is_independent", "0005_what_no_path_may_reach.sql"),
    quorum(),
    function("standards_certified_without_majors", "0015_emptied_never.sql"),
]


def once(name, subject, condition):
    return migrations.AddConstraint(
        model_name="certification",
        constraint=django.contrib.postgres.constraints.ExclusionConstraint(
            name=name,
            expressions=[(subject, RangeOperators.EQUAL), (RUNS, RangeOperators.OVERLAPS)],
            condition=STANDING & condition,
            deferrable=models.Deferrable.DEFERRED,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("standards", "0015_emptied_never")]
    operations = [
        once("one_standing_certification_of_an_mda", "organisation", models.Q(("centre", None))),
        once("one_standing_certification_of_a_centre", "centre", models.Q(("centre__isnull", False))),
        migrations.RunSQL(HERE.with_suffix(".sql").read_text(), BACK),
    ]
