"""A reorganisation is one dated change: previewed, made, nothing lost; the tree can be asked as of any day."""

import datetime as dt

import pytest

from centres.models import FormerName, Membership, Officer, Organisation, Posting, Reorganisation, Standing, Succession
from centres.services import names, registers, reorganisations, structure
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(administrator, scope_of):
    return scope_of(administrator)


@pytest.fixture
def drafted(chief):
    def draft(*steps, on=None):
        return reorganisations.draft(
            chief, title="Cabinet decision", on=on or clock.today(), authority="Executive Order No. 1 of 2026", steps=steps
        )

    return draft


@pytest.fixture
def made(chief, drafted):
    return lambda *steps, on=None: reorganisations.make(chief, drafted(*steps, on=on))


def merge(old, new, **more):
    return {"act": "merge", "organisation": old.code, "into": getattr(new, "code", new)} | more


def create(code, name, **more):
    return {"act": "create", "organisation": code, "name": name, "kind": "state_department"} | more


def headcount(day):
    return sum(structure.headcount_on(day).values())


def test_two_mdas_become_a_new_one_and_no_officer_is_lost(made, livestock, immigration, agriculture):
    there = [make.officer(livestock, posted=make.days_ahead(-n)) for n in (900, 30, 2)]
    there += [make.officer(immigration), make.officer(immigration, posted=make.days_ago(1))]
    before = {day: headcount(make.days_ago(day)) for day in (800, 10, 5, 1, 0, -30)}
    day = make.days_ago(5)
    made(
        create("NEW", "State Department for Everything", parent="MOALD"),
        merge(livestock, "NEW"),
        merge(immigration, "NEW"),
        on=day,
    )
    new = Organisation.objects.get(code="NEW")
    assert {n: headcount(make.days_ago(n)) for n in before} == before
    assert structure.headcount_on(make.days_ago(6)) == {livestock.pk: 2, immigration.pk: 1}
    assert structure.headcount_on(day) == {new.pk: 3}
    assert structure.headcount_on(clock.today()) == {new.pk: 5}
    for officer in there:
        last = officer.postings.latest("during")
        assert (last.organisation, last.during.upper) == (new, None)
    assert structure.successors_today([livestock.pk, immigration.pk, agriculture.pk], make.days_ago(100)) == {
        livestock.pk: new.pk,
        immigration.pk: new.pk,
        agriculture.pk: agriculture.pk,
    }
    assert list(Succession.objects.order_by("pk").values_list("predecessor__code", "officers")) == [("SDLD", 2), ("SDICS", 1)]


def test_the_tree_as_of_any_past_day_is_that_days(made, livestock, dairy_board, immigration, agriculture):
    day = make.days_ago(10)
    made(merge(livestock, immigration), on=day)
    made({"act": "move", "organisation": "KDB", "parent": "MOALD"}, on=make.days_ago(3))
    before = structure.tree_on(make.days_ago(11))
    assert before == {agriculture.pk: None, livestock.pk: agriculture.pk, dairy_board.pk: livestock.pk, immigration.pk: None}
    assert structure.tree_on(day) == {agriculture.pk: None, dairy_board.pk: immigration.pk, immigration.pk: None}
    assert structure.tree_on(clock.today())[dairy_board.pk] == agriculture.pk
    assert structure.tree_on(dt.date(1999, 1, 1)) == before


def test_a_split_sends_officers_where_the_steps_say_and_the_old_one_closes_when_none_is_left(
    made, chief, drafted, livestock, immigration
):
    front = make.officer(livestock)
    technical = make.officer(livestock, cadre_code="TEC")
    part = {"act": "split", "organisation": "SDLD", "into": "SDICS", "cadre": "FRT"}
    close = {"act": "close", "organisation": "SDLD"}
    with pytest.raises(Refused, match="1 officers of State Department for Livestock Development would have no MDA"):
        reorganisations.make(chief, drafted(part, close))
    rest = {"act": "split", "organisation": "SDLD", "into": "NEW"}
    made(create("NEW", "Livestock Research"), part, rest, close)
    assert front.postings.on(clock.today()).get().organisation == immigration
    assert technical.postings.on(clock.today()).get().organisation.code == "NEW"
    assert not Organisation.objects.in_being(clock.today()).filter(code="SDLD").exists()
    assert Posting.objects.filter(organisation=livestock, end_reason="reorganisation").count() == 2


def test_a_preview_changes_nothing_and_shows_what_making_does(chief, drafted, livestock, immigration, wanjiru, hassan, grace):
    def everything():
        return [
            list(model.objects.order_by("pk").values())
            for model in (Posting, Organisation, Membership, Succession, Standing, Officer)
        ]

    before = everything()
    draft = reorganisations.preview(chief, drafted(merge(livestock, immigration)))
    assert everything() == before
    effect = Reorganisation.objects.get(pk=draft.pk).effect
    assert effect["refused"] == []
    assert (effect["before"], effect["after"], effect["officers"]) == (2, 2, 1)
    assert effect["moved"] == [{"from": "SDLD", "into": "SDICS", "officers": 1}]
    assert effect["hats"] == [{"person": "Grace Njeri", "role": "hr_officer", "from": "SDLD", "into": "SDICS"}]
    again = reorganisations.make(chief, draft).effect
    assert {k: v for k, v in again.items() if k != "counted_on"} == {k: v for k, v in effect.items() if k != "counted_on"}


def test_people_of_a_merged_mda_go_on_at_its_successor_and_the_authorised_officer_does_not(
    made, livestock, immigration, grace, odhiambo, principal_secretary, champion
):
    made(merge(livestock, immigration), on=make.days_ago(90))
    today = clock.today()
    assert [m.organisation for m in Membership.objects.on(today).filter(user=grace.user)] == [immigration]
    assert not Membership.objects.on(today).filter(user=principal_secretary.user).exists()
    assert Membership.objects.on(make.days_ago(1)).filter(user=grace.user, organisation=livestock).exists(), (
        "no powers in the past"
    )
    assert Membership.objects.on(today).filter(user=odhiambo.user).count() == 1


def test_circles_ended_mdas_and_unknown_codes_are_refused_together(chief, drafted, livestock, agriculture, dairy_board):
    draft = drafted(
        {"act": "move", "organisation": "MOALD", "parent": "KDB"},
        {"act": "rename", "organisation": "NONE", "name": "Nobody"},
        {"act": "close", "organisation": "SDLD"},
    )
    effect = reorganisations.preview(chief, draft).effect
    said = " | ".join(row["sentence"] for row in effect["refused"])
    assert "There is no organisation with the code NONE." in said
    assert "Kenya Dairy Board would still report to State Department for Livestock Development" in said
    draft = drafted({"act": "move", "organisation": "MOALD", "parent": "KDB"})
    with pytest.raises(Refused, match="in a circle"):
        reorganisations.make(chief, draft)
    with pytest.raises(Refused, match="Step 1: Kenya Dairy Board cannot report to itself"):
        reorganisations.make(chief, drafted({"act": "move", "organisation": "KDB", "parent": "KDB"}))


def test_a_number_held_twice_is_refused_or_keeps_its_old_series(made, chief, drafted, livestock, dairy_board):
    ours = make.officer(livestock, personal_no="555")
    theirs = make.officer(dairy_board, "Kamau", "Otieno", personal_no="0555")
    other = make.officer(dairy_board, "Mary", "Achieng", personal_no="777")
    with pytest.raises(Refused, match="1 personal numbers of Kenya Dairy Board are held by someone else .*0555"):
        reorganisations.make(chief, drafted(merge(dairy_board, livestock)))
    made(merge(dairy_board, livestock, numbers="keep"))
    series = dict(Officer.objects.values_list("pk", "number_series"))
    assert (series[ours.pk], series[theirs.pk], series[other.pk]) == ("national", "KDB", "national")


def test_a_change_to_come_holds_from_its_day_on(made, chief, livestock, immigration, wanjiru, grace, gpo):
    gpo.organisation = livestock
    gpo.save()
    day = make.days_ahead(20)
    rename = {"act": "rename", "organisation": "SDICS", "name": "State Department for People"}
    held = made(rename, merge(livestock, immigration), on=day)
    immigration.refresh_from_db()
    gpo.refresh_from_db()
    assert (immigration.name, held.settled_on, gpo.organisation) == (
        "State Department for Immigration and Citizen Services",
        None,
        livestock,
    )
    assert immigration.name_on(day) == "State Department for People"
    assert Membership.objects.on(clock.today()).get(user=grace.user).organisation == livestock
    assert Membership.objects.on(day).get(user=grace.user).organisation == immigration
    assert structure.headcount_on(clock.today()) == {livestock.pk: 1}
    assert structure.headcount_on(day) == {immigration.pk: 1}
    late = make.officer(livestock, "Came", "Later", posted=make.days_ahead(1))
    assert reorganisations.settle_due(chief, day) == 1
    assert reorganisations.settle_due(chief, day) == 0
    immigration.refresh_from_db()
    gpo.refresh_from_db()
    assert (immigration.name, gpo.organisation) == ("State Department for People", immigration)
    assert immigration.name_on(make.days_ago(3)) == "State Department for Immigration and Citizen Services"
    assert late.postings.on(day).get().organisation == immigration


def test_a_name_is_asked_as_of_a_day(made, livestock):
    made({"act": "rename", "organisation": "SDLD", "name": "Livestock and Blue Economy"}, on=make.days_ago(50))
    made({"act": "rename", "organisation": "SDLD", "name": "Animal Industry"}, on=make.days_ago(20))
    livestock.refresh_from_db()
    called = [livestock.name_on(make.days_ago(n)) for n in (51, 50, 21, 20, 0)]
    assert called == ["State Department for Livestock Development", *["Livestock and Blue Economy"] * 2, *["Animal Industry"] * 2]
    assert structure.names_on(make.days_ago(30))[livestock.pk] == "Livestock and Blue Economy"
    with pytest.raises(Refused, match="has a name on record that begins on that day or later"):
        names.give(livestock, "Cows", make.days_ago(30), clock.today())
    assert FormerName.objects.count() == 2


def test_only_administrators_reorganise(scope_of, hops, grace):
    for hat in (hops, grace):
        with pytest.raises(Refused, match="Only an administrator"):
            reorganisations.draft(scope_of(hat), title="x", on=clock.today(), authority="y")


def test_a_new_mda_is_as_well_known_as_the_one_that_brought_most_officers(made, livestock, immigration):
    from tests.centres.test_quality_of_the_register import filed

    filed(livestock, make.days_ago(30))
    make.officer(livestock), make.officer(livestock), make.officer(immigration)
    made(create("NEW", "Everything"), merge(immigration, "NEW"), merge(livestock, "NEW"), on=make.days_ago(3))
    new = Organisation.objects.get(code="NEW")
    register = registers.read([clock.today()])[clock.today()][new.pk]
    assert (register.state, register.as_at) == ("known", make.days_ago(30))
    filed(new, clock.today())
    assert registers.read([clock.today()])[clock.today()][new.pk].as_at == clock.today()


# By page and by API.
def test_an_administrator_drafts_previews_and_makes_one_without_a_script(
    signed_in, administrator, grace, livestock, immigration, wanjiru
):
    office = signed_in(administrator)
    page = office.post(
        "/reorganisations/new/", {"title": "One for all", "on": "1 Jul 2026", "authority": "Executive Order"}, follow=True
    )
    url = page.request["PATH_INFO"]
    assert "No step yet" in page.content.decode()
    wrong = office.post(f"{url}steps/merge/", {"organisation": "SDLD", "into": ""})
    assert "This field is required" in wrong.content.decode()
    page = office.post(
        f"{url}steps/merge/", {"organisation": "SDLD", "into": "SDICS", "people": "follow", "numbers": "refuse"}, follow=True
    )
    page = office.post(f"{url}steps/rename/", {"organisation": "SDLD", "name": "Too late"}, follow=True)
    page = office.post(f"{url}preview/", follow=True)
    assert "It cannot be made as it is" in page.content.decode()
    assert office.post(f"{url}make/").status_code == 409
    office.post(f"{url}remove/2/")
    page = office.post(f"{url}preview/", follow=True).content.decode()
    assert "Nothing stands against it" in page and "1 officer from State Department for Livestock Development" in page
    assert "Grace Njeri" in page
    assert signed_in(grace).get(url).status_code == 404
    made = office.post(f"{url}make/", follow=True)
    assert "It holds from 1 Jul 2026" in made.content.decode()
    pk = url.rstrip("/").split("/")[-1]
    assert "reorganisation made" in office.get(f"/trail/reorganisation/{pk}/").content.decode().lower()
    reader = signed_in(make.member("hops", "reader@hops.example", "A Reader"))
    shown = reader.get(url).content.decode()
    assert "Executive Order" in shown and "Grace Njeri" not in shown
    assert "Department for Livestock" in reader.get("/organisations/?on=30/6/2026").content.decode()
    assert "Department for Livestock" not in reader.get("/organisations/?on=1/7/2026").content.decode()
    assert "Write the date as" in reader.get("/organisations/?on=31/6/2026").content.decode()


def test_the_list_shows_headcounts_of_its_day_to_who_may_see_them(
    signed_in, hops, grace, kiprono, livestock, immigration, dairy_board
):
    make.officer(livestock, posted=make.days_ago(10))
    make.officer(immigration, posted=make.days_ago(500))

    def shown(hat, day):
        rows = signed_in(hat).get(f"/organisations/?on={day}").context["object_list"]
        return {row.code: getattr(row, "in_post", "no") for row in rows}

    assert shown(hops, clock.today()) == {"SDLD": 1, "SDICS": 1, "KDB": 0, "MOALD": 0}
    assert shown(hops, make.days_ago(11)) == {"SDLD": 0, "SDICS": 1, "KDB": 0, "MOALD": 0}
    assert shown(grace, clock.today()) == {"SDLD": 1, "SDICS": None, "KDB": 0, "MOALD": None}
    assert set(shown(kiprono, clock.today()).values()) == {"no"}
    tree = signed_in(hops).get("/organisations/?view=tree").content.decode()
    assert "1 in post" in tree


def test_a_county_joins_by_agreement_with_its_authority(signed_in, administrator, hops):
    county = make.organisation("COUNTY-032", "County Government of Nakuru", "county_government", standing="by_agreement")
    given = {"kind": "joined", "on": "2026-07-01", "authority": "Agreement of 20 June 2026"}
    assert signed_in(hops).post("/organisations/COUNTY-032/standing/", given).status_code == 403
    assert signed_in(administrator).post("/organisations/COUNTY-032/standing/", given).status_code == 302
    rows = [(s.kind, s.during.lower, s.during.upper, s.authority) for s in county.standings.order_by("during")]
    day = dt.date(2026, 7, 1)
    assert rows[0][:3] == ("by_agreement", None, day) and rows[1] == ("joined", day, None, "Agreement of 20 June 2026")
    again = signed_in(administrator).post("/organisations/COUNTY-032/standing/", given | {"on": "2026-08-01"})
    assert "has that standing already" in again.content.decode()


def test_a_record_is_corrected_but_not_into_another_number_series(signed_in, administrator, livestock, wanjiru):
    office = signed_in(administrator)
    assert office.post("/organisations/SDLD/correct/", {"kind": "ministry", "source": "Gazette"}).status_code == 302
    livestock.refresh_from_db()
    assert (livestock.kind, livestock.source, livestock.county) == ("ministry", "Gazette", None)
    refused = office.post("/organisations/SDLD/correct/", {"kind": "state_corporation"})
    assert refused.status_code == 409 and "this kind has another" in refused.content.decode()


def test_the_api_does_the_same(signed_in, administrator, hops, livestock, immigration, wanjiru):
    office = signed_in(administrator)
    draft = {
        "title": "x",
        "on": "2026-07-01",
        "authority": "EO",
        "steps": [{"act": "merge", "organisation": "SDLD", "into": "NONE"}],
    }
    wrong = office.post("/api/v1/reorganisations/", draft, content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")
    assert "into" in wrong.json()["fields"]["steps"]["1"]
    draft["steps"][0]["into"] = "SDICS"
    made = office.post("/api/v1/reorganisations/", draft, content_type="application/json").json()
    url = f"/api/v1/reorganisations/{made['id']}/"
    assert signed_in(hops).get(url).status_code == 404
    assert office.post(f"{url}preview/").json()["effect"]["officers"] == 1
    assert office.post(f"{url}make/").json()["state"] == "made"
    assert "hats" not in signed_in(hops).get(url).json()["effect"]
    assert signed_in(hops).get("/api/v1/organisations/?on=2026-06-30&q=SDLD").json()["results"][0]["ends_before"] == "2026-07-01"
    assert signed_in(hops).get("/api/v1/organisations/?on=2026-07-01&q=SDLD").json()["results"] == []


def test_an_organisations_page_tells_what_it_took_over_and_by_whose_authority(
    signed_in, anyone, hops, made, livestock, immigration, wanjiru
):
    made(merge(livestock, immigration), on=make.days_ago(3))
    for code, words in (("SDICS", "took over from"), ("SDLD", "taken over by")):
        page = signed_in(hops).get(f"/organisations/{code}/").content.decode()
        assert words in page and "Executive Order No. 1 of 2026" in page and "/reorganisations/" in page
        public = anyone.get(f"/organisations/{code}/").content.decode()
        assert words in public and "/reorganisations/" not in public


def test_statuses_are_conserved_by_a_reorganisation_on_every_day(made, livestock, immigration, dairy_board, agriculture):
    """What the ledger says of the nation on a day does not change when a national rule binds everyone alike."""
    from training.compliance import ledger

    make.requirement(in_force=make.since(make.days_ago(600)))
    make.requirement("TEC", "CSE-TEC-01", in_force=make.since(make.days_ago(600)))
    for place in (livestock, immigration, dairy_board):
        for n, cadre in enumerate(("FRT", "TEC", "SQA")):
            one = make.officer(place, posted=make.days_ago(70 * n + 20), cadre_code=cadre)
            if n == 0:
                make.completion(one)
            reorganisations.changes.postings_changed([one.pk])
    days = [make.days_ago(n) for n in (300, 150, 61, 60, 59, 20, 1, 0, -40, -400)]

    def national():
        found = {}
        for day in days:
            cells = found[day] = {}
            for _organisation, cadre, status, n in ledger.cells(day):
                if n:
                    cells[cadre, status] = cells.get((cadre, status), 0) + n
        return found

    before = national()
    part = {"act": "split", "organisation": "SDICS", "into": "NEW", "cadre": "TEC"}
    rest = {"act": "split", "organisation": "SDICS", "into": "MOALD"}
    close = {"act": "close", "organisation": "SDICS"}
    made(create("NEW", "Livestock Research"), merge(livestock, "NEW"), part, rest, close, on=make.days_ago(60))
    assert national() == before and sum(before[clock.today()].values()) == 9
    assert {o for o, *_ in ledger.cells(clock.today())} == {
        o.pk for o in Organisation.objects.filter(code__in=["NEW", "MOALD", "KDB"])
    }
