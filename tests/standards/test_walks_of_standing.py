"""Random walks through what people ask, decide and appeal and what the clock does: the history always tells where one stands."""

import datetime as dt
import random

import pytest

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import CertificationAct, CertificationAppeal
from standards.services import certification_appeals as appeals
from standards.services import standing, standing_clock

from . import steps
from .standing_steps import chair, keeper
from .steps import SYSTEM, hat_of, scope

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
def test_no_walk_leaves_the_state_machine(submitted, panel, principal_secretary, monkeypatch, seed):
    held = steps.decided(submitted, panel).certification
    rng, judge, day = random.Random(seed), hat_of("panel", "sixth@panel.example", "Beatrice Nduta"), held.issued_on

    def ask():
        kind = rng.choice(list(standing.GROUNDS))
        return standing.ask(scope(keeper()), held, kind=kind, ground=rng.choice(standing.GROUNDS[kind]), reason="Seen.", sites=[])

    def decide():
        return standing.decide(scope(chair()), held.acts.first(), grant=rng.random() < 0.8, reason="Seen.")

    def take_back():
        return standing.take_back(scope(keeper()), held.acts.first())

    def appeal():
        return appeals.lodge(scope(principal_secretary), act=rng.choice(list(held.acts.all())), grounds="Not so.")

    def judge_it():
        open_ = CertificationAppeal.objects.filter(state="lodged").first()
        if rng.random() < 0.4:
            return appeals.hold_effect(scope(judge), open_, hold=rng.random() < 0.7)
        return appeals.decide(scope(judge), open_, uphold=rng.random() < 0.5, reasons="Seen.")

    moves = [ask, decide, decide, take_back, appeal, judge_it, lambda: standing_clock.keep(SYSTEM, day)]
    done = 0
    for _step in range(45):
        if rng.random() < 0.25:
            day += dt.timedelta(days=rng.choice([3, 40, 190]))
            monkeypatch.setattr(clock, "today", lambda day=day: day)
        try:
            rng.choice(moves)()
            done += 1
        except (Refused, IndexError, AttributeError):  # refused, or nothing there to act on
            pass
        held.refresh_from_db()
        state = "in_force"
        for event in held.events.all():
            assert not event.before or event.before == state, "every event begins where the one before ended"
            state = state if event.after == "expired" else event.after
        assert state == held.state
        assert (held.suspended_until is not None) == (held.state == "suspended")
        assert held.acts.filter(state=CertificationAct.State.ASKED).count() <= 1
        assert held.events.filter(kind="expired").count() <= 1
        way_out = held.state in ("withdrawn", "replaced") or any(before == held.state for _kind, before in standing.WAYS)
        assert way_out
    assert done > 5
