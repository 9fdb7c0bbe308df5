"""The report of a cohort and the messages about it: their rows are the rows of the database."""

import io

import pytest
from python_calamine import CalamineWorkbook

from centres.access import Scope
from centres.models import Officer, Posting
from cse_portal.lib import clock
from cse_portal.notices import outbox
from tests import factories as make
from training.models import (
    AssessmentResult,
    Attendance,
    Certificate,
    Completion,
    Enrolment,
    Evaluation,
    EvaluationInvitation,
)
from training.services import awards

pytestmark = pytest.mark.django_db
NIGHT = Scope.system_task("night")


def officers(organisation, n):
    """That many officers in post, in two statements."""
    numbers = [str(next(make.number)) for _ in range(n)]
    made = Officer.objects.bulk_create(
        Officer(
            personal_no=no, personal_key=no, number_series=organisation.number_series, first_name=f"Officer{i}", surname="Barasa",
            email=f"o{no}@example.org",
        )
        for i, no in enumerate(numbers)
    )  # fmt: skip
    Posting.objects.bulk_create(
        Posting(
            officer=o,
            organisation=organisation,
            cadre=make.cadre("FRT"),
            county=make.county(),
            during=make.since(make.days_ago(400)),
        )
        for o in made
    )
    return made


@pytest.fixture
def closed(livestock):
    """A closed cohort of 100 officers and 10 sessions: 1,000 marks, 100 results, 60 certificates."""
    cohort = make.cohort(starts_on=make.days_ago(60), days=10, capacity=100, state="closed")
    now = clock.now()
    seats = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cohort, officer=o, organisation=livestock, state="completed" if i < 60 else "not_completed", enrolled_at=now,
            outcome_reason="Attended.",
        )
        for i, o in enumerate(officers(livestock, 100))
    )  # fmt: skip
    marks = ["present", "late", "excused", "absent"]
    Attendance.objects.bulk_create(
        Attendance(session=s, enrolment=e, mark=marks[(e.pk + s.number) % 4], marked_at=now)
        for s in cohort.sessions.all()
        for e in seats
    )
    AssessmentResult.objects.bulk_create(
        AssessmentResult(enrolment=e, score=50 + i % 50, recorded_at=now, released_at=now) for i, e in enumerate(seats)
    )
    done = Completion.objects.bulk_create(
        Completion(officer=e.officer, course_version=cohort.course_version, enrolment=e, on=cohort.ends_on) for e in seats[:60]
    )
    awards.issue(NIGHT, done, cohort.ends_on)
    return cohort


def report(browser, cohort):
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"/cohorts/{cohort.code}/report.xlsx").getvalue()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_every_row_of_the_database_is_a_row_of_the_report(closed, coordinator, signed_in):
    sheets = report(signed_in(coordinator), closed)
    assert list(sheets) == ["Summary", "Participants", "Attendance", "Results", "Evaluation", "Certificates"]
    marks = Attendance.objects.filter(session__cohort=closed)
    rows = sheets["Attendance"]
    assert len(rows) == 1 + 1000 + 1 and marks.count() == 1000
    assert rows[-1][:2] == ["Total", 1000.0]
    assert "Present 250" in rows[-1][5]
    said = sorted((row[1], int(row[3]), row[5].lower()) for row in rows[1:-1])
    assert said == sorted(marks.values_list("enrolment__officer__personal_no", "session__number", "mark"))
    results = sheets["Results"][1:-1]
    held = AssessmentResult.objects.filter(enrolment__cohort=closed)
    assert sorted((r[1], r[4]) for r in results) == sorted(
        (no, float(score)) for no, score in held.values_list("enrolment__officer__personal_no", "score")
    )
    assert sheets["Results"][-1][1] == 100
    certificates = sheets["Certificates"][1:-1]
    assert [row[0] for row in certificates] == list(Certificate.objects.order_by("number").values_list("number", flat=True))
    assert sheets["Participants"][-1][:2] == ["Total", 100.0] and len(sheets["Participants"]) == 102
    assert "60 completed" in sheets["Participants"][-1]
    assert ["Certificates valid", 60.0] in [row[:2] for row in sheets["Summary"]]


def test_attendance_on_the_report_is_rounded_as_the_register_does(closed, coordinator, signed_in):
    row = report(signed_in(coordinator), closed)["Participants"][1]
    marks = Attendance.objects.filter(enrolment__officer__personal_no=row[1]).values_list("mark", flat=True)
    attended = sum(m in ("present", "late") for m in marks)
    assert (row[4], row[5]) == (attended, 10)
    assert row[6] == int(1000 * attended / (10 - list(marks).count("excused"))) / 10


def test_evaluations_are_summed_from_five_on_and_never_before(closed, coordinator, signed_in):
    seats = list(closed.enrolments.all()[:10])
    EvaluationInvitation.objects.bulk_create(
        EvaluationInvitation(enrolment=e, answered=i < 4, until=make.days_ago(2)) for i, e in enumerate(seats)
    )
    ratings = {"content": 5, "trainer": 4, "pace": 3, "venue": 4, "use": 5}
    Evaluation.objects.bulk_create(Evaluation(cohort=closed, ratings=ratings, liked="Only I said this") for _ in range(4))
    few = report(signed_in(coordinator), closed)["Evaluation"]
    assert "Fewer than 5" in few[1][0] and len(few) == 3
    Evaluation.objects.create(cohort=closed, ratings=ratings)
    shown = report(signed_in(coordinator), closed)["Evaluation"]
    assert len(shown) == 1 + 5 + 1 and shown[1][1:3] == [5.0, 5.0]
    assert "Only I said this" not in str(shown)


def test_a_report_costs_the_same_queries_however_many_sit_in_it(closed, coordinator, signed_in, django_assert_max_num_queries):
    browser = signed_in(coordinator)
    with django_assert_max_num_queries(32):
        browser.get(f"/cohorts/{closed.code}/report.xlsx").getvalue()


def test_trainers_take_the_report_of_their_own_cohorts_only(closed, kiprono, grace, signed_in):
    assert signed_in(kiprono).get(f"/cohorts/{closed.code}/report.xlsx").status_code == 403
    closed.trainers.create(user=kiprono.user)
    assert signed_in(kiprono).get(f"/cohorts/{closed.code}/report.xlsx").status_code == 200
    assert signed_in(grace).get(f"/cohorts/{closed.code}/report.xlsx").status_code == 403


def test_messages_about_a_cohort_are_rows_and_who_is_not_reached_is_named(
    coordinator, grace, signed_in, wanjiru, hassan, livestock
):
    cohort = make.cohort()
    mute = make.officer(livestock, "Naliaka", "Barasa", email="")
    seats = [make.seat(cohort, o) for o in (wanjiru, hassan, mute)]
    for seat in seats:
        outbox.queue(
            key=f"joining:{seat.pk}", to=seat.officer.email, subject=f"Joining {seat.officer}", body="SECRET", about=seat
        )
    outbox.cancel([seats[0]], "The seat was given back.")
    page = signed_in(coordinator).get(f"/cohorts/{cohort.code}/messages/").content.decode()
    assert "Joining Wanjiru" in page and "Joining Hassan" in page and "SECRET" not in page
    assert "Cancelled" in page and "The seat was given back." in page
    assert "no message reaches them" in page and "Naliaka Barasa" in page
    own = signed_in(grace).get(f"/cohorts/{cohort.code}/messages/").content.decode()
    assert "Joining Wanjiru" in own and "Hassan" not in own
    assert "Joining Wanjiru" in signed_in(grace).get(f"/officers/{wanjiru.ref}/messages/").content.decode()
    assert "no message reaches them" in signed_in(grace).get(f"/officers/{mute.ref}/messages/").content.decode()
    assert signed_in(grace).get(f"/officers/{hassan.ref}/messages/").status_code == 404
