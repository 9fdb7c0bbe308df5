from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BACK = """
DROP FUNCTION standards_decider_is_impartial, standards_voter_is_impartial, standards_rated_by_assessors, standards_team_is_impartial,
    standards_member_is_impartial CASCADE;
DROP FUNCTION standards_refuse_long_lead, standards_refuse_uncovered, standards_refuse_interest, standards_cycle_began, standards_places_of,
    standards_assessor_courses, standards_led_last, standards_uncovered, standards_interests;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("standards", "0005_what_no_path_may_reach"),
        ("centres", "0012_holidays"),
        ("training", "0012_certificates_stay"),
    ]
    operations = [migrations.RunSQL(SQL, BACK)]
