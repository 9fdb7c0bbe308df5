"""Appeals: a learner disputes a mark or a result, and somebody who had no hand in it decides."""

from decimal import Decimal

import pytest

from centres.access import Scope
from centres.services import working_days
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training.models import Appeal, AssessmentResult, Attendance, Certificate, Correction
from training.services import appeals, awards, results

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(embu, kiprono, learner, wanjiru, scope_of):
    """Wanjiru's seat in a cohort that closed today: she came twice of three times (66.6%) and scored 55."""
    make.requirement()
    cohort = make.cohort(starts_on=make.days_ago(2), days=3, trainer=kiprono)
    seat = make.seat(cohort, wanjiru)
    for session, mark in zip(cohort.sessions.all(), ["present", "present", "absent"], strict=True):
        Attendance.objects.create(session=session, enrolment=seat, mark=mark, marked_by=kiprono.user, marked_at=clock.now())
    results.record_results(scope_of(kiprono), cohort=cohort, scores={seat.pk: Decimal(55)})
    awards.close_cohort(scope_of(kiprono), cohort=cohort)
    seat.refresh_from_db()
    return seat


@pytest.fixture
def wanjiru_at(learner, signed_in):
    return signed_in(learner)


def appeal(client, seat, about="result", **data):
    return client.post(f"/my/results/{seat.pk}/appeal/?about={about}", {"grounds": "Question 4 was marked wrong"} | data)


@pytest.fixture
def of_result(wanjiru_at, seat):
    assert appeal(wanjiru_at, seat).status_code == 302
    return Appeal.objects.get()


@pytest.fixture
def of_mark(wanjiru_at, seat):
    session = seat.cohort.sessions.get(number=3)
    assert appeal(wanjiru_at, seat, "attendance", session=session.pk, grounds="I signed the sheet").status_code == 302
    return Appeal.objects.get()


def decide(client, appeal, decision="uphold", reason="The script was added up again", **more):
    return client.post(f"/appeals/{appeal.pk}/decide/", {"decision": decision, "reason": reason} | more)


def test_a_learner_sees_marks_results_and_what_counts(wanjiru_at, seat):
    page = said(wanjiru_at.get(f"/my/results/{seat.pk}/"))
    assert "Final score 100% – 55" in page and "Absent" in page and "Appeal a result" in page
    assert "Scored 55; the pass mark is 60." in page


def test_an_appeal_has_a_day_and_is_acknowledged(of_result):
    assert of_result.due_on == working_days.later(clock.civil(of_result.made_at), 10) > clock.today()
    notice = Notice.objects.get(key=f"appeal:appeal-{of_result.pk}")
    assert "Somebody who had no hand in it decides" in notice.body
    assert Entry.objects.get(kind="appeal", verb="appealed").hat == "learner"


def test_only_the_learner_appeals_and_once_at_a_time(of_result, wanjiru_at, seat, kiprono, signed_in):
    again = appeal(wanjiru_at, seat)
    assert again.status_code == 409 and "Your appeal about this waits to be decided." in said(again)
    assert appeal(signed_in(kiprono), seat).status_code == 403


def test_the_time_to_appeal_ends_fourteen_days_after_closing(wanjiru_at, seat):
    seat.cohort.closed_on = make.days_ago(14)
    seat.cohort.save()
    AssessmentResult.objects.update(released_at=make.at(make.days_ago(20)))
    assert appeals.window(seat, "result") == clock.today()
    seat.cohort.closed_on = make.days_ago(15)
    seat.cohort.save()
    late = appeal(wanjiru_at, seat)
    assert late.status_code == 409 and "The time to appeal ended on" in said(late)
    assert "Appeal a result" not in said(wanjiru_at.get(f"/my/results/{seat.pk}/"))


def test_whoever_recorded_or_marked_does_not_decide(of_result, kiprono, signed_in):
    client = signed_in(kiprono)
    assert "somebody else decides" in said(client.get(f"/appeals/{of_result.pk}/"))
    answer = decide(client, of_result, score="70")
    assert answer.status_code == 409 and "somebody else decides" in said(answer)
    of_result.refresh_from_db()
    assert of_result.state == "open"


def test_whoever_marked_does_not_decide_about_the_mark(of_mark, kiprono, signed_in):
    assert decide(signed_in(kiprono), of_mark, mark="present").status_code == 409


def test_an_upheld_result_corrects_the_outcome_and_keeps_the_old(of_result, of_mark_upheld, coordinator, signed_in, seat):
    assert decide(signed_in(coordinator), of_result, score="71.5").status_code == 302
    of_result.refresh_from_db()
    seat.refresh_from_db()
    assert of_result.state == "upheld" and of_result.correction.score == Decimal("71.5") and of_result.correction.was == "55"
    assert AssessmentResult.objects.filter(score=55, superseded_at__isnull=False).exists()
    assert seat.state == "completed"
    assert Certificate.objects.get(completion__enrolment=seat).state == "valid"
    assert "upheld" in Notice.objects.get(key=f"appeal-decided:appeal-{of_result.pk}").subject


@pytest.fixture
def of_mark_upheld(of_result, wanjiru_at, seat, coordinator, scope_of):
    session = seat.cohort.sessions.get(number=3)
    learner = Scope(user=seat.officer.user, membership=seat.officer.user.memberships.first())
    made = appeals.appeal(learner, enrolment=seat, about="attendance", session=session, grounds="I signed")
    return appeals.decide(scope_of(coordinator), appeal=made, upheld=True, reason="The sheet shows it", mark="present")


def test_an_upheld_mark_stands_with_its_source_and_the_old_stays_on_record(of_mark, coordinator, signed_in, seat):
    missing = decide(signed_in(coordinator), of_mark)
    assert missing.status_code == 409 and not Correction.objects.exists()
    assert decide(signed_in(coordinator), of_mark, mark="late", reason="The sheet shows it").status_code == 302
    mark = Attendance.objects.get(enrolment=seat, session__number=3)
    assert (mark.mark, mark.source, mark.entry.reason) == ("late", "correction", "The sheet shows it")
    correction = Correction.objects.get()
    assert (correction.was, correction.asked_by, correction.decided_by) == ("absent", seat.officer.user, coordinator.user)
    seat.refresh_from_db()
    assert "Attended 3 of 3 sessions" in seat.outcome_reason


def test_a_rejected_appeal_changes_nothing_and_gives_its_reason(of_result, coordinator, signed_in, wanjiru_at, seat):
    assert decide(signed_in(coordinator), of_result, "reject", reason="").status_code == 200
    assert decide(signed_in(coordinator), of_result, "reject", reason="The script was read twice").status_code == 302
    assert AssessmentResult.objects.standing().get().score == 55
    assert "The script was read twice" in said(wanjiru_at.get(f"/appeals/{of_result.pk}/"))


def test_a_learner_withdraws_while_nobody_has_decided(of_result, wanjiru_at, coordinator, signed_in):
    assert wanjiru_at.post(f"/appeals/{of_result.pk}/withdraw/").status_code == 302
    of_result.refresh_from_db()
    assert of_result.state == "withdrawn"
    decide(signed_in(coordinator), of_result, score="70")
    of_result.refresh_from_db()
    assert of_result.state == "withdrawn"


def test_coordinators_see_the_first_due_first_and_what_is_overdue(of_result, coordinator, signed_in):
    client = signed_in(coordinator)
    assert "14 days left" in said(client.get("/appeals/")) or "days left" in said(client.get("/appeals/"))
    Appeal.objects.update(due_on=make.days_ago(1))
    assert "Overdue" in said(client.get("/appeals/"))
    assert "is overdue" in said(client.get("/"))


def test_strangers_do_not_see_an_appeal(of_result, grace, odhiambo, signed_in, embu):
    assert signed_in(grace).get(f"/appeals/{of_result.pk}/").status_code == 403
    other = make.member("trainer", "other@ksg.example", "Another Trainer")
    assert signed_in(other).get(f"/appeals/{of_result.pk}/").status_code == 404
