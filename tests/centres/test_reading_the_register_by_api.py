"""The staff register and its returns by API: what one's role sees, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.models import Roster, RosterRow
from cse_portal.lib import clock
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster(livestock):
    made = Roster.objects.create(
        organisation=livestock, as_at=clock.today(), file="x.csv", file_name="x.csv", sha256="0", state="read", headings=["P/No."],
        rows=2, created=1, rejected=1, uploaded_at=clock.now(),
    )  # fmt: skip
    problem = {"column": "Phone", "value": "07AB", "code": "bad_phone", "remedy": "Write the phone as …"}
    RosterRow.objects.create(roster=made, line=2, outcome="created", cells=["1001"])
    RosterRow.objects.create(roster=made, line=3, outcome="rejected", cells=["1002"], problems=[problem])
    return made


def found(client, name, **asked):
    answer = client.get(reverse(f"api:{name}-list"), asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_hr_reads_the_officers_of_the_own_mda_and_those_under_it(signed_in, grace, wanjiru, hassan, dairy_board):
    amina = make.officer(dairy_board, "Amina", "Noor")
    client = signed_in(grace)
    assert {o["ref"] for o in found(client, "officers")} == {wanjiru.ref, amina.ref}
    assert [o["ref"] for o in found(client, "officers", q=wanjiru.personal_no)] == [wanjiru.ref]
    assert found(client, "officers", q="Hassan") == []
    assert client.get(reverse("api:officers-detail", args=[hassan.ref])).status_code == 404


def test_postings_say_where_an_officer_serves(signed_in, grace, wanjiru, hassan):
    (posting,) = found(signed_in(grace), "postings", on=clock.today().isoformat())
    assert (posting["officer"], posting["organisation"], posting["cadre"]) == (wanjiru.ref, "SDLD", "FRT")
    assert (posting["starts_on"], posting["ends_before"]) == (make.days_ago(400).isoformat(), None)
    assert found(signed_in(grace), "postings", officer=hassan.ref) == []


def test_a_return_and_its_rows(signed_in, grace, odhiambo, roster):
    client = signed_in(grace)
    assert [(r["ref"], r["created"], r["rejected"]) for r in found(client, "rosters")] == [(roster.ref, 1, 1)]
    rows = client.get(reverse("api:rosters-rows", args=[roster.ref]), {"outcome": "rejected"}).json()["results"]
    assert [(r["row"], r["cells"], r["problems"][0]["code"]) for r in rows] == [(3, ["1002"], "bad_phone")]
    stranger = signed_in(odhiambo)
    assert found(stranger, "rosters") == []
    assert stranger.get(reverse("api:rosters-rows", args=[roster.ref])).status_code == 404


def test_a_learner_reads_oneself_and_hops_nobody(signed_in, learner, wanjiru, hops, grace):
    assert [o["ref"] for o in found(signed_in(learner), "officers")] == [wanjiru.ref]
    for name in ("officers", "postings", "rosters"):
        assert signed_in(hops).get(reverse(f"api:{name}-list")).status_code == 403


@pytest.mark.parametrize("name", ["officers", "postings", "rosters"])
def test_a_page_costs_the_same_however_many_it_shows(signed_in, administrator, livestock, name):
    def more(n):
        for i in range(n):
            make.officer(livestock, f"Officer {i}")
            Roster.objects.create(
                organisation=livestock, as_at=clock.today(), file="x", file_name="x", sha256="0", uploaded_at=clock.now()
            )

    client, costs = signed_in(administrator), []
    for n in (1, 2, 47):
        more(n)
        with CaptureQueriesContext(connection) as queries:
            found(client, name)
        costs.append(len(queries))
    assert len(set(costs[1:])) == 1 and costs[0] >= costs[1]
