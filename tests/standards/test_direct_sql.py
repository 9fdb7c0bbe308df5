"""What stands is refused by the database itself, whoever writes; beside it what it does take, so that no refusal is an accident.
Editions: test_keeping_the_standard. Self-assessments: test_assessing_oneself. Certifications: test_deciding_an_audit."""

import pytest
from django.db import DatabaseError, connection, transaction

from cse_portal.lib.errors import Refused
from standards.models import Audit, Certification, Edition, Finding
from standards.services import audits, findings, reports, standing
from tests import factories as make

from . import steps
from .standing_steps import asked
from .steps import hat_of, scope

pytestmark = pytest.mark.django_db

VOTE = "INSERT INTO standards_panelvote (audit_id, round, user_id, outcome, reasons, at) VALUES (%s, 1, %s, %s, 'Fine.', clock_timestamp())"
DECIDE = """INSERT INTO standards_decision (audit_id, outcome, reasons, result, round, quorum, checks, decided_by_id, decided_at)
            VALUES (%s, %s, 'Fine.', '{}', 1, 3, '[]', %s, now())"""
RATE = """INSERT INTO standards_rating (site_id, element_id, value, justification, revision, client_refs, rated_by_id, rated_at)
          SELECT %s, id, 'M', '', 1, '{}', %s, now() FROM standards_element WHERE code = '1.1.1' LIMIT 1"""
LIFT = """INSERT INTO standards_rerating (site_id, element_id, value, verification_id, "on")
          SELECT %s, e.id, %s, %s, current_date FROM standards_element e WHERE e.code = %s AND e.id IN (SELECT element_id FROM standards_rating)"""


def run(sql, *args):
    """Rows written. What it wrote is taken back."""
    with connection.cursor() as cursor:
        point = transaction.savepoint()
        try:
            cursor.execute(sql, args)
            n = cursor.rowcount
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return n
        finally:
            transaction.savepoint_rollback(point)


def said(sql, *args):
    """What the database said against it; a statement without an object is no proof."""
    try:
        n = run(sql, *args)
    except DatabaseError as refusal:
        return str(refusal).splitlines()[0]
    pytest.fail(f"taken ({n}): {sql} {args}")


@pytest.fixture
def site_rated(audit, site, amina):
    """Every element rated; 1.1.1, which is critical, is not met: a major."""
    steps.rate_all(amina, audit, _1_1_1="N", _2_1_1="P")
    return site


def test_a_sheet_is_written_until_it_is_submitted(site_rated, audit, amina):
    assert "not rewritten" in said("UPDATE standards_evidence SET sha256 = 'x'")
    writes = [
        "UPDATE standards_rating SET value = 'E'",
        "UPDATE standards_rating SET justification = 'Otherwise.', na_approved_by_id = NULL",
        "UPDATE standards_evidence SET removed_at = now()",
        "UPDATE standards_auditsite SET centre_id = NULL",
        "UPDATE standards_finding SET grade = 'minor'",
        "UPDATE standards_finding SET statement = 'Otherwise.'",
        "UPDATE standards_teammember SET declaration = 'Otherwise.'",
    ]
    for sql in writes:
        assert run(sql), sql
    audits.submit(scope(amina), audit)
    for sql in writes:
        assert any(word in said(sql) for word in ("not changed", "not reworded", "by a dispute")), sql
    for table in ("rating", "finding", "auditsite", "teammember", "evidence", "audit"):
        assert any(word in said(f"DELETE FROM standards_{table}") for word in ("not changed", "not deleted")), table
    assert "not changed" in said(RATE, site_rated.pk, amina.user.pk)
    for change in (
        "result = '{}'",
        "elements_asked = '{}'",
        "submitted_at = now()",
        "starts_on = '2020-01-01'",
        "kind = 'surveillance'",
    ):
        assert "not changed" in said(f"UPDATE standards_audit SET {change}"), change
    for state in ("planned", "stage_2", "decided", "cancelled"):
        assert f"from submitted to {state}" in said("UPDATE standards_audit SET state = %s", state)
    assert run("UPDATE standards_audit SET state = 'report'") == 1


def test_an_audit_keeps_its_edition_and_is_submitted_whole(audit, site, amina, livestock):
    steps.rate_all(amina, audit)
    other = steps.published_edition("test 2")
    assert "keeps its edition" in said("UPDATE standards_audit SET edition_id = %s", other.pk)
    assert run("UPDATE standards_audit SET scope_text = 'Counters.'") == 1
    submit = "UPDATE standards_audit SET state = 'submitted', submitted_by_id = %s, submitted_at = now(), result = '{}'"
    assert run(submit, amina.user.pk) == 1
    site.evidence.update(removed_at=None)
    assert site.ratings.filter(element__code="5.1.1").delete()
    assert "every element is rated" in said(submit, amina.user.pk)


def test_findings_and_corrections_keep_their_way(site_rated, audit, amina, brian, panel):
    audits.submit(scope(amina), audit)
    major, minor = audit.findings.get(about="1.1.1"), audit.findings.get(about="2.1.1")
    assert "by a dispute" in said("UPDATE standards_finding SET grade = 'minor' WHERE id = %s", major.pk)
    assert "verification on record" in said("UPDATE standards_finding SET state = 'verified' WHERE id = %s", major.pk)
    assert "by a dispute" in said("UPDATE standards_finding SET state = 'withdrawn' WHERE id = %s", major.pk)
    assert run("UPDATE standards_finding SET state = 'plan_due' WHERE id = %s", major.pk) == 1
    steps.closed(major)
    seen = major.verifications.get()
    assert "never further" in said(LIFT, major.site_id, "E", seen.pk, "1.1.1")
    assert "never further" in said(LIFT, major.site_id, "M", seen.pk, "3.1.1")  # met already
    assert "finding that was corrected" in said(LIFT, major.site_id, "M", seen.pk, "2.1.1")  # of another finding
    assert run(LIFT, major.site_id, "M", seen.pk, "1.1.1") == 1
    for sql in ("UPDATE standards_verification SET note = 'Otherwise.'", "DELETE FROM standards_verification"):
        assert "stays as it is" in said(sql)
    assert "closed finding" in said("UPDATE standards_submittedevidence SET removed_at = now()")
    assert "as it was sent" in said("UPDATE standards_correctiveaction SET root_cause = 'Otherwise.'")
    assert "does not go from" in said("UPDATE standards_finding SET state = 'raised' WHERE id = %s", major.pk)
    assert minor.state == Finding.State.RAISED


def test_nobody_who_audited_votes_or_decides_and_nothing_is_certified_over_a_major(site_rated, audit, amina, brian, panel):
    audits.submit(scope(amina), audit)
    steps.before_the_panel(audit, "refuse")
    reviewer = hat_of("secretariat", "reviewer@huduma.example", "Lydia Atieno")
    for hat in (amina, brian, reviewer, steps.champion_of(audit)):
        assert any(word in said(VOTE, audit.pk, hat.user.pk, "certify") for word in ("took part", "interest"))
        assert any(word in said(DECIDE, audit.pk, "certify", hat.user.pk) for word in ("took part", "interest"))
    assert run(VOTE, audit.pk, panel.user.pk, "certify") == 1
    assert "quorum" in said(DECIDE, audit.pk, "certify", panel.user.pk)
    for hat in steps.panel_of(panel):
        with connection.cursor() as cursor:
            cursor.execute(VOTE, [audit.pk, hat.user.pk, "certify"])
    assert "stays as it is" in said("UPDATE standards_panelvote SET outcome = 'refuse'")
    assert "stays as it is" in said("DELETE FROM standards_panelvote")
    assert "edition says what quorum" in said(DECIDE.replace("1, 3", "1, 1"), audit.pk, "certify", panel.user.pk)
    assert "most of the votes" in said(DECIDE, audit.pk, "refuse", panel.user.pk)
    with connection.cursor() as cursor:
        cursor.execute(DECIDE, [audit.pk, "certify", panel.user.pk])
    certify = """INSERT INTO standards_certification (decision_id, organisation_id, number, code, holder, level, issued_on, expires_on,
        scope_text, state, state_reason, key_id, payload, document)
        SELECT d.id, %s, 'HSEQS-1', 'X', 'Livestock', 'certified', current_date, current_date + 1000, '', 'in_force', '', k.id, '', ''
        FROM standards_decision d, (SELECT min(id) AS id FROM training_signingkey) k"""
    assert "major nonconformity is open" in said(certify, audit.organisation_id)


def test_votes_and_decisions_are_the_panels_in_their_round_on_a_file_that_was_reviewed(submitted, amina, panel, secretariat, grace):
    audit = steps.reported(submitted)
    assert "review has passed it" in said(VOTE, audit.pk, panel.user.pk, "certify")
    recommend = "INSERT INTO standards_recommendation (audit_id, outcome, reasons, made_by_id, made_at) VALUES (%s, 'certify', 'Fine.', %s, now())"
    assert "lead auditor recommends" in said(recommend, audit.pk, secretariat.user.pk)
    assert run(recommend, audit.pk, amina.user.pk) == 1
    pass_it = "INSERT INTO standards_technicalreview (audit_id, outcome, notes, reviewed_by_id, reviewed_at) VALUES (%s, 'passed', 'Fine.', %s, clock_timestamp())"
    assert "follows the lead" in said(pass_it, audit.pk, secretariat.user.pk)
    steps.recommended(audit)
    assert "does not review" in said(pass_it, audit.pk, amina.user.pk) and "secretariat reviews" in said(pass_it, audit.pk, panel.user.pk)
    assert run(pass_it, audit.pk, secretariat.user.pk) == 1
    steps.review.review(scope(secretariat), audit, outcome="passed", notes="Complete.")
    assert "member of the certification panel on that day" in said(VOTE, audit.pk, make.user("nobody@example.org", "Nobody").pk, "certify")
    assert "review has passed it" in said(VOTE.replace("clock_timestamp()", "now() - interval '9 days'"), audit.pk, panel.user.pk, "certify")
    assert "member of the" in said(VOTE.replace("clock_timestamp()", "now() - interval '900 days'"), audit.pk, panel.user.pk, "certify")
    assert "present round" in said(VOTE.replace("%s, 1,", "%s, 2,"), audit.pk, panel.user.pk, "certify")
    steps.voted(audit, *steps.panel_of(panel))
    assert "has begun to vote" in said(recommend, audit.pk, amina.user.pk)
    assert "panel decides" in said(DECIDE, audit.pk, "certify", make.user("other@example.org", "Other").pk)
    assert "quorum" in said(DECIDE.replace("1, 3", "2, 3"), audit.pk, "certify", panel.user.pk)
    assert run(DECIDE, audit.pk, "certify", panel.user.pk) == 1


def test_an_audit_is_of_a_published_edition(submitted, edition):
    copy = """INSERT INTO standards_audit (ref, organisation_id, edition_id, starts_on, ends_on, kind, scope_text, state, ended_reason)
        SELECT 'AU-1', organisation_id, %s, starts_on, ends_on, kind, '', 'planned', '' FROM standards_audit WHERE id = %s"""
    draft = Edition.objects.get(version=steps.SMALL_DRAFT)
    assert "published edition" in said(copy, draft.pk, submitted.pk)
    assert run(copy, edition.pk, submitted.pk) == 1


def test_nothing_is_certified_of_a_part(audit, amina, panel):
    """A surveillance, or an audit that was asked for some elements only, ends in no certificate."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE standards_audit SET elements_asked = '{1.1.1}'")
    audit.refresh_from_db()
    steps.rate(amina, audit.sites.get(), "1.1.1")
    steps.closing_held(amina, audit)
    audits.submit(scope(amina), audit)
    with pytest.raises(DatabaseError, match="not rated"), transaction.atomic():
        steps.decided(audit, panel)


def test_who_raised_a_finding_and_left_the_team_took_part(audit, site, amina, brian):
    steps.rate_all(amina, audit)
    element = steps.elements(site)["1.1.1"]
    findings.raise_by_hand(
        scope(brian),
        site=site,
        grade="observation",
        statement="A queue.",
        elements=[element],
        evidence=list(site.evidence.filter(element=element)),
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM standards_teammember WHERE user_id = %s", [brian.user.pk])
    audits.submit(scope(amina), audit)
    assert "took part" in said(VOTE, audit.pk, brian.user.pk, "certify")


def test_who_audited_does_not_decide_what_follows(submitted, amina, panel):
    made = steps.decided(submitted, panel).certification
    act = asked(made)
    lead = make.member("panel", "", "", of_user=amina.user)
    with pytest.raises(Refused) as refusal:
        standing.decide(scope(lead), act, grant=True, reason="Mine.")
    assert refusal.value.code == "took_part"
    sql = "UPDATE standards_certificationact SET state = 'refused', decided_by_id = %s, decided_at = now()"
    assert "what follows from it" in said(sql, amina.user.pk)
    assert run(sql, panel.user.pk) == 1


def test_reports_events_and_the_trail_stay(submitted, amina, panel):
    made = steps.decided(submitted, panel).certification
    final = submitted.reports.get(kind="final")
    reports.add_addendum(scope(amina), final, text="A name was misspelt.")
    for change in ("content = '{}'", "sha256 = 'x'", "signature = 'x'", "kind = 'draft'", "issued_at = now()"):
        assert "an addendum is" in said(f"UPDATE standards_auditreport SET {change} WHERE id = {final.pk}"), change
    assert run("UPDATE standards_auditreport SET document = 'r.pdf', workbook = 'r.xlsx', drawn_at = now()")
    for table in ("reportaddendum", "recommendation", "technicalreview", "reply", "certificationevent", "panelvote"):
        column = {
            "reportaddendum": "text",
            "recommendation": "reasons",
            "technicalreview": "notes",
            "reply": "text",
            "certificationevent": "public_text",
            "panelvote": "reasons",
        }[table]
        assert "stays as it is" in said(f"UPDATE standards_{table} SET {column} = 'Otherwise.'"), table
        assert "stays as it is" in said(f"DELETE FROM standards_{table}"), table
    for sql in ("DELETE FROM standards_auditreport", "DELETE FROM standards_decision", "DELETE FROM standards_certification"):
        assert said(sql)
    for sql in ("DELETE FROM activity_entry", "UPDATE activity_entry SET note = 'Otherwise.'"):
        assert said(sql)
    assert "not change" in said("UPDATE standards_audit SET result = '{}'") and "from decided" in said(
        "UPDATE standards_audit SET state = 'report'"
    )
    assert "act that was granted" in said("UPDATE standards_certification SET state = 'suspended', state_on = current_date")
    assert "has its day" in said("UPDATE standards_certification SET state = 'suspended', state_on = NULL")
    assert Certification.objects.get() == made and Audit.objects.get().state == "decided"
