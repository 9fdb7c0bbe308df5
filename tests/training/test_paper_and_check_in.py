"""Sign-in sheets and marks from paper; checking in by the code on the hall's screen; corrections after closing."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pypdfium2 import PdfDocument

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from tests import factories as make
from training import hall_code, seat_links, sheets
from training.models import Attendance, AttendanceEntry, Correction, SheetScan

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def hall(embu, kiprono, livestock, wanjiru):
    """A session that runs now, with Wanjiru and two more; a second one tomorrow."""
    cohort = make.cohort(starts_on=make.days_ago(0), days=2, trainer=kiprono)
    first = cohort.sessions.first()
    first.starts_at, first.ends_at = timezone.now() - dt.timedelta(minutes=5), timezone.now() + dt.timedelta(minutes=5)
    first.save()
    cohort.session = cohort.sessions.get(pk=first.pk)
    cohort.seats = [make.seat(cohort, wanjiru), *(make.seat(cohort, make.officer(livestock, n, n)) for n in ("Brian", "Akinyi"))]
    cohort.page = f"/cohorts/{cohort.code}/sessions/1/"
    return cohort


@pytest.fixture
def trainer(kiprono, signed_in):
    return signed_in(kiprono)


def words(raw):
    return " ".join(page.get_textpage().get_text_range() for page in PdfDocument(raw))


# Paper.


def test_the_sheet_names_officers_in_the_order_of_the_screen(trainer, hall):
    response = trainer.get(hall.page + "sheet.pdf")
    assert response["Content-Type"] == "application/pdf"
    text = words(response.content)
    names = [text.index(name) for name in ("Akinyi Akinyi", "Brian Brian", "Wanjiru Kamau")]
    assert names == sorted(names) and "State Department for Livestock" in text
    screen = trainer.get(hall.page + "paper/").content.decode()
    order = [screen.index(name) for name in ("Akinyi Akinyi", "Brian Brian", "Wanjiru Kamau")]
    assert order == sorted(order)
    for seat in hall.seats:
        code = sheets.row_code(hall.session, seat)
        assert code in text and code in screen


def test_all_sheets_in_one_document(trainer, hall):
    document = PdfDocument(trainer.get(f"/cohorts/{hall.code}/sheets.pdf").content)
    assert len(document) == 2


def test_marks_are_taken_from_paper_with_the_signed_sheet(trainer, hall):
    a, b, c = (seat.pk for seat in hall.seats)
    day = f"{clock.today():%d/%m/%Y}"
    posted = {"form": str(uuid.uuid4()), "signed_on": day, f"mark-{a}": "present", f"mark-{b}": "excused", "all": "absent"}
    posted |= {f"base-{pk}": "" for pk in (a, b, c)}
    response = trainer.post(hall.page + "paper/", posted | {"scan": SimpleUploadedFile("sheet.exe", PNG)})
    assert response.status_code == 302
    assert dict(Attendance.objects.values_list("enrolment", "mark")) == {a: "present", b: "excused", c: "absent"}
    assert set(AttendanceEntry.objects.values_list("source", flat=True)) == {"paper"}
    assert AttendanceEntry.objects.first().reason.startswith("Sheet signed on")
    scan = SheetScan.objects.get()
    got = trainer.get(f"{hall.page}scans/{scan.pk}/")
    assert got["Content-Disposition"].startswith("attachment") and got["Content-Type"] == "image/png"
    assert b"".join(got.streaming_content) == PNG
    trainer.post(hall.page + "paper/", posted | {"scan": SimpleUploadedFile("again.png", PNG)})
    assert SheetScan.objects.count() == 1 and AttendanceEntry.objects.count() == 3


@pytest.mark.parametrize("day", ["", "yesterday", "01/01/2020", "01/01/2050"])
def test_a_sheet_is_signed_on_the_day_or_after(trainer, hall, day):
    response = trainer.post(hall.page + "paper/", {"signed_on": day, "all": "present"})
    assert response.status_code == 409 and not Attendance.objects.exists()


def test_what_is_no_picture_is_no_evidence(trainer, hall):
    posted = {"signed_on": f"{clock.today():%d/%m/%Y}", "all": "present", "scan": SimpleUploadedFile("sheet.png", b"MZ\0\0")}
    assert trainer.post(hall.page + "paper/", posted).status_code == 409
    assert not SheetScan.objects.exists() and not Attendance.objects.exists()


# The code on the screen.


def shown(trainer, hall):
    """The address in the QR code on the screen."""
    return re.search(rf"/check-in/{hall.session.uid}/[0-9a-f]+/", trainer.get(hall.page + "check-in/").context["path"])[0]


def test_an_officer_scans_and_says_i_am_here(trainer, hall, learner, signed_in):
    client = signed_in(learner)
    assert client.get(shown(trainer, hall), follow=True).status_code == 200
    assert "I am here" in client.get("/check-in/").content.decode()
    for _ in range(3):
        assert client.post("/check-in/").status_code == 302
    entry = AttendanceEntry.objects.get()
    assert (entry.source, entry.mark, entry.enrolment, entry.marked_by) == ("qr", "present", hall.seats[0], learner.user)
    assert "present" in client.get("/check-in/").content.decode()
    assert "1 of 3" in " ".join(trainer.get(hall.page + "check-in/").content.decode().split())


def test_who_scans_first_and_signs_in_then(trainer, hall, learner, anyone):
    anyone.get(shown(trainer, hall))
    assert "sign in" in anyone.get("/check-in/").content.decode()
    anyone.force_login(learner.user)
    assert anyone.post("/check-in/").status_code == 302
    assert Attendance.objects.get().mark == "present"


def test_who_has_no_account_checks_in_by_the_link_of_the_seat(trainer, hall, anyone):
    seat = hall.seats[0]
    anyone.get(shown(trainer, hall))
    assert anyone.get(f"/seat/{seat_links.token(seat)}/").status_code == 200
    assert "You are Wanjiru Kamau" in anyone.get("/check-in/").content.decode()
    assert anyone.post("/check-in/").status_code == 302
    entry = AttendanceEntry.objects.get()
    assert (entry.enrolment, entry.source, entry.marked_by) == (seat, "qr", None)


def test_without_a_scan_nobody_checks_in(hall, learner, signed_in):
    client = signed_in(learner)
    assert client.post("/check-in/").status_code == 409
    client.get(f"/check-in/{hall.session.uid}/{'0' * 16}/")
    assert client.post("/check-in/").status_code == 409
    assert not Attendance.objects.exists()


def test_a_stranger_to_the_course_does_not_check_in(trainer, hall, hassan, signed_in):
    hat = make.member("learner", "hassan@immigration.go.ke", "Hassan Mwakio")
    hassan.user = hat.user
    hassan.save()
    client = signed_in(hat)
    client.get(shown(trainer, hall))
    assert client.post("/check-in/").status_code == 409
    assert not Attendance.objects.exists()


def test_the_code_turns_and_opens_only_while_the_session_runs(hall):
    at, session = timezone.now(), hall.session
    code = hall_code.code("secret", session.uid, hall_code.window(at))
    ok = lambda seconds: hall_code.accepts("secret", session, code, at + dt.timedelta(seconds=seconds))  # noqa: E731
    assert ok(0) and ok(hall_code.TURN) and not ok(2 * hall_code.TURN) and not ok(-hall_code.TURN)
    assert not hall_code.accepts("other", session, code, at)
    assert not hall_code.accepts("secret", hall.sessions.last(), code, at)
    for moment in (session.starts_at - hall_code.EARLY - dt.timedelta(seconds=1), session.ends_at):
        late = hall_code.code("secret", session.uid, hall_code.window(moment))
        assert not hall_code.accepts("secret", session, late, moment)


def test_what_the_trainer_marked_is_not_overwritten_by_a_scan(trainer, hall, learner, signed_in):
    trainer.post(hall.page, {f"mark-{hall.seats[0].pk}": "absent"})
    client = signed_in(learner)
    client.get(shown(trainer, hall))
    client.post("/check-in/")
    assert Attendance.objects.get().mark == "absent"
    assert AttendanceEntry.objects.get(source="qr").state == "conflict"


def test_the_trainer_counts_the_heads(trainer, hall, learner, signed_in):
    client = signed_in(learner)
    client.get(shown(trainer, hall))
    client.post("/check-in/")
    page = hall.page + "check-in/count/"
    assert "1 more is marked as here than sits in the hall" in trainer.post(page, {"counted": "0"}).content.decode()
    assert "Wanjiru Kamau" in trainer.get(page).content.decode()
    assert "1 more sits in the hall" in trainer.post(page, {"counted": "2"}).content.decode()
    assert "As many sit in the hall" in trainer.post(page, {"counted": "1"}).content.decode()
    assert trainer.post(page, {"counted": "many"}).status_code == 409
    assert Entry.objects.filter(verb="counted heads").order_by("id").last().changes == {"counted": [None, 1], "marked": [None, 1]}


# After closing.


@pytest.fixture
def closed(embu, kiprono, wanjiru, trainer):
    """A cohort of one session, closed with Wanjiru absent."""
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, trainer=kiprono, of=make.version(assessed=False))
    cohort.seat = make.seat(cohort, wanjiru)
    assert trainer.post(f"/cohorts/{cohort.code}/sessions/1/", {"all": "absent"}).status_code == 302
    assert trainer.post(f"/cohorts/{cohort.code}/close/").status_code == 302
    cohort.seat.refresh_from_db()
    assert cohort.seat.state == "not_completed"
    return cohort


def asked(trainer, closed):
    page = f"/cohorts/{closed.code}/mark-corrections/"
    said = {"officer": closed.seat.officer.ref, "session": "1", "mark": "present", "reason": "Signed the sheet of the next hall"}
    assert trainer.post(page, said).status_code == 302
    return page, Correction.objects.get()


def test_after_closing_nobody_marks(trainer, closed):
    assert trainer.post(f"/cohorts/{closed.code}/sessions/1/", {"all": "present"}).status_code == 409
    assert "Ask for a correction" in trainer.get(f"/cohorts/{closed.code}/sessions/1/").content.decode()


def test_one_asks_another_decides_and_the_outcome_follows(trainer, closed, coordinator, signed_in):
    page, correction = asked(trainer, closed)
    assert trainer.post(f"{page}{correction.pk}/", {"decision": "make"}).status_code == 409
    assert Attendance.objects.get().mark == "absent"
    assert signed_in(coordinator).post(f"{page}{correction.pk}/", {"decision": "make"}).status_code == 302
    assert Attendance.objects.get().mark == "present"
    closed.seat.refresh_from_db()
    assert closed.seat.state == "completed" and closed.seat.completion
    assert list(AttendanceEntry.objects.values_list("mark", "source")) == [("absent", "page"), ("present", "correction")]
    assert signed_in(coordinator).post(f"{page}{correction.pk}/", {"decision": "make"}).status_code == 409


def test_marks_are_corrected_by_api(trainer, closed, coordinator, signed_in):
    said = {"enrolment": closed.seat.pk, "session": 1, "mark": "late", "reason": "Came at ten"}
    made = trainer.post("/api/v1/mark-corrections/", said, content_type="application/json")
    assert made.status_code == 201 and made.json()["was"] == "absent"
    door = f"/api/v1/mark-corrections/{made.json()['id']}/decide/"
    assert trainer.post(door, {"make": True}, content_type="application/json").json()["code"] == "second_person"
    assert signed_in(coordinator).post(door, {"make": True}, content_type="application/json").json()["state"] == "made"
    assert Attendance.objects.get().mark == "late"


def test_a_correction_is_refused_with_its_reason(trainer, closed, coordinator, signed_in):
    page, correction = asked(trainer, closed)
    client = signed_in(coordinator)
    assert client.post(f"{page}{correction.pk}/", {"decision": "refuse"}).status_code == 409
    assert client.post(f"{page}{correction.pk}/", {"decision": "refuse", "reason": "The sheet is another's"}).status_code == 302
    assert Attendance.objects.get().mark == "absent" and "another" in trainer.get(page).content.decode()
