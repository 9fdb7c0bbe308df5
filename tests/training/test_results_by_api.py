"""Programs record, moderate and release results, appeal and evaluate through the same rules as the pages."""

from decimal import Decimal

import pytest

from cse_portal.lib import clock
from tests import factories as make
from training.models import Appeal, AssessmentComponent, AssessmentResult, Attendance, CohortTrainer, Correction, Evaluation
from training.services import evaluation

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def cohort(embu, kiprono, learner, wanjiru):
    """Ended today; Wanjiru was there; one part by rubric."""
    version = make.version(moderated=True)
    rubric = [{"name": "Greets", "most": 4}, {"name": "Listens", "most": 6}]
    AssessmentComponent.objects.create(
        course_version=version, number=1, kind="practical", name="Role play", weight=100, rubric=rubric
    )
    cohort = make.cohort(starts_on=make.days_ago(1), days=2, trainer=kiprono, of=version, state="running")
    akoth = make.member("trainer", "akoth@ksg.example", "Lilian Akoth")
    CohortTrainer.objects.create(cohort=cohort, user=akoth.user, reason="Two trainers")
    seat = make.seat(cohort, wanjiru)
    for session in cohort.sessions.all():
        Attendance.objects.create(session=session, enrolment=seat, mark="present", marked_by=kiprono.user, marked_at=clock.now())
    return cohort


@pytest.fixture
def kip(kiprono, signed_in):
    return signed_in(kiprono)


@pytest.fixture
def lil(cohort, signed_in):
    from centres.models import Membership

    return signed_in(Membership.objects.get(user__email="akoth@ksg.example"))


def record(client, cohort, ref, **row):
    return client.post(f"/api/v1/cohorts/{cohort.code}/result/", {"component": 1, "results": [{"officer": ref} | row]}, **JSON)


def test_from_draft_to_released(cohort, kip, lil, learner, wanjiru, signed_in, coordinator):
    assert record(kip, cohort, wanjiru.ref, points=[3, 5]).json() == {"changed": 1}
    assert signed_in(learner).get("/api/v1/results/").json()["results"] == []
    [waits] = lil.get("/api/v1/moderation/").json()
    assert (waits["cohort"], waits["component"], waits["drafts"], waits["own"]) == (cohort.code, 1, 1, 0)
    own = kip.post(f"/api/v1/moderation/{cohort.code}/moderate/", {"component": 1}, **JSON)
    assert own.status_code == 409 and own.json()["code"] == "own_work"
    changes = {
        "component": 1,
        "looked_at": [wanjiru.ref],
        "changes": [{"officer": wanjiru.ref, "score": "70"}],
        "note": "Listens: 4",
    }
    assert lil.post(f"/api/v1/moderation/{cohort.code}/moderate/", changes, **JSON).json() == {"changed": 1}
    assert kip.post(f"/api/v1/moderation/{cohort.code}/release/", **JSON).json() == {"changed": 1}
    [seen] = signed_in(learner).get("/api/v1/results/").json()["results"]
    assert (seen["score"], seen["state"], seen["reason"]) == ("70.00", "released", "Listens: 4")


@pytest.mark.parametrize("row", [{}, {"score": 70, "points": [1, 2]}, {"score": 101}, {"points": [9, 1]}])
def test_a_row_is_a_score_or_points(cohort, kip, wanjiru, row):
    assert record(kip, cohort, wanjiru.ref, **row).status_code in (400, 409)
    assert not AssessmentResult.objects.exists()


def test_send_back(cohort, kip, lil, wanjiru):
    record(kip, cohort, wanjiru.ref, score=50)
    said = lil.post(f"/api/v1/moderation/{cohort.code}/send-back/", {"component": 1, "note": "By criterion, please"}, **JSON)
    assert said.json() == {"changed": 1} and AssessmentResult.objects.get().sent_back == "By criterion, please"


@pytest.fixture
def closed(cohort, kip, lil, wanjiru):
    record(kip, cohort, wanjiru.ref, score=55)
    lil.post(f"/api/v1/moderation/{cohort.code}/moderate/", {"component": 1}, **JSON)
    lil.post(f"/api/v1/moderation/{cohort.code}/release/", **JSON)
    assert kip.post(f"/api/v1/cohorts/{cohort.code}/close/", **JSON).status_code == 200
    return cohort


def test_a_correction_takes_two(closed, kip, lil, wanjiru):
    asked = {"cohort": closed.code, "officer": wanjiru.ref, "component": 1, "score": "65", "reason": "Added up wrongly"}
    made = kip.post("/api/v1/result-corrections/", asked, **JSON)
    assert made.status_code == 201 and made.json()["was"] == "55"
    address = f"/api/v1/result-corrections/{made.json()['id']}/decide/"
    assert kip.post(address, {"agree": True}, **JSON).status_code == 403
    assert lil.post(address, {"agree": True}, **JSON).json()["state"] == "made"
    assert AssessmentResult.objects.standing().get().score == 65 and Correction.objects.count() == 1
    assert closed.enrolments.get().state == "completed"


def test_an_appeal(closed, learner, coordinator, kip, signed_in):
    seat, client = closed.enrolments.get(), signed_in(learner)
    asked = {"enrolment": seat.pk, "about": "result", "component": 1, "grounds": "I listened"}
    made = client.post("/api/v1/appeals/", asked, **JSON)
    assert made.status_code == 201 and made.json()["state"] == "open"
    address = f"/api/v1/appeals/{made.json()['id']}/decide/"
    said = {"uphold": True, "reason": "Heard again", "score": "80"}
    assert kip.post(address, said, **JSON).json()["code"] == "own_work"
    assert signed_in(coordinator).post(address, said, **JSON).json()["state"] == "upheld"
    assert AssessmentResult.objects.standing().get().score == Decimal(80) and Appeal.objects.get().correction.was == "55"


def test_an_evaluation_is_answered_once_and_its_sums_are_hidden_under_five(cohort, learner, kip, signed_in, grace):
    evaluation.invite(cohort, clock.today())
    client, address = signed_in(learner), f"/api/v1/evaluations/{cohort.code}/"
    ratings = {"content": 5, "trainer": 5, "pace": 5, "venue": 5, "use": 5}
    headers = {"Idempotency-Key": "one"}
    assert client.post(f"{address}answer/", {"ratings": ratings, "liked": "Tea"}, headers=headers, **JSON).status_code == 204
    assert client.post(f"{address}answer/", {"ratings": ratings}, headers=headers, **JSON).status_code == 409
    assert Evaluation.objects.count() == 1
    said = kip.get(address).json()
    assert (said["state"], said["answered"], said["overall"], said["rated"], said["texts"]) == ("open", 1, None, [], {})
    evaluation.EvaluationInvitation.objects.update(until=make.days_ago(1))
    said = kip.get(address).json()
    assert (said["state"], said["overall"], said["rated"], said["texts"]) == ("too_few", None, [], {})
    assert signed_in(grace).get(address).status_code == 403
