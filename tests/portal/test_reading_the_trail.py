"""Who reads the trail: administrators all of it, others subject by subject."""

import pytest

from centres.access import Scope
from cse_portal.activity import trail
from tests import factories as make


@pytest.fixture
def acts(livestock, immigration, wanjiru, hassan, grace, scope_of):
    trail.record(scope_of(grace), "corrected", wanjiru, {"surname": ("Kamau", "Mwangi")}, "asked by letter")
    trail.record(Scope.system_task("night"), "corrected", hassan, {"first_name": ("Hasan", "Hassan")})
    trail.record(Scope.system_task("load_reference"), "corrected", immigration, {"name": ("Immigration", immigration.name)})


def test_an_administrator_reads_who_when_under_which_role_and_old_to_new(acts, administrator, signed_in):
    page = signed_in(administrator).get("/trail/").content.decode()
    for words in ("Grace Njeri", "grace@livestock.go.ke", "HR officer, State Department for Livestock", "corrected", "Kamau", "Mwangi", "asked by letter"):
        assert words in page


@pytest.mark.parametrize("person", ["grace", "hops", "coordinator", "learner"])
def test_nobody_else_reads_the_whole_trail(acts, request, signed_in, person):
    assert signed_in(request.getfixturevalue(person)).get("/trail/").status_code == 403


def test_the_trail_is_narrowed_by_who_kind_and_day(acts, administrator, signed_in):
    browser = signed_in(administrator)
    assert browser.get("/trail/?who=grace").context["total"] == 1
    assert browser.get("/trail/?kind=officer").context["total"] == 2
    assert browser.get("/trail/", {"since": make.days_ahead(1).isoformat()}).context["total"] == 0
    assert browser.get("/trail/", {"until": f"{make.days_ago(0):%d/%m/%Y}"}).context["total"] == 3
    page = browser.get("/trail/?since=11.31.2026")
    assert "Write the date as" in page.content.decode()


def test_the_trail_is_exported_with_old_and_new(acts, administrator, signed_in):
    rows = b"".join(signed_in(administrator).get("/trail/?export=csv").streaming_content).decode("utf-8-sig")
    assert "Surname: Kamau → Mwangi" in rows and "Grace Njeri (grace@livestock.go.ke)" in rows


def test_an_hr_officer_reads_what_was_done_to_an_officer_of_the_own_mda(acts, grace, odhiambo, wanjiru, signed_in):
    address = f"/trail/officer/{wanjiru.ref}/"
    page = signed_in(grace).get(address).content.decode()
    assert "Mwangi" in page and "Hassan" not in page
    assert signed_in(odhiambo).get(address).status_code == 404


def test_hops_sees_no_names_so_no_trail_of_an_officer(acts, hops, wanjiru, immigration, signed_in):
    assert signed_in(hops).get(f"/trail/officer/{wanjiru.ref}/").status_code == 404
    assert signed_in(hops).get(f"/trail/organisation/{immigration.code}/").status_code == 200


def test_a_public_fact_has_no_public_trail(acts, grace, learner, livestock, immigration, signed_in, anyone):
    assert signed_in(grace).get(f"/trail/organisation/{livestock.code}/").status_code == 200
    assert signed_in(grace).get(f"/trail/organisation/{immigration.code}/").status_code == 403
    assert signed_in(learner).get(f"/trail/organisation/{livestock.code}/").status_code == 403
    assert anyone.get(f"/trail/organisation/{livestock.code}/").status_code == 302


def test_a_learner_reads_what_was_done_to_the_own_record(acts, learner, wanjiru, hassan, signed_in):
    assert "Mwangi" in signed_in(learner).get(f"/trail/officer/{wanjiru.ref}/").content.decode()
    assert signed_in(learner).get(f"/trail/officer/{hassan.ref}/").status_code == 404


def test_what_is_gone_is_still_in_the_trail(acts, administrator, grace, hassan, signed_in):
    ref = hassan.ref
    hassan.postings.all().delete()
    hassan.delete()
    assert "Hasan" in signed_in(administrator).get(f"/trail/officer/{ref}/").content.decode()
    assert signed_in(grace).get(f"/trail/officer/{ref}/").status_code == 404


@pytest.mark.parametrize("address", ["/trail/officer/nobody/", "/trail/nothing/1/", "/trail/membership/words/", "/trail/enrolment/1/2/3/"])
def test_a_reference_to_nothing_is_not_found(db, administrator, grace, signed_in, address):
    assert signed_in(administrator).get(address).status_code == 404
    assert signed_in(grace).get(address).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_costs_the_same_however_long(livestock, administrator, signed_in, django_assert_num_queries, rows):
    trail.record_many([trail.entry(Scope.system_task("night"), "corrected", livestock, {"name": ("a", "b")}) for _n in range(rows)])
    browser = signed_in(administrator)
    browser.get("/help/")
    with django_assert_num_queries(6, exact=False):
        assert browser.get("/trail/").context["total"] == rows
