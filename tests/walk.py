"""The walk through every door of the house: what a door is, how it is asked, and what is wrong with an answer."""

import logging
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter

import pytest
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

from centres.models import Role
from centres.services import people
from cse_portal import urls
from cse_portal.lib.doors import ListDoor
from tests.house import MARKER, PUBLIC, SIGNED_IN, House

HATS = set(Role)
ANYONE, ACCOUNTS = HATS | {PUBLIC, SIGNED_IN}, HATS | {SIGNED_IN}
ROLELESS = ("account_", "mfa_", "api:schema", "api:docs")


@dataclass
class Door:
    who: set
    args: object = ""
    all: set = field(default_factory=set)
    post: set | None = None
    shared: bool = False
    open: bool = False
    data: object = None
    query: dict = field(default_factory=dict)
    loose: bool = False

    def __post_init__(self):
        if isinstance(self.who, str):
            self.who = {PUBLIC: ANYONE, SIGNED_IN: ACCOUNTS}[self.who]

    def arguments(self, side, role):
        if callable(self.args):
            return self.args(side, role)
        return [attrgetter(path)(side) for path in self.args.split()]

    def body(self, side):
        return (self.data(side) if callable(self.data) else self.data) or {}


# --- the resolver ---


def patterns(resolver, namespace=""):
    """{name with namespace: (view, what the address takes)}, of every address; of two of one name the second as "name code"."""
    found = {}
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            name = f"{namespace}{entry.name}" if entry.name else f"{namespace}?{entry.pattern}"
            takes = [p for p in entry.pattern.converters if p != "format"]  # formats of the API are the same door
            if name in found and found[name][1] != takes:
                name = " ".join([name, *takes])
            found.setdefault(name, (entry.callback, takes))
        else:
            found |= {
                k: v
                for k, v in patterns(entry, namespace + (f"{entry.namespace}:" if entry.namespace else "")).items()
                if k not in found
            }
    return found


DOORS = {name: view for name, (view, _takes) in patterns(get_resolver()).items()}


def methods(view):
    """GET and those that change something."""
    if actions := getattr(view, "actions", None):
        return [m for m in actions if m != "head"]
    of = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if of is None:
        return ["get"]
    known = ("get", "post") if not hasattr(view, "cls") else ("get", "post", "put", "patch", "delete")
    return [m for m in known if m in of.http_method_names and hasattr(of, m)]


def is_form(view):
    """A page that asks once, before GET and POST alike, whether one may."""
    return hasattr(view, "view_class") and "get" in methods(view)


def is_list(view):
    return issubclass(getattr(view, "view_class", None) or object, ListDoor)


# --- the walk ---


@contextmanager
def opened(files):
    """The house, built once; each request is undone after it. For speed sessions live in the cookie, refusals are bare, and
    pages come without the top bar and the foot, which are the same for all; who the readers are is read once."""
    patch = pytest.MonkeyPatch()
    for status in (403, 404):
        patch.setattr(urls, f"handler{status}", partial(bare, status=status), raising=False)
    patch.setattr(logging.getLogger("django.request"), "level", logging.ERROR)
    changed = override_settings(
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", MEDIA_ROOT=files, TEMPLATES=[without_frame()]
    )
    with transaction.atomic(), changed:
        house = House()
        house.files, house.facts = files, facts()
        patch.setattr(people, "hats", remembered(people.hats, lambda user, on: (user.pk, on)))
        patch.setattr(ModelBackend, "get_user", remembered(ModelBackend.get_user, lambda backend, pk: pk))
        yield house
        transaction.set_rollback(True)
    patch.undo()


def remembered(ask, key):
    """Answers once for each key, then copies: who somebody is changes in no request of the walk, for each is undone."""
    known = {}

    def answer(*asked):
        if key(*asked) not in known:
            known[key(*asked)] = ask(*asked)
        found = known[key(*asked)]
        return [copy(one) for one in found] if isinstance(found, list) else copy(found)

    return answer


def without_frame():
    """The template settings, with empty components for the frame of a page."""
    frame = {f"components/{name}.html": "" for name in ("top", "footer", "words")}
    loaders = ["filesystem.Loader", "app_directories.Loader"]
    cached = [("django.template.loaders.locmem.Loader", frame), *(f"django.template.loaders.{name}" for name in loaders)]
    engine = settings.TEMPLATES[0]
    return engine | {
        "APP_DIRS": False,
        "OPTIONS": engine["OPTIONS"] | {"loaders": [("django.template.loaders.cached.Loader", cached)]},
    }


def bare(request, exception, status):
    return HttpResponse(status=status)


def facts():
    """How many trail rows and notices there are: every act leaves one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM activity_entry), (SELECT count(*) FROM notices_notice)")
        return cursor.fetchone()


def ask(house, role, method, url, data=None):
    """The answer, and whether it left the facts as they were. All is undone."""
    kind = {"content_type": "application/json"} if url.startswith("/api/") and method != "get" else {}
    with transaction.atomic():
        client = house.clients[role]
        cookies = client.cookies.copy()
        response = getattr(client, method)(url, data or {}, **kind)
        client.cookies = cookies
        unchanged = method == "get" or facts() == house.facts
        transaction.set_rollback(True)
    return response, unchanged


def where(response):
    """The path that it sends to, or ''."""
    return response.get("Location", "").split("?")[0] if response.status_code in (301, 302, 303) else ""


def is_in(response):
    return response.status_code in (200, 201, 202, 204, 400, 409, 429) or where(response) not in ("", "/accounts/login/")


def is_out(role, response):
    if role == PUBLIC:
        return response.status_code in (401, 403, 404) or where(response) == "/accounts/login/"
    return response.status_code in (403, 404)


def text(response):
    if response.streaming and not hasattr(response, "taken"):
        response.taken = b"".join(response.streaming_content)
    return (response.taken if response.streaming else response.content).decode("utf-8", "replace")


def fault(door, role, may, foreign, response, unchanged):
    """What is wrong with one answer, or None."""
    if response.status_code >= 500 or response.status_code == 405:
        return "broken"
    if door.loose:
        return None
    hidden = foreign and role not in door.all and not door.shared
    if role in may and not hidden and not is_in(response):
        return "should get in"
    if role in may and hidden and response.status_code not in ((403, 404) if door.open else (404,)):
        return "should be 404"
    if role not in may and not is_out(role, response):
        return "should stay out"
    if (role not in may or hidden) and not unchanged:
        return "something changed"
    return None


def faults_of(house, name, door, view, strangers=False):
    """Sentences that say what is wrong with a door. Of pages that know no roles three readers stand for all. `strangers`: what is
    long and least likely to find anything: at theirs, those who may not open ours and those to whom both are open; and who post what
    they may not even look at."""
    for side in (house.ours, house.theirs) if door.args else (house.ours,):
        for role in [PUBLIC, SIGNED_IN, Role.LEARNER] if name.startswith(ROLELESS) else house.clients:
            stranger = side is house.theirs and (role not in door.who or role in door.all or door.shared)
            if stranger and not strangers:
                continue
            url = reverse(name.split()[0], args=door.arguments(side, role if role in HATS else Role.LEARNER))
            for method in methods(view):
                shut = method == "post" and role not in door.who and door.post is None and is_form(view)
                if strangers != (stranger or shut):
                    continue
                may = door.who if method == "get" or door.post is None else door.post
                response, unchanged = ask(house, role, method, url, door.query if method == "get" else door.body(side))
                said = f"{role} {method.upper()} {url}: {response.status_code} {where(response)}"
                if wrong := fault(door, role, may, side is house.theirs, response, unchanged):
                    yield f"{said}: {wrong}"
                if role not in door.all and response.status_code in (200, 201) and MARKER in text(response):
                    yield f"{said}: shows a foreign name"
            if not strangers and "get" not in methods(view) and role in door.who and side is house.ours and not door.loose:
                response, _ = ask(house, role, "get", url)
                if response.status_code != 405:
                    yield f"{role} GET {url}: {response.status_code}: should be 405"
