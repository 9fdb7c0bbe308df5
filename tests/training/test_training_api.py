"""The API's door to training: the same rules as the pages, one error shape, harmless repeats."""

import pytest

from centres.services import tokens
from tests import factories as make
from training.models import Attendance, Certificate, Enrolment

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(scope_of):
    """api(hat) -> call(method, path, data) with that hat's token."""
    from django.test import Client

    def of(hat):
        _token, secret = tokens.make(scope_of(hat), membership=hat, name="test")
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def call(method, path, data=None, **headers):
            return getattr(client, method)(
                f"/api/v1/{path}", data, **({"content_type": "application/json"} if method == "post" else {}), headers=headers
            )

        return call

    return of


@pytest.fixture
def cohort(embu, kiprono):
    make.requirement()
    return make.cohort(trainer=kiprono, capacity=1)


def test_enrol_and_the_refusals(api, grace, odhiambo, cohort, wanjiru, hassan, livestock):
    call = api(grace)
    made = call("post", "cohorts/EMB-26-001/enrol/", {"officers": [wanjiru.ref]})
    assert made.status_code == 201 and made.json()[0]["officer"] == wanjiru.ref
    other = make.officer(livestock, "Other")
    full = call("post", "cohorts/EMB-26-001/enrol/", {"officers": [other.ref]})
    assert full.status_code == 201 and full.json()[0]["state"] == "waitlisted"
    again = call("post", "cohorts/EMB-26-001/enrol/", {"officers": [other.ref]})
    assert again.status_code == 409
    sentence = "Other Kamau is on the waiting list of EMB-26-001 already."
    assert again.json() == {"code": "not_eligible", "detail": sentence, "fields": {"officers": [sentence]}}
    stranger = call("post", "cohorts/EMB-26-001/enrol/", {"officers": [hassan.ref]})
    assert stranger.status_code == 400 and stranger.json()["code"] == "invalid"
    assert api(odhiambo)("get", "enrolments/").json()["results"] == []
    assert call("get", "cohorts/EMB-26-001/").json()["free"] == 0


def test_an_idempotency_key_enrols_once(api, grace, cohort, wanjiru):
    call = api(grace)
    first, again = (
        call("post", "cohorts/EMB-26-001/enrol/", {"officers": [wanjiru.ref]}, **{"Idempotency-Key": "k1"}) for _n in range(2)
    )
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert Enrolment.objects.count() == 1


def test_withdraw(api, grace, odhiambo, cohort, wanjiru):
    seat = make.seat(cohort, wanjiru)
    assert api(odhiambo)("post", f"enrolments/{seat.pk}/withdraw/", {"reason": "x"}).status_code == 404
    assert api(grace)("post", f"enrolments/{seat.pk}/withdraw/", {}).status_code == 400
    assert api(grace)("post", f"enrolments/{seat.pk}/withdraw/", {"reason": "On leave"}).json()["state"] == "withdrawn"


def test_mark_result_and_close(api, kiprono, grace, coordinator, wanjiru, embu):
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, trainer=kiprono)
    make.seat(cohort, wanjiru)
    call, ref = api(kiprono), wanjiru.ref
    assert (
        api(grace)("post", "cohorts/EMB-26-001/mark/", {"session": 1, "marks": [{"officer": ref, "mark": "present"}]}).status_code
        == 403
    )
    posted = {"session": 1, "marks": [{"officer": ref, "mark": "present"}]}
    assert call("post", "cohorts/EMB-26-001/close/").json()["code"] == "unmarked"
    assert call("post", "cohorts/EMB-26-001/mark/", posted).json() == {"changed": 1}
    assert call("post", "cohorts/EMB-26-001/mark/", posted).json() == {"changed": 0}
    assert Attendance.objects.get().source == "api"
    assert call("post", "cohorts/EMB-26-001/result/", {"results": [{"officer": ref, "score": "101"}]}).status_code == 400
    assert call("post", "cohorts/EMB-26-001/result/", {"results": [{"officer": ref, "score": "88.5"}]}).json() == {"changed": 1}
    assert call("post", "cohorts/EMB-26-001/close/").json()[0]["state"] == "completed"
    number = Certificate.objects.get().number
    assert api(grace)("get", f"certificates/{number}/").json()["state"] == "valid"
    asked = {"kind": "revoke", "first_number": number, "reason": "Forged attendance"}
    assert api(grace)("post", "certificate-acts/", asked).status_code == 403
    act = api(coordinator)("post", "certificate-acts/", asked).json()["id"]
    assert api(coordinator)("post", f"certificate-acts/{act}/agree/", {}).status_code == 403
    another = make.member("coordinator", "another@ksg.example", "Another Coordinator")
    assert api(another)("post", f"certificate-acts/{act}/agree/", {}).json()["state"] == "done"
    assert api(grace)("get", f"certificates/{number}/").json()["state"] == "revoked"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["courses", "requirements", "cohorts", "enrolments", "attendance", "completions", "certificates"]
)
def test_lists_cost_the_same_at_any_length(path, api, grace, livestock, embu, scope_of, coordinator, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from training.services import awards

    call, costs = api(grace), []
    for n, more in enumerate((1, 2, 47)):
        for m in range(more):
            version = make.version(f"C-{n}-{m}")
            make.requirement(code=f"C-{n}-{m}")
            cohort = make.cohort(f"EMB-{n}-{m}", of=version, starts_on=make.days_ahead(1 + n), days=1)
            seat = make.seat(cohort, make.officer(livestock, f"Officer{n}-{m}"))
            Attendance.objects.create(
                session=cohort.sessions.get(), enrolment=seat, mark="present", marked_at=make.at(make.days_ago(0))
            )
            awards.issue(scope_of(coordinator), [make.completion(seat.officer, version)], make.days_ago(0))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(call("get", f"{path}/").json()["results"]) == (1, 3, 50)[n]
        costs.append(len(queries))
    assert costs[1:] == costs[:-1], costs
