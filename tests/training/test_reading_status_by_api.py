"""The API tells the status of officers, its why, and lists by the page's filters."""

import pytest

from tests import factories as make
from tests.training.test_enrolling_many import many_officers
from training.compliance import spans

pytestmark = pytest.mark.django_db


def test_the_list_holds_what_the_page_holds(grace, signed_in, livestock, dairy_board, wanjiru):
    make.requirement()
    held = make.officer(livestock, "Held", email="")
    make.completion(held, on=make.days_ago(700), until=make.days_ahead(45))
    make.officer(dairy_board, "Board", cadre_code="TEC")
    client = signed_in(grace)
    for query in ("status=overdue", "organisation=KDB", "expires=60", "lacking=CSE-FRT-01", "contact=no_email", "q=wanj&status=overdue", "cadre=TEC", f"status=overdue&on={make.days_ahead(50)}", "organisation=SDLD&below=true"):
        page = [row.officer.ref for row in client.get(f"/officers/?{query}").context["page_obj"].object_list]
        told = client.get(f"/api/v1/officers/?{query}").json()["results"]
        assert page and sorted(page) == sorted(o["ref"] for o in told), query
    assert told[0]["organisation"] and {o["status"] for o in told} == {"overdue", "current", "not_required"}
    assert client.get("/api/v1/officers/?on=tomorrow").status_code == 400


def test_status_and_why_of_one(grace, odhiambo, signed_in, wanjiru):
    make.requirement(authority="Circular OP.CAB.9/2024")
    made = make.completion(wanjiru, on=make.days_ago(100), until=make.days_ahead(20))
    client, where = signed_in(grace), f"/api/v1/officers/{wanjiru.ref}/"
    status = client.get(where + "status/").json()
    assert status["status"] == "current" and status["lacking"] == [] and [row["status"] for row in status["line"]] == ["due", "overdue", "current", "overdue"]
    why = client.get(where + f"why/?on={make.days_ahead(20)}").json()
    assert why["status"] == "overdue" and why["lacking"] == ["CSE-FRT-01"]
    course = why["courses"][0]
    assert course["rules"][0]["authority"] == "Circular OP.CAB.9/2024" and course["completions"][0]["completion"] == made.pk
    assert client.get(where).json()["status"] == "current" and client.get(where).json()["due_before"] == str(make.days_ahead(20))
    assert signed_in(odhiambo).get(where + "why/").status_code == 404


def test_a_page_of_the_list_costs_the_same_at_any_length(grace, signed_in, livestock, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make.requirement()
    client, costs = signed_in(grace), []
    for n in (1, 2, 60):
        spans.refresh(many_officers(livestock, n))
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/officers/?status=overdue&page_size=50")
        costs.append(len(queries))
    assert costs[1] == costs[2], costs
