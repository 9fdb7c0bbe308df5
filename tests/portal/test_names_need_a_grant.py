"""HOPS sees counts. Without a grant no officer's name shows behind any door; with one, that MDA's for 7 days, and the MDA sees who looked."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from centres.access import Scope
from centres.models import NameGrant, Officer
from centres.services import tokens
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from cse_portal.oversight.services import returns
from tests import factories as make
from tests import walk
from tests.centres.test_quality_of_the_register import filed
from tests.house import SYSTEM
from tests.test_doors import ROUTES
from training.compliance import spans

pytestmark = pytest.mark.django_db
NAMED = "Qwanjirux"  # an officer's name that nothing else of the portal says
ASKED = {"reason": "Parliamentary question 14/2026"}

# Doors that show a name to whoever holds the code on a paper, with or without an account: HOPS finds no code.
BY_CODE = {"training:verify code"}


@pytest.fixture
def officer(livestock):
    make.requirement()
    return make.officer(livestock, NAMED, "Kamau", posted=dt.date(2025, 1, 1))


@pytest.fixture
def granted(hops, livestock, signed_in):
    """A browser of HOPS that has asked for the names of Livestock."""
    browser = signed_in(hops)
    browser.post(reverse("centres:ask_for_names"), ASKED | {"organisation": livestock.code})
    return browser


def ids(response):
    return (
        response.content.decode() if not response.streaming else b"".join(response.streaming_content).decode("utf-8", "replace")
    )


def looks(verb="looked at names"):
    return list(Entry.objects.filter(kind="name_grant", verb=verb).order_by("id").values_list("changes", "actor"))


# --- without ---


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), walk.opened(tmp_path_factory.mktemp("house")) as house:
        yield house


GETS = sorted(
    name for name in set(ROUTES) & set(walk.DOORS)
    if "get" in walk.methods(walk.DOORS[name]) and name not in BY_CODE and not name.startswith(walk.ROLELESS)
)  # fmt: skip
SEARCHED = ("Wanjiru", "Kamau")


@pytest.mark.slow
@pytest.mark.parametrize("name", GETS)
def test_no_door_names_an_officer_without_a_grant(house, name, settings):
    settings.MEDIA_ROOT = house.files
    door, many = ROUTES[name], walk.is_list(walk.DOORS[name]) or name.endswith("-list") or name == "oversight:search"
    for side in (house.ours, house.theirs) if door.args else (house.ours,):
        url = reverse(name.split()[0], args=door.arguments(side, "hops"))
        for asked in ({}, *({"q": word} for word in SEARCHED), {"export": "csv"}) if many else ({},):
            response, _same = walk.ask(house, "hops", "get", url, door.query | asked)
            shown = walk.text(response)
            for word in (*SEARCHED, house.ours.officer.personal_no, house.theirs.officer.personal_no):
                assert word not in shown or word == asked.get("q"), f"{url} {asked} shows {word}"


TRAILS = ["cohort/{0.cohort.code}", "organisation/{0.mda.code}", "centre/{0.centre.code}", "return/{0.quarterly.ref}", "audit/{0.audit.ref}", "roster/{0.roster.ref}",
          "certificate/{0.certificate.number}", "enrolment/{0.cohort.code}/{0.officer.ref}", "certification/{0.certification.number}", "name_grant/{0.names.pk}"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("about", TRAILS)
def test_no_trail_names_an_officer_without_a_grant(house, about):
    for side in (house.ours, house.theirs):
        response, _same = walk.ask(house, "hops", "get", f"/trail/{about.format(side)}/")
        assert response.status_code in (200, 403, 404)
        assert not [word for word in SEARCHED if word in walk.text(response)]


@pytest.mark.slow
def test_the_walk_would_find_a_name(house):
    response, _same = walk.ask(house, "hr_officer", "get", reverse("training:officers"))
    assert "Wanjiru" in walk.text(response)


@pytest.mark.parametrize(
    "address", ["/officers/", "/officers/{ref}/", "/api/v1/officers/", "/api/v1/officers/{ref}/", "/trail/officer/{ref}/"]
)
def test_staff_pages_are_closed_without_a_grant(officer, hops, signed_in, address):
    assert signed_in(hops).get(address.format(ref=officer.ref)).status_code in (403, 404)


# --- with ---


@pytest.mark.parametrize(
    "address",
    [
        "/officers/",
        "/officers/?export=csv",
        "/officers/{ref}/",
        "/api/v1/officers/",
        "/api/v1/officers/{ref}/",
        "/search/?q=" + NAMED.lower(),
    ],
)
def test_with_a_grant_names_show_and_each_reading_is_written_down(officer, granted, hops, refreshed, address):
    url = address.format(ref=officer.ref)
    assert NAMED in ids(granted.get(url))
    [(changes, actor)] = looks()
    assert changes["list"] == [None, url] and actor == hops.user.email
    assert ("officer" in changes) == (officer.ref in url)


def test_what_names_nobody_is_not_written_down(officer, granted):
    for address in ("/overview/", "/names/", "/returns/", "/organisations/", "/api/v1/figures/"):
        assert granted.get(address).status_code == 200
    assert looks() == []


def test_what_is_refused_is_not_written_down(officer, hassan, granted):
    for ref in (hassan.ref, "OF-XXXXXX"):
        assert granted.get(f"/officers/{ref}/").status_code == 404
    assert looks() == []


def test_only_that_mda_and_those_below_it(officer, hassan, dairy_board, granted, refreshed):
    below = make.officer(dairy_board, "Chebet", "Rono")
    refreshed()
    page = ids(granted.get("/officers/"))
    assert NAMED in page and "Chebet" in page and "Hassan" not in page
    assert granted.get(f"/officers/{hassan.ref}/").status_code == 404
    assert granted.get(f"/officers/{below.ref}/").status_code == 200


def test_a_past_day_elsewhere_stays_closed(officer, immigration, granted, refreshed):
    officer.postings.update(during=make.since(dt.date(2026, 6, 1)))
    make.Posting.objects.create(
        officer=officer, organisation=immigration, cadre=make.cadre("FRT"), county=make.county(),
        during=make.DateRange(dt.date(2025, 1, 1), dt.date(2026, 6, 1)),
    )  # fmt: skip
    refreshed()
    assert NAMED not in ids(granted.get("/officers/", {"on": "2026-03-01"}))


def test_figures_lead_to_names_where_the_grant_opens_them(officer, livestock, immigration, granted, refreshed):
    make.officer(immigration, "Hassan", "Mwakio")
    refreshed()
    for mda in (livestock, immigration):
        filed(mda, clock.today())
    assert "/officers/?" in ids(granted.get("/organisations/SDLD/"))
    assert "/officers/?" not in ids(granted.get("/organisations/SDICS/"))


def test_after_seven_days_they_are_closed(officer, granted):
    assert granted.get("/officers/").status_code == 200
    for grant in NameGrant.objects.all():
        assert grant.during.upper - grant.during.lower == dt.timedelta(days=7)
        grant.during = DateTimeTZRange(grant.during.lower - dt.timedelta(days=7), clock.now())
        grant.save()
    assert granted.get("/officers/").status_code == 403
    assert granted.get(f"/officers/{officer.ref}/").status_code == 404


def test_the_grant_is_of_a_person_not_of_the_office(officer, granted, signed_in):
    colleague = make.member("hops", "mary@hops.example", "Mary Achieng")
    assert signed_in(colleague).get("/officers/").status_code == 403


def test_ended_early_they_are_closed_at_once(officer, granted):
    page = granted.get("/names/")
    grant = page.context["page_obj"].object_list[0]
    granted.post(reverse("centres:end_name_grant", args=[grant.pk]))
    assert granted.get("/officers/").status_code == 403
    assert len(looks("ended name grant")) == 1


@pytest.mark.parametrize(
    "said, sentence", [({"reason": " "}, "Why you need the names"), ({"organisation": "NOWHERE"}, "valid choice")]
)
def test_no_grant_without_reason_and_mda(hops, livestock, signed_in, said, sentence):
    answer = signed_in(hops).post(reverse("centres:ask_for_names"), ASKED | {"organisation": livestock.code} | said)
    assert sentence in answer.content.decode()
    assert looks("asked for names") == []


def test_asking_again_while_it_is_open_says_until_when(granted, livestock):
    answer = granted.post(reverse("centres:ask_for_names"), ASKED | {"organisation": livestock.code})
    assert answer.status_code == 409 and "You see these names already" in answer.content.decode()


# --- what the MDA sees ---


def test_the_authorised_officer_is_told_and_sees_who_looked_at_what(
    officer, principal_secretary, granted, hops, signed_in, refreshed
):
    told = Notice.objects.get(key__startswith="name-grant")
    assert told.to == principal_secretary.user.email
    assert ASKED["reason"] in told.body and str(hops.user) in told.body
    granted.get(f"/officers/{officer.ref}/")
    granted.get("/officers/?export=xlsx")
    browser = signed_in(principal_secretary)
    listed = browser.get("/names/")
    assert str(hops.user) in ids(listed) and ASKED["reason"] in ids(listed)
    page = ids(browser.get(listed.context["page_obj"].object_list[0].get_absolute_url()))
    assert officer.ref in page and "/officers/?export=xlsx" in page
    assert "export=xlsx" in ids(browser.get(listed.context["page_obj"].object_list[0].get_absolute_url(), {"export": "csv"}))


def test_the_home_of_the_authorised_officer_says_so_while_it_lasts(principal_secretary, hops, granted, signed_in):
    def said():
        return [
            row["heading"] for row in signed_in(principal_secretary).get("/").context["home"].todo if "HOPS" in row["heading"]
        ]

    assert said() == ["HOPS sees names of your officers"]
    granted.post(reverse("centres:end_name_grant", args=[NameGrant.objects.get(user=hops.user).pk]))
    assert said() == []


def test_another_mda_sees_nothing_of_it(granted, odhiambo, signed_in):
    listed = signed_in(odhiambo).get("/names/")
    assert listed.context["total"] == 0


def test_an_mda_below_sees_what_was_looked_at_of_its_own(officer, dairy_board, agriculture, hops, signed_in, refreshed):
    ours, board = (
        make.officer(dairy_board, "Chebet", "Rono"),
        make.member("authorised_officer", "md@kdb.example", "Jane Wambui", dairy_board),
    )
    refreshed()
    browser = signed_in(hops)
    browser.post(reverse("centres:ask_for_names"), ASKED | {"organisation": agriculture.code})
    assert Notice.objects.filter(to=board.user.email, key__startswith="name-grant").exists()
    for address in (f"/officers/{officer.ref}/", f"/officers/{ours.ref}/", "/officers/?q=secret"):
        browser.get(address)
    reader = signed_in(board)
    page = ids(reader.get(reader.get("/names/").context["page_obj"].object_list[0].get_absolute_url()))
    assert ours.ref in page and officer.ref not in page and "secret" not in page and "/officers/" in page


def test_two_grants_each_mda_sees_its_own(officer, hassan, granted, immigration, odhiambo, signed_in, refreshed):
    granted.post(reverse("centres:ask_for_names"), ASKED | {"organisation": immigration.code})
    granted.get(f"/officers/{hassan.ref}/")
    [(changes, _actor)] = looks()
    row = Entry.objects.get(verb="looked at names")
    assert changes["officer"] == [None, hassan.ref] and immigration.name in row.label


def test_by_api(officer, hops, livestock, principal_secretary, signed_in):
    browser = signed_in(hops)
    made = browser.post("/api/v1/name-grants/", ASKED | {"organisation": livestock.code}, content_type="application/json")
    assert made.status_code == 201 and made.json()["state"] == "in_force"
    browser.get(f"/api/v1/officers/{officer.ref}/")
    seen = signed_in(principal_secretary).get(f"/api/v1/name-grants/{made.json()['id']}/looks/").json()["results"]
    assert [look["officer"] for look in seen] == [officer.ref]
    assert browser.post(f"/api/v1/name-grants/{made.json()['id']}/end/").json()["state"] == "ended"
    assert browser.get(f"/api/v1/officers/{officer.ref}/").status_code == 403


def test_a_program_with_a_token_leaves_the_same_row(officer, granted, hops, client):
    token, secret = tokens.make(Scope(user=hops.user, membership=hops), membership=hops, name="Report", days=30)
    answer = client.get("/api/v1/officers/", headers={"Authorization": f"Bearer {secret}"})
    assert NAMED in answer.content.decode()
    assert [changes["list"][1] for changes, _actor in looks()] == ["/api/v1/officers/"]


def test_returns_and_their_files_name_no_officer(officer, hops, signed_in):
    returns.open_ended(SYSTEM, clock.today())
    browser = signed_in(hops)
    for address in ("/returns/", "/returns/?export=csv", "/api/v1/returns/"):
        assert NAMED not in ids(browser.get(address))


@pytest.fixture
def refreshed(officer):
    """Spans as services leave them; again when called."""

    def again():
        spans.refresh(list(Officer.objects.values_list("pk", flat=True)))

    again()
    return again
