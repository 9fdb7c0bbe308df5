"""What the tests of audits begin with."""

import pytest
from django.db import transaction

from cse_portal.lib import clock

from . import steps
from .cycle import World
from .cycle_machine import Cycle


@pytest.fixture
def edition(db):
    return steps.published_edition()


@pytest.fixture
def audit(livestock, edition, amina, brian):
    """Of Livestock's head office: Amina leads, Brian is on the team, both declared free of interest."""
    planned = steps.plan(livestock, edition, amina, brian)
    steps.declare(planned, amina, brian)
    return planned


@pytest.fixture
def site(audit):
    return audit.sites.get()


@pytest.fixture
def submitted(audit, amina):
    """Livestock's audit, everything met, submitted."""
    steps.rate_all(amina, audit)
    return steps.audits.submit(steps.scope(amina), audit)


@pytest.fixture(scope="module")
def cycle_world(django_db_setup, django_db_blocker):
    """The world of the model-based test, built once for a file: each history of the machine is taken back at its end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        world = World(clock.now)
        patch.setattr(clock, "now", world.now)
        patch.setattr(clock, "today", lambda: clock.civil(world.now()))
        patch.setattr(Cycle, "world", world)
        world.build()
        yield world
        transaction.set_rollback(True)
