"""What an HR officer and an authorised officer are told to do first, at a constant number of queries."""


import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.centres.test_quality_of_the_register import filed
from tests.reading import said

pytestmark = pytest.mark.django_db


def test_one_press_from_the_overdue_to_their_cohorts(grace, signed_in, livestock, wanjiru, embu):
    make.requirement()
    make.seat(make.cohort("EMB-26-001"), wanjiru)
    make.officer(livestock, "Alone")
    client = signed_in(grace)
    home = client.get("/")
    text = said(home)
    assert "Enrol 1 officer whose training is overdue" in text and "1 more is overdue and enrolled" in text
    row = next(row for row in home.context["home"].todo if "overdue" in str(row["heading"]))
    form = client.get(row["url"])
    assert "1 officer chosen" in said(form) and "EMB-26-001" in said(form)


def test_the_cells_by_cadre_lead_to_the_names_they_count(grace, signed_in, livestock, dairy_board, wanjiru, hassan):
    make.requirement()
    filed(livestock, make.days_ago(5))
    make.completion(make.officer(livestock, "Held"))
    make.officer(dairy_board, "Board")  # its register is not known: not counted
    client = signed_in(grace)
    rows = client.get("/").context["home"].cadres
    links = [(cell["n"], cell["url"]) for row in rows for cell in row["cells"] if cell["url"]]
    assert links
    for n, url in links:
        assert client.get(url).context["total"] == n, url


def test_expiring_training_is_said_by_30_60_and_90_days(grace, principal_secretary, signed_in, livestock):
    make.requirement()
    for n in (10, 40, 80):
        make.completion(make.officer(livestock, f"In{n}"), on=make.days_ago(500), until=make.days_ahead(n))
    text = said(signed_in(grace).get("/"))
    assert "Training of 3 officers expires within 90 days" in text and "Within 30 days 1, within 60 days 2" in text
    assert "See them" in said(signed_in(principal_secretary).get("/"))


def test_the_home_costs_the_same_at_any_number_of_officers(grace, signed_in, livestock, embu):
    make.requirement()
    cohort = make.cohort()
    client, costs = signed_in(grace), []
    for _visit in range(2):
        client.get("/")  # the first looks cost more: a session, what is kept of the ledger
    for n, more in enumerate((1, 2, 30)):
        for m in range(more):
            make.seat(cohort, make.officer(livestock, f"Officer{n}-{m}"))
            make.officer(livestock, f"Alone{n}-{m}")
            make.officer(livestock, f"Due{n}-{m}", posted=make.days_ago(80))
            make.completion(make.officer(livestock, f"Held{n}-{m}"), until=make.days_ahead(20))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2] <= 40, costs
