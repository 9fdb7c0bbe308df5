"""Any day, as known on any past day; the trend of quarters on two structures; what comes if nothing is done."""

import datetime as dt
import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.models import Organisation, Posting, Reorganisation, Roster, RosterCoverage, Standing, Succession
from cse_portal.lib import clock
from cse_portal.oversight import figures
from tests import factories as make
from training.compliance import spans

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def filed(organisation, days_ago=10, applied=None):
    as_at = make.days_ago(days_ago)
    roster = Roster.objects.create(
        as_at=as_at,
        file_name="staff.csv",
        sha256="0" * 64,
        state="applied",
        uploaded_at=make.at(as_at),
        applied_at=make.at(applied or as_at),
    )
    RosterCoverage.objects.create(roster=roster, organisation=organisation, officers=1)


def filed_always(*organisations):
    for organisation in organisations:
        for n in range(1, 1200, 100):
            filed(organisation, n)


def recorded(day):
    """As if all that the ledger holds so far had been recorded on that day."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE training_compliancedelta DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE training_compliancedelta SET recorded_at = %s WHERE recorded_at > %s", [make.at(day), make.at(TODAY, 0)]
        )
        cursor.execute("ALTER TABLE training_compliancedelta ENABLE TRIGGER USER")


@pytest.fixture
def rule():
    return make.requirement(in_force=make.since(make.days_ago(1500)))


def test_a_late_correction_changes_what_is_true_and_leaves_what_was_known(livestock, rule, hops, signed_in):
    filed_always(livestock)
    officer = make.officer(livestock, "Ada", posted=make.days_ago(900))
    recorded(make.days_ago(60))
    make.completion(officer, on=make.days_ago(100))  # a certificate that comes to light today
    client, day, before = signed_in(hops), make.days_ago(50), make.days_ago(40)
    assert client.get(f"/api/v1/figures/?on={day}").json()["all"]["current"] == 1
    as_known = client.get(f"/api/v1/figures/?on={day}&known={before}").json()
    assert (as_known["all"]["current"], as_known["all"]["overdue"], as_known["known"]) == (0, 1, str(before))
    page = client.get(f"/overview/?on={day}&known={before}").content.decode()
    assert "as they were known at the end of" in page and "0.0% of the 1 officers" in page
    assert "as they were known" not in client.get(f"/overview/?on={day}&known={TODAY}").content.decode()
    assert "is not a date" in client.get("/overview/?known=yesterday").content.decode()
    assert client.get("/api/v1/figures/?known=yesterday").status_code == 400


def test_a_return_applied_since_is_not_known_then(livestock, rule):
    make.officer(livestock, "Ada", posted=make.days_ago(900))
    filed(livestock, days_ago=50, applied=make.days_ago(5))
    assert figures.Figures(make.days_ago(30)).national.known == 1
    assert figures.Figures(make.days_ago(30), known_on=make.days_ago(10)).national.known == 0


def test_a_day_to_come_says_so(livestock, rule, hops, signed_in):
    page = signed_in(hops).get(f"/overview/?on={make.days_ahead(100)}").content.decode()
    assert "if nothing is done" in page
    assert "if nothing is done" not in signed_in(hops).get("/overview/").content.decode().split("What needs attention")[0]


def test_the_trend_has_twelve_quarters_of_the_financial_year_and_its_targets(livestock, rule, hops, signed_in):
    filed_always(livestock)
    officer = make.officer(livestock, "Ada", posted=make.days_ago(1100))
    make.completion(officer, on=make.days_ago(400), until=make.days_ahead(400))
    make.target(value=70)
    points = signed_in(hops).get("/api/v1/trend/?on=2026-11-20").json()
    assert len(points) == 12 and [p["on"] for p in points[-3:]] == ["2026-06-30", "2026-09-30", "2026-11-20"]
    assert points[-1]["quarter"] == "2026/27 Q2" and points[-4]["on"] == "2026-03-31"
    assert {p["all"]["coverage"] for p in points if p["on"] > str(make.days_ago(400))} == {"100.0"}
    assert {p["all"]["coverage"] for p in points if p["on"] < str(make.days_ago(400))} == {"0.0"}
    now = signed_in(hops).get("/api/v1/trend/").json()[-1]
    assert now["target"] == "70.0"
    page = signed_in(hops).get("/overview/").content.decode()
    assert "Target 70%" in page and "points ahead of the 70% asked" in page


def test_a_merger_moves_history_only_on_todays_structure(livestock, dairy_board, immigration, rule, grace, signed_in):
    """Immigration becomes part of Livestock: its past is its own as constituted then, Livestock's on today's structure."""
    filed_always(livestock, dairy_board, immigration)
    merged_on = make.days_ago(120)
    for n in range(3):
        officer = make.officer(immigration, f"Officer{n}", posted=make.days_ago(900))
        Posting.objects.filter(officer=officer).update(during=(make.days_ago(900), merged_on))
        Posting.objects.create(
            officer=officer, organisation=livestock, cadre=make.cadre("FRT"), job_group=make.job_group(), designation="Clerk",
            terms="permanent", county=make.county(), during=make.since(merged_on),
        )  # fmt: skip
        spans.refresh([officer.pk])
    Organisation.objects.filter(pk=immigration.pk).update(during=(None, merged_on))
    Standing.objects.filter(organisation=immigration).update(during=(None, merged_on))
    change = Reorganisation.objects.create(title="Merger", on=merged_on, authority="EO 1", state="made", drafted_at=clock.now())
    Succession.objects.create(
        reorganisation=change, predecessor=immigration, successor=livestock, on=merged_on, authority="EO 1", officers=3
    )
    then, now = (figures.trend(TODAY, structure=structure) for structure in (figures.THEN, figures.TODAY))
    assert [p.count for p in then] == [p.count for p in now], "the nation is the same either way"
    then, now = (figures.trend(TODAY, within=livestock, structure=structure) for structure in (figures.THEN, figures.TODAY))
    assert [p.count.in_post for p in then][-6:-2] == [0, 0, 0, 0] and then[-1].count.in_post == 3
    assert {p.count.in_post for p in now if p.on > make.days_ago(900)} == {3}
    page = signed_in(grace).get("/organisations/SDLD/?structure=today").content.decode()
    assert "with those whose MDA has since become part of it" in page


def test_the_forecast_falls_when_certificates_expire(livestock, rule, hops, grace, odhiambo, signed_in):
    filed(livestock)
    for n, months in enumerate((3, 9, 30)):
        make.completion(
            make.officer(livestock, f"Officer{n}", posted=make.days_ago(700)),
            on=make.days_ago(200),
            until=clock.add_months(TODAY, months),
        )
    points = figures.forecast(TODAY)
    assert len(points) == 25 and points[0].count.current == 3
    assert [p.count.current for p in (points[2], points[5], points[11], points[24])] == [3, 2, 1, 1]
    assert points[24].count.overdue == 2, "an expired certificate is overdue on its day"
    assert [n for _cadre, n in figures.expiring(TODAY, make.days_ahead(120))] == [1]
    for hat, address in ((hops, "/forecast/"), (grace, "/forecast/"), (hops, "/forecast/SDLD/")):
        page = signed_in(hat).get(address)
        assert page.status_code == 200 and "100.0% are up to date" in page.content.decode()
        assert "Officer1" not in page.content.decode()
    assert signed_in(odhiambo).get("/forecast/SDLD/").status_code == 403
    assert b"2," in b"".join(signed_in(hops).get("/forecast/?export=csv").streaming_content)


def test_what_an_earlier_release_drew_is_drawn_anew(db, monkeypatch):
    version, drawn = figures.version(), []
    for release in ("1.0", "1.0", "1.1"):
        monkeypatch.setattr(sys.modules[figures.kept.__module__], "release", lambda release=release: release)
        figures.kept("page", version, lambda release=release: drawn.append(release) or "body")
    assert drawn == ["1.0", "1.1"]


def test_what_is_kept_is_made_anew_when_a_fact_changes(livestock, dairy_board, rule, hops, signed_in):
    filed_always(livestock, dairy_board)
    client = signed_in(hops)

    def in_post():
        return figures.Figures(TODAY).national.count.in_post, client.get("/overview/").content.decode()

    officer = make.officer(livestock, "Ada")
    seen = [in_post()[1]]
    for change in (
        lambda: make.officer(livestock, "Ben"),
        lambda: make.completion(officer),
        lambda: Standing.objects.filter(organisation=dairy_board).update(kind="listed"),
        lambda: filed(livestock, 3),
        lambda: make.target(),
        lambda: Organisation.objects.filter(pk=livestock.pk).update(name="State Department for Animals"),
    ):
        version = figures.version()
        assert version == figures.version()
        change()
        assert figures.version() != version
        seen.append(in_post()[1])
    assert len(set(seen)) >= 6, "the page follows"
    with CaptureQueriesContext(connection) as caught:
        client.get("/overview/")
    assert len(caught) <= 12 and not any("training_compliancecheckpoint" in q["sql"] for q in caught), "nothing is counted again"


def test_mda_page_asks_few_questions(livestock, dairy_board, rule, hops, grace, signed_in):
    filed_always(livestock, dairy_board)
    for n in range(5):
        make.officer(livestock, f"Officer{n}")
    for hat in (hops, grace):
        client = signed_in(hat)
        client.get("/organisations/SDLD/")
        with CaptureQueriesContext(connection) as caught:
            client.get("/organisations/SDLD/")
        assert len(caught) <= 15, [q["sql"][:90] for q in caught]


def test_quarter_ends_are_those_of_kenya():
    days = figures.over_time.quarter_ends(dt.date(2026, 7, 1), 3)
    assert days == [dt.date(2026, 3, 31), dt.date(2026, 6, 30), dt.date(2026, 7, 1)]
    assert figures.over_time.quarter_ends(dt.date(2026, 6, 30), 2) == [dt.date(2026, 3, 31), dt.date(2026, 6, 30)]
