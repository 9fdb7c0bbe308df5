"""Sessions move and keep their calendar event; whoever is concerned is told, nobody else."""

import datetime as dt

import pytest
import vobject
from django.utils import timezone

from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import Cohort
from training.services import answers, cohorts, enrolment, nominations, sessions
from training.services.clashes import Meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def cohort(embu, kiprono):
    make.accreditation(kiprono)
    return make.cohort(trainer=kiprono, days=3)


def meetings(cohort):
    return [
        Meeting(s.starts_at, s.ends_at, s.title, s.room, s.link, s.uid)
        for s in cohort.sessions.filter(cancelled_at=None).order_by("starts_at")
    ]


def later(meeting, **shift):
    shift = dt.timedelta(**shift)
    return Meeting(meeting.starts_at + shift, meeting.ends_at + shift, meeting.title, meeting.room, meeting.link, meeting.uid)


def events(notice):
    return {e.uid.value: e for e in vobject.readOne(notice.calendar).vevent_list}


def test_a_moved_session_keeps_its_row_and_only_those_concerned_are_told(esther, cohort, wanjiru, hassan, dairy_board):
    """Hassan sits elsewhere, and Chebet gave the seat back: they hear nothing."""
    make.seat(cohort, wanjiru)
    make.seat(cohort, make.officer(dairy_board, "Chebet", "Ruto"), "withdrawn")
    make.seat(make.cohort("EMB-26-009", starts_on=make.days_ahead(60)), hassan)
    before = {s.uid: (s.pk, s.sequence) for s in cohort.sessions.all()}
    one, two, three = meetings(cohort)
    sessions.set_sessions(esther, cohort=cohort, sessions=[one, later(two, hours=5), three])
    moved = cohort.sessions.get(uid=two.uid)
    assert (moved.pk, moved.sequence) == (before[two.uid][0], 1)
    assert {s.sequence for s in cohort.sessions.exclude(uid=two.uid)} == {0}
    told = Notice.objects.filter(key__startswith="sessions:")
    assert {n.to for n in told} == {wanjiru.email, "kiprono@ksg.example"}
    for notice in told:
        sent = vobject.readOne(notice.calendar)
        [event] = sent.vevent_list  # the one that moved, not the others
        assert sent.method.value == "REQUEST" and event.sequence.value == "1" and event.uid.value.startswith(f"{two.uid}@")
        assert event.dtstart.value == two.starts_at + dt.timedelta(hours=5)
    assert "13:30 to 17:30" in told.get(to=wanjiru.email).body


def test_two_sessions_change_places(esther, cohort):
    one, two, three = meetings(cohort)
    swapped = [later(one, days=1), later(two, days=-1), three]
    sessions.set_sessions(esther, cohort=cohort, sessions=swapped)
    stands = {s.uid: s for s in cohort.sessions.all()}
    assert (stands[one.uid].number, stands[two.uid].number, stands[three.uid].number) == (2, 1, 3)
    assert stands[one.uid].starts_at == two.starts_at and stands[three.uid].sequence == 0


def test_a_session_taken_out_stays_as_cancelled(esther, cohort, wanjiru):
    make.seat(cohort, wanjiru)
    one, two, three = meetings(cohort)
    sessions.set_sessions(esther, cohort=cohort, sessions=[one, three])
    gone = cohort.sessions.get(uid=two.uid)
    assert gone.cancelled_at and gone.sequence == 1
    assert list(cohort.sessions.filter(cancelled_at=None).order_by("number").values_list("number", "uid")) == [
        (1, one.uid),
        (2, three.uid),
    ]
    [event] = events(Notice.objects.get(to=wanjiru.email)).values()
    assert event.status.value == "CANCELLED" and event.sequence.value == "1"
    cohort.refresh_from_db()
    sessions.set_sessions(esther, cohort=cohort, sessions=[one, Meeting(two.starts_at, two.ends_at), three])
    assert cohort.sessions.filter(cancelled_at=None).count() == 3 and cohort.sessions.count() == 4


def test_saying_the_same_again_changes_and_tells_nothing(esther, cohort, wanjiru):
    make.seat(cohort, wanjiru)
    sessions.set_sessions(esther, cohort=cohort, sessions=meetings(cohort))
    assert not Notice.objects.exists() and not cohort.sessions.filter(sequence__gt=0).exists()


def test_a_new_title_is_no_news_but_a_new_version_of_the_event(esther, cohort, wanjiru):
    make.seat(cohort, wanjiru)
    one, *rest = meetings(cohort)
    named = Meeting(one.starts_at, one.ends_at, "Opening", uid=one.uid)
    sessions.set_sessions(esther, cohort=cohort, sessions=[named, *rest])
    assert cohort.sessions.get(uid=one.uid).sequence == 1 and not Notice.objects.exists()


def test_a_cohort_moves_by_a_week_and_its_old_mails_are_taken_back(esther, cohort, grace, scope_of, wanjiru):
    nominations.nominate(scope_of(grace), cohort=cohort, officers=[wanjiru.pk])
    cohort.decide_by = cohort.starts_on
    cohort.save()
    week = dt.timedelta(days=7)
    moved = [later(m, days=-7) for m in meetings(cohort)]
    sessions.set_sessions(
        esther, cohort=cohort, sessions=moved, starts_on=cohort.starts_on - week, ends_on=cohort.ends_on - week
    )
    joining = Notice.objects.get(key__startswith="joining:")
    assert joining.state == "cancelled"
    told = Notice.objects.get(key__startswith="sessions:enrolment")
    assert told.state == "queued" and {e.sequence.value for e in events(told).values()} == {"1"}
    assert set(events(told)) == set(events(joining))
    first = cohort.starts_on - week
    cohort.refresh_from_db()
    assert cohort.starts_on == first and cohort.decide_by == first


def test_a_session_may_run_past_midnight(esther, cohort):
    one, two, three = meetings(cohort)
    night = Meeting(make.at(cohort.starts_on, 21), make.at(cohort.starts_on + dt.timedelta(days=1), 1), link="https://meet.example/x")
    sessions.set_sessions(esther, cohort=cohort, sessions=[one, night, two, three])
    assert cohort.sessions.get(number=2).ends_at == make.at(cohort.starts_on + dt.timedelta(days=1), 1)
    assert sessions.mode_of(cohort.sessions.filter(cancelled_at=None)) == "blended"


def test_withdrawing_and_coming_back_only_ever_raises_the_sequence(grace, scope_of, cohort, wanjiru, coordinator):
    hr = scope_of(grace)
    seat = nominations.nominate(hr, cohort=cohort, officers=[wanjiru.pk]).seated[0]
    enrolment.withdraw(hr, enrolment=seat, reason="Needed at the station")
    nominations.nominate(hr, cohort=cohort, officers=[wanjiru.pk])
    cohorts.cancel_cohort(scope_of(coordinator), cohort=cohort, reason="Floods")
    sent = [n for n in Notice.objects.order_by("pk") if n.calendar and n.to == wanjiru.email]
    said = [(vobject.readOne(n.calendar).method.value, {e.sequence.value for e in events(n).values()}) for n in sent]
    assert said == [("REQUEST", {"0"}), ("CANCEL", {"1"}), ("REQUEST", {"2"}), ("CANCEL", {"4"})]
    assert len({frozenset(events(n)) for n in sent}) == 1  # the same events all along
    assert {e.status.value for e in events(sent[-1]).values()} == {"CANCELLED"}


def test_sessions_are_moved_on_the_page(coordinator, signed_in, cohort, embu, wanjiru):
    hall, client = make.room(embu), signed_in(coordinator)
    make.seat(cohort, wanjiru)
    page = f"/cohorts/{cohort.code}/sessions/"
    assert "Hall 1 (40)" in client.get(page).content.decode()
    data = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 3}
    for i, m in enumerate(meetings(cohort)):
        day = timezone.localtime(m.starts_at)
        said = {"uid": m.uid, "on": f"{day:%Y-%m-%d}", "starts": "22:00" if i == 1 else "08:30", "ends": "02:00" if i == 1 else "12:30"}
        data |= {f"form-{i}-{field}": value for field, value in (said | {"room": hall.pk}).items()}
    assert client.post(page, data).status_code == 302
    night = cohort.sessions.order_by("number")[1]
    assert (night.ends_at - night.starts_at, night.room, night.sequence) == (dt.timedelta(hours=4), hall, 1)
    other = make.cohort("EMB-26-002", starts_on=cohort.starts_on, days=3)
    answer = client.post(f"/cohorts/{other.code}/sessions/", {k: v for k, v in data.items() if not k.endswith("uid")})
    assert answer.status_code == 409 and "is booked by EMB-26-001" in answer.content.decode()
    data |= {"reason": "Two halves"}
    assert client.post(f"/cohorts/{other.code}/sessions/", {k: v for k, v in data.items() if not k.endswith("uid")}).status_code == 302
    assert "Two halves" in client.get(f"/rooms/{hall.pk}/").content.decode()


def test_telling_a_full_hall_takes_few_queries(esther, cohort, livestock, django_assert_max_num_queries):
    for n in range(30):
        make.seat(cohort, make.officer(livestock, "Officer", f"Number{n}"))
    one, two, three = meetings(cohort)
    with django_assert_max_num_queries(45):
        sessions.set_sessions(esther, cohort=cohort, sessions=[one, later(two, hours=5), three])
    assert Notice.objects.filter(key__startswith="sessions:enrolment").count() == 30


def test_a_marked_session_stays_as_it_was_held(esther, embu, wanjiru):
    held = make.cohort(starts_on=make.days_ago(1), days=2)
    from training.models import Attendance

    Attendance.objects.create(session=held.sessions.first(), enrolment=make.seat(held, wanjiru), mark="present", marked_at=timezone.now())
    one, two = meetings(held)
    with pytest.raises(Refused, match="Session 1 is marked"):
        sessions.set_sessions(esther, cohort=held, sessions=[two])
    assert Cohort.objects.get().sessions.count() == 2


def test_who_declines_loses_the_sessions_from_the_calendar(grace, learner, scope_of, cohort, wanjiru):
    seat = nominations.nominate(scope_of(grace), cohort=cohort, officers=[wanjiru.pk]).seated[0]
    answers.decline(scope_of(learner), enrolment=seat)
    told = Notice.objects.get(key=f"not-coming:enrolment-{seat.pk}")
    assert vobject.readOne(told.calendar).method.value == "CANCEL" and {e.sequence.value for e in events(told).values()} == {"1"}
