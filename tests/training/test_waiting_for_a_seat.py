"""The waiting list: offers, answers, and settling what is due. Through the services."""


import pytest

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import Enrolment, SeatOffer
from training.services import (
    answers,
    enrolment,
    nominations,
    queue,
    quotas,
    waiting,
)

from .nominating import DAY, HOUR, nominate, seat_of, state, states, told

pytestmark = pytest.mark.django_db


# The waiting list.


def test_a_freed_seat_is_offered_to_the_first_who_waits_and_newcomers_queue(hr, cohort, people):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    assert [e.officer for e in queue.queue(cohort)] == people[2:4]
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    assert states(cohort, people) == ["withdrawn", "confirmed", "offered", "waitlisted"]
    nominate(hr, cohort, people[4])
    assert state(people[4], cohort) == "waitlisted" and queue.position(seat_of(people[4], cohort)) == 2
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "confirmed" and told("offer") == 1 and told("joining") == 2  # the first is taken back
    assert queue.explain(seat_of(people[4], cohort)) == "Number 2 on the waiting list. All 2 seats are held."


def test_an_offer_lapses_and_goes_to_the_next_and_is_never_made_after_the_beginning(hr, cohort, people):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    late = clock.now() + 49 * HOUR
    with pytest.raises(Refused) as no:
        answers.accept_offer(hr, enrolment=seat_of(people[2], cohort), now=late)
    assert no.value.code == "lapsed"
    waiting.settle([cohort], late)
    assert states(cohort, people) == ["withdrawn", "confirmed", "declined", "offered"] and told("offer-lapsed") == 1
    begins = cohort.sessions.first().starts_at
    assert SeatOffer.objects.open().get().expires_at <= begins
    nominate(hr, cohort, people[4])
    waiting.settle([cohort], begins)
    assert states(cohort, people) == ["withdrawn", "confirmed", "declined", "declined", "withdrawn"]
    assert not SeatOffer.objects.open().exists()


def test_who_accepts_an_offer_unapproved_is_approved_afterwards(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "nominated"
    nominations.approve(ps, enrolments=[seat_of(people[2], cohort)])
    assert state(people[2], cohort) == "confirmed"


def test_who_is_approved_while_waiting_is_confirmed_on_accepting(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    nominations.approve(ps, enrolments=cohort.enrolments.all())
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "confirmed"


def test_who_meanwhile_sits_elsewhere_is_passed_over_and_keeps_the_place(hr, cohort, people, embu):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    make.seat(make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X")), people[2])
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    assert states(cohort, people) == ["withdrawn", "confirmed", "waitlisted", "offered"]
    assert "Number 1 on the waiting list. Passed over while the officer has a seat in EMB-26-777" in queue.explain(seat_of(people[2], cohort))


@pytest.mark.parametrize("was", ["nominated", "approved", "waitlisted", "offered", "confirmed"])
def test_withdrawal_always_frees_the_seat(hr, cohort, people, was):
    seat = make.seat(cohort, people[0], "confirmed")
    said = {"queued_at": clock.now()} if was == "waitlisted" else {}
    Enrolment.objects.filter(pk=seat.pk).update(state=was, approve_by=clock.now() + DAY, **said)
    if was == "offered":
        SeatOffer.objects.create(enrolment=seat, made_at=clock.now(), expires_at=clock.now() + DAY)
    make.seat(cohort, people[1])
    nominate(hr, cohort, people[2])
    before = quotas.seats_of(cohort).taken
    enrolment.withdraw(hr, enrolment=seat, reason="On leave")
    assert state(people[0], cohort) == "withdrawn" and not seat.offers.open().exists()
    assert quotas.seats_of(cohort).taken == before == 2


# Answers.


def test_the_officer_confirms_or_declines_by_the_link(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    nominations.approve(ps, enrolments=cohort.enrolments.all())
    first, second = (seat_of(o, cohort) for o in people[:2])
    answers.confirm(answers.by_link(first), enrolment=first)
    answers.confirm(answers.by_link(first), enrolment=first)
    answers.decline(answers.by_link(second), enrolment=second, reason="My child is ill")
    assert states(cohort, people) == ["confirmed", "declined", "offered"]
    assert Entry.objects.filter(verb="confirmed", actor=f"link:{people[0].ref}").count() == 1
    assert Notice.objects.get(key__startswith="declined:").to == hr.user.email
    with pytest.raises(Refused) as no:
        answers.confirm(answers.by_link(second), enrolment=second)
    assert no.value.code == "gone"
    with pytest.raises(Refused):
        answers.decline(answers.by_link(second), enrolment=first)


def test_one_officer_does_not_answer_for_another(hr, cohort, people, learner, scope_of, wanjiru):
    nominate(hr, cohort, people[0], wanjiru)
    answers.confirm(scope_of(learner), enrolment=seat_of(wanjiru, cohort))
    with pytest.raises(Refused):
        answers.decline(scope_of(learner), enrolment=seat_of(people[0], cohort))


# Settling.


def test_the_task_settles_what_is_due_and_run_again_does_nothing(hr, ps, cohort, people, monkeypatch):
    from training import tasks

    nominate(hr, cohort, *people[:4])
    later = clock.now() + 9 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    tasks.settle_seats()
    assert states(cohort, people) == ["withdrawn", "withdrawn", "offered", "offered"]
    told, entries = Notice.objects.count(), Entry.objects.count()
    tasks.settle_seats()
    assert (Notice.objects.count(), Entry.objects.count()) == (told, entries)


def test_an_offer_ends_with_the_beginning_of_a_cohort_that_was_moved(hr, cohort, people):
    for officer in people[:3]:
        nominate(hr, cohort, officer)
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    cohort.sessions.filter(number=1).update(starts_at=clock.now() + HOUR, ends_at=clock.now() + 2 * HOUR)
    waiting.settle([cohort], clock.now() + HOUR)
    assert state(people[2], cohort) == "declined" and queue.explain(seat_of(people[2], cohort)) == "The offer was not accepted in time."


def test_settling_costs_the_same_for_one_cohort_and_for_many(embu, hr, people, django_assert_max_num_queries):
    cohorts = [make.cohort(f"EMB-26-2{n:02}", starts_on=make.days_ahead(20 + 7 * n), capacity=1) for n in range(12)]
    for cohort in cohorts:
        nominate(hr, cohort, *people[:2])
    with django_assert_max_num_queries(12):
        waiting.settle(cohorts)


def test_who_waits_for_two_cohorts_at_the_same_time_is_offered_one_of_them(hr, embu, people):
    one = make.cohort("EMB-26-301", capacity=1)
    two = make.cohort("EMB-26-302", capacity=1, of=make.version("CSE-X"))
    apart = make.cohort("EMB-26-303", capacity=1, starts_on=make.days_ahead(40), of=make.version("CSE-Y"))
    for cohort, seated in zip((one, two, apart), people[:3], strict=True):
        nominate(hr, cohort, seated)
        nominate(hr, cohort, people[3])
    Enrolment.objects.filter(officer__in=people[:3]).update(state="withdrawn")
    waiting.settle([one, two, apart])
    assert [state(people[3], c) for c in (one, two, apart)] == ["offered", "waitlisted", "offered"]
    nominate(hr, two, people[4])  # nobody else waits who could sit: the seat is not held back
    assert state(people[4], two) == "confirmed"
