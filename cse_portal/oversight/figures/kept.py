"""Keeping what was worked out for as long as no fact behind it has changed: by version, day and scope, never by time."""

import hashlib

from django.core.cache import cache
from django.db import connection

from cse_portal.lib import clock

from . import source

LONGEST = 7 * 24 * 3600  # what nobody asks for any more is dropped; an answer is never taken by its age

# Few rows each beside officers: registers, tree, standings, certifications, audits, targets, returns.
FACTS = """
SELECT
  (SELECT concat(count(*), '/', max(c.id), '/', max(r.applied_at)) FROM centres_rostercoverage c JOIN centres_roster r ON r.id = c.roster_id),
  (SELECT concat(count(*), '/', sum(hashtext(concat(organisation_id, kind, during)))) FROM centres_standing),
  (SELECT concat(count(*), '/', sum(hashtext(concat(organisation_id, parent_id, during)))) FROM centres_reportingline),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, name, kind, during)))) FROM centres_organisation),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state, state_on, expires_on)))) FROM standards_certification),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state)))) FROM standards_audit),
  (SELECT concat(count(*), '/', max(id), '/', max(superseded_at)) FROM oversight_target),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, in_force, due_within_days)))) FROM training_requirement),
  (SELECT concat(count(*), '/', max(id)) FROM centres_succession),
  (SELECT concat(count(*), '/', sum(hashtext(concat(id, state)))) FROM oversight_quarterlyreturn)
"""


def version():
    """A short text that changes whenever a figure may have, in two queries; the civil day is part of it."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS)
        facts = cursor.fetchone()
    return hashlib.sha256(repr((source.mark(), facts, clock.today())).encode()).hexdigest()[:20]


def kept(name, version, make, *asked):
    """`make()`, or what it gave before at this version for what is asked (values that repr tells apart).
    It may hold newer facts than its version says, never older: whoever sees a newer version makes it anew."""
    key = f"figures:{hashlib.sha256(repr((name, version, asked)).encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, LONGEST)
    return found
