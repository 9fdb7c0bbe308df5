"""What the tests of seats begin with."""

import pytest

from tests import factories as make


@pytest.fixture
def cohort(embu):
    """Two seats, open for nominations."""
    return make.cohort(capacity=2)


@pytest.fixture
def hr(grace, scope_of):
    return scope_of(grace)


@pytest.fixture
def ps(principal_secretary, scope_of):
    return scope_of(principal_secretary)


@pytest.fixture
def people(livestock):
    """Six frontline officers of Livestock."""
    return [make.officer(livestock, f"Officer{n}") for n in range(6)]
