"""Dated posts of officers: read under lock, cut and spliced in memory, written as one difference. Rules live in the callers;
here a history stays whole: ordered, without overlap, each post at least a day long."""

import copy
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres.models import Officer, Posting
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day

ONE_DAY = dt.timedelta(days=1)
CARRIED = ["organisation_id", "cadre_id", "job_group_id", "designation", "terms", "county_id", "centre_id", "host_id"]
WRITTEN = [*CARRIED, "during", "end_reason"]
BATCH = 500


@dataclass
class Bulk:
    """What came of an act on many: ids of officers done, and [(Officer, sentence)] of those refused."""

    done: list = field(default_factory=list)
    refused: list = field(default_factory=list)


def locked(officer_ids):
    """{officer id: Officer with `.posts` oldest first}, the officers locked in the order of their ids."""
    ids = sorted(set(officer_ids))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM centres_officer WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    posts = defaultdict(list)
    held = Posting.objects.filter(officer__in=ids).select_related(
        "organisation", "cadre", "job_group", "county", "centre", "host"
    )
    for post in held.order_by("officer_id", "during"):
        posts[post.officer_id].append(post)
    found = Officer.objects.in_bulk(ids)
    for pk, officer in found.items():
        officer.posts = posts[pk]
    return found


def holds(post, day):
    first, end = post.during.lower, post.during.upper
    return (first is None or first <= day) and (end is None or day < end)


def at(posts, day):
    """The post held on that day, or None."""
    return next((p for p in posts if holds(p, day)), None)


def after(posts, day):
    """Posts that begin after that day."""
    return [p for p in posts if p.during.lower is not None and p.during.lower > day]


def joined(one, other):
    """Whether `other` begins where `one` ends."""
    return one.during.upper is not None and one.during.upper == other.during.lower


def goes_on(one, other):
    """Whether `other` follows at once, in the same MDA or in what became of it."""
    same = one.organisation_id == other.organisation_id or one.end_reason == Posting.End.REORGANISATION
    return joined(one, other) and same


def copied(post, **values):
    """An unsaved post like this one."""
    new = copy.copy(post)
    new.pk = None
    new._state = copy.copy(post._state)
    new._state.adding, new._state.fields_cache = True, {}
    return _with(new, values)


def _with(post, values):
    for name, value in values.items():
        setattr(post, name, value)
    return post


def edited(post, **values):
    """The same row with other values."""
    new = copy.copy(post)
    new._state = copy.copy(post._state)
    new._state.fields_cache = {}
    return _with(new, values)


def ended(post, end, reason):
    """The post ended on that day (its first day not)."""
    return edited(post, during=DateRange(post.during.lower, end), end_reason=reason)


def change_from(posts, day, values, reason):
    """The history with these values ({column: value}) from that day on.

    The post of the day is cut there, or corrected in place when it begins that day. Posts that follow it without a gap take a
    value over as long as they still hold the old one: a promotion told late also holds after a change of county told before.
    They are posts in the same MDA, or in what a reorganisation made of it."""
    now = at(posts, day)
    if now is None:
        raise not_in_post(posts, day)
    changes = {name: value for name, value in values.items() if getattr(now, name) != value}
    if not changes:
        return posts
    before, result, previous = {name: getattr(now, name) for name in changes}, [], None
    for post in posts:
        if post is now:
            result += _cut(post, day, changes, reason)
            previous = post
        elif previous is not None and changes and goes_on(previous, post):
            changes = {name: value for name, value in changes.items() if getattr(post, name) == before[name]}
            result.append(edited(post, **changes))
            previous = post
        else:
            result.append(post)
    return result


def _cut(post, day, changes, reason):
    if post.during.lower == day:
        return [edited(post, **changes)]
    new = copied(post, **changes, during=DateRange(day, post.during.upper))
    return [ended(post, day, reason), new]


def not_in_post(posts, day):
    """The sentence that fits: not yet, no longer, or not on that day."""
    words = {"day": long_day(day)}
    if not posts:
        return Refused(_("The officer has no post on record."))
    if posts[0].during.lower and day < posts[0].during.lower:
        words["first"] = long_day(posts[0].during.lower)
        return Refused(_("On %(day)s the officer was not in post yet: the first post on record begins on %(first)s.") % words)
    last = [p for p in posts if p.during.upper is not None and p.during.upper <= day]
    words["last"] = long_day(last[-1].during.upper - ONE_DAY) if last else ""
    return Refused(_("On %(day)s the officer is not in post: the last day was %(last)s.") % words)


def write(histories):
    """Writes [(posts before, posts after)] of any number of officers: removed, shortened, grown or corrected, then added; in that
    order no two posts of an officer ever overlap."""
    removed, shrunk, grown, kept, added = [], [], [], [], []
    for before, posts in histories:
        old = {p.pk: p for p in before}
        removed += set(old) - {p.pk for p in posts}
        for post in posts:
            if post.pk is None:
                added.append(post)
            elif post.during != old[post.pk].during:
                (shrunk if _within(post.during, old[post.pk].during) else grown).append(post)
            elif any(getattr(post, name) != getattr(old[post.pk], name) for name in WRITTEN):
                kept.append(post)
    if removed:
        Posting.objects.filter(pk__in=removed).delete()
    held = {p.pk: p for before, _posts in histories for p in before}
    for rows in (shrunk, grown, kept):
        changed = [name for name in WRITTEN if any(getattr(p, name) != getattr(held[p.pk], name) for p in rows)]
        if changed:
            Posting.objects.bulk_update(rows, changed, batch_size=BATCH)
    Posting.objects.bulk_create(added, batch_size=BATCH)


def _within(inner, outer):
    starts = outer.lower is None or (inner.lower is not None and inner.lower >= outer.lower)
    return starts and (outer.upper is None or (inner.upper is not None and inner.upper <= outer.upper))
