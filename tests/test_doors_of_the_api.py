"""The API's doors, walked as test_doors.py walks the pages'."""

import pytest

from tests.routes import ROUTES
from tests.test_doors import DOORS, _files, house  # noqa: F401 - fixtures
from tests.walk import faults_of

pytestmark = pytest.mark.django_db
NAMES = sorted(name for name in set(ROUTES) & set(DOORS) if name.startswith("api:"))


@pytest.mark.parametrize("name", NAMES)
def test_a_door_opens_for_those_it_is_meant_for_only(house, name):  # noqa: F811
    assert list(faults_of(house, name, ROUTES[name], DOORS[name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if ROUTES[name].args])
def test_whoever_may_not_open_ours_may_not_open_theirs(house, name):  # noqa: F811
    assert list(faults_of(house, name, ROUTES[name], DOORS[name], strangers=True)) == []
