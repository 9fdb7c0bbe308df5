"""Browsing organisations, centres, services and the reference tables, by page and by API."""

import pytest

from centres.access import Scope
from centres.models import Centre, Organisation, Service
from centres.services import reference
from tests import factories as make


@pytest.fixture
def loaded(db):
    reference.load(Scope.system_task("load_reference"))


@pytest.fixture
def grace_of(loaded, signed_in):
    """Grace, HR officer of Livestock as loaded."""
    return signed_in(make.member("hr_officer", "grace@livestock.go.ke", "Grace Njeri", Organisation.objects.get(code="SDLD")))


def names(response):
    return [str(row) for row in response.context["object_list"]]


def test_organisations_are_searched_and_narrowed(grace_of):
    assert grace_of.get("/organisations/").context["total"] == 439
    assert names(grace_of.get("/organisations/?q=livestock"))
    assert grace_of.get("/organisations/?kind=county_government").context["total"] == 47
    assert grace_of.get("/organisations/?standing=listed").context["total"] == 14
    ministry = Organisation.objects.get(lines_below__organisation__code="SDLD")
    under = grace_of.get(f"/organisations/?parent={ministry.code}")
    assert "State Department for Livestock Development" in names(under) and str(ministry) not in names(under)


def test_organisations_are_sorted_and_exported(grace_of):
    last = names(grace_of.get("/organisations/?sort=-name"))
    assert last == sorted(last, reverse=True)
    rows = b"".join(grace_of.get("/organisations/?kind=ministry&export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + Organisation.objects.filter(kind="ministry").count()
    assert rows[0] == "Name,Code,Kind,Reports to,County,Standing,In post"


def test_the_tree_holds_every_organisation_once(grace_of):
    page = grace_of.get("/organisations/?view=tree")

    def count(branches):
        return sum(1 + count(one.below) for one in branches)

    alone = page.context["alone"]
    assert count(page.context["roots"]) + sum(map(len, alone.values())) == 439
    assert len(alone["County government"]) == 47
    assert page.content.decode().count('href="/organisations/SDLD/"') == 1


def test_centres_are_open_to_everyone_and_narrowed(loaded, anyone):
    assert anyone.get("/centres/").context["total"] == 75
    assert anyone.get("/centres/?kind=huduma_centre&status=announced").context["total"] == 4
    assert anyone.get("/centres/?county=047&kind=huduma_centre").context["total"] >= 1
    extended = anyone.get("/centres/?hours=extended").context["total"]
    assert 0 < extended < 75
    assert any("Kwale" in name for name in names(anyone.get("/centres/?q=kwale")))


def test_a_service_says_owner_turnaround_and_fee(loaded, anyone):
    service = Service.objects.get(code="SVC-002")
    assert anyone.get("/services/?q=national+id").context["total"] >= 2
    assert anyone.get(f"/services/?owner={service.owner.code}&channel=mashinani").context["total"] >= 1
    page = anyone.get("/services/SVC-002/").content.decode()
    assert service.turnaround in page and service.owner.name in page
    assert anyone.get("/services/SVC-999/").status_code == 404


def test_a_service_lists_the_centres_that_give_it_today(loaded, anyone):
    service, (here, gone) = Service.objects.get(code="SVC-001"), Centre.objects.filter(kind="huduma_centre")[:2]
    service.offerings.create(centre=here, during=make.since(make.days_ago(9)))
    service.offerings.create(centre=gone, during=make.EVER.__class__(make.days_ago(90), make.days_ago(3)))
    page = anyone.get("/services/SVC-001/").content.decode()
    assert here.name in page and gone.name not in page


def test_the_reference_tables(grace_of):
    page = grace_of.get("/reference/").content.decode()
    for words in ("Frontline Staff", "CSG 17", "Taita"):
        assert words in page


def test_organisations_and_reference_need_a_role(loaded, anyone):
    assert anyone.get("/organisations/").status_code == 302
    assert anyone.get("/reference/").status_code == 302


@pytest.mark.parametrize("address", ["/organisations/", "/centres/", "/services/"])
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_list_costs_the_same_however_long(grace, signed_in, gpo, django_assert_max_num_queries, address, rows):
    for n in range(rows):
        parent = make.organisation(f"X{n}", f"Agency {n}", parent=grace.organisation)
        make.huduma_centre(f"HC-{n}", f"Centre {n}", parent)
        Service.objects.create(code=f"S{n}", name=f"Service {n}", owner=parent)
    browser = signed_in(grace)
    with django_assert_max_num_queries(12):  # one of them: whether an HR officer stands in for who approves
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "count"),
    [("organisations", 439), ("centres", 75), ("services", 91), ("counties", 47), ("cadres", 5), ("job-groups", 20)],
)
def test_the_api_reads_every_registry(grace_of, anyone, address, count):
    seen, url = 0, f"/api/v1/{address}/?page_size=400"
    while url:
        answer = grace_of.get(url).json()
        seen, url = seen + len(answer["results"]), answer["next"]
    assert seen == count
    code = answer["results"][0]["code"]
    assert grace_of.get(f"/api/v1/{address}/{code}/").json()["code"] == code
    refused = anyone.get(f"/api/v1/{address}/")
    assert refused.status_code == 401 and set(refused.json()) == {"code", "detail", "fields"}


def test_the_api_filters_as_the_pages_do(grace_of):
    found = grace_of.get("/api/v1/organisations/?q=livestock+development").json()["results"]
    assert [(o["code"], o["standing"]) for o in found if o["code"] == "SDLD"] == [("SDLD", "obliged")]
    assert next(o["parent"] for o in found if o["code"] == "SDLD")
    wrong = grace_of.get("/api/v1/organisations/?kind=nonsense")
    assert wrong.status_code == 400 and wrong.json()["code"] == "invalid" and "kind" in wrong.json()["fields"]
