"""An MDA appeals in time; somebody without any part in it decides, and what follows is in the register."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from standards.models import CertificationAppeal
from standards.services import certification_appeals as appeals
from standards.services import standing, standing_clock

from . import steps
from .refusals import refused
from .standing_steps import acted, asked, chair
from .steps import SYSTEM, hat_of, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(submitted, panel):
    return steps.decided(submitted, panel).certification


@pytest.fixture
def uninvolved(db):
    return hat_of("panel", "sixth@panel.example", "Beatrice Nduta")


def lodged(held, hat, kind="suspend", ground="overdue_major"):
    """An appeal against an act that was done."""
    acted(held, kind, ground)
    return appeals.lodge(scope(hat), act=held.acts.first(), grounds="NC-01 was closed two days before.")


def state(held):
    held.refresh_from_db()
    return held.state


def test_only_the_authorised_officer_and_only_in_time(held, grace, odhiambo, principal_secretary, monkeypatch):
    acted(held)
    act = held.acts.get()
    for hat in (grace, odhiambo):
        refused("not_yours", appeals.lodge, scope(hat), act=act, grounds="No.")
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=31))
    refused("no_appeal", appeals.lodge, scope(principal_secretary), act=act, grounds="No.")
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=30))
    appeal = appeals.lodge(scope(principal_secretary), act=act, grounds="No.")
    assert appeal.due_on == today + dt.timedelta(days=90)
    refused("no_appeal", appeals.lodge, scope(principal_secretary), act=act, grounds="Again.")
    assert held.events.last().kind == "appealed"


def test_what_is_not_decided_or_was_wished_is_not_appealed_against(held, principal_secretary, panel):
    act = asked(held, "suspend", "voluntary", by=principal_secretary)
    refused("no_appeal", appeals.lodge, scope(principal_secretary), act=act, grounds="No.")
    standing.decide(scope(panel), act, grant=True, reason="As asked.")
    refused("no_appeal", appeals.lodge, scope(principal_secretary), act=act, grounds="No.")
    assert not Notice.objects.filter(key__startswith="standing:", body__contains="may appeal").exists()


def test_whoever_had_a_part_does_not_decide(held, panel, amina, secretariat, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    voter = hat_of("panel", "second@panel.example", "")
    lead = steps.make.member("panel", "", "", of_user=amina.user)
    for hat in (panel, voter, lead, chair()):
        refused("took_part", appeals.decide, scope(hat), appeal, uphold=False, reasons="No.")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE standards_certificationappeal SET decided_by_id = %s, decided_at = now()", [hat.user.pk])
    refused("not_yours", appeals.decide, scope(secretariat), appeal, uphold=False, reasons="No.")
    done = appeals.decide(scope(uninvolved), appeal, uphold=False, reasons="The limit had passed.")
    assert done.state == "rejected" and state(held) == "suspended"
    assert held.events.last().public_text == "Appeal rejected"
    assert Notice.objects.filter(key__startswith="appeal-decided", to=principal_secretary.user.email).count() == 1
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_certificationappeal SET state = 'upheld'")


def test_upheld_against_a_suspension_restores(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    appeals.decide(scope(uninvolved), appeal, uphold=True, reasons="It was closed.")
    assert state(held) == "in_force" and [e.kind for e in held.events.all()][-3:] == ["appealed", "appeal_decided", "restored"]


def test_a_restoration_that_was_asked_for_ends_where_an_appeal_lifts_the_suspension(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    waiting = asked(held, "restore", "cured")
    appeals.decide(scope(uninvolved), appeal, uphold=True, reasons="It was closed.")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by, state(held)) == ("withdrawn", None, "in_force")


def test_a_withdrawal_is_undone_by_an_upheld_appeal_only(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary, "withdraw", "falsification")
    assert state(held) == "withdrawn"
    appeals.decide(scope(uninvolved), appeal, uphold=True, reasons="The records were genuine.")
    assert state(held) == "in_force"


def test_a_withdrawal_undone_after_a_new_award_leaves_one_standing(held, edition, amina, panel, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary, "withdraw", "falsification")
    again = steps.decided(steps.submitted(held.organisation, edition, amina), panel).certification
    refused("nothing_to_hold", appeals.hold_effect, scope(uninvolved), appeal, hold=True)
    appeals.decide(scope(uninvolved), appeal, uphold=True, reasons="The records were genuine.")
    assert state(held) == "replaced" and state(again) == "in_force"
    assert [e.kind for e in held.events.all()][-3:] == ["appeal_decided", "restored", "renewed"]


def test_the_database_takes_one_standing_certification_of_an_office(held, edition, amina, panel, principal_secretary):
    """By direct SQL, with an appeal that is upheld for it."""
    lodged(held, principal_secretary, "withdraw", "falsification")
    steps.decided(steps.submitted(held.organisation, edition, amina), panel)
    back = """UPDATE standards_certificationappeal SET state = 'upheld', decided_by_id = %s, decided_at = now();
        UPDATE standards_certification SET state = 'in_force', state_on = current_date WHERE id = %s"""
    with pytest.raises(DatabaseError, match="one_standing_certification"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(back, [hat_of("panel", "sixth@panel.example", "Beatrice Nduta").user_id, held.pk])
        cursor.execute("SET CONSTRAINTS one_standing_certification_of_an_mda IMMEDIATE")


def test_an_appeal_lifts_what_it_is_against_and_no_later_act(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    appeals.hold_effect(scope(uninvolved), appeal, hold=True)
    acted(held, "suspend", "misuse")
    appeals.decide(scope(uninvolved), appeal, uphold=True, reasons="It was closed.")
    assert state(held) == "suspended"
    with pytest.raises(DatabaseError, match="against the act"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_certification SET state = 'in_force', state_on = current_date")


def test_rejected_after_another_suspension_nothing_is_done_twice(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    appeals.hold_effect(scope(uninvolved), appeal, hold=True)
    acted(held, "suspend", "misuse")
    assert appeals.decide(scope(uninvolved), appeal, uphold=False, reasons="It was open.").state == "rejected"
    assert state(held) == "suspended"


def test_the_effect_waits_for_the_appeal(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary, "withdraw", "falsification")
    appeals.hold_effect(scope(uninvolved), appeal, hold=True)
    assert state(held) == "in_force"
    appeals.hold_effect(scope(uninvolved), appeal, hold=True)
    refused("decided", appeals.hold_effect, scope(uninvolved), appeal, hold=False)
    appeals.decide(scope(uninvolved), appeal, uphold=False, reasons="They were not.")
    assert state(held) == "withdrawn"
    assert [e.kind for e in held.events.all()] == ["awarded", "withdrawn", "appealed", "restored", "appeal_decided", "withdrawn"]


def test_taken_back_the_act_takes_effect(held, principal_secretary, uninvolved, grace):
    appeal = lodged(held, principal_secretary)
    appeals.hold_effect(scope(uninvolved), appeal, hold=True)
    refused("not_yours", appeals.take_back, scope(grace), appeal)
    appeals.take_back(scope(principal_secretary), appeal)
    assert state(held) == "suspended" and held.events.last().kind == "suspended"


def test_an_appeal_holds_up_the_end_of_a_suspension(held, principal_secretary, uninvolved):
    appeal = lodged(held, principal_secretary)
    standing_clock.end_suspensions(SYSTEM, held.suspended_until)
    assert state(held) == "suspended"
    appeals.decide(scope(uninvolved), appeal, uphold=False, reasons="No.")
    standing_clock.end_suspensions(SYSTEM, held.suspended_until)
    assert state(held) == "withdrawn"
    late = appeals.lodge(scope(principal_secretary), act=held.acts.first(), grounds="Too harsh.")
    appeals.decide(scope(uninvolved), late, uphold=True, reasons="It was cured.")
    assert state(held) == "suspended", "as it stood before the withdrawal"


def test_upheld_against_a_refusal_a_new_audit_is_due(submitted, panel, principal_secretary, uninvolved, signed_in, secretariat):
    decision = steps.decided(submitted, panel, "refuse")
    page = reverse("standards:appeal_decision", args=[submitted.ref])
    client = signed_in(principal_secretary)
    assert client.get(page).status_code == 200
    sent = client.post(page, {"grounds": "Element 1.1.1 was not looked at."})
    appeal = CertificationAppeal.objects.get(decision=decision)
    assert sent.status_code == 302 and sent.url == appeal.get_absolute_url()
    judge = signed_in(uninvolved)
    decide = reverse("standards:decide_appeal", args=[appeal.pk])
    assert decision.reasons in judge.get(decide).content.decode() and signed_in(panel).get(decide).status_code == 403
    assert judge.post(decide, {"outcome": "yes", "reasons": "It was not."}).status_code == 302
    text = signed_in(secretariat).get(appeal.get_absolute_url()).content.decode()
    assert "A new audit is due" in text and reverse("standards:plan_audit") in text
    submitted.refresh_from_db()
    assert submitted.state == "decided", "what was decided stays"


def test_what_waits_is_on_the_homes_and_the_audits_page(submitted, panel, principal_secretary, signed_in, secretariat, livestock, uninvolved):
    decision = steps.decided(submitted, panel)
    asked(decision.certification)
    page = signed_in(principal_secretary).get(submitted.get_absolute_url()).content.decode()
    assert reverse("standards:appeal_decision", args=[submitted.ref]) in page and "An appeal is taken until" in page
    appeals.lodge(scope(principal_secretary), decision=decision, grounds="The level is too low.")
    home = signed_in(panel).get(reverse("oversight:home")).content.decode()
    assert "Decide 1 act on a certification" in home and "You sit out 1 appeal" in home and "appeal waits" not in home
    assert "1 appeal waits" in signed_in(uninvolved).get(reverse("oversight:home")).content.decode()
    lists = {hat: signed_in(hat).get(reverse("standards:appeals")).content.decode() for hat in (panel, uninvolved)}
    assert "You sit it out" in lists[panel] and "You sit it out" not in lists[uninvolved]
    held = decision.certification
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "today", lambda: held.surveillances.first().due_on)
        assert "Plan 1 surveillance audit" in signed_in(secretariat).get(reverse("oversight:home")).content.decode()
    mda = signed_in(secretariat).get(livestock.get_absolute_url()).content.decode()
    assert reverse("standards:certifications_of_mda", args=[livestock.code]) in mda
