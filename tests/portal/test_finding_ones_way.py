"""Whatever list of the Standard a role may open is one press away: the page of each thing, and its acts, are the second."""

import pytest

from cse_portal.lib.doors import ListDoor
from cse_portal.oversight.navigation import NAV
from tests.house import PUBLIC
from tests.routes import standards
from tests.walk import ANYONE, DOORS

LISTS = {
    name: door.who
    for name, door in standards.ROUTES.items()
    if not door.args and issubclass(getattr(DOORS[name], "view_class", object), ListDoor) and door.who != ANYONE
}


@pytest.mark.parametrize("role", [role for role in NAV if role != PUBLIC])
def test_every_list_that_a_role_may_open_is_in_its_navigation(role):
    named = {name for _label, name in NAV[role]}
    assert not sorted(name for name, who in LISTS.items() if role in who and name not in named)


def test_no_navigation_names_a_page_twice():
    assert len(LISTS) > 10
    for role, places in NAV.items():
        names = [name for _label, name in places]
        assert len(names) == len(set(names)), role
