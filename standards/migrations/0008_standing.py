from pathlib import Path

from django.db import migrations, models

BEFORE = (Path(__file__).parent / "0005_what_no_path_may_reach.sql").read_text()
FROZEN = BEFORE[BEFORE.index("CREATE OR REPLACE FUNCTION standards_certification_frozen") :].partition("END $$;")
BACK = """
DROP FUNCTION standards_standing_is_told, standards_act_answered_once, standards_certified_site_frozen, standards_surveillance_frozen CASCADE;
"""
GROUNDS = [
    ("overdue_major", "Major nonconformity overdue"),
    ("refused_surveillance", "Surveillance refused"),
    ("not_passed", "Surveillance not passed"),
    ("misuse", "Misuse of the mark"),
    ("coverage", "Training coverage below the floor"),
    ("voluntary", "Asked for by the MDA"),
    ("falsification", "Falsified evidence"),
    ("not_cured", "Not put right in time"),
    ("cured", "Put right"),
    ("reorganised", "Reorganised"),
    ("appeal", "Appeal upheld"),
]


class Migration(migrations.Migration):
    dependencies = [("standards", "0007_the_way_of_a_finding")]
    operations = [
        migrations.AlterField(
            model_name="certificationact",
            name="ground",
            field=models.CharField(choices=GROUNDS, max_length=20, verbose_name="ground"),
        ),
        migrations.AddConstraint(
            model_name="certificationevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["awarded", "renewed", "expired"])),
                fields=("certification", "kind"),
                name="event_once_a_certification",
            ),
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), [BACK, "".join(FROZEN[:2])]),
    ]
