"""From opening a cohort to its certificates: coordinator and trainer through their pages."""


import pytest
import zxingcpp
from django.core.management import CommandError, call_command
from pypdfium2 import PdfDocument

from cse_portal.activity.models import Entry
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training.models import AssessmentResult, Attendance, Certificate, Cohort, Completion, SerialNumber
from training.services import awards
from training.tasks import draw_certificates

pytestmark = pytest.mark.django_db


def marks(cohort, **by_name):
    """Posted fields of a register: first name=mark."""
    seats = {s.officer.first_name: s for s in cohort.enrolments.select_related("officer")}
    return {f"mark-{seats[name].pk}": mark for name, mark in by_name.items()}


@pytest.fixture
def held(embu, kiprono, livestock):
    """A cohort of three days that ended today: three officers, nothing marked yet."""
    make.requirement()
    cohort = make.cohort(starts_on=make.days_ago(2), days=3, trainer=kiprono)
    for name, surname in (("Akinyi", "Abuya"), ("Brian", "Bett"), ("Charity", "Cherop")):
        make.seat(cohort, make.officer(livestock, name, surname))
    return cohort


@pytest.fixture
def trainer(kiprono, signed_in):
    return signed_in(kiprono)


LATE = {"reason": "Copied from the paper register"}  # what a mark needs a day after the session


def mark_all(trainer, cohort, **exceptions):
    for n in range(1, cohort.sessions.count() + 1):
        page = f"/cohorts/{cohort.code}/sessions/{n}/"
        assert trainer.post(page, {"all": "present"} | LATE | marks(cohort, **exceptions)).status_code == 302


def score(trainer, cohort, **by_name):
    seats = {s.officer.first_name: s for s in cohort.enrolments.select_related("officer")}
    return trainer.post(f"/cohorts/{cohort.code}/results/", {f"score-{seats[name].pk}": text for name, text in by_name.items()})


# Opening.


@pytest.fixture
def opening(embu, kiprono):
    make.accreditation(kiprono)
    return {"course_version": make.version().pk, "campus": embu.pk, "starts_on": "11/01/2027", "trainers": [kiprono.user.pk]}


@pytest.mark.parametrize("day", ["11/01/2027", "11 Jan 2027", "2027-01-11"])
def test_a_coordinator_opens_a_cohort(coordinator, signed_in, opening, day):
    response = signed_in(coordinator).post("/cohorts/open/", opening | {"starts_on": day})
    cohort = Cohort.objects.get()
    assert response.url == f"/cohorts/{cohort.code}/" and cohort.code == "EMB-27-001"
    assert (cohort.ends_on.isoformat(), cohort.capacity, cohort.sessions.count()) == (
        "2027-01-15",
        35,
        10,
    )  # five days, morning and afternoon
    assert Entry.objects.get(kind="cohort", verb="opened").hat == "coordinator"


def test_weekends_have_no_sessions_and_numbers_follow(coordinator, signed_in, opening):
    client = signed_in(coordinator)
    client.post("/cohorts/open/", opening | {"starts_on": "14/01/2027", "trainers": []})  # a Thursday
    client.post("/cohorts/open/", opening)
    first, second = Cohort.objects.order_by("code")
    assert first.ends_on.isoformat() == "2027-01-20" and first.sessions.count() == 10
    assert second.code == "EMB-27-002"


def test_a_trainer_stands_in_one_place(coordinator, signed_in, opening):
    client = signed_in(coordinator)
    client.post("/cohorts/open/", opening)
    response = client.post("/cohorts/open/", opening | {"starts_on": "15/01/2027"})
    assert response.status_code == 409 and "David Kiprono teaches EMB-27-001: 15 January 2027, 08:30 to 12:30." in said(response)
    assert Cohort.objects.count() == 1


def test_sessions_are_edited(coordinator, signed_in, opening):
    client = signed_in(coordinator)
    client.post("/cohorts/open/", opening)
    cohort = Cohort.objects.get()
    rows = [
        ("2027-01-11", "08:00", "12:00", "Opening", ""),
        ("2027-01-12", "08:00", "12:00", "", ""),
        ("2027-01-13", "08:00", "12:00", "", "on"),
        ("", "", "", "", ""),
    ]
    data = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 3}
    for i, row in enumerate(rows):
        data |= {
            f"form-{i}-{field}": value
            for field, value in zip(("on", "starts", "ends", "title", "remove"), row, strict=True)
            if value
        }
    assert client.post(f"/cohorts/{cohort.code}/sessions/", data).status_code == 302
    assert list(cohort.sessions.filter(cancelled_at=None).values_list("number", "title")) == [(1, "Opening"), (2, "")]
    data["form-1-on"] = "2027-02-12"
    response = client.post(f"/cohorts/{cohort.code}/sessions/", data)
    assert response.status_code == 409 and "outside the cohort" in said(response)


def test_cancelling_gives_the_seats_back(coordinator, signed_in, embu, wanjiru):
    cohort = make.cohort()
    make.seat(cohort, wanjiru)
    client = signed_in(coordinator)
    assert client.get(f"/cohorts/{cohort.code}/cancel/").status_code == 200
    assert client.post(f"/cohorts/{cohort.code}/cancel/", {"reason": "Too few officers"}).status_code == 302
    cohort.refresh_from_db()
    assert cohort.state == "cancelled" and cohort.enrolments.get().state == "withdrawn"
    assert "Too few officers" in Notice.objects.get(key__startswith="cancelled:").body


# Attendance.


def test_mark_all_present_then_the_exceptions(trainer, held):
    page = f"/cohorts/{held.code}/sessions/1/"
    assert trainer.post(page, {"all": "present"} | LATE | marks(held, Brian="late")).status_code == 302
    assert sorted(Attendance.objects.values_list("mark", flat=True)) == ["late", "present", "present"]
    held.refresh_from_db()
    assert held.state == "running"
    assert trainer.post(page, LATE | marks(held, Brian="absent")).status_code == 302
    assert Attendance.objects.get(enrolment__officer__first_name="Brian").mark == "absent"
    assert Attendance.objects.count() == 3
    history = (
        Entry.objects.filter(kind="enrolment", verb="marked", ref__contains=held.code)
        .order_by("id")
        .values_list("changes", flat=True)
    )
    assert {"session 1": ["late", "absent"]} in list(history)


def test_posting_the_register_again_is_harmless(trainer, held):
    page, posted = f"/cohorts/{held.code}/sessions/1/", {"all": "present"} | LATE
    trainer.post(page, posted)
    before = Entry.objects.count(), list(Attendance.objects.values())
    assert trainer.post(page, posted).status_code == 302
    assert (Entry.objects.count(), list(Attendance.objects.values())) == before


def test_a_session_to_come_is_not_marked(trainer, embu, kiprono, wanjiru):
    cohort = make.cohort(starts_on=make.days_ago(0), days=2, trainer=kiprono)
    make.seat(cohort, wanjiru)
    assert trainer.post(f"/cohorts/{cohort.code}/sessions/1/", {"all": "present"}).status_code == 302
    response = trainer.post(f"/cohorts/{cohort.code}/sessions/2/", {"all": "present"})
    assert response.status_code == 409 and "it is marked from then" in said(response)
    assert trainer.get(f"/cohorts/{cohort.code}/sessions/3/").status_code == 404


def test_another_trainer_does_not_mark(held, signed_in):
    other = make.member("trainer", "other@ksg.example", "Other Trainer")
    assert signed_in(other).post(f"/cohorts/{held.code}/sessions/1/", {"all": "present"}).status_code == 403
    assert "Akinyi" not in said(signed_in(other).get(f"/cohorts/{held.code}/"))


# Results.


def test_a_correction_keeps_what_stood_before(trainer, held):
    assert score(trainer, held, Akinyi="58", Brian="72,5").status_code == 302
    assert score(trainer, held, Akinyi="85").status_code == 302
    assert list(
        AssessmentResult.objects.filter(enrolment__officer__first_name="Akinyi").order_by("pk").values_list("score", flat=True)
    ) == [58, 85]
    assert AssessmentResult.objects.filter(superseded_at=None).count() == 2
    assert "72.5" in said(trainer.get(f"/cohorts/{held.code}/"))


def test_a_score_out_of_range_is_shown_again(trainer, held):
    response = score(trainer, held, Akinyi="101", Brian="70")
    assert response.status_code == 409 and 'value="101"' in response.content.decode()
    assert not AssessmentResult.objects.exists()


# Closing.


def test_an_unmarked_session_blocks_closing(trainer, held):
    trainer.post(f"/cohorts/{held.code}/sessions/1/", {"all": "present"} | LATE)
    response = trainer.post(f"/cohorts/{held.code}/close/")
    assert response.status_code == 409 and "Sessions 2, 3 are not marked for everyone." in said(response)
    assert not Completion.objects.exists()


def test_a_cohort_that_has_not_ended_is_not_closed(trainer, embu, kiprono):
    cohort = make.cohort(starts_on=make.days_ago(0), days=2, trainer=kiprono)
    response = trainer.post(f"/cohorts/{cohort.code}/close/")
    assert response.status_code == 409 and "it is closed from then" in said(response)


@pytest.fixture
def closed(trainer, held):
    """Akinyi passed, Brian failed the test, Charity stayed away."""
    mark_all(trainer, held, Charity="absent")
    score(trainer, held, Akinyi="80", Brian="41", Charity="90")
    assert trainer.post(f"/cohorts/{held.code}/close/").status_code == 302
    held.refresh_from_db()
    return held


def test_closing_decides_with_reasons(closed):
    outcomes = dict(closed.enrolments.values_list("officer__first_name", "outcome_reason"))
    assert closed.state == "closed" and Completion.objects.get().officer.first_name == "Akinyi"
    assert outcomes["Akinyi"] == "Attended 3 of 3 sessions (100%). Scored 80, pass mark 60."
    assert outcomes["Brian"].endswith("Scored 41; the pass mark is 60.")
    assert outcomes["Charity"].startswith("Attended 0 of 3 sessions (0%); 80% is needed.")
    subjects = set(Notice.objects.filter(key__startswith="outcome:").values_list("subject", flat=True))
    assert subjects == {"Your certificate is ready: Frontline Service Excellence", "Not completed: Frontline Service Excellence"}


def test_closing_again_changes_nothing(trainer, closed):
    before = Entry.objects.count()
    trainer.post(f"/cohorts/{closed.code}/close/")
    assert (Certificate.objects.count(), Completion.objects.count(), Entry.objects.count()) == (1, 1, before)


def test_the_certificate_runs_from_today(closed):
    certificate = Certificate.objects.get()
    today = make.days_ago(0)
    assert certificate.number == f"CSE-{today:%Y}-000001" and certificate.issued_on == today
    assert (certificate.expires_on.year, certificate.expires_on.month) == (today.year + 2, today.month)
    assert certificate.completion.until == certificate.expires_on


def test_a_course_without_validity_gives_no_certificate(trainer, embu, kiprono, wanjiru):
    briefing = make.version("CSE-EXE-02", validity_months=0, assessed=False)
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, of=briefing, trainer=kiprono)
    make.seat(cohort, wanjiru)
    mark_all(trainer, cohort)
    trainer.post(f"/cohorts/{cohort.code}/close/")
    assert Completion.objects.get().until is None and not Certificate.objects.exists()


def test_numbers_have_no_gaps_after_a_failure(closed, monkeypatch, wanjiru, scope_of, coordinator):
    again = make.completion(wanjiru, on=make.days_ago(1))
    monkeypatch.setattr(awards.certificates, "sign", lambda *a: 1 / 0)
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        awards.issue(scope_of(coordinator), [again], make.days_ago(0))
    monkeypatch.undo()
    [certificate] = awards.issue(scope_of(coordinator), [again], make.days_ago(0))
    assert certificate.number.endswith("-000002") and SerialNumber.objects.get(series__startswith="CSE").last == 2
    assert awards.issue(scope_of(coordinator), [again], make.days_ago(0)) == []


def test_a_new_certificate_supersedes_the_old(closed, scope_of, coordinator):
    old = Certificate.objects.get()
    again = make.completion(old.completion.officer, on=make.days_ago(0))
    [new] = awards.issue(scope_of(coordinator), [again], make.days_ago(0))
    old.refresh_from_db()
    assert (old.state, old.state_reason) == ("superseded", f"Replaced by {new.number}")


# Documents and their check.


def test_the_worker_draws_and_the_holder_downloads(closed, wanjiru, learner, signed_in, anyone, grace):
    certificate = Certificate.objects.get()
    on_demand = signed_in(grace).get(f"/certificates/{certificate.number}.pdf")
    assert on_demand["Content-Type"] == "application/pdf"
    assert draw_certificates() == 1 and draw_certificates() == 0
    certificate.refresh_from_db()
    assert (
        certificate.document.read()
        == on_demand.content
        == signed_in(grace).get(f"/certificates/{certificate.number}.pdf").content
    )
    assert signed_in(learner).get(f"/certificates/{certificate.number}.pdf").status_code == 404  # another officer's
    assert anyone.get(f"/certificates/{certificate.number}.pdf").status_code == 302


def test_the_paper_verifies_by_picture_and_by_command(closed, anyone, tmp_path, capsys):
    certificate = Certificate.objects.get()
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(awards.document_of(certificate))
    [code] = zxingcpp.read_barcodes(PdfDocument(paper)[0].render(scale=100 / 72).to_pil())
    path = code.text.split("//")[1].partition("/")[2].split("#")[0]
    assert "This certificate is valid" in said(anyone.get(f"/{path}"))
    call_command("verify_certificate", str(paper))
    call_command("verify_certificate", certificate.code)
    assert capsys.readouterr().out.count("State: valid") == 2
    altered = code.text[:-1] + ("A" if code.text[-1] != "A" else "B")
    with pytest.raises(CommandError, match="FORGED"):
        call_command("verify_certificate", altered)
    other = code.text.replace(certificate.code, "AAAAA-AAAAA-AAAAA-AAAAA")
    with pytest.raises(CommandError, match="FORGED"):
        call_command("verify_certificate", other)


def test_the_public_check_is_forgiving_and_counted(closed, anyone):
    certificate = Certificate.objects.get()
    typed = certificate.code.lower().replace("-", " ")
    answer = anyone.get("/verify/", {"code": typed}, follow=True)
    text = said(answer)
    assert "This certificate is valid" in text and "Akinyi Abuya" in text
    assert certificate.completion.officer.personal_no not in answer.content.decode()
    assert anyone.get("/verify/AAAAA-AAAAA-AAAAA-AAAAA/").status_code == 404
    assert "Check the number" in said(anyone.get("/verify/AAAAA-AAAAA-AAAAA-AAAAA/"))
    assert [anyone.get("/verify/AAAAA-AAAAA-AAAAA-AAAAA/").status_code for _n in range(30)][-1] == 429


@pytest.mark.parametrize(
    "state, words", [("suspended", "This certificate is suspended"), ("superseded", "A newer certificate has replaced this one")]
)
def test_other_states_are_said(closed, anyone, state, words):
    Certificate.objects.update(state=state, state_on=make.days_ago(1))
    assert words in said(anyone.get(f"/verify/{Certificate.objects.get().code}/"))


def test_an_expired_certificate_says_so(closed, anyone, monkeypatch):
    later = Certificate.objects.get().expires_on
    monkeypatch.setattr("cse_portal.lib.clock.today", lambda: later)
    assert "This certificate has expired" in said(anyone.get(f"/verify/{Certificate.objects.get().code}/"))


def test_closing_thirty_five_takes_few_queries(trainer, embu, kiprono, livestock, django_assert_max_num_queries, scope_of):
    make.requirement()
    cohort = make.cohort(starts_on=make.days_ago(0), days=2, trainer=kiprono)
    cohort.sessions.filter(number=2).delete()
    Cohort.objects.update(ends_on=make.days_ago(0))
    for n in range(35):
        make.seat(cohort, make.officer(livestock, f"Officer{n}"))
    mark_all(trainer, cohort)
    for seat in cohort.enrolments.all():
        AssessmentResult.objects.create(enrolment=seat, score=80, recorded_at=make.at(make.days_ago(0)))
    with django_assert_max_num_queries(60) as queries:
        awards.close_cohort(scope_of(kiprono), cohort=cohort)
    assert Certificate.objects.count() == 35 and len(queries) < 50  # with release, conflicts and invitations to evaluate
