"""Someone who took no part decides, by every door and in the database; certifying puts the certificate in the register."""

import pytest
from django.db import connection

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Certification, Decision, TeamMember
from standards.services import audits, certifying
from tests import factories as make
from training import certificates

from . import steps
from .refusals import refused_by_the_database
from .standing_steps import acted
from .steps import scope

pytestmark = pytest.mark.django_db


DECIDE = """INSERT INTO standards_decision (audit_id, outcome, reasons, result, decided_by_id, decided_at)
            VALUES (%s, 'certify', 'Fine.', '{}', %s, now())"""


def test_certifying_issues_a_certification_for_36_months(submitted, panel, livestock):
    decision = steps.decided(submitted, panel)
    submitted.refresh_from_db()
    made = decision.certification
    today = clock.today()
    assert submitted.state == "decided" and made.number == f"HSEQS-{today.year}-0001" and made.level == "certified" and made.stars == 3
    assert (made.issued_on, made.expires_on) == (today, clock.add_months(today, 36))
    assert made.holder == str(livestock) and [s.level for s in made.sites.all()] == ["certified"]
    assert len(made.code.replace("-", "")) == 20


def test_its_signature_verifies_and_a_changed_one_does_not(submitted, panel):
    made = steps.decided(submitted, panel).certification
    find = lambda kid: made.key.public_key if kid == made.key.kid else None  # noqa: E731
    facts = certificates.verify(made.payload, find)
    assert (facts.number, facts.code, facts.holder, facts.expires_on) == (made.number, made.code, made.holder, made.expires_on)
    flipped = made.payload[:40] + ("A" if made.payload[40] != "A" else "B") + made.payload[41:]
    with pytest.raises(certificates.Forged):
        certificates.verify(flipped, find)


def test_the_mdas_hr_and_authorised_officers_are_told_once(submitted, panel, grace, principal_secretary, odhiambo, champion):
    steps.decided(submitted, panel)
    told = Notice.objects.filter(key__startswith="audit-decision")
    assert sorted(told.values_list("to", flat=True)) == [grace.user.email, principal_secretary.user.email]
    assert all(said in told[0].body for said in ("HSEQS-", "All principles pass.", "may appeal until"))


def test_refusing_certifies_nothing(submitted, panel):
    steps.decided(submitted, panel, "refuse")
    submitted.refresh_from_db()
    assert submitted.state == "decided" and not Certification.objects.exists()


def test_a_deferred_audit_is_decided_later(submitted, panel):
    steps.decided(submitted, panel, "defer")
    submitted.refresh_from_db()
    assert submitted.state == "report"
    steps.decided(submitted, panel)
    assert list(Decision.objects.order_by("pk").values_list("round", "outcome")) == [(1, "defer"), (2, "certify")]


def test_a_decided_audit_is_not_decided_again(submitted, panel):
    steps.decided(submitted, panel)
    with pytest.raises(Refused) as refusal:
        steps.decided(submitted, panel, "refuse")
    assert refusal.value.code == "decided"


def test_an_open_major_or_a_missed_threshold_cannot_be_certified(audit, amina, panel):
    steps.rate_all(amina, audit, _1_1_1="N")
    audits.submit(scope(amina), audit)
    with pytest.raises(Refused) as refusal:
        steps.decided(audit, panel)
    assert refusal.value.code == "below_threshold"
    steps.closed(*audit.findings.all())
    with pytest.raises(Refused):
        steps.decided(audit, panel)
    assert steps.decided(audit, panel, "refuse").outcome == "refuse"


def test_a_closed_major_no_longer_blocks_and_both_scorings_are_kept(livestock, amina, panel):
    """A principle short of its floor needs the points too; here the major was raised by two N in one criterion of a wide sheet."""
    edition = steps.full_edition()
    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, _1_1_1="N", _1_1_2="N")
    audit = audits.submit(scope(amina), audit)
    assert audit.result["level"] == "not_yet"
    steps.closed(*audit.findings.all())
    decision = steps.decided(audit, panel)
    assert decision.result["level"] == "certified"
    audit.refresh_from_db()
    assert audit.result["level"] == "not_yet", "the scoring at submission stands for ever"


def test_the_certificates_level_is_its_sites_lowest(livestock, gpo, edition, amina, panel):
    audit = steps.plan(livestock, edition, amina, centres=[gpo])
    steps.declare(audit, amina)
    office, centre = audit.sites.all()
    for site, value in ((office, "E"), (centre, "M")):
        for code in steps.elements(site):
            steps.rate(amina, site, code, value)
    steps.closing_held(amina, audit)
    audits.submit(scope(amina), audit)
    made = steps.decided(audit, panel).certification
    assert made.level == "certified" and sorted(s.level for s in made.sites.all()) == ["certified", "commended"]


# Independence.
def test_the_auditor_who_led_cannot_decide_under_a_panel_hat(submitted, amina):
    hat = make.member("panel", "", "", of_user=amina.user)
    with pytest.raises(Refused) as refusal:
        steps.decided(submitted, hat)
    assert refusal.value.code == "took_part"


def test_the_auditor_who_led_cannot_decide_by_direct_sql(submitted, amina, brian, panel):
    for hat in (amina, brian):
        assert "took part" in refused_by_the_database(DECIDE, submitted.pk, hat.user.pk)
    steps.decided(submitted, panel)
    assert "took part" in refused_by_the_database("UPDATE standards_decision SET decided_by_id = %s", amina.user.pk)
    assert "not edited" in refused_by_the_database("UPDATE standards_decision SET reasons = 'Other.'")
    assert "not deleted" in refused_by_the_database("DELETE FROM standards_decision")


def test_whoever_decided_cannot_join_the_team_by_direct_sql(submitted, panel):
    steps.decided(submitted, panel)
    sql = "INSERT INTO standards_teammember (audit_id, user_id, is_lead, declaration) VALUES (%s, %s, false, '')"
    assert "decided" in refused_by_the_database(sql, submitted.pk, panel.user.pk)
    assert TeamMember.objects.count() == 2


def test_leaving_the_team_does_not_open_the_decision(audit, amina, brian, panel, secretariat):
    """Brian rates, and no rule lets him off the team; had he been taken off by SQL, his ratings still tell."""
    steps.rate_all(brian, audit)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM standards_teammember WHERE user_id = %s", [brian.user.pk])
    audits.submit(scope(amina), audit)
    assert "took part" in refused_by_the_database(DECIDE, audit.pk, brian.user.pk)


def test_a_panel_member_from_the_mda_does_not_decide(submitted, panel, livestock):
    officer = make.officer(livestock, "Joseph", "Gitonga")
    officer.user = panel.user
    officer.save()
    with pytest.raises(Refused) as refusal:
        steps.decided(submitted, panel)
    assert refusal.value.code == "interest"


def test_other_hats_do_not_decide(submitted, secretariat, hops, administrator, grace, brian):
    for hat in (secretariat, hops, administrator, grace, brian):
        with pytest.raises(Refused):
            steps.decided(submitted, hat)


def test_a_planned_audit_is_not_decided(audit, panel):
    with pytest.raises(Refused) as refusal:
        steps.decided(audit, panel)
    assert refusal.value.code == "not_submitted"


# What stands.
def test_a_certification_is_not_edited(submitted, panel):
    made = steps.decided(submitted, panel).certification
    for change in ("level = 'excellence'", "expires_on = '2099-01-01'", "holder = 'Another'"):
        assert "not edited" in refused_by_the_database(f"UPDATE standards_certification SET {change}")
    acted(made)
    assert made.state_as_of(clock.today()) == "suspended"


def test_expired_is_computed(submitted, panel):
    made = steps.decided(submitted, panel).certification
    assert made.state_as_of(made.expires_on) == "expired" and made.state_as_of(clock.today()) == "in_force"
    assert Certification.objects.in_force(clock.today()).count() == 1 and Certification.objects.in_force(made.expires_on).count() == 0
    assert certifying.history(made).count() == 1
