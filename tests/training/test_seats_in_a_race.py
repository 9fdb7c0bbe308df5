"""What two do in the same moment: one is refused with a sentence, never an error; two that wait for each other both get through."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from cse_portal.lib.errors import Refused
from tests import factories as make
from tests.training.seats_world import World, scope
from training.models import Cohort, Enrolment
from training.services import nominations, seating


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda cohort, other, a, b: [make.seat(cohort, a), make.seat(cohort, b)], "full"),
        (lambda cohort, other, a, b: [make.seat(cohort, a), make.seat(other, a)], "clash"),
        (lambda cohort, other, a, b: [make.seat(cohort, a, "nominated"), make.seat(cohort, a)], None),
    ],
)
def test_what_the_database_refuses_is_a_sentence(livestock, embu, made, code):
    cohort = make.cohort(capacity=1 if code == "full" else 5)
    other = make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X"))
    people = [make.officer(livestock, name) for name in ("One", "Two")]

    @seating.act_on_seats
    def act():
        made(cohort, other, *people)

    with pytest.raises(Refused) as no:
        act()
    assert no.value.code == (code or "seated") and not Enrolment.objects.exists()


@pytest.mark.django_db
def test_another_error_stays_an_error(livestock):
    @seating.act_on_seats
    def act():
        make.organisation("SDLD", "The same code again")

    with pytest.raises(IntegrityError):
        act()


@pytest.mark.django_db(transaction=True)
def test_two_that_wait_for_each_other_both_get_through():
    """Each locks its cohort, then that of the other: the database ends one, which begins anew."""
    world = World(cohorts=2, officers=1)
    gate, tried, errors = threading.Barrier(2), [], []

    def run(first, second):
        @seating.act_on_seats
        def act():
            tried.append(first)
            Cohort.objects.select_for_update().get(pk=first.pk)
            if len(tried) <= 2:
                gate.wait(10)
            Cohort.objects.select_for_update().get(pk=second.pk)

        try:
            act()
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    one, two = world.cohorts
    threads = [threading.Thread(target=run, args=pair) for pair in ((one, two), (two, one))]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not errors and len(tried) == 3


@pytest.mark.django_db(transaction=True)
def test_one_officer_nominated_for_two_cohorts_at_the_same_time_gets_one_seat():
    world = World(cohorts=6, capacity=30, officers=4, overlapping=True)
    mda, gate, said = world.mdas[1], threading.Barrier(6), []

    def run(cohort):
        try:
            gate.wait()
            hr = world.hr[mda.pk]
            made = nominations.nominate(scope(hr.membership), cohort=cohort, officers=[o.pk for o in world.officers[mda.pk]])
            said.append(len(made.seated))
        except Refused as no:
            said.append(no.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[c]) for c in world.cohorts]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(map(str, said)) == ["4", *["clash"] * 5]
    assert Enrolment.objects.count() == 4


@pytest.mark.django_db
def test_inside_a_larger_transaction_an_error_of_the_act_is_the_callers(livestock):
    """A deadlock there cannot be tried again by the act alone."""
    assert connection.in_atomic_block
    calls = []

    @seating.act_on_seats
    def act():
        calls.append(1)
        raise OperationalError("deadlock detected")

    with pytest.raises(OperationalError), transaction.atomic():
        act()
    assert len(calls) == 1
