"""One arithmetic: page, CSV, XLSX, API and mail say the same of any cell on any day, and every cell leads to its names."""

import csv
import datetime as dt
import html
import io
import random
import re

import pytest
from python_calamine import CalamineWorkbook

from centres.access import Scope
from centres.models import Membership, NameGrant, Roster, RosterCoverage
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from cse_portal.oversight.services import digest
from tests import factories as make
from training.compliance import spans
from training.models import Waiver

pytestmark = pytest.mark.django_db
TODAY = clock.today()
LABELS = {
    "in_post": "In post", "current": "Up to date", "due": "Due", "overdue": "Overdue", "waived": "Waived", "excused": "Excused",
    "not_required": "Not required",
}  # fmt: skip
CADRES = {"FRT": "Frontline Staff", "TEC": "Technical Officers"}


def file_all(*organisations):
    """A staff return of each MDA in every quarter."""
    for n in range(0, 1000, 90):
        as_at = make.days_ago(n + 5)
        roster = Roster.objects.create(
            as_at=as_at,
            file_name="all.csv",
            sha256="0" * 64,
            state="applied",
            uploaded_at=make.at(as_at),
            applied_at=make.at(as_at),
        )
        RosterCoverage.objects.bulk_create(RosterCoverage(roster=roster, organisation=o, officers=1) for o in organisations)


def waived(officer, first, last):
    days = {"requested_at": clock.now(), "decided_at": clock.now(), "state": "approved", "reason": "Study leave"}
    made = Waiver.objects.create(
        officer=officer, organisation=officer.postings.first().organisation, during=(first, last), **days
    )
    spans.refresh([officer.pk])
    return made


@pytest.fixture
def history(livestock, dairy_board, immigration, agriculture):
    """Sixty officers with three years of postings, completions and waivers, by a fixed seed."""
    chance = random.Random(7)
    make.requirement(in_force=make.since(make.days_ago(900)))
    make.requirement("TEC", "CSE-TEC-01", in_force=make.since(make.days_ago(500)), due_within_days=60)
    courses = {"FRT": make.version(), "TEC": make.version("CSE-TEC-01", "TEC")}
    for n in range(60):
        mda, cadre = chance.choice([livestock, dairy_board, immigration]), chance.choice(list(CADRES))
        posted = make.days_ago(chance.randrange(10, 1000))
        officer = make.officer(mda, f"Officer{n}", "Otieno", cadre, posted=posted)
        if chance.random() < 0.6:
            on = posted + dt.timedelta(days=chance.randrange(5, 200))
            make.completion(officer, courses[cadre], on=on, until=clock.add_months(on, chance.choice([6, 12, 24])))
        if chance.random() < 0.3:
            first = make.days_ago(chance.randrange(-100, 300))
            waived(officer, first, first + dt.timedelta(days=chance.randrange(20, 200)))
    file_all(livestock, dairy_board, immigration, agriculture)


def cell_of(page, row, label):
    """Text and address of a cell of the table of cadres, as the page shows it."""
    line = re.search(rf'<tr[^>]*><th scope="row">{row}</th>(.*?)</tr>', page, re.S)[1]
    cell = re.search(rf'<td class="num[^"]*" data-l="{label}">(.*?)</td>', line, re.S)[1]
    url = re.search(r'href="([^"]+)"', cell)
    said = re.sub(r"<span.*?</span>|<[^>]+>", "", cell).replace(",", "").strip()
    return 0 if said == "–" else int(said), html.unescape(url[1]) if url else None


def sheet_of(response):
    """{row name: {column: value}} of a CSV or XLSX download."""
    raw = b"".join(response.streaming_content)
    if raw[:2] == b"PK":
        header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
        return {row[0]: dict(zip(header, row, strict=False)) for row in rows}
    return {row["CSE cadre"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))}


def mailed(place, hat, on):
    """{row name: {label: number}} of the figures that the week's mail gives that person."""
    Membership.objects.filter(pk=hat.pk).update(during=make.since(make.days_ago(3000)))
    digest.send(Scope.system_task("week"), on)
    year, week, _day = on.isocalendar()
    body = Notice.objects.get(key=f"figures-digest:{hat.pk}:{year}-{week:02d}").body
    found = {}
    for name, said in re.findall(r"^(.+?): (in post .*)$", body, re.M):
        found[name] = {word.strip(): int(n.replace(",", "")) for word, n in re.findall(r"([a-z ]+?) ([\d,]+)(?:;|$)", said)}
    return found


@pytest.mark.parametrize("cells", [6, pytest.param(20, marks=pytest.mark.slow)])
def test_page_csv_xlsx_api_and_mail_agree_on_cells_and_days(cells, history, hops, odhiambo, immigration, signed_in):
    chance, client = random.Random(11), signed_in(hops)
    for week in chance.sample(range(-30, 130), cells):
        on = TODAY - dt.timedelta(days=7 * week)
        status, (code, cadre) = chance.choice(list(LABELS)), chance.choice(list(CADRES.items()))
        label, address = LABELS[status], f"/organisations/SDICS/?on={on}"
        shown, _url = cell_of(client.get(address).content.decode(), cadre, label)
        sheets = [sheet_of(client.get(f"{address}&export={kind}")) for kind in ("csv", "xlsx")]
        api = {r["organisation"]: r for r in client.get(f"/api/v1/compliance/?on={on}").json()}["SDICS"]
        by_cadre = {row["cadre"]: row for row in api["cadres"]}
        known = api["register"] == "known"
        said = [int(float(sheet[cadre][label] or 0)) for sheet in sheets]
        said.append(by_cadre.get(code, {}).get(status, 0) if known else 0)
        said.append(mailed(immigration, odhiambo, on)[cadre][label.lower()])
        assert said == [shown] * 4, (on, cadre, label, shown, said)


def test_the_national_page_its_exports_api_and_mail_agree(history, hops, signed_in):
    client = signed_in(hops)
    for days in (-400, -30, 0, 45, 200, 420):
        on = make.days_ago(days)
        page = client.get(f"/overview/?on={on}").content.decode()
        api = client.get(f"/api/v1/figures/?on={on}").json()
        mail = mailed(None, hops, on)
        for status, label in LABELS.items():
            assert cell_of(page, "All cadres", label)[0] == api["all"][status] == mail["All cadres"][label.lower()], (on, label)
        trend, ahead = (client.get(f"/api/v1/{name}/?on={on}").json() for name in ("trend", "forecast"))
        assert trend[-1]["all"] == ahead[0]["all"] == api["all"]


def test_every_cell_of_the_mda_page_leads_to_its_names_whose_count_is_the_cell(history, grace, signed_in):
    client, opened = signed_in(grace), 0
    for on in (TODAY, make.days_ago(90), make.days_ahead(120)):
        page = client.get(f"/organisations/SDLD/?on={on}").content.decode()
        for row in [*CADRES.values(), "All cadres"]:
            for label in LABELS.values():
                shown, url = cell_of(page, row, label)
                assert (url is not None) == (shown > 0), (row, label)
                if url:
                    listed = client.get(url)
                    assert listed.context["total"] == shown, (on, row, label, url)
                    opened += 1
    assert opened > 30


@pytest.mark.slow
def test_what_is_not_counted_is_not_among_the_names_either(history, livestock, grace, signed_in):
    make.organisation("KSTB", "Kenya Sheep Trust", "professional_body", parent=livestock, standing="listed")
    make.officer(livestock.lines_below.get(organisation__code="KSTB").organisation, "Nobody", "Counts")
    page = signed_in(grace).get("/organisations/SDLD/")
    shown, url = cell_of(page.content.decode(), "All cadres", "In post")
    assert signed_in(grace).get(url).context["total"] == shown


def test_hops_sees_the_same_numbers_and_names_only_under_a_grant(history, hops, grace, livestock, signed_in):
    seen = [signed_in(hat).get("/organisations/SDLD/").content.decode() for hat in (hops, grace)]
    for label in LABELS.values():
        (n, url), (same, _url) = (cell_of(page, "All cadres", label) for page in seen)
        assert n == same and url is None
    now = clock.now()
    NameGrant.objects.create(
        user=hops.user, organisation=livestock, reason="Audit query 7", during=(now, now + dt.timedelta(days=7))
    )
    shown, url = cell_of(signed_in(hops).get("/organisations/SDLD/").content.decode(), "All cadres", "In post")
    assert signed_in(hops).get(url).context["total"] == shown, "under a grant the cell opens its names"
    elsewhere = signed_in(hops).get("/organisations/SDICS/").content.decode()
    assert cell_of(elsewhere, "All cadres", "In post")[1] is None


@pytest.mark.slow
def test_those_whose_training_expires_are_the_names_behind_the_forecast(history, grace, signed_in):
    client = signed_in(grace)
    opened = 0
    for on in (TODAY, make.days_ago(40), make.days_ago(130), make.days_ahead(200)):
        page = client.get(f"/forecast/?on={on}").content.decode()
        for url, n in re.findall(r'<a href="([^"]+expires=[^"]*)">([\d,]+)</a>', page):
            assert client.get(html.unescape(url)).context["total"] == int(n.replace(",", "")), url
            opened += 1
    assert opened > 5


def test_an_expired_waiver_returns_by_itself_on_every_page(livestock, grace, hops, signed_in):
    make.requirement(in_force=make.since(make.days_ago(800)), due_within_days=30)
    officer = make.officer(livestock, "Halima", posted=make.days_ago(700))
    waived(officer, make.days_ago(60), make.days_ahead(5))
    file_all(livestock)

    def seen(day):
        mda = signed_in(grace).get(f"/organisations/SDLD/?on={day}").content.decode()
        nation = signed_in(hops).get(f"/overview/?on={day}").content.decode()
        said = [{word: cell_of(page, "All cadres", label)[0] for word, label in LABELS.items()} for page in (mda, nation)]
        assert said[0] == said[1]
        return {word for word, n in said[0].items() if n} - {"in_post"}

    assert seen(make.days_ago(61)) == {"overdue"}
    assert seen(TODAY) == {"waived"}
    assert seen(make.days_ahead(4)) == {"waived"}
    assert seen(make.days_ahead(5)) == {"due"}, "on the first day after it the full grace runs"
    assert seen(make.days_ahead(35)) == {"overdue"}
    forecast = signed_in(grace).get("/api/v1/forecast/").json()
    assert forecast[0]["all"]["waived"] == 1 and forecast[-1]["all"]["overdue"] == 1


def test_the_mail_of_the_week_goes_once_to_each_reader(history, hops, grace, principal_secretary):
    for _again in range(2):
        digest.send(Scope.system_task("week"), TODAY)
    told = Notice.objects.filter(key__startswith="figures-digest:").values_list("to", flat=True)
    assert sorted(told) == sorted(hat.user.email for hat in (hops, grace, principal_secretary))
    body = Notice.objects.get(to=grace.user.email).body
    assert "State Department for Livestock Development" in body and "Officer1" not in body
