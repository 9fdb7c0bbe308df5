"""An officer's page, and the why behind every status, on any day."""


import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from centres.models import Excusal, Posting
from tests import factories as make
from tests.reading import said
from training.compliance import spans
from training.models import CourseEquivalence, Waiver

pytestmark = pytest.mark.django_db


def test_why_names_rule_authority_stretch_grace_and_completion(grace, signed_in, wanjiru):
    make.requirement(authority="Circular OP.CAB.9/2024", due_within_days=90)
    make.completion(wanjiru, on=make.days_ago(100), until=make.days_ahead(20))
    client = signed_in(grace)
    text = said(client.get(f"/officers/{wanjiru.ref}/why/"))
    assert "Circular OP.CAB.9/2024" in text and "due within 90 days" in text and "Held on this day" in text
    assert "then overdue if nothing is done" in text
    later = said(client.get(f"/officers/{wanjiru.ref}/why/?on={make.days_ahead(20)}"))
    assert "overdue since" in later and "Expired" in later


def test_why_of_an_equivalent_course(grace, signed_in, wanjiru):
    make.requirement()
    other = make.version("CSE-OLD-1")
    CourseEquivalence.objects.create(course=make.course(), accepted=other.course)
    make.completion(wanjiru, other)
    spans.refresh([wanjiru.pk])
    assert "Accepted for Frontline Service Excellence" in said(signed_in(grace).get(f"/officers/{wanjiru.ref}/why/"))


def test_why_of_a_waiver_an_excusal_and_of_no_rule(grace, principal_secretary, signed_in, wanjiru, livestock):
    client = signed_in(grace)
    assert "No rule in force" in said(client.get(f"/officers/{wanjiru.ref}/why/"))
    make.requirement()
    Waiver.objects.create(
        officer=wanjiru, organisation=livestock, reason="Flood duty in Tana River", state="approved",
        during=make.DateRange(make.days_ago(5), make.days_ahead(5)), requested_by=grace.user, requested_at=timezone.now(),
        decided_by=principal_secretary.user, decided_at=timezone.now(),
    )  # fmt: skip
    Excusal.objects.create(officer=wanjiru, reason="study_leave", during=make.DateRange(make.days_ago(50), make.days_ago(40)))
    spans.refresh([wanjiru.pk])
    text = said(client.get(f"/officers/{wanjiru.ref}/why/"))
    assert "Flood duty in Tana River" in text and "Jonathan Mueke" in text
    assert "Study leave" in said(client.get(f"/officers/{wanjiru.ref}/why/?on={make.days_ago(45)}"))
    assert "Waived" in said(client.get(f"/officers/{wanjiru.ref}/"))


def test_every_status_on_the_officers_page_leads_to_its_why(grace, signed_in, wanjiru):
    make.requirement()
    make.completion(wanjiru, on=make.days_ago(100), until=make.days_ahead(20))
    client = signed_in(grace)
    page = client.get(f"/officers/{wanjiru.ref}/")
    assert len(page.context["line"]) == 4  # due, overdue, current, overdue again
    for row in page.context["line"]:
        address = f"/officers/{wanjiru.ref}/why/?on={row['day']}"
        assert address in page.content.decode()
        assert client.get(address).context["state"].code == row["code"]
    assert client.get(f"/officers/?on={make.days_ago(200)}").content.decode().count(f"/officers/{wanjiru.ref}/why/?on={make.days_ago(200)}") == 1


def test_an_officers_page_costs_at_most_fifteen_queries_at_any_length(grace, signed_in, wanjiru, livestock, immigration, embu):
    make.requirement()
    client, costs = signed_in(grace), []
    client.get("/courses/")
    for n in range(3):
        for m in range(1 + 5 * n):
            make.completion(wanjiru, make.version(f"C-{n}-{m}"))
            make.seat(make.cohort(f"EMB-{n}-{m}", starts_on=make.days_ahead(5 + 9 * n + m), days=1), wanjiru)
        for page in (f"/officers/{wanjiru.ref}/", f"/officers/{wanjiru.ref}/why/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            costs.append((page[-5:], len(queries)))
    assert len(set(costs)) == 2 and all(n <= 15 for _page, n in costs), costs


def test_posts_with_host_and_reason_and_the_page_on_another_day(grace, signed_in, wanjiru, livestock, immigration):
    make.requirement()
    first = wanjiru.postings.get()
    wanjiru.postings.update(during=make.DateRange(first.during.lower, make.days_ago(10)), end_reason="seconded")
    Posting.objects.create(
        officer=wanjiru, organisation=livestock, host=immigration, cadre=first.cadre, county=first.county, during=make.since(make.days_ago(10))
    )
    spans.refresh([wanjiru.pk])
    client = signed_in(grace)
    text = said(client.get(f"/officers/{wanjiru.ref}/?on={make.days_ago(390)}"))
    assert "Seconded" in text and "seconded to State Department for Immigration" in text
    assert client.get(f"/officers/{wanjiru.ref}/?on={make.days_ago(390)}").context["status"]["code"] == "due"
    assert "Write the date as" in said(client.get(f"/officers/{wanjiru.ref}/?on=31/31/2026"))


def test_a_stranger_learns_no_why(odhiambo, hops, signed_in, wanjiru):
    assert signed_in(odhiambo).get(f"/officers/{wanjiru.ref}/why/").status_code == 404
    assert signed_in(hops).get(f"/officers/{wanjiru.ref}/why/").status_code == 404


def test_a_learner_reads_status_forecast_and_next_cohort(learner, wanjiru, signed_in, embu):
    make.requirement(due_within_days=500)
    make.cohort("EMB-26-321")
    client = signed_in(learner)
    text = said(client.get("/my/training/"))
    assert "then overdue if nothing is done" in text and "Next cohorts with a free seat" in text
    assert "Required since" in said(client.get(f"/officers/{wanjiru.ref}/why/"))
