"""What the timetable and later audits do to a certification: expiry, reminders, surveillance, a lower level, coverage, renewal."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from standards.models import Certification, Surveillance
from standards.services import certification_appeals, drawing, levels, standing, standing_clock, surveillances
from tests import factories as make

from . import steps
from .refusals import refused, refused_by_the_database
from .standing_steps import acted, asked, chair
from .steps import SYSTEM, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(submitted, panel):
    """Livestock's certification, of today."""
    return steps.decided(submitted, panel).certification


def kinds(certification):
    return list(certification.events.values_list("kind", flat=True))


# The clock.
def test_an_expiry_is_noted_once_with_its_own_day(held):
    late = held.expires_on + dt.timedelta(days=9)
    act = asked(held)
    for day in (held.expires_on - dt.timedelta(days=1), late, late):
        standing_clock.lapse(SYSTEM, day)
    event = held.events.get(kind="expired")
    assert event.on == held.expires_on and event.after == "expired" and Certification.objects.expired(late).get() == held
    act.refresh_from_db()
    assert act.state == "withdrawn", "what expired is no longer suspended"


def test_an_act_decided_after_the_expiry_is_refused(held, monkeypatch):
    act = asked(held)
    monkeypatch.setattr(clock, "today", lambda: held.expires_on)
    refused("expired", standing.decide, scope(chair()), act, grant=True, reason="Seen.")


def test_a_suspension_not_restored_ends_in_withdrawal(held):
    acted(held)
    until = held.suspended_until
    standing_clock.end_suspensions(SYSTEM, until - dt.timedelta(days=1))
    held.refresh_from_db()
    assert held.state == "suspended"
    for _again in range(2):
        standing_clock.end_suspensions(SYSTEM, until + dt.timedelta(days=3))
    held.refresh_from_db()
    act = held.acts.first()
    assert held.state == "withdrawn" and kinds(held)[-1] == "withdrawn"
    assert (act.kind, act.ground, act.state, act.asked_by, act.decided_by) == ("withdraw", "not_cured", "done", None, None)


def test_nothing_is_restored_over_a_major_after_its_limit(held, edition, amina, monkeypatch):
    audit = steps.plan(held.organisation, edition, amina, kind="short_notice", certification=held)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, _1_1_1="N")
    steps.audits.submit(scope(amina), audit)
    acted(held)
    act = asked(held, "restore", "cured")
    late = audit.findings.first().limit_on + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: late)
    refused("open_major", standing.decide, scope(chair()), act, grant=True, reason="Seen.")
    steps.closed(*audit.findings.open_majors())
    assert standing.decide(scope(chair()), act, grant=True, reason="Seen.").state == "done"


def test_a_restoration_asked_in_time_holds_the_withdrawal_up(held):
    acted(held)
    asked(held, "restore", "cured")
    standing_clock.end_suspensions(SYSTEM, held.suspended_until)
    held.refresh_from_db()
    assert held.state == "suspended"


def test_reminders_once_each_and_after_skipped_days_the_nearest(held, grace, principal_secretary, champion, odhiambo):
    told = Notice.objects.filter(key__startswith="certification-expires")
    before = lambda days: held.expires_on - dt.timedelta(days=days)  # noqa: E731
    for day, n in [
        (before(181), 0),
        (before(180), 4),
        (before(179), 4),
        (before(85), 8),
        (before(84), 8),
        (before(30), 12),
        (before(1), 12),
        (before(0), 12),
    ]:
        standing_clock.remind(day)
        standing_clock.remind(day)
        assert told.count() == n, day
    assert not told.filter(to=odhiambo.user.email).exists()


# Surveillance.
def test_a_missed_surveillance_proposes_a_suspension_once(held):
    row = held.surveillances.first()
    for _again in range(2):
        standing_clock.miss(row.due_on)
        standing_clock.propose_suspensions(row.due_on)
    assert not held.acts.exists(), "it may still be done on its day"
    for days in (1, 2, 40):
        standing_clock.miss(row.due_on + dt.timedelta(days=days))
        standing_clock.propose_suspensions(row.due_on + dt.timedelta(days=days))
    row.refresh_from_db()
    act = held.acts.get()
    assert row.state == "missed" and (act.kind, act.ground, act.asked_by) == ("suspend", "refused_surveillance", None)


def surveyed(row, lead, panel, outcome, **exceptions):
    audit = surveillances.plan(SYSTEM, row, starts_on=make.days_ago(1), ends_on=make.days_ahead(2), lead=lead.user)
    steps.declare(audit, lead)
    site = audit.sites.get()
    for code in audit.elements_asked:
        steps.rate(lead, site, code, exceptions.get("_" + code.replace(".", "_"), "M"))
    steps.closing_held(lead, audit)
    audit = steps.audits.submit(scope(lead), audit)
    steps.decided(audit, panel, outcome)
    row.refresh_from_db()
    return audit


def test_a_passed_surveillance_maintains_and_certifies_nothing(held, amina, panel, signed_in):
    row = held.surveillances.first()
    audit = surveyed(row, amina, panel, "certify")
    assert (
        audit.kind == "surveillance"
        and audit.elements_asked == row.elements
        and audit.sites.get().ratings.count() == len(row.elements)
    )
    assert row.state == "passed" and kinds(held) == ["awarded", "surveilled"] and Certification.objects.count() == 1
    page = signed_in(panel).get(audit.get_absolute_url()).content.decode()
    assert "Certification maintained" in page and held.number in page


def test_a_failed_surveillance_proposes_a_suspension(held, amina, panel):
    row = held.surveillances.first()
    surveyed(row, amina, panel, "refuse")
    act = held.acts.get()
    assert row.state == "failed" and (act.kind, act.ground, act.state) == ("suspend", "not_passed", "asked")
    standing_clock.propose_suspensions(clock.today())
    assert held.acts.count() == 1
    standing.decide(scope(chair()), act, grant=False, reason="Cured meanwhile.")
    standing_clock.propose_suspensions(clock.today())
    assert held.acts.count() == 1, "what the panel refused is not asked again"


@pytest.fixture
def commended(livestock, edition, amina, panel):
    """Livestock's certification, every element exemplary."""
    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    for code in steps.elements(audit.sites.get()):
        steps.rate(amina, audit.sites.get(), code, "E")
    steps.closing_held(amina, audit)
    return steps.decided(steps.audits.submit(scope(amina), audit), panel).certification


def watched(held, amina, panel, outcome="certify", **ratings):
    """A short-notice audit of the certification, decided."""
    audit = steps.plan(held.organisation, held.decision.audit.edition, amina, kind="short_notice", certification=held)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, **ratings)
    steps.decided(steps.audits.submit(scope(amina), audit), panel, outcome)
    return audit


def test_a_lower_level_found_since_is_proposed_and_a_person_decides(commended, amina, panel, principal_secretary, signed_in, anyone):
    held, old = commended, commended.payload
    assert held.level == "commended"
    audit = watched(held, amina, panel)
    act = held.acts.get()
    held.refresh_from_db()
    assert (act.kind, act.ground, act.state, act.audit, act.asked_by) == ("lower", "level", "asked", audit, None) and held.level == "commended"
    assert act.levels["certificate"] == ["commended", "certified"]
    for change in ("level = 'certified'", "payload = 'x'"):
        assert "not edited" in refused_by_the_database(f"UPDATE standards_certification SET {change}")
    assert "Commended → Certified" in signed_in(chair()).get(act.get_absolute_url()).content.decode()
    form = signed_in(chair()).get(reverse("standards:decide_certification_act", args=[act.pk])).content.decode()
    assert "stays valid, at the lower level" in form and "Restored" not in form
    refused("invalid", asked, held, "lower", "level")
    standing.decide(scope(chair()), act, grant=True, reason="What was exemplary is met now.")
    held.refresh_from_db()
    assert held.level == "certified" and held.state == "in_force" and held.sites.get().level == "certified" and held.drawn_at is None
    event = held.events.last()
    assert (event.kind, event.act, event.actor, event.public_text) == ("lowered", act, chair().user, "Level: Certified")
    assert [e.said for e in held.events.all()][:1] == ["level Commended, 4 stars"] and "3 stars" in event.said
    assert drawing.find(held.code, old) == drawing.find(held.code, held.payload) == held and drawing.find(held.code, "x") is None
    for change in ("level = 'commended'", "level = 'excellence'"):
        assert "not edited" in refused_by_the_database(f"UPDATE standards_certification SET {change}")
    standing_clock.propose_levels(clock.today())
    assert held.acts.count() == 1
    appeal = certification_appeals.lodge(scope(principal_secretary), act=act, grounds="The sample was small.")
    judge = steps.hat_of("panel", "sixth@panel.example", "Beatrice Nduta")
    certification_appeals.decide(scope(judge), appeal, uphold=True, reasons="It was.")
    held.refresh_from_db()
    assert held.level == "commended" and held.sites.get().level == "commended" and held.events.last().kind == "restored"
    told = lambda event: Notice.objects.filter(key__startswith=f"standing:{event.pk}:").first().body  # noqa: E731
    assert "may appeal" in told(event) and not [words for words in ("may appeal", "Ground") if words in told(held.events.last())]


def test_a_lowering_that_waits_while_an_appeal_gives_the_level_back_is_asked_anew(held, amina, panel, principal_secretary, monkeypatch):
    audit = watched(held, amina, panel)
    with connection.cursor() as cursor:  # as if it had been awarded so
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE standards_certification DISABLE TRIGGER USER")
        cursor.execute("UPDATE standards_certification SET level = 'excellence'")
        cursor.execute("ALTER TABLE standards_certification ENABLE TRIGGER USER; SET CONSTRAINTS ALL DEFERRED")
    below = lambda level: monkeypatch.setattr(levels, "lowered", lambda held, on: {"certificate": [held.level, level]})  # noqa: E731
    below("commended")
    first = standing.propose_level(standing.locked(held), audit, clock.today())
    standing.decide(scope(chair()), first, grant=True, reason="Seen.")
    below("certified")
    act = standing.propose_level(standing.locked(held), audit, clock.today())
    appeal = certification_appeals.lodge(scope(principal_secretary), act=held.acts.get(state="done"), grounds="The sample was small.")
    certification_appeals.decide(scope(steps.hat_of("panel", "sixth@panel.example", "Beatrice Nduta")), appeal, uphold=True, reasons="It was.")
    act.refresh_from_db()
    anew = held.acts.get(state="asked")
    assert act.state == "withdrawn" and anew.levels == {"certificate": ["excellence", "certified"]}
    standing.decide(scope(chair()), anew, grant=True, reason="Seen.")
    held.refresh_from_db()
    assert held.level == "certified"


def test_an_audit_at_short_notice_watches_over_what_covers_the_place(held, livestock, gpo, edition, amina, panel):
    plan = lambda **where: steps.plan(livestock, edition, amina, kind="short_notice", **where)  # noqa: E731
    assert plan().certification == held and plan(head_office=False, centres=[gpo]).certification is None, "the centre is not in its scope"
    audit = plan()
    steps.declare(audit, amina)
    steps.rate_all(amina, audit)
    steps.decided(steps.audits.submit(scope(amina), audit), panel, "refuse")
    assert held.acts.get().ground == "not_passed"


def test_figures_that_came_later_lower_nothing(held, amina, panel, monkeypatch):
    watched(held, amina, panel)
    asked_of = []
    monkeypatch.setattr(levels, "lowered", lambda held, on: asked_of.append(on) or {})
    standing_clock.propose_levels(clock.today() + dt.timedelta(days=100))
    assert asked_of == [clock.today()]


def test_a_lowering_is_asked_for_once_nothing_else_waits(commended, amina, panel):
    other = asked(commended, "withdraw", "misuse")
    watched(commended, amina, panel)
    standing_clock.propose_levels(clock.today())
    assert commended.acts.get() == other
    standing.decide(scope(chair()), other, grant=False, reason="No.")
    for _again in range(2):
        standing_clock.propose_levels(clock.today())
    assert [act.kind for act in commended.acts.all()] == ["lower", "withdraw"]
    sql = """INSERT INTO standards_certificationact (certification_id, kind, ground, reason, state, asked_at, decision_reason, audit_id, levels)
        VALUES (%s, 'lower', 'level', '', 'asked', now(), '', %s, '{"certificate": ["certified", "excellence"]}')"""
    assert "to a lower one" in refused_by_the_database(sql, commended.pk, commended.acts.first().audit_id)


def test_a_lapsed_surveillance_audit_is_planned_again(held, amina, secretariat, grace):
    row = held.surveillances.first()
    dates = {"starts_on": make.days_ahead(10), "ends_on": make.days_ahead(12), "lead": amina.user}
    refused("not_yours", surveillances.plan, scope(grace), row, **dates)
    audit = surveillances.plan(scope(secretariat), row, **dates)
    refused("not_yours", surveillances.plan, scope(secretariat), row, **dates)
    audit.state = "cancelled"
    audit.save(update_fields=["state"])
    assert surveillances.plan(scope(secretariat), row, **dates) != audit


# Coverage.
def test_coverage_below_the_floor_for_two_quarters_proposes_a_suspension(held, livestock, monkeypatch):
    from decimal import Decimal

    shares = {
        dt.date(2027, 3, 31): "0.59",
        dt.date(2027, 6, 30): "0.5999",
        dt.date(2027, 9, 30): "0.60",
        dt.date(2027, 12, 31): "0.1",
    }
    monkeypatch.setattr(standing_clock, "coverage", lambda ids, on: {livestock.pk: Decimal(shares[on])} if on in shares else {})
    Surveillance.objects.all().update(state="passed")
    for day in (dt.date(2027, 6, 30), dt.date(2027, 11, 1), dt.date(2028, 1, 2)):
        standing_clock.propose_suspensions(day)
        assert not held.acts.exists(), day
    for day in (dt.date(2027, 7, 1), dt.date(2027, 8, 1)):
        standing_clock.propose_suspensions(day)
    act = held.acts.get()
    assert act.ground == "coverage" and "59.0 %" in act.reason and "60 %" in act.reason


# Recertification.
def renewed(held, edition, lead, panel, day, monkeypatch):
    """Audited again and decided on that day."""
    audit = steps.plan(held.organisation, edition, lead, kind="recertification", certification=held)
    steps.declare(audit, lead)
    steps.rate_all(lead, audit)
    steps.before_the_panel(steps.audits.submit(scope(lead), audit))
    steps.voted(audit, *steps.panel_of(panel))
    monkeypatch.setattr(clock, "today", lambda: day)
    return steps.certification.decide(scope(panel), audit, outcome="certify", reasons_given="All principles pass.").certification


@pytest.mark.parametrize(("days", "runs_on"), [(-30, True), (60, True), (250, False)])
def test_a_renewal_runs_on_from_the_old_expiry(held, edition, amina, panel, monkeypatch, days, runs_on):
    old_expiry, day = held.expires_on, held.expires_on + dt.timedelta(days=days)
    made = renewed(held, edition, amina, panel, day, monkeypatch)
    held.refresh_from_db()
    if runs_on:
        assert made.renews == held and made.expires_on == clock.add_months(old_expiry, 36)
        assert held.state == "replaced" and kinds(held) == ["awarded", "renewed"] and kinds(made) == ["awarded"]
    else:
        assert made.renews is None and made.expires_on == clock.add_months(day, 36) and held.state == "in_force"


def test_a_renewal_of_what_was_withdrawn_meanwhile_is_deferred_or_refused(held, edition, amina, panel):
    audit = steps.plan(held.organisation, edition, amina, kind="recertification", certification=held)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit)
    steps.voted(steps.before_the_panel(steps.audits.submit(scope(amina), audit)), *steps.panel_of(panel))
    acted(held, "withdraw", "falsification")
    decide = steps.certification.decide
    refused("not_standing", decide, scope(panel), audit, outcome="certify", reasons_given="All principles pass.")
    assert decide(scope(panel), audit, outcome="defer", reasons_given="It no longer stands.").outcome == "defer"


def test_a_recertification_is_planned_within_its_window(held, edition, amina, secretariat, monkeypatch):
    dates = {"edition": edition, "starts_on": make.days_ahead(10), "ends_on": make.days_ahead(12), "lead": amina.user}
    refused("too_early", surveillances.plan_renewal, scope(secretariat), held, **dates)
    monkeypatch.setattr(clock, "today", lambda: clock.add_months(held.expires_on, 6))
    refused("not_renewable", surveillances.plan_renewal, scope(secretariat), held, **dates)
