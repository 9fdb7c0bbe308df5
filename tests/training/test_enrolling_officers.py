"""HR officers enrol officers of their own MDA: seats, cadres, clashes, withdrawal; all through the page."""

import threading

import pytest
from django.db import connection
from django.test import Client

from cse_portal.activity.models import Entry
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training.models import Cohort, Enrolment

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(embu, kiprono):
    make.requirement()
    return make.cohort(trainer=kiprono, capacity=3)


def enrol(client, cohort, *officers):
    return client.post(f"/cohorts/{cohort.code}/enrol/", {"officers": [o.ref for o in officers], "step": "confirm"})


def seats(cohort):
    return set(cohort.enrolments.live().values_list("officer__first_name", flat=True))


def test_enrols_and_tells_the_officer(grace, signed_in, cohort, wanjiru):
    response = enrol(signed_in(grace), cohort, wanjiru)
    assert response.status_code == 302
    seat = Enrolment.objects.get()
    assert (seat.state, seat.organisation, seat.enrolled_by) == ("confirmed", grace.organisation, grace.user)
    notice = Notice.objects.get(key=f"joining:enrolment-{seat.pk}")
    assert notice.to == wanjiru.email and "Frontline Service Excellence" in notice.subject
    assert Entry.objects.filter(kind="enrolment", verb="enrolled", hat="hr_officer").count() == 1


def test_those_below_the_mda_count_as_its_own(grace, signed_in, cohort, dairy_board):
    clerk = make.officer(dairy_board, "Chebet", "Rono")
    assert enrol(signed_in(grace), cohort, clerk).status_code == 302
    assert Enrolment.objects.get().organisation == dairy_board


def test_more_officers_than_seats_wait_in_the_order_of_their_need(grace, signed_in, cohort, livestock):
    people = [make.officer(livestock, f"Officer{n}") for n in range(5)]
    client = signed_in(grace)
    assert enrol(client, cohort, *people).status_code == 302
    waiting = list(Enrolment.objects.filter(state="waitlisted").order_by("queued_at", "pk"))
    assert len(seats(cohort)) == 3 and len(waiting) == 2
    assert Notice.objects.filter(key__startswith="joining:").count() == 3
    page = said(client.get(f"/cohorts/{cohort.code}/participants/"))
    assert page.index(str(waiting[0].officer)) < page.index(str(waiting[1].officer)) and "Number 1 on the waiting list." in page


def test_a_stranger_is_refused(grace, signed_in, cohort, hassan):
    response = enrol(signed_in(grace), cohort, hassan)
    assert response.status_code == 409 and "not in your MDA" in said(response)
    assert "Hassan" not in said(signed_in(grace).get(f"/cohorts/{cohort.code}/enrol/"))


def test_one_who_left_is_refused(grace, signed_in, cohort, wanjiru):
    wanjiru.postings.update(during=("2020-01-01", make.days_ago(1)))
    response = enrol(signed_in(grace), cohort, wanjiru)
    assert response.status_code == 409 and f"{wanjiru.ref} is not in post in your MDA." in said(response)


def test_twice_in_one_cohort_is_refused(grace, signed_in, cohort, wanjiru):
    client = signed_in(grace)
    enrol(client, cohort, wanjiru)
    response = enrol(client, cohort, wanjiru)
    assert response.status_code == 409 and "Wanjiru Kamau is already enrolled in EMB-26-001." in said(response)


def test_another_cadre_is_refused_unless_the_course_counts_for_it(grace, signed_in, cohort, livestock):
    clerk = make.officer(livestock, "Otieno", "Were", cadre_code="TEC")
    response = enrol(signed_in(grace), cohort, clerk)
    assert response.status_code == 409
    assert "Otieno Were is in the CSE cadre Technical Officers; Frontline Service Excellence is for Frontline Staff." in said(
        response
    )
    technical = make.course("CSE-TEC-01", "Technical course", "TEC")
    technical.equivalences.create(accepted=cohort.course_version.course)
    assert enrol(signed_in(grace), cohort, clerk).status_code == 302


def test_overlapping_cohorts_are_refused_and_following_ones_are_not(grace, signed_in, cohort, wanjiru):
    client = signed_in(grace)
    enrol(client, cohort, wanjiru)
    clash = make.cohort("EMB-26-002", starts_on=cohort.ends_on)
    response = enrol(client, clash, wanjiru)
    assert response.status_code == 409 and "Wanjiru Kamau already has a seat in EMB-26-001" in said(response)
    later = make.cohort("EMB-26-003", starts_on=make.days_ahead(25))
    assert enrol(client, later, wanjiru).status_code == 302


@pytest.mark.parametrize("state", ["planned", "running", "closed", "cancelled"])
def test_only_open_cohorts_take_enrolments(grace, signed_in, cohort, wanjiru, state):
    Cohort.objects.update(state=state)
    response = enrol(signed_in(grace), cohort, wanjiru)
    assert response.status_code == 409 and "takes no enrolments" in said(response)


def test_withdrawing_frees_the_seat_for_the_first_who_waits(grace, signed_in, cohort, livestock):
    client = signed_in(grace)
    people = [make.officer(livestock, f"Officer{n}") for n in range(4)]
    enrol(client, cohort, *people[:3])
    enrol(client, cohort, people[3], (behind := make.officer(livestock, "Behind")))
    assert Enrolment.objects.get(officer=people[3]).state == "waitlisted"
    page = f"/cohorts/{cohort.code}/withdraw/{behind.ref}/"
    assert "leaves the waiting list" in said(client.get(page))
    assert client.post(page, {"reason": "On leave"}).status_code == 302  # a place in the queue is given up in the same way
    assert Enrolment.objects.get(officer=behind).state == "withdrawn"
    page = f"/cohorts/{cohort.code}/withdraw/{people[0].ref}/"
    assert client.post(page, {"reason": ""}).status_code == 200  # a reason is needed
    assert client.post(page, {"reason": "On leave"}).status_code == 302
    assert Enrolment.objects.get(officer=people[3]).state == "offered"
    assert seats(cohort) == {"Officer1", "Officer2", "Officer3"}
    assert Notice.objects.filter(key__startswith="withdrawn:").count() == 2
    assert enrol(client, cohort, people[0]).status_code == 302  # full again: a second enrolment waits
    assert Enrolment.objects.filter(officer=people[0], state="waitlisted").count() == 1


def test_another_mda_cannot_withdraw(grace, odhiambo, signed_in, cohort, wanjiru):
    enrol(signed_in(grace), cohort, wanjiru)
    page = f"/cohorts/{cohort.code}/withdraw/{wanjiru.ref}/"
    assert signed_in(odhiambo).post(page, {"reason": "No"}).status_code == 404
    assert seats(cohort) == {"Wanjiru"}


def test_the_page_offers_the_overdue_first(grace, signed_in, cohort, livestock):
    make.officer(livestock, "Newcomer", "Abdi", posted=make.days_ago(3))
    make.officer(livestock, "Waiting", "Zuma")
    held = make.officer(livestock, "Trained", "Barasa")
    make.completion(held)
    text = said(signed_in(grace).get(f"/cohorts/{cohort.code}/enrol/"))
    assert text.index("Waiting Zuma") < text.index("Newcomer Abdi") < text.index("Trained Barasa")
    narrowed = said(signed_in(grace).get(f"/cohorts/{cohort.code}/enrol/?status=due"))
    assert "Newcomer" in narrowed and "Waiting" not in narrowed
    assert "Trained" in said(signed_in(grace).get(f"/cohorts/{cohort.code}/enrol/?q=bar"))


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_for_thirty_seats(embu, livestock, grace, signed_in):
    """Fifty threads through the page, each for one officer: 30 seats, 20 places on the waiting list, no error page."""
    cohort = make.cohort(capacity=30)
    officers = [make.officer(livestock, f"Officer{n}") for n in range(50)]
    cookies = signed_in(grace).cookies
    answers, gate = [], threading.Barrier(50)

    def ask(officer):
        client = Client(raise_request_exception=False)
        client.cookies = cookies
        gate.wait()
        try:
            answers.append(enrol(client, cohort, officer))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[o]) for o in officers]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert [a.status_code for a in answers] == [302] * 50
    assert cohort.enrolments.live().count() == 30 and cohort.enrolments.filter(state="waitlisted").count() == 20
    assert Notice.objects.filter(key__startswith="joining:").count() == 30
