"""Where training is wanted: the counts of the ledger against the free seats of cohorts to come."""

import csv
import io

import pytest

from tests import factories as make
from training.compliance import ledger, spans
from training.models import CourseVersion
from training.services import demand

pytestmark = pytest.mark.django_db


@pytest.fixture
def nation(livestock, immigration):
    """Nairobi: 3 overdue, 1 expiring in 2 months; Embu: 2 overdue, with a campus and 30 free seats; one without a county."""
    make.requirement()
    for n in range(3):
        make.officer(livestock, f"Nairobi{n}", "Barasa")
    soon = make.officer(immigration, "Soon", "Barasa")
    make.completion(soon, until=make.days_ahead(60))
    embu = make.county("014", "Embu")
    for n in range(2):
        officer = make.officer(immigration, f"Embu{n}", "Barasa")
        officer.postings.update(county=embu)
    nowhere = make.officer(livestock, "Nowhere", "Barasa")
    nowhere.postings.update(county=None)
    spans.rebuild()
    make.seat(make.cohort(capacity=30), nowhere)
    make.cohort("EMB-26-900", starts_on=make.days_ahead(150), capacity=20)
    virtual = make.version("CSE-FRT-V", mode=CourseVersion.Mode.VIRTUAL)
    make.cohort("EMB-26-901", capacity=25, of=virtual)


def table(found):
    return {
        (r.county.name if r.county else None, r.cadre.code): (r.overdue, r.due, r.expiring, r.free, r.short) for r in found.rows
    }


def test_counts_by_county_and_cadre_are_those_of_the_ledger(nation):
    from cse_portal.lib import clock

    found = demand.read(clock.today(), 3)
    assert table(found) == {
        ("Nairobi City", "FRT"): (3, 0, 1, 0, 4),
        ("Embu", "FRT"): (2, 0, 0, 29, 0),
        (None, "FRT"): (1, 0, 0, 0, 1),
    }
    cells = ledger.cells(clock.today())
    assert found.total()[1] == sum(n for _mda, _cadre, status, n in cells if status == "overdue")
    assert found.total()[0] == sum(n for *_cell, n in cells)
    assert {cadre.code: n for cadre, n in found.online.items()} == {"FRT": 25}
    assert table(demand.read(clock.today(), 6))["Embu", "FRT"][3] == 49


def test_the_page_says_who_is_furthest_behind_and_what_to_do(nation, coordinator, signed_in):
    page = signed_in(coordinator).get("/demand/").content.decode()
    assert "Furthest behind" in page and "4 seats lack; 3 overdue." in page
    assert "/cohorts/open/?course=CSE-FRT-01" in page
    form = signed_in(coordinator).get("/cohorts/open/?course=CSE-FRT-01&campus=KSG-EMB").content.decode()
    assert form.count(" selected") >= 2
    assert "Nairobi City</th>" not in signed_in(coordinator).get("/demand/?county=014").content.decode()
    assert signed_in(coordinator).get("/demand/?county=999&months=x").status_code == 200


def test_the_file_holds_the_rows_of_the_page_and_a_total(nation, hops, signed_in):
    answer = signed_in(hops).get("/demand/?export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert len(rows) == 1 + 3 + 1
    for column in range(2, 8):
        assert sum(int(row[column]) for row in rows[1:-1]) == int(rows[-1][column])
    assert signed_in(hops).get("/demand/?export=xlsx").status_code == 200


def test_the_first_view_shows_where_seats_lack_and_all_is_one_step_away(nation, coordinator, signed_in, livestock):
    """Embu's free seats suffice: it is left out at first, though its officers count in the total and in the file."""
    browser = signed_in(coordinator)
    first = browser.get("/demand/").content.decode()
    assert "Nairobi City</th>" in first and "Embu</th>" not in first
    assert "The 2 rows with the most seats lacking, of 3; the total is of all." in first
    every = browser.get("/demand/?all=1").content.decode()
    assert "Embu</th>" in every and "Show those with the most" in every
    total = [page[page.index("<tfoot>") : page.index("</tfoot>")] for page in (first, every)]
    assert total[0] == total[1]
    assert "No seat lacks anywhere" in browser.get("/demand/?county=014").content.decode()


def test_it_costs_the_same_queries_at_any_length(nation, coordinator, signed_in, livestock, django_assert_max_num_queries):
    for n in range(30):
        make.cohort(f"EMB-27-{n:03d}", starts_on=make.days_ahead(30 + n))
    browser = signed_in(coordinator)
    with django_assert_max_num_queries(22):
        browser.get("/demand/")


def test_an_mdas_people_are_turned_away(grace, learner, signed_in):
    for hat in (grace, learner):
        assert signed_in(hat).get("/demand/").status_code == 403
