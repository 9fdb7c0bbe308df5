"""Marks of attendance: made once, made twice, made by two; late ones; who settles what."""

import datetime as dt
import json
import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from centres.access import Scope
from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from tests import factories as make
from training.models import Attendance, AttendanceEntry
from training.services import register
from training.services.register import Said

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def hall(embu, kiprono, livestock):
    """A session that began two hours ago and runs for two more, with three officers."""
    cohort = make.cohort(starts_on=make.days_ago(0), days=2, trainer=kiprono)
    first = cohort.sessions.first()
    first.starts_at, first.ends_at = NOW() - dt.timedelta(minutes=5), NOW() + dt.timedelta(minutes=5)
    first.save()
    cohort.session = first
    cohort.seats = [make.seat(cohort, make.officer(livestock, name, name)) for name in ("Akinyi", "Brian", "Charity")]
    return cohort


@pytest.fixture
def second(hall):
    """A second trainer of the same cohort."""
    other = make.member("trainer", "second@ksg.example", "Second Trainer")
    hall.trainers.create(user=other.user)
    return other


def said(seat, mark, base=None, client_id=None, **more):
    return Said(seat.pk, mark, base, client_id or uuid.uuid4(), **more)


def record(scope, hall, *entries, **more):
    return [a.state for a in register.record(scope, session=hall.session, entries=list(entries), **more)]


def standing(hall):
    return dict(Attendance.objects.filter(session=hall.session).values_list("enrolment__officer__first_name", "mark"))


def test_the_same_mark_sent_again_changes_nothing(hall, kiprono, scope_of):
    entries = [said(seat, "present") for seat in hall.seats]
    assert record(scope_of(kiprono), hall, *entries) == ["applied"] * 3
    before = AttendanceEntry.objects.count(), Entry.objects.count()
    for _ in range(3):
        assert record(scope_of(kiprono), hall, *entries) == ["known"] * 3
    assert (AttendanceEntry.objects.count(), Entry.objects.count()) == before == (3, before[1])
    assert set(standing(hall).values()) == {"present"}


def test_an_identity_is_of_one_mark(hall, kiprono, scope_of):
    mark = said(hall.seats[0], "present")
    record(scope_of(kiprono), hall, mark)
    assert record(scope_of(kiprono), hall, said(hall.seats[1], "present", client_id=mark.client_id)) == ["refused"]


def test_one_phone_changes_its_mind_before_it_sends(hall, kiprono, scope_of):
    first = said(hall.seats[0], "present")
    second = said(hall.seats[0], "late", base=first.client_id)
    third = said(hall.seats[0], "absent", base=second.client_id)
    assert record(scope_of(kiprono), hall, first, second, third) == ["applied"] * 3
    assert standing(hall) == {"Akinyi": "absent"}
    assert list(AttendanceEntry.objects.values_list("mark", "base__mark")) == [
        ("present", None),
        ("late", "present"),
        ("absent", "late"),
    ]


def test_two_phones_merge_where_they_mark_different_people(hall, kiprono, second, scope_of):
    assert record(scope_of(kiprono), hall, said(hall.seats[0], "present")) == ["applied"]
    assert record(scope_of(second), hall, said(hall.seats[1], "late")) == ["applied"]
    assert standing(hall) == {"Akinyi": "present", "Brian": "late"}


def test_two_phones_that_agree_are_not_in_conflict(hall, kiprono, second, scope_of):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    mark = said(hall.seats[0], "present")
    assert record(scope_of(second), hall, mark) == ["applied"]
    # and what the second makes of it later was made in sight of a mark that says the same
    assert record(scope_of(second), hall, said(hall.seats[0], "late", base=mark.client_id)) == ["applied"]
    assert standing(hall) == {"Akinyi": "late"}


def test_a_mark_over_another_unseen_waits_and_the_first_stands(hall, kiprono, second, scope_of, signed_in):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"), device="Android Chrome 1")
    assert record(scope_of(second), hall, said(hall.seats[0], "absent"), device="Android Chrome 2") == ["conflict"]
    assert standing(hall) == {"Akinyi": "present"}
    page = signed_in(kiprono).get(f"/cohorts/{hall.code}/conflicts/").content.decode()
    for word in ("David Kiprono", "Second Trainer", "Android Chrome 1", "Android Chrome 2", "It was absent", "It was present"):
        assert word in page
    assert "See both" in signed_in(second).get(f"/cohorts/{hall.code}/sessions/1/").content.decode()


def test_a_person_settles_and_all_stays_in_the_history(hall, kiprono, second, scope_of, signed_in):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    record(scope_of(second), hall, said(hall.seats[0], "absent"))
    entry = AttendanceEntry.objects.get(mark="absent")
    response = signed_in(kiprono).post(f"/cohorts/{hall.code}/sessions/1/settle/", {"entry": entry.pk})
    assert response.status_code == 302
    assert standing(hall) == {"Akinyi": "absent"}
    assert list(AttendanceEntry.objects.values_list("mark", "state")) == [("present", "applied"), ("absent", "applied")]
    entry.refresh_from_db()
    assert entry.settled_by == kiprono.user
    page = signed_in(kiprono).get(f"/cohorts/{hall.code}/marks/{hall.seats[0].officer.ref}/").content.decode()
    assert "Replaced later" in page and "Stands" in page and "Settled by David Kiprono" in page
    # settling again finds nothing to settle
    assert signed_in(kiprono).post(f"/cohorts/{hall.code}/sessions/1/settle/", {"entry": entry.pk}).status_code == 302
    assert Entry.objects.filter(verb="settled").count() == 1


def test_keeping_what_stands_sets_the_other_aside(hall, kiprono, second, scope_of):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    record(scope_of(second), hall, said(hall.seats[0], "absent"))
    register.settle(
        scope_of(second), session=hall.session, enrolment=hall.seats[0], entry=AttendanceEntry.objects.get(mark="present")
    )
    assert standing(hall) == {"Akinyi": "present"}
    assert AttendanceEntry.objects.get(mark="absent").state == "set_aside"


def test_who_thinks_again_leaves_one_mark_in_conflict(hall, kiprono, second, scope_of):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    mine = said(hall.seats[0], "absent")
    record(scope_of(second), hall, mine)
    assert record(scope_of(second), hall, said(hall.seats[0], "excused", base=mine.client_id)) == ["conflict"]
    assert list(AttendanceEntry.objects.values_list("mark", "state")) == [("present", "applied"), ("absent", "set_aside"), ("excused", "conflict")]  # fmt: skip


def test_a_page_opened_before_overwrites_nothing_silently(hall, kiprono, second, signed_in):
    """The plain form, without script: the second saves a page opened before the first saved his."""
    page = f"/cohorts/{hall.code}/sessions/1/"
    a, b = hall.seats[0].pk, hall.seats[1].pk
    one = {"form": str(uuid.uuid4()), f"base-{a}": "", f"base-{b}": "", f"mark-{a}": "present"}
    other = {"form": str(uuid.uuid4()), f"base-{a}": "", f"base-{b}": "", f"mark-{a}": "absent", f"mark-{b}": "late"}
    assert signed_in(kiprono).post(page, one).status_code == 302
    assert "Look at both" in signed_in(second).post(page, other, follow=True).content.decode()
    assert standing(hall) == {"Akinyi": "present", "Brian": "late"}
    count = AttendanceEntry.objects.count()
    signed_in(second).post(page, other)  # the same form again
    assert AttendanceEntry.objects.count() == count


def test_what_the_page_shows_is_not_marked_again(hall, kiprono, second, scope_of, signed_in):
    record(scope_of(kiprono), hall, said(hall.seats[0], "late"))
    base = AttendanceEntry.objects.get().client_id
    record(scope_of(second), hall, said(hall.seats[0], "absent", base=base))
    a, b = hall.seats[0].pk, hall.seats[1].pk
    stale = {"form": str(uuid.uuid4()), f"base-{a}": str(base), f"mark-{a}": "late", f"base-{b}": "", f"mark-{b}": "present"}
    signed_in(kiprono).post(f"/cohorts/{hall.code}/sessions/1/", stale)
    assert standing(hall) == {"Akinyi": "absent", "Brian": "present"}
    assert not AttendanceEntry.objects.filter(state="conflict").exists()


def test_the_clock_of_a_phone_is_not_believed_beyond_reason(hall, kiprono, scope_of):
    ahead = said(hall.seats[0], "present", marked_at=NOW() + dt.timedelta(days=3))
    behind = said(hall.seats[1], "present", marked_at=NOW() - dt.timedelta(days=3))
    record(scope_of(kiprono), hall, ahead, behind)
    for entry in AttendanceEntry.objects.all():
        assert hall.session.starts_at - register.EARLY <= entry.marked_at <= entry.received_at


def ended(hall, **ago):
    hall.session.starts_at, hall.session.ends_at = (NOW() - dt.timedelta(**ago) - dt.timedelta(hours=h) for h in (4, 0))
    hall.session.save()


def test_a_late_mark_says_why(hall, kiprono, scope_of, signed_in):
    hall.sessions.filter(number=2).delete()
    ended(hall, hours=25)
    assert record(scope_of(kiprono), hall, said(hall.seats[0], "present")) == ["refused"]
    assert record(scope_of(kiprono), hall, said(hall.seats[0], "present", reason="The network was down")) == ["applied"]
    assert AttendanceEntry.objects.get().reason == "The network was down"
    page = f"/cohorts/{hall.code}/sessions/1/"
    assert "Why it is marked now" in signed_in(kiprono).get(page).content.decode()
    assert signed_in(kiprono).post(page, {"all": "present"}).status_code == 409


def test_a_phone_may_send_later_what_it_marked_in_time(hall, kiprono, scope_of):
    ended(hall, days=3)
    assert record(scope_of(kiprono), hall, said(hall.seats[0], "present", marked_at=hall.session.ends_at)) == ["applied"]
    ended(hall, days=8)
    assert record(scope_of(kiprono), hall, said(hall.seats[1], "present", marked_at=hall.session.ends_at)) == ["refused"]


def test_nobody_marks_a_session_that_was_cancelled(hall, kiprono, scope_of, signed_in):
    hall.session.cancelled_at = NOW()
    hall.session.save()
    with pytest.raises(Refused, match="was cancelled"):
        record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    assert signed_in(kiprono).get(f"/cohorts/{hall.code}/sessions/1/").status_code == 404


def test_only_those_with_a_seat_are_marked(hall, kiprono, scope_of):
    hall.seats[0].state = "withdrawn"
    hall.seats[0].save()
    hall.seats[1].state = "approved"
    hall.seats[1].save()
    assert record(scope_of(kiprono), hall, said(hall.seats[0], "present"), said(hall.seats[1], "present")) == [
        "refused",
        "applied",
    ]


# Doors.


def batch(hall, *entries):
    rows = [
        {"client_id": str(e.client_id), "session": str(hall.session.uid), "enrolment": e.enrolment, "mark": e.mark, "base": e.base and str(e.base)}
        for e in entries
    ]  # fmt: skip
    return json.dumps({"device": "Android Chrome", "entries": rows})


@pytest.mark.parametrize("door", ["/marks/", "/api/v1/attendance/"])
def test_a_batch_is_answered_one_by_one(hall, kiprono, signed_in, door):
    hall.session.refresh_from_db()
    good, stranger = said(hall.seats[0], "present"), Said(999999, "present", None, uuid.uuid4())
    response = signed_in(kiprono).post(door, batch(hall, good, stranger), content_type="application/json")
    answers = response.json() if door.startswith("/api") else response.json()["answers"]
    assert [a["state"] for a in answers] == ["applied", "refused"]
    assert answers[0]["standing"] == {"client_id": str(good.client_id), "mark": "present"}
    assert AttendanceEntry.objects.get().device == "Android Chrome"


def test_a_strangers_batch_leaves_no_mark(hall, signed_in, coordinator, grace, anyone):
    hall.session.refresh_from_db()
    other = make.member("trainer", "other@ksg.example", "Other Trainer")
    body = batch(hall, said(hall.seats[0], "present"))
    answer = signed_in(other).post("/marks/", body, content_type="application/json").json()["answers"][0]
    assert answer["state"] == "refused" and answer["standing"] is None
    assert signed_in(grace).post("/marks/", body, content_type="application/json").status_code == 403
    assert anyone.post("/marks/", body, content_type="application/json").json()["code"] == "signed_out"
    assert not AttendanceEntry.objects.exists()


def test_conflicts_are_read_and_settled_by_api(hall, kiprono, second, scope_of, signed_in):
    record(scope_of(kiprono), hall, said(hall.seats[0], "present"))
    record(scope_of(second), hall, said(hall.seats[0], "absent"))
    client = signed_in(second)
    waiting = client.get("/api/v1/attendance-entries/?state=conflict").json()["results"]
    assert [w["mark"] for w in waiting] == ["absent"]
    assert client.post(f"/api/v1/attendance-entries/{waiting[0]['id']}/settle/").json()["mark"] == "absent"
    assert client.get("/api/v1/attendance-entries/?state=conflict").json()["results"] == []


def test_the_worker_may_serve_the_whole_portal(anyone):
    response = anyone.get("/sw.js")
    assert response["Service-Worker-Allowed"] == "/" and response["Content-Type"].startswith("text/javascript")
    assert "worker-src 'self'" in response["Content-Security-Policy"]


def test_the_cost_of_a_batch_does_not_grow(hall, livestock, kiprono, scope_of, django_assert_max_num_queries):
    more = [make.seat(hall, make.officer(livestock, f"Officer{n}", "Baraka")) for n in range(25)]
    with django_assert_max_num_queries(16):
        assert record(scope_of(kiprono), hall, *[said(seat, "present") for seat in hall.seats + more]) == ["applied"] * 28


@pytest.mark.django_db(transaction=True)
def test_two_trainers_at_once(hall, kiprono, second):
    """Both mark everybody at the same moment: each officer has one mark that stands, and what differs waits."""
    users, answers, start = [kiprono, second], {}, threading.Barrier(2)

    def mark(hat, word):
        try:
            start.wait()
            scope = Scope(user=hat.user, membership=hat)
            answers[word] = record(scope, hall, *[said(seat, word) for seat in hall.seats])
        finally:
            connection.close()

    threads = [threading.Thread(target=mark, args=pair) for pair in zip(users, ("present", "absent"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(tuple, answers.values())) == [("applied",) * 3, ("conflict",) * 3]
    assert Attendance.objects.count() == 3 and AttendanceEntry.objects.filter(state="conflict").count() == 3
