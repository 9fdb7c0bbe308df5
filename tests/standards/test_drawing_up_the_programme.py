"""The year's programme: an order by risk is suggested, a person decides, and audits are planned from its lines."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Audit, AuditProgramme, ProgrammeLine
from standards.services import measures, programmes, replanning
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
Line = ProgrammeLine.State


@pytest.fixture
def year():
    return clock.financial_year(clock.today())


@pytest.fixture
def places(livestock, dairy_board, immigration, gpo):
    """Three MDAs below a ministry, which is one too, and a Huduma Centre run by Immigration."""
    gpo.organisation = immigration
    gpo.save()


@pytest.fixture
def programme(secretariat, places, year):
    return programmes.draw_up(scope(secretariat), financial_year=year)


def line_of(programme, organisation, centre=None):
    return programme.lines.get(organisation=organisation, centre=centre)


def month(programme, n=10):
    return programmes.months(programme.financial_year)[n]


def order(programme):
    return [line.position for line in programme.lines.order_by("position")]


def test_every_obliged_mda_and_open_centre_is_suggested_the_most_urgent_first(
    secretariat, programme, livestock, immigration, gpo, dairy_board
):
    assert programme.lines.count() == 5 and order(programme) == [1, 2, 3, 4, 5]
    assert line_of(programme, immigration, gpo).state == Line.SUGGESTED
    measures.record(
        scope(secretariat),
        organisation=dairy_board,
        kind="csi",
        quarter_end=measures.last_quarters(clock.today(), 1)[0],
        value=Decimal("0.4"),
        n=50,
        source="survey",
    )
    programmes.suggest(scope(secretariat), programme)
    worst = line_of(programme, dairy_board)
    assert worst.position == 1 and worst.risk["points"] == "35.0"  # 20 never audited, 15 satisfaction


def test_what_was_audited_and_is_certified_is_less_urgent(secretariat, places, livestock, edition, amina, panel, year):
    steps.decided(steps.submitted(livestock, edition, amina), panel)
    programme = programmes.draw_up(scope(secretariat), financial_year=year)
    line = line_of(programme, livestock)
    assert line.position == programme.lines.count()
    known = {part["key"]: part for part in line.risk["parts"]}
    assert (
        known["last_score"]["value"] == "1.0000"
        and known["never_audited"]["value"] == 0
        and known["expiring"]["state"] == "known"
    )


def test_a_person_decides_and_the_next_suggestion_keeps_it(secretariat, programme, livestock, immigration, dairy_board, gpo):
    actor = scope(secretariat)
    programmes.decide(
        actor,
        line_of(programme, livestock),
        state="taken",
        month=month(programme),
        position=1,
        reason="Asked by the Cabinet Secretary.",
    )
    programmes.decide(actor, line_of(programme, immigration), state="dropped", reason="Reorganised this year.")
    programmes.suggest(actor, programme)
    taken, dropped = line_of(programme, livestock), line_of(programme, immigration)
    assert (taken.state, taken.month, taken.position) == ("taken", month(programme), 1)
    assert dropped.state == "dropped" and dropped.reason == "Reorganised this year."
    assert order(programme) == [1, 2, 3, 4, 5]
    programmes.decide(actor, taken, state="suggested", position=1)
    assert Entry.objects.filter(kind="programme_line").count() == 3


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"state": "dropped"}, "reason"), ({"state": "taken"}, "month"), ({"state": "taken", "month": dt.date(2031, 1, 1)}, "month"), ({"state": "suggested", "position": 99}, "position"), ({"state": "gone"}, "state")],
)  # fmt: skip
def test_a_decision_without_what_it_needs_is_refused(secretariat, programme, livestock, asked, field):
    with pytest.raises(Refused) as refusal:
        programmes.decide(scope(secretariat), line_of(programme, livestock), **asked)
    assert field in refusal.value.fields


def test_a_move_needs_its_reason_and_makes_room(secretariat, programme):
    last = programme.lines.get(position=5)
    with pytest.raises(Refused):
        programmes.decide(scope(secretariat), last, state="suggested", position=2)
    before = list(programme.lines.exclude(pk=last.pk).values_list("pk", flat=True))
    programmes.decide(scope(secretariat), last, state="suggested", position=2, reason="Serious complaint.")
    now = list(programme.lines.values_list("pk", flat=True))
    assert now[1] == last.pk and [pk for pk in now if pk != last.pk] == before and order(programme) == [1, 2, 3, 4, 5]


def test_the_most_urgent_are_taken_month_by_month_then_adopted(secretariat, programme):
    actor, months = scope(secretariat), programmes.months(programme.financial_year)
    with pytest.raises(Refused):
        programmes.adopt(actor, programme)
    assert programmes.take_most_urgent(actor, programme, n=3, first=months[10], per_month=2) == 3
    taken = list(programme.lines.filter(state="taken").values_list("position", "month"))
    assert taken == [(1, months[10]), (2, months[10]), (3, months[11])]
    with pytest.raises(Refused):
        programmes.take_most_urgent(actor, programme, n=3, first=months[11], per_month=1)
    programmes.adopt(actor, programme)
    with pytest.raises(Refused) as refusal:
        programmes.decide(actor, programme.lines.get(position=4), state="taken", month=months[11])
    assert "reason" in refusal.value.fields
    with pytest.raises(Refused):
        programmes.close(actor, programme)


def test_an_audit_is_planned_from_a_line_through_the_page(secretariat, programme, livestock, edition, amina, signed_in):
    actor, browser = scope(secretariat), signed_in(secretariat)
    line = line_of(programme, livestock)
    address = reverse("standards:plan_from_line", args=[programme.financial_year.replace("/", "-"), line.pk])
    starts = make.days_ahead(30)
    sent = {
        "organisation": "SDLD",
        "head_office": "on",
        "edition": edition.pk,
        "starts_on": starts.isoformat(),
        "ends_on": starts.isoformat(),
        "lead": amina.user.pk,
    }
    assert browser.post(address, sent).status_code == 409
    programmes.decide(actor, line, state="taken", month=month(programme))
    programmes.adopt(actor, programme)
    assert 'value="SDLD" selected' in browser.get(address).content.decode()
    wrong = browser.post(address, sent | {"organisation": "SDICS"})
    assert wrong.status_code == 409 and not Audit.objects.exists()
    assert browser.post(address, sent).status_code == 302
    line.refresh_from_db()
    assert line.audit == Audit.objects.get()
    assert browser.post(address, sent).status_code == 409
    with pytest.raises(Refused):
        programmes.decide(actor, line, state="dropped", reason="No.")


def test_pages_show_the_order_the_reasons_and_the_months(secretariat, hops, amina, grace, programme, livestock, signed_in):
    year = programme.financial_year.replace("/", "-")
    browser = signed_in(secretariat)
    page = browser.get(reverse("standards:programme", args=[year])).content.decode()
    assert "Never audited" in page and "inputs are not known" in page
    line = line_of(programme, livestock)
    address = reverse("standards:programme_line", args=[year, line.pk])
    assert "Not known" in browser.get(address).content.decode()
    sent = {"state": "taken", "month": month(programme).isoformat(), "position": line.position, "reason": ""}
    assert browser.post(address, sent).status_code == 302
    assert str(livestock) in browser.get(reverse("standards:programme_calendar", args=[year])).content.decode()
    assert (
        "In the programme"
        in browser.get(reverse("standards:programme", args=[year]) + "?state=taken&export=csv").getvalue().decode()
    )
    assert signed_in(hops).get(address).status_code == 200 and signed_in(hops).post(address, sent).status_code == 403
    assert signed_in(amina).get(reverse("standards:programme", args=[year])).status_code == 404  # a draft
    assert signed_in(grace).get(reverse("standards:programmes")).status_code == 403


def test_the_weights_decide_the_order(secretariat, programme, signed_in):
    year = programme.financial_year.replace("/", "-")
    sent = {"last_score": 0, "csi": 0, "complaints": 0, "overdue": 0, "never_audited": 50, "expiring": 0}
    assert signed_in(secretariat).post(reverse("standards:weigh_programme", args=[year]), sent).status_code == 302
    assert programme.lines.first().risk["points"] == "50.0"
    with pytest.raises(Refused):
        programmes.weigh(scope(secretariat), programme, weights=dict.fromkeys(sent, 0))


def test_it_is_drawn_up_once_a_year_and_by_the_secretariat(secretariat, hops, panel, programme, year):
    assert programmes.draw_up(scope(secretariat), financial_year=year) == programme
    for hat in (hops, panel):
        with pytest.raises(Refused):
            programmes.suggest(scope(hat), programme)
    with pytest.raises(Refused):
        programmes.draw_up(scope(secretariat), financial_year="2026/28")
    assert AuditProgramme.objects.count() == 1


def test_hundreds_of_mdas_cost_the_same_few_queries(secretariat, places, year):
    for n in range(60):
        make.organisation(f"X{n}", f"Board {n}", "state_corporation")
    with CaptureQueriesContext(
        connection,
    ) as cost:
        programmes.draw_up(scope(secretariat), financial_year=year)
    assert len(cost) < 30


def test_by_api(secretariat, programme, signed_in):
    browser = signed_in(secretariat)
    found = browser.get("/api/v1/programmes/").json()["results"][0]
    assert found["financial_year"] == programme.financial_year
    lines = browser.get(f"/api/v1/programme-lines/?programme={programme.financial_year}").json()["results"]
    assert len(lines) == 5 and lines[0]["risk"]["parts"]
    sent = {"state": "taken", "month": month(programme).isoformat()}
    made = browser.post(f"/api/v1/programme-lines/{lines[0]['id']}/decide/", sent, "application/json")
    assert made.status_code == 200 and made.json()["state"] == "taken"


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 14)), max_size=14), st.randoms(use_true_random=False))
def test_any_decisions_leave_one_line_a_place(asked, chance):
    """`asked`: whether a person decided on the line, and its place; two may hold the same after lines went away."""
    ranks = chance.sample(range(1, len(asked) + 1), len(asked))
    lines = [
        ProgrammeLine(pk=n, state="dropped" if decided else "suggested", position=place, suggested_position=ranks[n])
        for n, (decided, place) in enumerate(asked)
    ]
    programmes._arrange(lines)
    assert sorted(line.position for line in lines) == list(range(1, len(lines) + 1))
    free = [line for line in sorted(lines, key=lambda line: line.position) if line.state == "suggested"]
    assert [line.suggested_position for line in free] == sorted(line.suggested_position for line in free)


def test_a_line_whose_audit_is_cancelled_is_planned_again(secretariat, programme, livestock, edition, amina):
    actor = scope(secretariat)
    line = programmes.decide(actor, line_of(programme, livestock), state="taken", month=month(programme))
    programmes.adopt(actor, programme)
    asked = {
        "organisation": livestock,
        "edition": edition,
        "lead": amina.user,
        "starts_on": make.days_ahead(30),
        "ends_on": make.days_ahead(31),
    }
    first = programmes.plan(actor, line, **asked)
    assert first.state != "planned" and first.self_assessment.due_on  # the MDA is asked to assess itself
    replanning.cancel(actor, first, reason="Floods.")
    second = programmes.plan(actor, line, **asked)
    line.refresh_from_db()
    assert line.audit == second != first
