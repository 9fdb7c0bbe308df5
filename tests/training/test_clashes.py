"""One place at a time: rooms, trainers and officers, by the services and against the database itself."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from cse_portal.lib.errors import Refused
from tests import factories as make
from training.models import Cohort, CohortSession, CohortTrainer, Enrolment
from training.services import cohorts, nominations, sessions
from training.services.clashes import Meeting

DAY = dt.date(2027, 3, 9)

# A session stands from 9:00 to 12:00. How another lies to it, and whether that is a clash.
CASES = {
    "enclosing": ((8, 0), (13, 0), True),
    "enclosed": ((10, 0), (11, 0), True),
    "the same": ((9, 0), (12, 0), True),
    "by a minute": ((11, 59), (14, 0), True),
    "back to back, after": ((12, 0), (14, 0), False),
    "back to back, before": ((7, 0), (9, 0), False),
}
# The same around midnight: a session from 22:00 to 02:00 of the next day.
NIGHT = {
    "the next morning, within": ((1, 0), (3, 0), True),
    "the next morning, from its end": ((2, 0), (3, 0), False),
}


def instants(first, last, night=False):
    day = DAY + dt.timedelta(days=1) if night else DAY
    return make.at(day, *first), make.at(day, *last)


def every_case():
    for name, (a, b, clash) in CASES.items():
        yield pytest.param(instants((9, 0), (12, 0)), instants(a, b), clash, id=name)
    standing = make.at(DAY, 22), make.at(DAY + dt.timedelta(days=1), 2)
    for name, (a, b, clash) in NIGHT.items():
        yield pytest.param(standing, instants(a, b, night=True), clash, id=name)


each_case = pytest.mark.parametrize("standing, wanted, clash", list(every_case()))


def cohort_at(code, times, **fields):
    """A cohort of one session at these times."""
    made = make.cohort(code, starts_on=DAY, days=2, **fields)
    made.sessions.all().delete()
    CohortSession.objects.create(cohort=made, number=1, starts_at=times[0], ends_at=times[1])
    return made


def move(actor, cohort, times, **said):
    """The only session of the cohort at these times."""
    session = cohort.sessions.get(cancelled_at=None)
    said.setdefault("room", session.room)
    meeting = Meeting(*times, uid=session.uid, room=said.pop("room"))
    return sessions.set_sessions(actor, cohort=cohort, sessions=[meeting], **said)


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def hall(embu):
    return make.room(embu)


ELSEWHEN = (make.at(DAY, 4), make.at(DAY, 5))


# Rooms.


@pytest.mark.django_db
@each_case
def test_a_room_is_booked_once_by_service(esther, hall, standing, wanted, clash):
    first, second = cohort_at("EMB-1", standing), cohort_at("EMB-2", ELSEWHEN)
    move(esther, first, standing, room=hall)
    if clash:
        with pytest.raises(Refused, match="Hall 1, KSG Embu is booked by EMB-1: 9 March 2027"):
            move(esther, second, wanted, room=hall)
        assert second.sessions.get().starts_at == ELSEWHEN[0]
        move(esther, second, wanted, room=hall, reason="Two halves of the hall")
        assert second.sessions.get().room_reason == "Two halves of the hall"
    else:
        move(esther, second, wanted, room=hall)
        assert second.sessions.get().room_reason == ""


@pytest.mark.django_db
@each_case
def test_a_room_is_booked_once_by_sql(hall, standing, wanted, clash):
    cohort_at("EMB-1", standing).sessions.update(room=hall)
    second = cohort_at("EMB-2", wanted)
    sql = "UPDATE training_cohortsession SET room_id = %s WHERE cohort_id = %s"
    refused(sql, [hall.pk, second.pk], "room_booked_once" if clash else "")


# Trainers.


@pytest.mark.django_db
@each_case
def test_a_trainer_stands_in_one_place_by_service(esther, embu, kiprono, standing, wanted, clash):
    make.accreditation(kiprono)
    first, second = cohort_at("EMB-1", standing, trainer=kiprono), cohort_at("EMB-2", wanted)

    def name(**said):
        cohorts.change_cohort(esther, cohort=second, capacity=35, joining_notes="", trainers=[kiprono.user], **said)

    if clash:
        with pytest.raises(Refused, match="David Kiprono teaches EMB-1: 9 March 2027"):
            name()
        name(reason="By turns")
        assert second.trainers.get().reason == "By turns"
    else:
        name()
        assert second.trainers.get().reason == ""
    assert first.trainers.get().reason == ""


@pytest.mark.django_db
@each_case
def test_a_trainer_stands_in_one_place_by_sql(embu, kiprono, standing, wanted, clash):
    cohort_at("EMB-1", standing, trainer=kiprono)
    second = cohort_at("EMB-2", wanted)
    sql = "INSERT INTO training_cohorttrainer (cohort_id, user_id, reason) VALUES (%s, %s, '')"
    refused(sql, [second.pk, kiprono.user.pk], "trainer_in_one_place" if clash else "")


# Officers.


@pytest.mark.django_db
@each_case
def test_an_officer_sits_in_one_place_by_service(grace, scope_of, embu, wanjiru, standing, wanted, clash):
    make.seat(cohort_at("EMB-1", standing), wanjiru)
    second = cohort_at("EMB-2", wanted)
    if clash:
        with pytest.raises(Refused, match="EMB-1"):
            nominations.nominate(scope_of(grace), cohort=second, officers=[wanjiru.pk])
    else:
        assert len(nominations.nominate(scope_of(grace), cohort=second, officers=[wanjiru.pk]).seated) == 1


@pytest.mark.django_db
@each_case
def test_an_officer_sits_in_one_place_by_sql(embu, wanjiru, standing, wanted, clash):
    seat = make.seat(cohort_at("EMB-1", standing), wanjiru)
    second = cohort_at("EMB-2", wanted)
    sql = (
        "INSERT INTO training_enrolment (cohort_id, officer_id, organisation_id, state, enrolled_at, clash_reason, withdrawn_reason, outcome_reason)"
        " VALUES (%s, %s, %s, 'confirmed', now(), '', '', '')"
    )
    refused(sql, [second.pk, wanjiru.pk, seat.organisation_id], "officer_in_one_place" if clash else "")


@pytest.mark.django_db
@each_case
def test_a_move_into_another_course_of_an_officer_names_the_officer(esther, embu, wanjiru, standing, wanted, clash):
    make.seat(cohort_at("EMB-1", standing), wanjiru)
    second = cohort_at("EMB-2", ELSEWHEN)
    seat = make.seat(second, wanjiru)
    if clash:
        with pytest.raises(Refused, match="Wanjiru Kamau has a seat in EMB-1: 9 March 2027"):
            move(esther, second, wanted)
        move(esther, second, wanted, reason="Agreed with the MDA")
        seat.refresh_from_db()
        assert seat.clash_reason == "Agreed with the MDA"
    else:
        move(esther, second, wanted)
        assert second.sessions.get().starts_at == wanted[0]


def refused(sql, values, constraint):
    """The statement is refused by that constraint; with none it goes through."""
    if not constraint:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
        return
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


# What else stands in the way.


@pytest.mark.django_db
def test_a_room_that_is_too_small_or_closed_is_not_booked(esther, embu):
    small, shut = make.room(embu, "Room 2", 12), make.room(embu, "Old hall", 80, closed_on=make.days_ago(1))
    cohort = cohort_at("EMB-1", ELSEWHEN)
    with pytest.raises(Refused, match="Room 2, KSG Embu has 12 places; the cohort has 35"):
        move(esther, cohort, ELSEWHEN, room=small)
    with pytest.raises(Refused, match="Old hall, KSG Embu is closed from"):
        move(esther, cohort, ELSEWHEN, room=shut, reason="All the same")
    move(esther, cohort, ELSEWHEN, room=small, reason="Half of them online")
    assert cohort.sessions.get().room == small


@pytest.mark.django_db
def test_a_trainer_is_accredited_on_all_days(esther, embu, kiprono):
    make.accreditation(kiprono, until=DAY + dt.timedelta(days=1))
    cohort = make.cohort("EMB-1", starts_on=DAY, days=2)
    said = {"cohort": cohort, "capacity": 35, "joining_notes": "", "trainers": [kiprono.user]}
    with pytest.raises(Refused, match="David Kiprono is not accredited for .* on all days from 9 March 2027 to 10 March 2027"):
        cohorts.change_cohort(esther, **said)
    kiprono.user.accreditations.update(during=make.since(DAY))
    cohorts.change_cohort(esther, **said)
    assert cohort.trainers.get().reason == ""


@pytest.mark.django_db
def test_a_cancelled_cohort_gives_everything_back(esther, hall, kiprono, wanjiru):
    times = instants((9, 0), (12, 0))
    make.accreditation(kiprono)
    first = cohort_at("EMB-1", times, trainer=kiprono)
    move(esther, first, times, room=hall)
    make.seat(first, wanjiru)
    cohorts.cancel_cohort(esther, cohort=first, reason="Too few officers")
    second = cohort_at("EMB-2", times)
    move(esther, second, times, room=hall)
    CohortTrainer.objects.create(cohort=second, user=kiprono.user)
    make.seat(second, wanjiru)
    assert first.enrolments.get().state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_book_one_room_in_the_same_moment(esther, hall):
    times = instants((9, 0), (12, 0))
    pair = [cohort_at("EMB-1", ELSEWHEN), cohort_at("EMB-2", (make.at(DAY, 5), make.at(DAY, 6)))]
    start, outcomes = threading.Barrier(2), []

    def book(cohort):
        try:
            start.wait()
            move(esther, cohort, times, room=hall)
            outcomes.append("booked")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=book, args=[cohort]) for cohort in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked", "clash"]
    assert CohortSession.objects.filter(room=hall, starts_at=times[0]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_trainer_is_named_by_two_in_the_same_moment(esther, embu, kiprono):
    make.accreditation(kiprono)
    times = instants((9, 0), (12, 0))
    pair = [cohort_at("EMB-1", times), cohort_at("EMB-2", times)]
    start, outcomes = threading.Barrier(2), []

    def name(cohort):
        try:
            start.wait()
            cohorts.change_cohort(esther, cohort=cohort, capacity=35, joining_notes="", trainers=[kiprono.user])
            outcomes.append("named")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=name, args=[cohort]) for cohort in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["named", "refused"] and CohortTrainer.objects.count() == 1


def test_every_state_that_holds_a_seat_counts_as_busy():
    assert {str(s) for s in Enrolment.HOLDING} == {"nominated", "approved", "offered", "confirmed"}
    assert Cohort.State.CANCELLED not in Cohort.LIVE
