"""Nominating with a preview, approving, standing in, seats kept for an MDA, a substitute, requests: through the pages and the API."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.models import ApiToken
from cse_portal.lib.api import digest
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training.models import ApprovalDelegation, Enrolment, SeatQuota, SeatRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(embu, kiprono):
    make.requirement()
    return make.cohort(trainer=kiprono, capacity=3)


@pytest.fixture
def call(client):
    """call(hat, method, path, body) by the API."""

    def ask(hat, method, path, body=None):
        secret = f"secret-{hat.pk}"
        ApiToken.objects.get_or_create(
            membership=hat, digest=digest(secret), defaults={"name": "test", "expires_at": make.at(make.days_ahead(30))}
        )
        headers = {"Authorization": f"Bearer {secret}"}
        kind = {"content_type": "application/json"} if method != "get" else {}
        return getattr(client, method)(f"/api/v1/{path}", body or {}, headers=headers, **kind)

    return ask


def nominate(client, cohort, *officers, step="confirm", **more):
    return client.post(f"/cohorts/{cohort.code}/enrol/", {"officers": [o.ref for o in officers], "step": step} | more)


def state(officer, cohort):
    return Enrolment.objects.filter(officer=officer, cohort=cohort).latest("pk").state


# The preview.


def test_the_preview_says_what_will_happen_to_each_and_writes_nothing(grace, signed_in, cohort, livestock):
    people = [make.officer(livestock, f"Officer{n}") for n in range(4)]
    wrong = make.officer(livestock, "Otieno", "Were", cadre_code="TEC")
    elsewhere = make.cohort("EMB-26-009", starts_on=make.days_ahead(40))
    page = nominate(signed_in(grace), cohort, *people, wrong, step="look")
    text = said(page)
    assert page.status_code == 200 and not Enrolment.objects.exists() and not Notice.objects.exists()
    assert "Nominate 3 Put on the waiting list 1 Leave out 1" in text
    assert "Otieno Were is in the CSE cadre Technical Officers" in text
    assert "Place 1: Officer3 Kamau" in text
    assert "KSG Embu" in text and f"/cohorts/{elsewhere.code}/enrol/" in page.content.decode()
    assert nominate(signed_in(grace), cohort, *people, step="change").content.decode().count(" checked>") == 4


def test_what_is_confirmed_is_what_was_seen_or_nothing(grace, signed_in, cohort, wanjiru):
    client = signed_in(grace)
    refused = nominate(client, cohort, wanjiru, seated="2", waiting="0")
    assert refused.status_code == 409 and "Meanwhile something changed" in said(refused) and not Enrolment.objects.exists()
    assert nominate(client, cohort, wanjiru, seated="1", waiting="0").status_code == 302


def test_a_clash_is_overridden_with_a_reason_only(grace, signed_in, cohort, wanjiru):
    client = signed_in(grace)
    nominate(client, cohort, wanjiru)
    other = make.cohort("EMB-26-002", starts_on=make.days_ahead(22))
    refused = nominate(client, other, wanjiru)
    assert refused.status_code == 409 and "EMB-26-001" in said(refused)
    assert nominate(client, other, wanjiru, clash_reason="Swaps in the first week").status_code == 302
    assert Enrolment.objects.get(cohort=other).clash_reason == "Swaps in the first week"


# Approving.


def test_a_nomination_holds_its_seat_until_another_person_approves(grace, principal_secretary, signed_in, cohort, wanjiru):
    nominate(signed_in(grace), cohort, wanjiru)
    seat = Enrolment.objects.get()
    assert seat.state == "nominated" and not Notice.objects.filter(key__startswith="joining:").exists()
    ps = signed_in(principal_secretary)
    page = said(ps.get("/approvals/"))
    assert "Wanjiru Kamau" in page and "days left" in page
    assert "1 nomination waits for your approval" in said(ps.get("/"))
    assert ps.post("/approvals/", {"act": "approve", "cohort": cohort.code, "enrolment": [seat.pk]}).status_code == 302
    seat.refresh_from_db()
    assert seat.state == "approved" and seat.approved_by == principal_secretary.user
    assert Notice.objects.filter(key=f"joining:enrolment-{seat.pk}").count() == 1
    assert "Nothing waits for your approval" in said(ps.get("/approvals/"))


def test_turning_down_needs_a_reason_and_gives_the_seat_back(grace, principal_secretary, signed_in, cohort, wanjiru):
    nominate(signed_in(grace), cohort, wanjiru)
    seat = Enrolment.objects.get()
    ps, body = signed_in(principal_secretary), {"act": "turn_down", "cohort": cohort.code, "enrolment": [seat.pk]}
    refused = ps.post("/approvals/", body)
    assert refused.status_code == 409 and "Say why you turn them down" in said(refused) and state(wanjiru, cohort) == "nominated"
    assert f'value="{seat.pk}" checked' in refused.content.decode()
    assert ps.post("/approvals/", body | {"note": "Needed at the counter"}).status_code == 302
    assert state(wanjiru, cohort) == "withdrawn"


def test_all_of_a_cohort_are_approved_at_once_and_none_of_another(grace, principal_secretary, signed_in, cohort, livestock):
    people, later = (
        [make.officer(livestock, f"Officer{n}") for n in range(3)],
        make.cohort("EMB-26-002", starts_on=make.days_ahead(60)),
    )
    client = signed_in(grace)
    nominate(client, cohort, *people)
    nominate(client, later, people[0])
    signed_in(principal_secretary).post("/approvals/", {"act": "approve_all", "cohort": cohort.code})
    assert {state(p, cohort) for p in people} == {"approved"} and state(people[0], later) == "nominated"


def test_nobody_approves_the_own_nomination_nor_another_mdas(
    grace, odhiambo, principal_secretary, signed_in, cohort, wanjiru, immigration
):
    nominate(signed_in(grace), cohort, wanjiru)
    seat = Enrolment.objects.get()
    of_another = make.member("authorised_officer", "ps@immigration.go.ke", "Julius Bitok", immigration)
    body = {"act": "approve", "cohort": cohort.code, "enrolment": [seat.pk]}
    stranger = signed_in(of_another)
    assert "Wanjiru" not in said(stranger.get("/approvals/"))
    assert stranger.post("/approvals/", body).status_code == 409 and state(wanjiru, cohort) == "nominated"
    assert signed_in(grace).get("/approvals/").status_code == 403
    assert signed_in(odhiambo).get(f"/nominations/{seat.pk}/substitute/").status_code == 404


def test_who_stands_in_approves_on_those_days_only(grace, principal_secretary, signed_in, cohort, wanjiru, livestock):
    deputy = make.member("hr_officer", "deputy@livestock.go.ke", "Ann Deputy", livestock)
    ps, client = signed_in(principal_secretary), signed_in(deputy)
    nominate(signed_in(grace), cohort, wanjiru)
    seat = Enrolment.objects.get()
    assert client.get("/approvals/").status_code == 403
    form = {"to": deputy.user.pk, "first": str(make.days_ahead(0)), "last": str(make.days_ahead(5)), "reason": "Annual leave"}
    assert ps.post("/approvals/delegations/", form | {"reason": ""}).status_code == 200
    assert ps.post("/approvals/delegations/", form).status_code == 302
    made = ApprovalDelegation.objects.get()
    assert 'href="/approvals/"' in client.get("/").content.decode()
    assert "Ann Deputy" in said(ps.get("/approvals/delegations/")) and "in the place of Jonathan Mueke" in said(
        client.get("/approvals/")
    )
    ApprovalDelegation.objects.update(during=make.DateRange(make.days_ahead(1), make.days_ahead(5)))
    assert client.get("/approvals/").status_code == 403 and 'href="/approvals/"' not in client.get("/").content.decode()
    ApprovalDelegation.objects.update(during=make.DateRange(make.days_ago(5), make.days_ahead(5)))
    assert client.post("/approvals/", {"act": "approve", "enrolment": [seat.pk]}).status_code == 302
    assert state(wanjiru, cohort) == "approved"
    assert signed_in(deputy).post(f"/approvals/delegations/{made.pk}/end/").status_code == 403
    assert ps.post(f"/approvals/delegations/{made.pk}/end/").status_code == 302 and client.get("/approvals/").status_code == 403


def test_who_nominated_does_not_approve_by_standing_in(grace, principal_secretary, signed_in, cohort, wanjiru, livestock):
    nominate(signed_in(grace), cohort, wanjiru)
    ApprovalDelegation.objects.create(
        organisation=livestock, delegator=principal_secretary.user, delegate=grace.user,
        during=make.DateRange(make.days_ago(1), make.days_ahead(5)), reason="Leave", made_at=make.at(make.days_ago(1)),
    )  # fmt: skip
    client = signed_in(grace)
    assert "Nothing waits for your approval" in said(client.get("/approvals/"))
    assert client.post("/approvals/", {"act": "approve", "enrolment": [Enrolment.objects.get().pk]}).status_code == 409
    assert state(wanjiru, cohort) == "nominated"


# Seats kept for an MDA.


def test_seats_kept_for_an_mda_are_for_it_alone_until_released(
    coordinator, grace, odhiambo, signed_in, cohort, wanjiru, hassan, livestock
):
    school = signed_in(coordinator)
    page, form = f"/cohorts/{cohort.code}/quotas/", {"organisation": "SDLD", "seats": "3", "release_on": str(make.days_ahead(10))}
    assert school.post(page, form | {"seats": "4"}).status_code == 409  # more than there are
    assert school.post(page, form).status_code == 302
    assert signed_in(grace).post(page, form).status_code == 403
    nominate(signed_in(odhiambo), cohort, hassan)
    assert state(hassan, cohort) == "waitlisted"
    nominate(signed_in(grace), cohort, wanjiru)
    assert state(wanjiru, cohort) == "confirmed"
    text = said(school.get(f"/cohorts/{cohort.code}/participants/"))
    assert "Kept for MDAs 2" in text and "Waiting 1" in text and "Number 1 on the waiting list." in text
    assert 'value="3"' in school.get(f"{page}?mda=SDLD").content.decode()
    quota = SeatQuota.objects.get()
    assert signed_in(odhiambo).post(f"/quotas/{quota.pk}/release/").status_code == 404
    assert school.post(f"/quotas/{quota.pk}/release/").status_code == 302
    assert state(hassan, cohort) == "offered"
    assert "Offered until" in said(school.get(f"/cohorts/{cohort.code}/participants/"))


# A substitute, an answer, a request.


def test_a_substitute_takes_the_seat_and_both_names_stay(grace, signed_in, cohort, wanjiru, hassan, livestock):
    client = signed_in(grace)
    nominate(client, cohort, wanjiru)
    seat, other = Enrolment.objects.get(), make.officer(livestock, "Naliaka", "Barasa")
    page = f"/nominations/{seat.pk}/substitute/"
    assert client.get(page).status_code == 200
    stranger = client.post(page, {"officer": hassan.personal_no, "reason": "Bereaved"})
    assert stranger.status_code == 200 and "Nobody in your MDA is found by this." in said(stranger)
    assert client.post(page, {"officer": "Naliaka Barasa", "reason": "Bereaved"}).status_code == 302
    assert (state(wanjiru, cohort), state(other, cohort)) == ("substituted", "confirmed")
    text = said(client.get(f"/cohorts/{cohort.code}/participants/"))
    assert "In place of Wanjiru Kamau" in text and "Wanjiru Kamau, Substituted (Naliaka Barasa)" in text


def test_hr_answers_for_an_officer_who_cannot_be_reached(grace, principal_secretary, signed_in, cohort, wanjiru):
    client = signed_in(grace)
    nominate(client, cohort, wanjiru)
    seat = Enrolment.objects.get()
    signed_in(principal_secretary).post("/approvals/", {"act": "approve", "enrolment": [seat.pk]})
    page = f"/nominations/{seat.pk}/answer/"
    assert client.post(page, {"answer": "decline"}).status_code == 200 and state(wanjiru, cohort) == "approved"
    assert client.post(page, {"answer": "confirm"}).status_code == 302 and state(wanjiru, cohort) == "confirmed"


def test_a_learner_asks_and_the_hr_officer_answers(learner, grace, odhiambo, signed_in, cohort, wanjiru):
    own, hr = signed_in(learner), signed_in(grace)
    assert "Ask for a seat" in said(own.get(f"/cohorts/{cohort.code}/participants/"))
    assert own.post(f"/cohorts/{cohort.code}/ask/", {"reason": "I serve the counter", "needs": "Large print"}).status_code == 302
    asked = SeatRequest.objects.get()
    assert own.post(f"/cohorts/{cohort.code}/ask/", {}).status_code == 409
    assert "1 officer asks for a seat" in said(hr.get("/")) and "Large print" in said(hr.get("/seat-requests/"))
    assert "Wanjiru" not in said(signed_in(odhiambo).get("/seat-requests/"))
    page = f"/seat-requests/{asked.pk}/answer/"
    assert signed_in(odhiambo).get(page).status_code == 404
    assert hr.post(page, {"outcome": "refuse"}).status_code == 200
    assert hr.post(page, {"outcome": "refuse", "answer": "In March"}).status_code == 302
    assert "In March" in said(own.get("/seat-requests/"))
    own.post(f"/cohorts/{cohort.code}/ask/", {})
    assert own.post(f"/seat-requests/{SeatRequest.objects.latest('pk').pk}/take-back/").status_code == 302
    own.post(f"/cohorts/{cohort.code}/ask/", {})
    assert hr.post(f"/seat-requests/{SeatRequest.objects.latest('pk').pk}/answer/", {"outcome": "nominate"}).status_code == 302
    assert state(wanjiru, cohort) == "confirmed"


# Page and API are two doors to one room.


def test_the_api_does_what_the_pages_do(
    call, coordinator, grace, odhiambo, principal_secretary, learner, cohort, wanjiru, hassan, livestock
):
    other = make.officer(livestock, "Naliaka", "Barasa")
    body = {"cohort": cohort.code, "officers": [wanjiru.ref]}
    look = call(grace, "post", "nominations/", body | {"preview": True})
    assert look.status_code == 200 and look.json()["seated"][0]["officer"] == wanjiru.ref and not Enrolment.objects.exists()
    assert call(grace, "post", "nominations/", body | {"officers": [hassan.ref]}).status_code == 400
    made = call(grace, "post", "nominations/", body)
    assert made.status_code == 201 and made.json()["seated"][0]["state"] == "nominated"
    pk = made.json()["seated"][0]["id"]
    assert call(odhiambo, "get", f"nominations/{pk}/").status_code == 404
    assert "to be approved" in call(grace, "get", f"nominations/{pk}/").json()["explained"]
    assert call(grace, "post", "approvals/approve/", {"enrolments": [pk]}).status_code == 403
    assert [row["id"] for row in call(principal_secretary, "get", "approvals/").json()["results"]] == [pk]
    assert call(principal_secretary, "post", "approvals/approve/", {"enrolments": [pk]}).json()["done"][0]["state"] == "approved"
    new = call(grace, "post", f"nominations/{pk}/substitute/", {"officer": other.ref, "reason": "Bereaved"})
    assert new.status_code == 200 and new.json()["replaces"] == pk
    quota = {"cohort": cohort.code, "organisation": "SDICS", "seats": 2, "release_on": str(make.days_ahead(9))}
    kept = call(coordinator, "post", "quotas/", quota)
    assert kept.status_code == 201 and call(grace, "post", "quotas/", quota).status_code == 403
    waits = call(grace, "post", "nominations/", body).json()["waiting"][0]["id"]
    assert call(coordinator, "post", f"quotas/{kept.json()['id']}/release/").status_code == 200
    offer = call(learner, "get", "offers/").json()["results"][0]
    assert offer["enrolment"] == waits and offer["outcome"] == "open"
    assert call(learner, "post", f"offers/{offer['id']}/accept/").json()["state"] == "nominated"
    asked = call(learner, "post", "seat-requests/", {"cohort": make.cohort("EMB-26-007", make.days_ahead(60)).code})
    assert asked.status_code == 201
    assert call(grace, "post", f"seat-requests/{asked.json()['id']}/refuse/", {"answer": "Later"}).json()["state"] == "refused"
    days = {"first_day": str(make.days_ahead(0)), "last_day": str(make.days_ahead(3)), "reason": "Leave"}
    stands_in = call(principal_secretary, "post", "delegations/", days | {"to": grace.user.email})
    assert stands_in.status_code == 201 and call(grace, "post", f"delegations/{stands_in.json()['id']}/end/").status_code == 403


# Lists.


@pytest.mark.slow
@pytest.mark.parametrize("page", ["/nominations/", "/approvals/", "/cohorts/EMB-26-001/participants/", "/seat-requests/"])
def test_lists_cost_the_same_at_any_length(page, grace, principal_secretary, signed_in, livestock, embu):
    cohort = make.cohort(capacity=60)
    client = signed_in(principal_secretary if page == "/approvals/" else grace)
    costs = []
    for n in (2, 30):
        for i in range(n):
            officer = make.officer(livestock, f"Officer{n}{i}")
            seat = make.seat(cohort, officer, ["nominated", "confirmed"][i % 2])
            Enrolment.objects.filter(pk=seat.pk).update(enrolled_by=grace.user)
            waits = make.officer(livestock, f"Waits{n}{i}")
            Enrolment.objects.create(
                cohort=cohort, officer=waits, organisation=livestock, state="waitlisted", enrolled_at=make.at(make.days_ago(1)),
                enrolled_by=grace.user, queued_at=make.at(make.days_ago(1)) + dt.timedelta(seconds=i),
            )  # fmt: skip
            SeatRequest.objects.create(cohort=cohort, officer=officer, asked_at=make.at(make.days_ago(1)))
        client.get(page)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(page).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 40
