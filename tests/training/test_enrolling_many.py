"""Enrolling thousands of officers into several cohorts: the plan is what happens, at a constant number of queries."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.models import Officer, Posting
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import CourseEquivalence, Enrolment, SeatQuota
from training.services import placing

pytestmark = pytest.mark.django_db


def many_officers(organisation, n, cadre_code="FRT", posted=400):
    """n officers in post, made in bulk: their ids."""
    numbers = [str(61000000 + Officer.objects.count() + i) for i in range(n)]
    made = Officer.objects.bulk_create(
        Officer(
            ref=f"OF-{no}",  # random ones of thousands would meet one another now and then
            personal_no=no,
            personal_key=no,
            number_series=organisation.number_series,
            first_name=f"Akinyi{i % 50}",
            surname=f"Wekesa{i % 700}",
            email=f"a{no}@example.org",
        )
        for i, no in enumerate(numbers)
    )
    place, county = make.cadre(cadre_code), make.county()
    Posting.objects.bulk_create(
        Posting(officer=o, organisation=organisation, cadre=place, county=county, during=make.since(make.days_ago(posted)))
        for o in made
    )
    return [o.pk for o in made]


def test_seats_go_to_the_overdue_first_and_to_the_earliest_cohort(grace, scope_of, livestock, embu):
    make.requirement(due_within_days=90)
    new = make.officer(livestock, "New", posted=make.days_ago(10))
    late = make.officer(livestock, "Late")
    later = make.cohort("EMB-26-002", starts_on=make.days_ahead(60), capacity=1)
    soon = make.cohort("EMB-26-001", starts_on=make.days_ahead(20), capacity=1)
    plan = placing.enrol_many(scope_of(grace), cohorts=[later, soon], officers=[new.pk, late.pk], expected=2)
    assert plan.placed == 2 and plan.states == {"overdue": 1, "due": 1}
    assert soon.enrolments.get().officer == late and later.enrolments.get().officer == new
    assert Notice.objects.filter(key__startswith="joining:").count() == 2 == Entry.objects.filter(verb="enrolled").count()


def test_the_course_of_the_own_cadre_comes_before_one_that_counts_for_it(grace, scope_of, livestock, embu):
    make.requirement()
    managing = make.version("CSE-SNR-01", cadre_code="SNR")
    CourseEquivalence.objects.create(course=make.course(), accepted=managing.course)
    sooner = make.cohort("EMB-26-001", starts_on=make.days_ahead(10), of=managing)
    own = make.cohort("EMB-26-002", starts_on=make.days_ahead(40), capacity=1)
    ids = [make.officer(livestock, f"Frontline{n}").pk for n in range(2)]
    placing.enrol_many(scope_of(grace), cohorts=[sooner, own], officers=ids)
    assert own.enrolments.count() == 1 == sooner.enrolments.count()


def test_who_is_left_out_and_why(grace, scope_of, livestock, immigration, hassan, embu):
    cohort = make.cohort(capacity=2)
    seated, technical, busy, free, unlucky = (
        make.officer(livestock, name, cadre_code="TEC" if name == "Technical" else "FRT")
        for name in ("Seated", "Technical", "Busy", "Free", "Unlucky")
    )
    make.seat(cohort, seated)
    other = make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X"))
    make.seat(other, busy)
    everyone = [seated, technical, busy, free, unlucky, hassan]
    plan = placing.plan(scope_of(grace), cohorts=[cohort], officers=[o.pk for o in everyone], on=make.days_ago(0))
    assert {code: ids for code, ids in plan.skipped.items() if ids} == {
        "not_in_post": [hassan.pk],
        "seated": [seated.pk],
        "other_cadre": [technical.pk],
        "clash": [busy.pk],
        "no_seat": [unlucky.pk],
    }
    assert plan.placed == 1


def test_what_was_confirmed_is_what_happens_or_nothing_does(grace, scope_of, livestock, embu):
    cohort = make.cohort()
    ids = many_officers(livestock, 3)
    make.seat(cohort, Officer.objects.get(pk=ids[0]))
    with pytest.raises(Refused) as refusal:
        placing.enrol_many(scope_of(grace), cohorts=[cohort], officers=ids, expected=3)
    assert refusal.value.code == "changed" and cohort.enrolments.count() == 1


def test_the_plan_passes_over_who_waits_and_sits_elsewhere_as_the_act_does(grace, scope_of, livestock, embu):
    cohort = make.cohort(capacity=1)
    busy, new = make.officer(livestock, "Busy"), make.officer(livestock, "New")
    Enrolment.objects.create(
        cohort=cohort, officer=busy, organisation=livestock, state="waitlisted", enrolled_at=clock.now(), queued_at=clock.now()
    )
    make.seat(make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X")), busy)
    plan = placing.plan(scope_of(grace), cohorts=[cohort], officers=[new.pk], on=clock.today())
    assert plan.placed == 1
    assert placing.enrol_many(scope_of(grace), cohorts=[cohort], officers=[new.pk], expected=1).placed == 1


def test_after_a_refusal_because_something_was_due_the_next_look_agrees(grace, scope_of, livestock, immigration, embu):
    cohort = make.cohort(capacity=1)
    SeatQuota.objects.create(
        cohort=cohort, organisation=immigration, seats=1, release_on=make.days_ago(0), kept_at=clock.now()
    )
    one, two = many_officers(livestock, 2)
    with pytest.raises(Refused) as refusal:
        placing.enrol_many(scope_of(grace), cohorts=[cohort], officers=[one, two], expected=0)
    assert refusal.value.code == "changed"
    assert placing.plan(scope_of(grace), cohorts=[cohort], officers=[one, two], on=clock.today()).placed == 1


def test_others_may_not(principal_secretary, scope_of, livestock, embu):
    with pytest.raises(Refused):
        placing.enrol_many(scope_of(principal_secretary), cohorts=[make.cohort()], officers=many_officers(livestock, 1))


@pytest.mark.slow
def test_five_thousand_at_once(grace, scope_of, livestock, embu):
    make.requirement()
    ids = many_officers(livestock, 5000)
    cohorts = [make.cohort(f"EMB-26-{n:03}", starts_on=make.days_ahead(20 + 7 * n), capacity=500, days=1) for n in range(11)]
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        plan = placing.enrol_many(scope_of(grace), cohorts=cohorts, officers=ids, expected=5000)
    print(f"5,000 officers: {time.perf_counter() - began:.2f} s, {len(queries)} queries")
    assert plan.placed == 5000 == Enrolment.objects.live().count() and len(plan.cohorts[10].given) == 0
    assert Notice.objects.count() == 5000 and len(queries) <= 25
