"""Fifty people at once reserve, nominate, approve, decline, let lapse, withdraw, substitute, change and release quotas: never too many
seats, first come first served, no seat lost, everything explainable. And the same one after another, found by Hypothesis."""

import threading
import time
from collections import Counter

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.training.seats_world import DAY, HOUR, World, dice
from training.models import SeatOffer

THREADS = 50


class VirtualClock:
    """An hour passes at about each act; nobody's now is before another's that was read earlier."""

    def __init__(self, began, hours):
        self.now, self.hours, self.lock = began, hours, threading.Lock()

    def tick(self, some):
        with self.lock:
            self.now += HOUR * some.random() * 2 * self.hours
            return self.now


def fight(world, acts, seed):
    """Fifty threads, each its acts: (Counter of what happened, errors). A watcher looks all the while."""
    clock = VirtualClock(world.began, 18 * 24 / (THREADS * acts))
    happened, errors, over, done = Counter(), [], [], threading.Event()
    gate = threading.Barrier(THREADS)

    def run(n):
        some = dice(f"{seed}-{n}")
        try:
            gate.wait()
            for _act in range(acts):
                happened[world.act(some, clock.tick(some))] += 1
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    def watch():
        try:
            while not done.is_set():
                over.extend(world.over_committed())
                time.sleep(0.05)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(THREADS)]
    watcher = threading.Thread(target=watch)
    watcher.start()
    [t.start() for t in threads]
    [t.join() for t in threads]
    done.set()
    watcher.join()
    assert not errors, errors[:3]
    assert not over
    return happened, clock.now


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("acts", "overlapping", "seed"),
    [
        pytest.param(2, False, 1, id="quick"),
        pytest.param(3, True, 2, id="quick-clashing", marks=pytest.mark.slow),
        *(pytest.param(30, bool(n % 2), n, id=f"long-{n}", marks=pytest.mark.slow) for n in (3, 4)),
    ],
)
def test_fifty_at_once(acts, overlapping, seed):
    world = World(cohorts=2, overlapping=overlapping)
    happened, now = fight(world, acts, seed)
    assert sum(happened.values()) == THREADS * acts
    assert not [what for what in happened if what[1] == "full"]  # the services count right; the database had nothing to refuse
    did = {name for (name, refused) in happened if refused is None}
    assert {"nominate", "withdraw", "reserve"} <= did  # something happened
    world.check(now)
    world.check(now + 3 * DAY)  # what is offered or nominated now has lapsed and gone on
    world.check(now + 9 * DAY)


class Seats(RuleBasedStateMachine):
    """One after another; after each act everything holds."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.world = World(cohorts=1, capacity=3, officers=4)
        self.now, self.acts = self.world.began, 0

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @rule(name=st.sampled_from(sorted(set(World.ACTS))), seed=st.integers(0, 1000))
    def act(self, name, seed):
        self.world.act(dice(seed), self.now, name)
        self.acts += 1

    @rule(seed=st.integers(0, 1000))
    def nominate(self, seed):
        self.world.act(dice(seed), self.now, "nominate")
        self.acts += 1

    @precondition(lambda self: self.now < self.world.began + 20 * DAY)
    @rule(hours=st.sampled_from([1, 50, 130]))
    def time_passes(self, hours):
        self.now += HOUR * hours

    @invariant()
    def all_is_well(self):
        if self.acts:
            self.world.check(self.now)


@pytest.mark.django_db
@pytest.mark.parametrize("histories", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_one_after_another(histories):
    quick = settings(
        max_examples=histories, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    run_state_machine_as_test(Seats, settings=quick)
    assert not SeatOffer.objects.exists()  # each history was taken back
