"""The national figure: who is counted, what is unknown, and that page, export and API never differ."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.models import Roster, RosterCoverage, Standing
from cse_portal.lib import clock
from cse_portal.oversight import figures
from tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def filed(organisation, days_ago=10):
    """A staff return of that MDA, applied."""
    as_at = make.days_ago(days_ago)
    roster = Roster.objects.create(
        organisation=organisation,
        as_at=as_at,
        file_name="staff.csv",
        sha256="0" * 64,
        state="applied",
        uploaded_at=make.at(as_at),
        applied_at=make.at(as_at),
    )
    RosterCoverage.objects.create(roster=roster, organisation=organisation, officers=1)


@pytest.fixture
def rule():
    """Frontline staff must hold the frontline course; for two years now."""
    return make.requirement(in_force=make.since(make.days_ago(800)))


@pytest.fixture
def livestock_of_four(livestock, rule):
    """Livestock with one up to date, one due, two overdue, of whom one enrolled; its register is ten days old."""
    filed(livestock)
    make.completion(make.officer(livestock, "Ada"))
    make.officer(livestock, "Ben", posted=make.days_ago(20))
    make.officer(livestock, "Cyrus")
    make.seat(make.cohort(starts_on=make.days_ahead(20)), make.officer(livestock, "Dan"))
    return livestock


def test_officers_are_counted_by_status_and_coverage_leaves_out_the_rest(livestock_of_four):
    national = figures.national(TODAY)
    assert (national.count.current, national.count.due, national.count.overdue) == (1, 1, 2)
    assert national.count.coverage == 25
    assert figures.Figures(TODAY).enrolled_of(national) == 1
    assert (national.known, national.of, national.unknown_officers) == (1, 2, 0)  # the ministry above has filed nothing


def test_an_mda_without_a_fresh_register_is_unknown_and_not_counted(livestock_of_four, immigration):
    make.officer(immigration, "Hassan")
    assert figures.national(TODAY).unknown_officers == 1
    filed(immigration, days_ago=300)
    national = figures.national(TODAY)
    assert national.count.in_post == 4 and national.unknown_officers == 1
    line = next(line for line in figures.by_mda(TODAY) if line.organisation == immigration)
    assert line.register == "stale"
    filed(immigration, days_ago=3)
    assert figures.national(TODAY).count.in_post == 5


def test_who_is_not_obliged_counts_from_the_day_of_joining(livestock_of_four):
    county = make.organisation("CG001", "County Government of Mombasa", "county_government", standing="by_agreement")
    make.officer(county, "Salim")
    filed(county)
    assert figures.national(TODAY).count.in_post == 4
    Standing.objects.filter(organisation=county).update(during=f"(,{make.days_ago(5)})")
    Standing.objects.create(organisation=county, kind="joined", during=make.since(make.days_ago(5)))
    assert figures.national(TODAY).count.in_post == 5
    assert figures.national(make.days_ago(6)).count.in_post == 4


def test_a_ministry_counts_each_officer_below_it_once(livestock_of_four, dairy_board, agriculture):
    filed(dairy_board)
    make.completion(make.officer(dairy_board, "Eve"))
    above, own = figures.mda(agriculture, TODAY), figures.mda(dairy_board, TODAY)
    assert above.count == figures.mda(livestock_of_four, TODAY).count == figures.national(TODAY).count
    assert own.count.in_post == 1 and above.count.in_post == 5


def test_a_past_day_and_a_day_to_come(livestock, rule):
    filed(livestock, days_ago=40)
    officer = make.officer(livestock, "Ada", posted=make.days_ago(700))
    make.completion(officer, on=make.days_ago(30), until=make.days_ahead(60))
    assert figures.national(make.days_ago(31)).count.overdue == 1
    assert figures.national(TODAY).count.current == 1
    assert figures.national(make.days_ahead(60)).count.overdue == 1, "the day of expiry counts as overdue"


def test_small_mdas_have_no_rank(livestock_of_four, immigration):
    filed(immigration)
    for n in range(figures.MIN_RANKED):
        make.officer(immigration, f"Officer {n}")
    ranks = {line.organisation.code: line.rank for line in figures.by_mda(TODAY)}
    assert ranks["SDICS"] == 1 and ranks["SDLD"] is None


def test_page_export_and_api_agree(livestock_of_four, immigration, hops, signed_in):
    filed(immigration)
    make.completion(make.officer(immigration, "Hassan"))
    client = signed_in(hops)
    page = client.get("/overview/")
    api = client.get("/api/v1/figures/").json()
    compliance = {row["organisation"]: row for row in client.get("/api/v1/compliance/").json()}
    export = client.get("/overview/?export=csv")
    text = b"".join(export.streaming_content).decode("utf-8-sig")
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(text))}
    national = page.context["national"]
    assert api["all"]["coverage"] == f"{national.count.coverage:.1f}" == "40.0"
    assert (api["all"]["current"], api["all"]["overdue"], api["enrolled"]) == (
        national.count.current,
        national.count.overdue,
        1,
    )
    assert api["registers_known"] == national.known == 2
    shown = {row.organisation.code: row for row in page.context["rows"]}
    assert set(shown) == set(rows) == set(compliance)
    for code in ("SDLD", "SDICS"):
        assert shown[code].count.overdue == int(rows[code]["Overdue"]) == compliance[code]["overdue"]
        assert f"{shown[code].coverage:.1f}" == f"{float(rows[code]['Up to date, %']):.1f}" == compliance[code]["coverage"]
    assert sum(int(row["In post"] or 0) for row in rows.values()) == api["all"]["in_post"]
    assert "40.0% of the 5 officers" in page.content.decode()


def test_hops_sees_counts_and_never_names(livestock_of_four, hops, grace, signed_in):
    client = signed_in(hops)
    for address in ("/overview/?all=1", "/organisations/SDLD/", "/search/?q=Kamau"):
        page = client.get(address).content.decode()
        assert "Cyrus" not in page and "OF-" not in page, address
    assert client.get("/search/?q=Cyrus").context["groups"] == []
    assert signed_in(grace).get("/search/?q=Cyrus").context["groups"]


def test_an_mda_page_shows_figures_to_its_own_people_only(livestock_of_four, grace, odhiambo, anyone, signed_in):
    assert signed_in(grace).get("/organisations/SDLD/").context["count"].overdue == 2
    for stranger in (signed_in(odhiambo), anyone):
        page = stranger.get("/organisations/SDLD/")
        assert page.status_code == 200 and "count" not in page.context
    rows = signed_in(odhiambo).get("/api/v1/compliance/").json()
    assert [row["organisation"] for row in rows] == ["SDICS"]


def test_the_days_in_the_address_are_read_as_people_write_them(livestock_of_four, hops, signed_in):
    client = signed_in(hops)
    for text in ("2026-03-31", "31/03/2026", "31 Mar 2026"):
        assert client.get("/overview/", {"on": text}).context["on"] == dt.date(2026, 3, 31)
    page = client.get("/overview/", {"on": "03/31/2026"})
    assert page.context["on"] == TODAY and "is not a date" in page.content.decode()
    assert client.get("/api/v1/figures/?on=soon").status_code == 400


def test_any_column_sorts_and_kinds_narrow(livestock_of_four, immigration, agriculture, hops, signed_in):
    filed(immigration)
    filed(agriculture)
    make.officer(immigration, "Hassan")
    client = signed_in(hops)
    codes = [row.organisation.code for row in client.get("/overview/?sort=-overdue").context["rows"]]
    assert codes[:2] == ["SDLD", "SDICS"]
    assert [row.organisation.code for row in client.get("/overview/?sort=overdue").context["rows"]][-1] == "SDLD"
    ministries = client.get("/overview/?kind=ministries").context["rows"]
    assert [(row.organisation.code, row.count.in_post) for row in ministries] == [("MOALD", 4)]


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_pages_cost_the_same_queries_whatever_they_list(livestock_of_four, hops, grace, signed_in):
    overview, mda, home, search = [], [], [], []
    for n in (1, 3, 50):
        while RosterCoverage.objects.count() < n:
            k = RosterCoverage.objects.count()
            unit = make.organisation(f"U{k}", f"Unit {k}", "department", parent=livestock_of_four)
            make.officer(unit, f"Officer {k}")
            filed(unit)
        overview.append(queries(signed_in(hops), "/overview/?all=1"))
        mda.append(queries(signed_in(hops), "/organisations/SDLD/"))
        home.append(queries(signed_in(grace), "/"))
        search.append(queries(signed_in(grace), "/search/?q=officer"))
    assert len(set(overview)) == 1 and overview[0] <= 12, overview
    assert len(set(mda)) == 1, mda
    assert len(set(home)) == 1, home
    assert len(set(search)) == 1, search
