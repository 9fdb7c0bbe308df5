"""HOPS sets what is asked by the end of a quarter; what stood before is superseded and stays on record."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.oversight.models import Target
from cse_portal.oversight.services import targets
from tests import factories as make

pytestmark = pytest.mark.django_db
CIRCULAR = "Circular OP/CAB 9/1 of 3 July 2026"


@pytest.fixture
def said():
    return {
        "measure": "coverage",
        "cadre": "",
        "quarter_ends": f"{clock.quarter_end(clock.today())}",
        "value": "80",
        "authority": CIRCULAR,
    }


def test_a_quarter_is_of_the_kenyan_financial_year():
    assert clock.quarter_name(dt.date(2026, 11, 22)) == "FY 2026/27 Q2"
    assert clock.quarter_end(dt.date(2026, 11, 22)) == dt.date(2026, 12, 31)
    assert clock.quarter_name(dt.date(2026, 6, 30)) == "FY 2025/26 Q4"
    assert clock.quarter_end(dt.date(2028, 2, 29)) == dt.date(2028, 3, 31)
    assert targets.quarters(dt.date(2026, 11, 22), 1, 1) == [dt.date(2026, 9, 30), dt.date(2026, 12, 31), dt.date(2027, 3, 31)]


def test_hops_sets_a_target_and_everyone_reads_it(hops, grace, signed_in, said):
    answer = signed_in(hops).post(reverse("oversight:new_target"), said, follow=True)
    page = answer.content.decode()
    assert "80.0%" in page and CIRCULAR in page
    assert CIRCULAR in signed_in(grace).get(reverse("oversight:targets")).content.decode()
    assert targets.in_force("coverage", clock.quarter_end(clock.today())) == {None: Decimal("80.00")}
    row = Entry.objects.get(kind="target")
    assert (row.verb, row.actor, row.note) == ("set target", hops.user.email, CIRCULAR)


def test_a_changed_target_supersedes_and_the_old_one_stays(hops, signed_in, said):
    browser = signed_in(hops)
    browser.post(reverse("oversight:new_target"), said)
    browser.post(reverse("oversight:new_target"), said | {"value": "85", "authority": "Circular 10"})
    assert [(t.value, t.superseded_at is None) for t in Target.objects.order_by("pk")] == [(80, False), (85, True)]
    listed = browser.get(reverse("oversight:targets"), {"state": "superseded", "export": "csv"})
    assert CIRCULAR in b"".join(listed.streaming_content).decode()


def test_the_same_target_again_changes_nothing(hops, signed_in, said):
    for _n in range(2):
        signed_in(hops).post(reverse("oversight:new_target"), said)
    assert Target.objects.count() == 1


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"value": "101"}, "less than or equal to 100"),
        ({"value": "0"}, "greater than or equal to 1"),
        ({"authority": " "}, "Authority"),
        ({"measure": "returns", "cadre": "FRT"}, "Returns are of an MDA"),
        ({"quarter_ends": "2026-12-30"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(hops, signed_in, said, change, sentence):
    make.cadre("FRT")
    answer = signed_in(hops).post(reverse("oversight:new_target"), said | change)
    assert answer.status_code in (200, 409)
    assert sentence in answer.content.decode()
    assert not Target.objects.exists()


def test_a_target_taken_back_no_longer_stands(hops, signed_in):
    target = make.target(value=75)
    answer = signed_in(hops).post(
        reverse("oversight:withdraw_target", args=[target.pk]), {"reason": "Wrong quarter"}, follow=True
    )
    assert "no longer stands" in answer.content.decode()
    assert targets.in_force("coverage", target.quarter_ends) == {}


def test_the_database_refuses_to_edit_or_delete_a_target():
    target = make.target(value=75)
    for act in (lambda: Target.objects.filter(pk=target.pk).update(value=70), target.delete, lambda: make.target(value=60)):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_by_api(hops, signed_in, said):
    browser = signed_in(hops)
    body = said | {"cadre": make.cadre("FRT").code}
    made = browser.post("/api/v1/targets/", body, content_type="application/json")
    assert (made.status_code, made.json()["cadre"], made.json()["value"]) == (201, "FRT", "80.00")
    wrong = browser.post("/api/v1/targets/", body | {"quarter_ends": "2026-12-30"}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (409, ["quarter_ends"])
    assert (
        browser.post(
            f"/api/v1/targets/{made.json()['id']}/withdraw/", {"reason": "Wrong"}, content_type="application/json"
        ).status_code
        == 200
    )
    assert browser.get("/api/v1/targets/", {"state": "in_force"}).json()["results"] == []
