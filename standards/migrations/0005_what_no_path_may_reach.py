from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (Path(__file__).parent / "0003_frozen_and_independent.sql").read_text()
ADDED = """
DROP FUNCTION standards_is_open, standards_written_once, standards_piece_stays, standards_self_rating_frozen, standards_self_assessment_frozen,
    standards_submitted_evidence_frozen, standards_verifier_is_independent, standards_re_rating_lifts, standards_answered_once,
    standards_report_locked, standards_voter_is_independent, standards_decision_has_quorum, standards_certified_without_majors,
    standards_appeal_is_independent CASCADE;
"""
ALL = """
DROP FUNCTION standards_edition_frozen, standards_text_frozen, standards_audit_frozen, standards_sheet_frozen, standards_site_frozen,
    standards_finding_frozen, standards_decider_is_independent, standards_member_did_not_decide, standards_certification_frozen CASCADE;
DROP FUNCTION standards_took_part, standards_refuse;
"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0004_programme_to_appeal")]
    operations = [migrations.RunSQL(SQL, [ADDED, ALL, BEFORE])]
