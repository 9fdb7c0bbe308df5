"""Lists cost the same queries at any length; officers and learners read what must be done, by when and why."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training.compliance import spans
from training.models import Attendance
from training.services import awards
from training.tasks import remind

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["/courses/", "/cohorts/", "/officers/", "/cohorts/{cohort}/", "/cohorts/{cohort}/enrol/", "/officers/?export=csv"]
)
def test_lists_cost_the_same_at_any_length(page, grace, signed_in, livestock, embu, scope_of, coordinator):
    client, costs = signed_in(grace), []
    one = make.cohort("EMB-26-900", days=1, capacity=60)
    make.requirement()
    client.get("/courses/")
    for n, more in enumerate((1, 2, 47)):
        for m in range(more):
            version = make.version(f"C-{n}-{m}")
            make.cohort(f"EMB-{n}-{m}", of=version, starts_on=make.days_ahead(1 + n), days=1)
            officer = make.officer(livestock, f"Officer{n}-{m}")
            make.officer(livestock, f"Free{n}-{m}")
            seat = make.seat(one, officer)
            Attendance.objects.create(
                session=one.sessions.get(), enrolment=seat, mark="present", marked_at=make.at(make.days_ago(0))
            )
            awards.issue(scope_of(coordinator), [make.completion(officer, version)], make.days_ago(0))
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page.format(cohort=one.code))
            b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2], costs


@pytest.mark.parametrize(
    "page", ["/cohorts/{cohort}/sessions/1/", "/cohorts/{cohort}/results/", "/cohorts/{cohort}/close/", "/cohorts/{cohort}/"]
)
def test_a_trainers_pages_cost_the_same_at_any_length(page, kiprono, signed_in, livestock, embu):
    client, costs = signed_in(kiprono), []
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, trainer=kiprono)
    client.get("/courses/")  # the first request of a session costs more
    for n, more in enumerate((1, 2, 32)):
        for m in range(more):
            seat = make.seat(cohort, make.officer(livestock, f"Officer{n}-{m}"))
            Attendance.objects.create(
                session=cohort.sessions.get(), enrolment=seat, mark="late", marked_at=make.at(make.days_ago(0))
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page.format(cohort=cohort.code)).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2], costs


# What must I do, by when, and why.


def test_a_learner_reads_what_is_due_and_why(learner, wanjiru, signed_in):
    make.requirement(due_within_days=500)
    text = said(signed_in(learner).get("/my/training/"))
    assert "Complete Frontline Service Excellence before" in text and "100 days left" in text
    assert "Frontline Service Excellence: required since" in text


def test_a_learner_who_is_overdue(learner, wanjiru, signed_in):
    make.requirement()
    assert "Frontline Service Excellence was due before" in said(signed_in(learner).get("/my/training/"))


def test_a_learner_who_holds_it(learner, wanjiru, signed_in, coordinator, scope_of):
    make.requirement()
    done = make.completion(wanjiru, on=dt.date(2026, 1, 5), until=dt.date(2099, 1, 5))
    [certificate] = awards.issue(scope_of(coordinator), [done], dt.date(2026, 1, 5))
    page = signed_in(learner).get("/my/training/")
    assert "Nothing. You hold what is required of you." in said(page) and "valid until 4 January 2099" in said(page)
    assert f"/certificates/{certificate.number}.pdf" in signed_in(learner).get("/my/record/").content.decode()
    assert signed_in(learner).get(f"/certificates/{certificate.number}.pdf").status_code == 200


def test_an_equivalent_course_counts(learner, wanjiru, signed_in):
    make.requirement()
    online = make.version("CSE-FRT-02")
    online.course.title = "Frontline online"
    online.course.save()
    make.course().equivalences.create(accepted=online.course)
    make.completion(wanjiru, online)
    assert "Frontline online, completed on" in said(signed_in(learner).get("/my/training/"))


def test_the_officer_page_is_for_those_who_see_the_officer(grace, odhiambo, hops, signed_in, wanjiru):
    make.requirement()
    page = f"/officers/{wanjiru.ref}/"
    assert "Overdue" in said(signed_in(grace).get(page))
    assert signed_in(odhiambo).get(page).status_code == 404
    assert signed_in(hops).get(page).status_code == 404  # HOPS sees counts, not names


def test_the_staff_list_narrows_by_status(grace, signed_in, wanjiru, livestock, hassan):
    make.requirement()
    held = make.officer(livestock, "Trained", "Barasa")
    make.completion(held)
    text = said(signed_in(grace).get("/officers/?status=overdue"))
    assert "Wanjiru" in text and "Trained" not in text and "Hassan" not in text
    assert "Trained" in said(signed_in(grace).get("/officers/?status=current"))


# Reminders.


def test_the_night_reminds_once_for_a_due_date(wanjiru, livestock, grace):
    make.requirement()
    wanjiru.postings.update(during=make.since(make.days_ago(75)))  # due in 15 days
    spans.refresh([wanjiru.pk])
    remind()
    remind()
    notice = Notice.objects.get(key__startswith="training-due:")
    assert notice.to == wanjiru.email and "Frontline Service Excellence" in notice.subject
    wanjiru.postings.update(during=make.since(make.days_ago(92)))  # overdue since two days ago: said once more, and caught up
    spans.refresh([wanjiru.pk])
    remind()
    assert Notice.objects.filter(key__startswith="training-overdue:").count() == 1


def test_the_night_leaves_those_long_overdue_to_the_figures_of_the_week(wanjiru, grace):
    make.requirement()
    remind()
    assert not Notice.objects.filter(key__startswith="training-overdue:").exists()
