"""One state machine: one asks, another decides, the clock does the rest; the register and its feed say so at once."""

import json

import pytest
from django.urls import reverse

from centres.models import Reorganisation
from centres.services import changes
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from standards.models import CertificationAct, CertificationEvent
from standards.services import (
    certification,
    certification_appeals,
    certifying,
    drawing,
    feed,
    sitting_out,
    standing,
    standing_clock,
)
from standards.services import panel as panel_service
from tests import factories as make
from training.services import awards

from . import steps
from .refusals import refused, refused_by_the_database
from .standing_steps import acted, asked, chair, keeper
from .steps import hat_of, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(submitted, panel):
    """Livestock's certification, of today."""
    return steps.decided(submitted, panel).certification


def kinds(certification):
    return list(certification.events.values_list("kind", flat=True))


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
    refused("invalid", asked, held, "reduce", "not_cured", sites=list(held.sites.all()))
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
    refused("invalid", asked, held, "suspend", "misuse", by=principal_secretary)
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


def test_whoever_declared_an_interest_in_an_audit_of_it_decides_neither_act_nor_appeal(submitted, panel, principal_secretary):
    torn = hat_of("panel", "torn@panel.example", "Ruth Wangari")
    case = steps.before_the_panel(submitted)
    panel_service.vote(scope(torn), case, outcome="interest", reasons="My sister works there.")
    steps.voted(case, *steps.panel_of(panel))
    held = certification.decide(scope(panel), case, outcome="certify", reasons_given="As voted.").certification
    act = asked(held)
    refused("declared_interest", standing.decide, scope(torn), act, grant=True, reason="Fine.")
    assert act.pk in sitting_out.acts(scope(torn), [act])
    sql = "UPDATE standards_certificationact SET state = 'done', decided_by_id = %s, decided_at = now() WHERE id = %s"
    assert "declared an interest" in refused_by_the_database(sql, torn.user.pk, act.pk)
    standing.decide(scope(chair()), act, grant=True, reason="The file shows it.")
    appeal = certification_appeals.lodge(scope(principal_secretary), act=act, grounds="It was closed before.")
    refused("took_part", certification_appeals.decide, scope(torn), appeal, uphold=True, reasons="Yes.")
    assert appeal.pk in sitting_out.appeals(scope(torn), [appeal])


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
    asked_for = office.get(ask).context["form"].fields
    assert "reorganised" not in dict(asked_for["ground"].choices), "one place: its scope is not reduced"
    wrong = office.post(ask, {"kind": "suspend", "ground": "falsification", "reason": "Copied minutes."})
    assert wrong.status_code == 409 and "Misuse of the mark" in str(wrong.context["form"].errors["ground"])
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
