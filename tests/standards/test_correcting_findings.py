"""From a finding raised to its effect seen: by hand, answered by clocks, disputed, corrected, verified by others; and what nobody may."""

import datetime as dt

import pytest
from django.db import connection

from centres.models import Holiday
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from standards import reasons
from standards.models import Audit, Evidence, Finding, ReRating, Visit
from standards.services import audits, certification, corrective, findings, verifying
from standards.services.evidence import Piece
from tests import factories as make

from . import steps
from .refusals import refused, refused_by_the_database
from .steps import scope

pytestmark = pytest.mark.django_db
State = Finding.State


def level(audit):
    return certification.level_today(audit, clock.today())


def piece_on(site, code):
    return Evidence.objects.filter(site=site, element__code=code)


def by_hand(hat, site, code="2.1.1", grade="minor", **said):
    return findings.raise_by_hand(
        scope(hat), site=site, grade=grade, statement="Not as it should be.", elements=[steps.elements(site)[code]], **{"evidence": piece_on(site, code)} | said
    )


@pytest.fixture
def minor(livestock, edition, amina, brian, champion):
    """One minor of a submitted audit of Amina and Brian: customers are only partly asked."""
    audit = steps.plan(livestock, edition, amina, brian)
    steps.declare(audit, amina, brian)
    steps.rate_all(amina, audit, _2_1_1="P")
    return audits.submit(scope(amina), audit).findings.get(grade="minor")


@pytest.fixture
def major(livestock, edition, amina, brian, champion):
    """A critical element is not met."""
    audit = steps.plan(livestock, edition, amina, brian)
    steps.declare(audit, amina, brian)
    steps.rate_all(amina, audit, _1_1_1="N")
    return audits.submit(scope(amina), audit).findings.get(rule="critical_not_met")


# By hand, until submission.


def test_a_finding_by_hand_names_elements_and_their_evidence(audit, site, amina):
    steps.rate_all(amina, audit)
    other = piece_on(site, "3.1.1")
    for wrong in ({"evidence": []}, {"evidence": other}):
        refused("incomplete", by_hand, amina, site, **wrong)
    whole = {"site": site, "grade": "minor", "statement": "Seen.", "elements": [steps.elements(site)["2.1.1"]], "evidence": piece_on(site, "2.1.1")}
    for wrong in ({"elements": []}, {"statement": " "}, {"grade": ""}):
        refused("incomplete", findings.raise_by_hand, scope(amina), **whole | wrong)
    made = by_hand(amina, site, grade="observation")
    assert made.label == "OB-01" and made.raised_by == amina.user and made.evidence.count() == 1
    good = by_hand(amina, site, "3.1.1", "good_practice")
    submitted = audits.submit(scope(amina), audit)
    assert submitted.result["level"] == "certified" and not corrective.Finding.objects.answered().exists()
    good.refresh_from_db()
    assert good.answer_by is None and good.state == "raised"


def test_one_by_hand_is_not_taken_off_when_ratings_change(audit, site, amina):
    steps.rate_all(amina, audit)
    made = by_hand(amina, site)
    steps.rate(amina, site, "2.1.1", "P")
    steps.rate(amina, site, "2.1.1", "M")
    assert list(audit.findings.all()) == [made]


def test_a_major_by_hand_blocks_the_level_at_submission(audit, site, amina):
    steps.rate_all(amina, audit)
    by_hand(amina, site, grade="major")
    assert audits.submit(scope(amina), audit).result["level"] == "not_yet"


def test_falsified_evidence_is_a_major_and_stays_one(audit, site, amina, brian):
    steps.rate_all(amina, audit)
    made = by_hand(brian, site, grade="observation", falsified=True)
    assert (made.grade, made.rule, made.about) == ("major", "falsified_evidence", "2.1.1")
    refused("incomplete", findings.regrade, scope(amina), made, grade="minor", reason="Too hard.")


def test_a_member_raises_a_grade_and_only_the_lead_lowers_it_with_a_reason(audit, site, amina, brian):
    steps.rate_all(amina, audit, _2_1_1="P")
    made = audit.findings.get(rule="partly_met")
    refused("incomplete", findings.regrade, scope(brian), made, grade="major", reason="")
    findings.regrade(scope(brian), made, grade="major", reason="Seen at every counter.")
    steps.rate(amina, site, "2.1.1", "P", "Seen again.")
    made.refresh_from_db()
    assert (made.grade, made.computed_grade, made.grade_reason) == ("major", "minor", "Seen at every counter.")
    refused("not_yours", findings.regrade, scope(brian), made, grade="observation", reason="No.")
    findings.regrade(scope(amina), made, grade="observation", reason="One counter only.")
    row = Entry.objects.filter(verb="changed grade").first()
    assert row.changes == {"grade": ["major", "observation"]} and row.note == "One counter only."
    audits.submit(scope(amina), audit)
    refused("submitted", findings.regrade, scope(amina), made, grade="minor", reason="Late.")


def test_who_raised_it_or_the_lead_takes_it_back(audit, site, amina, brian):
    steps.rate_all(amina, audit, _3_1_2="P")
    refused("not_yours", findings.take_back, scope(amina), audit.findings.get(rule="partly_met"))
    made = by_hand(amina, site)
    refused("not_yours", findings.take_back, scope(brian), made)
    findings.take_back(scope(amina), made)
    assert not audit.findings.filter(rule="")


def test_what_a_finding_rests_on_stays_once_submitted(minor):
    assert minor.evidence.count() == 1
    assert "stays as it is" in refused_by_the_database("DELETE FROM standards_finding_evidence")
    assert "stays as it is" in refused_by_the_database("DELETE FROM standards_finding_elements")


# Clocks.


def test_clocks_pass_over_weekends_and_holidays(minor, champion, monkeypatch):
    friday = dt.date(2026, 12, 18)
    for day in ("2026-12-25", "2026-12-28", "2027-01-01"):
        Holiday.objects.get_or_create(day=dt.date.fromisoformat(day), defaults={"name": "Holiday"})
    made = corrective.acknowledge(scope(champion), minor, on=friday)
    assert made.plan_by == dt.date(2027, 1, 13)  # 21-24, 29-31 Dec; 4-8, 11-13 Jan: 15 working days
    corrective.start_clocks(minor.audit, friday)
    made.refresh_from_db()
    assert made.answer_by == dt.date(2026, 12, 29) and made.due_on == friday + dt.timedelta(days=180) and made.limit_on is None


def test_the_mda_is_told_once_of_all_its_findings(minor, champion):
    told = Notice.objects.get(key__startswith="findings-raised")
    assert told.to == champion.user.email and "2 findings to answer" in told.subject and "acknowledged" in told.body


# The way of one finding.


def test_from_acknowledged_to_effective(minor, champion, amina, brian, secretariat):
    refused("not_yours", corrective.acknowledge, scope(amina), minor)
    made = corrective.acknowledge(scope(champion), minor)
    assert made.state == State.PLAN_DUE and made.acknowledged_by == champion.user
    refused("not_now", corrective.send_evidence, scope(champion), minor)
    plan = steps.planned(made, champion)
    refused("not_yours", verifying.review_plan, scope(secretariat), minor, accept=True)
    refused("incomplete", verifying.review_plan, scope(brian), minor, accept=False)
    verifying.review_plan(scope(brian), minor, accept=False, note="No root cause.")
    minor.refresh_from_db()
    assert minor.state == State.PLAN_DUE
    made = steps.planned(minor, champion)
    verifying.review_plan(scope(brian), minor, accept=True)
    refused("no_evidence", corrective.send_evidence, scope(champion), minor)
    corrective.add_evidence(scope(champion), minor, [Piece("data", "First month.", 2)])
    corrective.send_evidence(scope(champion), minor)
    verifying.verify(scope(amina), minor, accept=False, note="One month is not enough.")
    refused("no_evidence", corrective.send_evidence, scope(champion), minor)
    corrective.send_evidence(scope(champion), minor, [Piece("data", "Second month.", 2)])
    verifying.verify(scope(amina), minor, accept=True, note="Seen.")
    minor.refresh_from_db()
    later = clock.today() + dt.timedelta(days=90)
    assert minor.state == State.VERIFIED and minor.check_from == later
    refused("too_early", verifying.check_effect, scope(brian), minor, accept=True, note="Seen.")
    refused("own_verification", verifying.check_effect, scope(amina), minor, accept=True, note="Seen.", on=later)
    verifying.check_effect(scope(brian), minor, accept=True, note="Seen again.", on=later)
    minor.refresh_from_db()
    assert minor.state == State.EFFECTIVE
    assert plan.corrective_actions.count() == 2
    assert "closed finding stays" in refused_by_the_database(
        "UPDATE standards_submittedevidence SET removed_at = now() WHERE finding_id = %s", minor.pk
    )
    refused("not_now", corrective.add_evidence, scope(champion), minor, [Piece("data", "More.", 1)])


def test_a_correction_without_effect_is_open_again_with_new_clocks(minor, champion, brian):
    before = clock.today() - dt.timedelta(days=100)
    steps.closed(minor, on=before)
    verifying.check_effect(scope(brian), minor, accept=False, note="Nobody is asked any more.")
    minor.refresh_from_db()
    assert minor.state == State.REOPENED and minor.plan_by > clock.today() and minor.due_on == clock.today() + dt.timedelta(days=180)
    assert minor not in Finding.objects.open_majors() and steps.planned(minor, champion).state == State.PLAN_SUBMITTED


def test_replies_are_kept_as_written(minor, champion, grace):
    corrective.reply(scope(champion), minor, text="We asked in two halls.")
    corrective.reply(scope(grace), minor, text="And by telephone.")
    assert [r.text for r in minor.replies.all()] == ["We asked in two halls.", "And by telephone."]
    assert "stays as it is" in refused_by_the_database("UPDATE standards_reply SET text = ''")


# Disputes.


def test_a_dispute_is_decided_by_someone_without_a_part(minor, champion, amina, secretariat, panel):
    refused("incomplete", corrective.dispute, scope(champion), minor, reason=" ")
    corrective.dispute(scope(champion), minor, reason="The report was there.")
    refused("not_yours", verifying.decide_dispute, scope(champion), minor, outcome="withdrawn", reason="Ours.")
    lead_on_the_panel = make.member("panel", "x", "x", of_user=amina.user)
    refused("took_part", verifying.decide_dispute, scope(lead_on_the_panel), minor, outcome="stands", reason="Mine.")
    assert "took part" in refused_by_the_database(
        "UPDATE standards_dispute SET outcome = 'stands', decided_by_id = %s, decided_at = now()", amina.user_id
    )
    refused("incomplete", verifying.decide_dispute, scope(panel), minor, outcome="stands", reason="")
    verifying.decide_dispute(scope(panel), minor, outcome="stands", reason="It was of another year.", on=clock.today() + dt.timedelta(days=7))
    minor.refresh_from_db()
    assert minor.state == State.PLAN_DUE and minor.due_on == clock.today() + dt.timedelta(days=187)
    assert "answered once" in refused_by_the_database("UPDATE standards_dispute SET outcome = 'withdrawn'")
    refused("not_now", corrective.dispute, scope(champion), minor, reason="Again.")


@pytest.mark.parametrize(("grade", "state", "has_limit"), [("minor", "plan_due", False), ("observation", "raised", False)])
def test_a_regraded_finding_goes_on_under_its_new_grade(major, champion, secretariat, grade, state, has_limit):
    corrective.dispute(scope(champion), major, reason="Not critical here.")
    refused("not_lighter", verifying.decide_dispute, scope(secretariat), major, outcome="regraded", grade="major", reason="Same.")
    verifying.decide_dispute(scope(secretariat), major, outcome="regraded", grade=grade, reason="Half of it was there.")
    major.refresh_from_db()
    assert (major.grade, major.state, bool(major.limit_on)) == (grade, state, has_limit) and bool(major.due_on) == (grade == "minor")


def test_no_finding_gets_heavier_because_it_was_disputed(minor, champion, secretariat):
    corrective.dispute(scope(champion), minor, reason="The report was there.")
    for grade in ("major", "minor", "good_practice", ""):
        refused("not_lighter", verifying.decide_dispute, scope(secretariat), minor, outcome="regraded", grade=grade, reason="Worse.")
    for grade in ("major", "minor", ""):
        assert "lighter grade only" in refused_by_the_database(
            "UPDATE standards_dispute SET outcome = 'regraded', grade = %s, decided_by_id = %s, decided_at = now()", grade, secretariat.user_id
        )
    verifying.decide_dispute(scope(secretariat), minor, outcome="regraded", grade="observation", reason="Half of it was there.")


def test_a_withdrawn_finding_blocks_nothing(major, champion, secretariat):
    corrective.dispute(scope(champion), major, reason="Wrong office.")
    verifying.decide_dispute(scope(secretariat), major, outcome="withdrawn", reason="It was.")
    assert list(major.audit.findings.open_majors().values_list("rule", flat=True)) == ["principle_short"]


# Re-ratings, and what the decision asks.


def test_a_verified_correction_lifts_a_rating_for_the_decision_only(major, amina, brian):
    audit = major.audit
    assert level(audit) == "not_yet"
    finding = steps.corrected(major)
    refused("not_lifted", verifying.verify, scope(amina), finding, accept=True, note="Seen.", ratings={"1.1.1": "E"})
    refused("not_lifted", verifying.verify, scope(amina), finding, accept=True, note="Seen.", ratings={"2.1.1": "M"})
    verifying.verify(scope(amina), finding, accept=True, note="Seen.", ratings={"1.1.1": "M"})
    for other in audit.findings.exclude(pk=major.pk).exclude(state__in=Finding.CLOSED):
        steps.closed(other)
    assert level(audit) == "certified"
    audit.refresh_from_db()
    assert audit.result["level"] == "not_yet" and ReRating.objects.get().value == "M"


def test_reopened_it_lifts_nothing(major, amina, brian):
    steps.closed(major, ratings={"1.1.1": "M"}, on=clock.today() - dt.timedelta(days=100))
    assert findings.lifted(major.audit)
    verifying.check_effect(scope(brian), major, accept=False, note="Gone again.")
    assert not findings.lifted(major.audit) and level(major.audit) == "not_yet"


# Recurrence.


def next_audit(livestock, edition, amina, **ratings):
    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, **ratings)
    return audit


def test_a_minor_left_unresolved_is_a_major_in_the_next_audit(minor, livestock, edition, amina):
    again = next_audit(livestock, edition, amina, _2_1_1="P").findings.get(rule="partly_met")
    assert (again.grade, again.computed_grade, again.recurs) == ("major", "minor", minor)
    assert "left unresolved" in reasons.of_finding(again)


def test_what_was_corrected_and_is_found_again_is_open_again(minor, livestock, edition, amina):
    steps.closed(minor)
    audit = next_audit(livestock, edition, amina, _2_1_1="P", _3_1_2="P")
    again = audit.findings.get(about="2.1.1", rule="partly_met")
    assert (again.grade, again.recurs) == ("minor", minor)
    minor.refresh_from_db()
    assert minor.state == State.VERIFIED
    audits.submit(scope(amina), audit)
    minor.refresh_from_db()
    assert minor.state == State.REOPENED and audit.findings.get(about="3.1.2", rule="partly_met").recurs is None


# The follow-up visit.


def test_a_follow_up_visit_puts_off_the_final_limit(major, amina, brian):
    day = clock.today() + dt.timedelta(days=100)
    refused("not_yours", verifying.grant_visit, scope(brian), major, day=day, reason="To see it.")
    refused("bad_day", verifying.grant_visit, scope(amina), major, day=day + dt.timedelta(days=100), reason="To see it.")
    verifying.grant_visit(scope(amina), major, day=day, reason="To see it.")
    major.refresh_from_db()
    assert major.limit_on == clock.today() + dt.timedelta(days=180) and Visit.objects.get().on == day


# Straight in the tables.


def test_the_database_refuses_short_cuts(minor, major, champion, amina, brian):
    def to(state, finding):
        return refused_by_the_database("UPDATE standards_finding SET state = %s WHERE id = %s", state, finding.pk)

    assert "does not go from raised to verified" in to("verified", minor) or "verification" in to("verified", minor)
    assert "dispute" in to("withdrawn", minor)
    assert "does not go from raised to plan_accepted" in to("plan_accepted", minor)
    assert "needs its paper" in to("disputed", minor)
    finding = steps.corrected(minor, champion)
    verify = """INSERT INTO standards_verification (finding_id, kind, outcome, note, "on", verified_by_id, verified_at)
                VALUES (%s, %s, 'accepted', 'Fine.', %s, %s, now())"""
    assert "does not verify it" in refused_by_the_database(verify, finding.pk, "correction", clock.today(), champion.user_id)
    assert "verification on record" in to("verified", finding)
    assert "once its evidence is in" in refused_by_the_database(verify, major.pk, "correction", clock.today(), brian.user_id)
    made = verifying.verify(scope(amina), finding, accept=True, note="Seen.")
    assert "verification on record" in to("effective", finding)
    later = clock.today() + dt.timedelta(days=90)
    assert "did not verify it" in refused_by_the_database(verify, finding.pk, "effect", later, amina.user_id)
    early = later - dt.timedelta(days=1)
    assert "its time has passed" in refused_by_the_database(verify, finding.pk, "effect", early, brian.user_id)
    rating = """INSERT INTO standards_rerating (site_id, element_id, value, verification_id, "on")
                SELECT r.site_id, r.element_id, %s, %s, current_date FROM standards_rating r WHERE r.site_id = %s AND r.value = %s LIMIT 1"""
    assert "never further" in refused_by_the_database(rating, "E", made.pk, finding.site_id, "P")
    assert "never further" in refused_by_the_database(rating, "M", made.pk, finding.site_id, "M")
    assert "by a dispute" in refused_by_the_database("UPDATE standards_finding SET grade = 'minor' WHERE id = %s", major.pk)
    assert "not reworded" in refused_by_the_database("UPDATE standards_finding SET statement = 'Nothing.' WHERE id = %s", major.pk)
    assert Audit.objects.count() == 2


def test_an_auditee_under_another_hat_does_not_verify(minor, champion):
    finding = steps.corrected(minor, champion)
    second = make.member("secretariat", "x", "x", of_user=champion.user)
    refused("own_correction", verifying.verify, scope(second), finding, accept=True, note="Fine.")


def test_somebody_tied_to_the_mda_neither_verifies_nor_decides(minor, major, champion, livestock, secretariat):
    """Of the secretariat now, an HR officer of Livestock a year ago."""
    old = make.member("hr_officer", "x", "x", livestock, of_user=secretariat.user)
    type(old).objects.filter(pk=old.pk).update(during=(make.days_ago(800), make.days_ago(365)))
    finding = steps.corrected(minor, champion)
    assert "acted for" in refused("interest", verifying.verify, scope(secretariat), finding, accept=True, note="Fine.").message
    verify = """INSERT INTO standards_verification (finding_id, kind, outcome, note, "on", verified_by_id, verified_at)
                VALUES (%s, 'correction', 'accepted', 'Fine.', current_date, %s, now())"""
    assert "interest" in refused_by_the_database(verify, finding.pk, secretariat.user_id)
    corrective.dispute(scope(champion), major, reason="Wrong.")
    refused("interest", verifying.decide_dispute, scope(secretariat), major, outcome="stands", reason="Right.")
    assert "interest" in refused_by_the_database(
        "UPDATE standards_dispute SET outcome = 'stands', decided_by_id = %s, decided_at = now()", secretariat.user_id
    )


def test_the_database_keeps_no_finding_by_hand_without_its_evidence(audit, site, amina):
    steps.rate_all(amina, audit)
    made = by_hand(amina, site)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert "evidence it rests on" in refused_by_the_database(
        """INSERT INTO standards_finding (audit_id, number, site_id, grade, rule, about, statement, computed_grade, grade_reason, state, raised_by_id)
           VALUES (%s, 90, %s, 'minor', '', '', 'Hearsay.', '', '', 'raised', %s)""",
        audit.pk, site.pk, amina.user_id,
    )  # fmt: skip
    assert audit.findings.get() == made


def test_findings_of_a_submitted_audit_are_numbered_without_gaps(audit, site, amina):
    for code in ("1.1.1", "2.1.1", "3.1.1"):
        steps.rate(amina, site, code, "P")
    steps.rate(amina, site, "1.1.1", "M")
    assert sorted(audit.findings.values_list("number", flat=True))[0] > 1
    steps.rate_all(amina, audit, _2_1_1="P", _3_1_1="P")
    submitted = audits.submit(scope(amina), audit)
    assert [f.label[3:] for f in submitted.findings.all()] == [f"{n:02}" for n in range(1, submitted.findings.count() + 1)]
    moved = Entry.objects.filter(verb="numbered finding", ref__startswith=f"{audit.ref}/")
    assert moved.exists() and all(old > new for old, new in (row.changes["number"] for row in moved))
