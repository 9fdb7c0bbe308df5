"""Keeping what was worked out for as long as no fact behind it has changed, nor the release that made it: by version, day and scope,
never by time."""

import functools
import hashlib
from collections import OrderedDict
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from centres.services import registers
from cse_portal.lib import clock

from . import source

LONGEST = 7 * 24 * 3600  # what nobody asks for any more is dropped; an answer is never taken by its age

# Few rows each beside officers: registers, tree, standings, certifications, audits, targets, rules, reference data.
FACTS = f"""
SELECT {source.MARK}, EXISTS (SELECT FROM training_requirementchange WHERE state IN ('publishing', 'undoing')),
  (SELECT concat(count(*), '/', max(id)) FROM centres_rostercoverage),
  (SELECT concat(count(*), '/', sum(hashtext(concat(organisation_id, kind, during)))) FROM centres_standing),
  (SELECT concat(count(*), '/', sum(hashtext(concat(organisation_id, parent_id, during)))) FROM centres_reportingline),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, name, kind, during)))) FROM centres_organisation),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state, state_on, expires_on)))) FROM standards_certification),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state)))) FROM standards_audit),
  (SELECT concat(count(*), '/', max(id), '/', max(superseded_at)) FROM oversight_target),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, in_force, due_within_days)))) FROM training_requirement),
  (SELECT concat(count(*), '/', max(id)) FROM centres_succession),
  (SELECT sum(hashtext(concat(id, code, name, sequence))) FROM centres_cadre),
  (SELECT sum(hashtext(concat(id, code, name))) FROM centres_county)
"""


class Version(NamedTuple):
    """Changes whenever a figure may have: `facts` with anything but the ledger, `mark` with the ledger; the civil day is in it."""

    facts: str
    mark: str
    applying: bool  # rules are being applied: figures mix the old and the new


def version():
    """The version as it stands, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS)
        mark, applying, *facts = cursor.fetchone()
    return Version(_short((facts, clock.today())), mark, applying)


def kept(name, version, make, *asked):
    """`make()`, or what it gave before at this version for what is asked (values that repr tells apart).
    It may hold newer facts than its version says, never older: whoever sees a newer version makes it anew."""
    key = _key(name, version, asked)
    found = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, LONGEST)
    return found


def kept_many(name, versions, make, *asked):
    """The same for several days, each with its own version: `versions` {day: version}; `make(days)` gives {day: answer}."""
    keys = {_key(name, version, (day, *asked)): day for day, version in versions.items()}
    found = {keys[key]: answer for key, answer in cache.get_many(keys).items()}
    if missing := [day for day in versions if day not in found]:
        made = make(missing)
        cache.set_many({key: made[day] for key, day in keys.items() if day in made}, LONGEST)
        found |= made
    return found


def _key(name, version, asked):
    return f"figures:{_short((release(), name, version, asked))}"


@functools.cache
def release():
    """Changes with the portal's own files: pages are kept as they were drawn, and another release may draw them otherwise."""
    rooms = [settings.BASE_DIR / room for room in ("cse_portal", "centres", "training", "standards", "templates", "locale")]
    files = [path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".html", ".mo")]
    return _short(sorted((str(path), path.stat().st_mtime_ns) for path in files))


def _short(said):
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


_here = OrderedDict()  # in this process: what is large, asked for at every reading, and changes seldom
MOST_HERE = 80


def here(name, version, make):
    """`make()`, or what it gave before in this process while the facts beside the ledger are the same. Not to be changed."""
    key = version.facts, name
    if key not in _here:
        _here[key] = make()
        while len(_here) > MOST_HERE:
            _here.popitem(last=False)
    return _here[key]


def registers_of(days, version, known_on=None):
    """`registers.read`, kept by facts and day in this process."""
    missing = [day for day in days if (version.facts, (day, known_on)) not in _here]
    read = registers.read(missing, known_on, today=clock.today()) if missing else {}
    return {day: here((day, known_on), version, lambda day=day: read[day]) for day in days}
