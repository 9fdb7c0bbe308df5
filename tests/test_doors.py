"""Every door of the house: each page and API route × each role × our thing and theirs.

A new route needs one line in a table of tests/routes, or the first test fails:

    "app:name": Door(WHO, "cohort.code session.pk", all=ROLES)

WHO        roles that get in, or PUBLIC (no account needed), or SIGNED_IN (any account, even without a role)
second     where the arguments of the address are found on a Side of tests/house.py; add the thing there if it is missing.
           A function of the side and the role where it differs: lambda side, role: [side.tokens[role].pk]
all=       roles that see theirs as ours: a national hat, or ANYONE for public facts. All others get 404 for theirs, and its
           marker shows nowhere
post=      roles that may POST, where these are fewer than those who may look
shared=    theirs is open to the same roles, but shows no marker: a calendar of all, a public fact
open=True  theirs is in sight elsewhere, and only this act is refused: 403 will do
data=      what is posted, as a dict or a function of the side: needed only where an empty post says nothing
query=     what is asked with GET, for example {"q": SOUGHT}, the beginning of the marker
loose=True allauth's own steps, which send whoever has no business there somewhere else
"""

import csv
import re
from io import StringIO

import pytest
from django.db import transaction
from django.urls import reverse

import standards.policies
from centres.models import Role
from centres.models.people import OfficerQuerySet
from cse_portal.oversight.navigation import NAV
from tests import walk
from tests.house import MARKER, Side
from tests.routes import ROUTES
from tests.routes.who import AUDITOR, CHAMPION, HR, LEARNER, MANAGER, SOUGHT, TRAINER
from tests.walk import (  # noqa: F401 - what other tests of all pages take from here
    ANYONE,
    DOORS,
    HATS,
    ROLELESS,
    Door,
    ask,
    facts,
    faults_of,
    is_list,
    methods,
    text,
)
from training.models.compliance import ComplianceSpanQuerySet

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), walk.opened(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(autouse=True)
def _files(house, settings):
    """Of the house, whatever each test has of its own."""
    settings.MEDIA_ROOT = house.files


def test_every_route_is_listed_here():
    assert sorted(set(DOORS) - set(ROUTES)) == [], "add a line for each to ROUTES"
    assert sorted(set(ROUTES) - set(DOORS)) == [], "these lead nowhere any more"


# The API's doors are walked by test_doors_of_the_api.py, so that two processes share the walk.
PAGES = sorted(name for name in set(ROUTES) & set(DOORS) if not name.startswith("api:"))


@pytest.mark.parametrize("name", PAGES)
def test_a_door_opens_for_those_it_is_meant_for_only(house, name):
    assert list(faults_of(house, name, ROUTES[name], DOORS[name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_whoever_may_not_open_ours_may_neither_post_nor_open_theirs(house, name):
    assert list(faults_of(house, name, ROUTES[name], DOORS[name], strangers=True)) == []


@pytest.mark.parametrize("name", sorted(n for n in set(ROUTES) & set(DOORS) if is_list(DOORS[n])))
def test_a_list_finds_counts_and_exports_nothing_foreign(house, name):
    door = ROUTES[name]
    arguments = door.arguments(house.ours, Role.HR_OFFICER)
    url = reverse(name.split()[0], args=arguments)
    for role in house.clients:
        if role not in door.who or role in door.all:
            continue
        page, _ = ask(house, role, "get", url)
        if "q" in getattr(page.context["filterset"], "filters", ()):
            found, _ = ask(house, role, "get", url, {"q": SOUGHT})
            assert MARKER not in text(found), f"{role}: search"
        if any(column.value for column in page.context["columns"]):
            export, _ = ask(house, role, "get", url, {"export": "csv"})
            rows = list(csv.reader(StringIO(text(export))))[1:]
            assert MARKER not in text(export), f"{role}: export"
            assert page.context["total"] == len(rows), f"{role}: count"


SCOPED = HR | CHAMPION | MANAGER | LEARNER | TRAINER | AUDITOR
PRIVATE = [
    name for name, door in ROUTES.items() if not (door.args or door.shared or door.who == ANYONE or name.startswith(ROLELESS))
]


# Tokens, signed with the time; and facts open to all: places to choose from, free seats of cohorts.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|"csrf": "\w+"|totp[^\n]*|[?&]of=[^"&]+|name="all" value="[^"]+"|\s*<option .*?</option>'
    r'|<ul class="todo thin">.*?</ul>|[\d,]+ seats are free',
    re.DOTALL,
)


def test_what_happens_elsewhere_changes_no_list_count_or_figure_here(house):
    def bodies():
        for name in PRIVATE:
            for role in (ROUTES[name].who & SCOPED) - ROUTES[name].all if "get" in methods(DOORS[name]) else ():
                body = text(ask(house, role, "get", reverse(name), ROUTES[name].query)[0])
                yield (name, role), CHANGING.sub("", body)

    before = dict(bodies())
    with transaction.atomic():
        Side(house, "third", "Fisheries", MARKER)
        changed = sorted(key for key, body in bodies() if body != before[key])
        transaction.set_rollback(True)
    assert changed == []


def test_the_navigation_of_a_role_names_doors_that_open_for_it():
    closed = [(role, name) for role, entries in NAV.items() for _label, name in entries if role not in ROUTES[name].who]
    assert closed == []


def test_the_marker_is_there_to_be_seen(house):
    """Every "cannot see" above has something to see."""
    page, _ = ask(house, Role.ADMINISTRATOR, "get", reverse("centres:people"))
    assert MARKER in text(page)


@pytest.mark.parametrize(
    "where_, rule, name, said",
    [
        (OfficerQuerySet, "visible_to", "training:officer", "should be 404"),
        (ComplianceSpanQuerySet, "visible_to", "training:officers", "shows a foreign name"),
        (standards.policies, "may_decide", "standards:decide", "should stay out"),
    ],
)
def test_the_walk_finds_a_door_left_open(house, monkeypatch, where_, rule, name, said):
    opened = (lambda self, scope: self) if rule == "visible_to" else (lambda scope, thing=None: True)
    monkeypatch.setattr(where_, rule, opened)
    view = getattr(DOORS[name], "view_class", None)
    for attribute in ("needs", "allowed"):
        if hasattr(view, attribute):
            monkeypatch.setattr(view, attribute, staticmethod(opened))
    assert [fault for fault in faults_of(house, name, ROUTES[name], DOORS[name]) if said in fault]
