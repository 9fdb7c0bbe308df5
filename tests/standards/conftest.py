"""What the tests of audits begin with."""

import pytest

from . import steps


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
