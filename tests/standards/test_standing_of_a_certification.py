"""One state machine: one asks, another decides, the clock does the rest; the register and its feed say so at once."""

import datetime as dt
import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from centres.models import Reorganisation
from centres.services import changes
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Certification, CertificationAct, CertificationEvent, Surveillance
from standards.services import certification_appeals, certifying, drawing, feed, standing, standing_clock, surveillances
from tests import factories as make
from training.services import awards

from . import steps
from .standing_steps import acted, asked, chair, keeper
from .steps import SYSTEM, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(submitted, panel):
    """Livestock's certification, of today."""
    return steps.decided(submitted, panel).certification


def kinds(certification):
    return list(certification.events.values_list("kind", flat=True))


def refused(code, call, *args, **kwargs):
    with pytest.raises(Refused) as refusal:
        call(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.message


def refused_by_the_database(sql, *args):
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, args)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return str(refusal.value)


# Award.
def test_an_award_has_its_event_and_its_surveillances(held, edition):
    assert kinds(held) == ["awarded"]
    first, second = held.surveillances.all()
    assert (first.month, second.month) == (12, 24)
    assert first.due_on == clock.add_months(held.issued_on, 12) and first.state == "due"
    office = {e.code: e.critical for e in certifying.editions.elements_of(edition, "mda")}
    assert {code for code, critical in office.items() if critical} <= set(first.elements) < set(office)
    again = certifying.surveillance.choose(office, share=certifying.editions.process_of(edition).share_of_rest, seed=first.seed)
    assert again == first.elements


def test_the_certificate_is_drawn_and_anyone_can_check_it(held, anyone, signed_in, grace, odhiambo, monkeypatch):
    drawn = standing_clock.certifying  # noqa: F841 - the room is loaded
    from standards.services import drawing

    assert drawing.draw_waiting() == 1 and drawing.draw_waiting() == 0
    held.refresh_from_db()
    raw = drawing.document_of(held)
    assert raw == drawing.pdf(held), "the same bytes each time"
    found = awards.check_pdf(raw)
    assert found.verdict == "same" and found.certificate == held
    text = anyone.get(reverse("training:verify", args=[held.code])).content.decode()
    assert "This certificate is valid" in text and held.number in text and "Open Badges" not in text
    acted(held)
    text = anyone.get(reverse("training:verify", args=[held.code])).content.decode()
    assert "This certificate is suspended" in text
    address = reverse("standards:certification_document", args=[held.code])
    answer = signed_in(grace).get(address)
    assert answer.content == raw and answer["Content-Disposition"].endswith(f'"{held.number}.pdf"')
    assert signed_in(odhiambo).get(address).status_code == 403 and anyone.get(address).status_code == 302


# Acts.
def test_a_suspension_shows_on_the_register_with_the_next_request(held, anyone):
    """Within a minute is promised; no page of the register is kept by a cache, so the next request has it."""
    page = reverse("standards:certification", args=[held.code])
    before = anyone.get(page)
    assert "is in force" in before.content.decode() and "no-cache" in before["Cache-Control"]
    acted(held)
    assert "is suspended since" in anyone.get(page).content.decode()
    assert anyone.get(reverse("standards:certifications") + "?state=suspended").context["total"] == 1
    assert anyone.get(reverse("standards:certifications") + "?state=in_force").context["total"] == 0
    assert anyone.get(f"/api/v1/certifications/{held.code}/").json()["state"] == "suspended"
    last = anyone.get(reverse("standards:certification_changes")).json()["changes"][-1]
    assert (last["kind"], last["after"], last["ground"]) == ("suspended", "suspended", "overdue_major")
    assert "suspended" in anyone.get(reverse("standards:certification_feed")).content.decode().lower()


def test_suspended_restored_reduced_withdrawn(livestock, gpo, edition, amina, panel):
    audit = steps.plan(livestock, edition, amina, centres=[gpo])
    steps.declare(audit, amina)
    steps.rate_all(amina, audit)
    steps.audits.submit(scope(amina), audit)
    held = steps.decided(audit, panel).certification
    acted(held)
    assert held.suspended_until == clock.add_months(clock.today(), 6)
    acted(held, "restore", "cured")
    assert held.state == "in_force" and held.suspended_until is None
    place = held.sites.get(site__centre=gpo)
    refused("refused", asked, held, "reduce", "not_cured", sites=list(held.sites.all()))
    acted(held, "reduce", "not_cured", sites=[place])
    place.refresh_from_db()
    assert place.left_on == clock.today()
    acted(held, "withdraw", "falsification")
    assert kinds(held) == ["awarded", "suspended", "restored", "reduced", "withdrawn"]
    for event in held.events.all():
        assert event.on and (event.actor_id or event.kind == "awarded") and (event.act_id or event.kind == "awarded")
        assert "Omar" not in event.public_text and "Janet" not in event.public_text
    for kind, ground in (("suspend", "misuse"), ("restore", "cured"), ("withdraw", "misuse"), ("reduce", "not_cured")):
        refused("final", asked, held, kind, ground)


def test_one_asks_another_decides(held, principal_secretary, grace, secretariat, hops, panel):
    for hat in (grace, hops, panel):
        refused("not_yours", asked, held, by=hat)
    act = asked(held)
    refused("act_open", asked, held, "withdraw", "misuse")
    both = make.member("panel", "", "", of_user=keeper().user)
    refused("own_request", standing.decide, scope(both), act, grant=True, reason="Fine.")
    refused("not_yours", standing.decide, scope(secretariat), act, grant=True, reason="Fine.")
    refused("not_yours", standing.take_back, scope(secretariat), act)
    assert standing.take_back(scope(keeper()), act).state == "withdrawn"
    refused("decided", standing.decide, scope(panel), act, grant=True, reason="Fine.")
    refused("refused", asked, held, "suspend", "misuse", by=principal_secretary)
    own = asked(held, "suspend", "voluntary", by=principal_secretary)
    standing.decide(scope(panel), own, grant=False, reason="Not needed.")
    held.refresh_from_db()
    assert held.state == "in_force" and Notice.objects.filter(key__startswith="standing-refused").exists()


def test_a_panel_member_with_an_interest_does_not_decide(held, livestock):
    act = asked(held)
    officer = make.officer(livestock, "Omar", "Abdalla")
    officer.user = chair().user
    officer.save()
    refused("interest", standing.decide, scope(chair()), act, grant=True, reason="Fine.")


def test_what_direct_sql_cannot(held):
    act = asked(held)
    assert "another" in refused_by_the_database(
        "UPDATE standards_certificationact SET state = 'done', decided_by_id = asked_by_id, decided_at = now()"
    )
    assert "as it was asked" in refused_by_the_database("UPDATE standards_certificationact SET ground = 'misuse'")
    assert "as it was asked" in refused_by_the_database("DELETE FROM standards_certificationact")
    for state in ("suspended", "withdrawn"):
        assert "act that was granted" in refused_by_the_database("UPDATE standards_certification SET state = %s, state_on = now()", state)
    done = """INSERT INTO standards_certificationact (certification_id, kind, ground, reason, state, asked_at, decided_at, decision_reason, {by}, decided_by_id)
        SELECT %s, 'withdraw', 'not_cured', 'Late.', 'done', now(), now(), '', {who}, NULL FROM standards_decision LIMIT 1;
        UPDATE standards_certification SET state = 'withdrawn', state_on = now()"""
    assert "told in the register" in refused_by_the_database(done.format(by="asked_by_id", who="NULL"), held.pk)
    assert "panel decides" in refused_by_the_database(done.format(by="asked_by_id", who="decided_by_id"), held.pk)
    assert "panel decides" in refused_by_the_database("UPDATE standards_certificationact SET state = 'done', decided_at = now()")
    sql = "UPDATE standards_certificationact SET state = 'done', decided_at = '2001-01-01', decided_by_id = %s"
    assert "panel decides" in refused_by_the_database(sql, chair().user_id)
    assert "reduction that was granted" in refused_by_the_database("UPDATE standards_certificationsite SET left_on = now()")
    assert "has its day" in refused_by_the_database("UPDATE standards_certification SET state = 'suspended'")
    assert "stays as it is" in refused_by_the_database("UPDATE standards_certificationevent SET \"on\" = '2020-01-01'")
    assert "stays as it is" in refused_by_the_database("DELETE FROM standards_certificationevent")
    assert "as printed" in refused_by_the_database("UPDATE standards_certificationsite SET level = 'excellence'")
    assert "was drawn" in refused_by_the_database("UPDATE standards_surveillance SET elements = '{}'")
    sql = "INSERT INTO standards_certificationact (certification_id, kind, ground, reason, state, asked_at, decision_reason) VALUES (%s, 'withdraw', 'misuse', '', 'asked', now(), '')"
    assert "one_open_act" in refused_by_the_database(sql, held.pk)
    standing.decide(scope(chair()), act, grant=True, reason="Seen.")
    assert "restored by an act" in refused_by_the_database("UPDATE standards_certification SET state = 'in_force', state_on = now()")
    assert "later one of the same" in refused_by_the_database("UPDATE standards_certification SET state = 'replaced', state_on = now()")
    assert "answered once" in refused_by_the_database("UPDATE standards_certificationact SET state = 'refused'")
    acted(held, "withdraw", "not_cured")
    for state in ("in_force", "suspended", "replaced"):
        assert "does not go from withdrawn" in refused_by_the_database("UPDATE standards_certification SET state = %s", state)


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
    refused("refused", asked, held, "lower", "level")
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


# Feed and history.
def test_the_feed_is_read_on_from_where_one_stopped(held, anyone, monkeypatch):
    acted(held)
    acted(held, "restore", "cured")
    monkeypatch.setattr(feed, "AT_ONCE", 2)
    address = reverse("standards:certification_changes")
    first = anyone.get(address).json()
    second = anyone.get(first["next"]).json()
    ids = [row["id"] for row in first["changes"] + second["changes"]]
    assert ids == sorted(CertificationEvent.objects.values_list("pk", flat=True)) and second["next"] is None
    assert anyone.get(f"{address}?after={ids[-1]}").json() == {"changes": [], "next": None}
    assert anyone.get(f"{address}?after=rubbish").status_code == 200


def test_history_has_an_address_for_each_mda_and_centre(held, anyone, livestock, gpo):
    acted(held)
    text = anyone.get(reverse("standards:certifications_of_mda", args=[livestock.code])).content.decode()
    assert held.number in text and "Suspended" in text and "Major nonconformity overdue" in text
    assert anyone.get(reverse("standards:certifications_of_centre", args=[gpo.code])).status_code == 200
    assert anyone.get(reverse("standards:certifications_of_mda", args=["NONE"])).status_code == 404


def test_a_reorganised_mda_has_its_scope_looked_at(held, livestock, immigration):
    today = clock.today()
    changes.organisations_changed({livestock.pk}, today)
    assert not held.acts.exists(), "a corrected name is no reorganisation"
    order = {"title": "Order 1", "authority": "Executive order 1", "state": "made", "drafted_at": clock.now()}
    Reorganisation.objects.create(on=today, **order)
    changes.organisations_changed({immigration.pk}, today)
    assert not held.acts.exists()
    for _again in range(2):
        changes.organisations_changed({livestock.pk}, today)
    act = CertificationAct.objects.get()
    assert (act.certification, act.kind, act.ground, act.asked_by) == (held, "reduce", "reorganised", None)


def test_public_pages_are_small_and_need_no_script(held, anyone):
    import gzip

    for name, *args in [("certifications",), ("certification", held.code), ("certifications_of_mda", held.organisation.code)]:
        answer = anyone.get(reverse(f"standards:{name}", args=args))
        assert len(gzip.compress(answer.content)) < 60_000


def test_pages_of_acts_and_surveillance(held, signed_in, secretariat, panel, grace, principal_secretary, amina):
    office = signed_in(secretariat)
    ask = reverse("standards:ask_certification_act", args=[held.code])
    assert office.get(ask).status_code == 200
    sent = office.post(
        ask, {"kind": "suspend", "ground": "misuse", "reason": "The mark was used for a centre outside the scope."}
    )
    act = CertificationAct.objects.get()
    assert sent.status_code == 302 and sent.url == act.get_absolute_url()
    judge = signed_in(panel)
    decide = reverse("standards:decide_certification_act", args=[act.pk])
    assert judge.get(decide).status_code == 200 and office.get(decide).status_code == 403
    assert judge.post(decide, {"outcome": "yes", "reason": "The photographs show it."}).status_code == 302
    held.refresh_from_db()
    assert held.state == "suspended"
    for client in (office, judge, signed_in(grace), signed_in(principal_secretary)):
        for name in ("certification_acts", "surveillances", "appeals"):
            answer = client.get(reverse(f"standards:{name}"))
            assert answer.status_code == 200
        assert client.get(act.get_absolute_url()).status_code == 200
        assert client.get(held.get_absolute_url()).status_code == 200
    row = held.surveillances.first()
    plan = reverse("standards:plan_surveillance", args=[row.pk])
    assert office.get(plan).status_code == 200
    said = {"starts_on": make.days_ahead(9).isoformat(), "ends_on": make.days_ahead(10).isoformat(), "lead": amina.user.pk}
    assert office.post(plan, said).status_code == 302
    row.refresh_from_db()
    assert row.state == "planned" and json.dumps(row.audit.elements_asked)
