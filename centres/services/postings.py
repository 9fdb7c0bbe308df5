"""Posts of officers by form, for one or for many: a new post, secondment, separation, and taking any of these back.

Days may be past (a late correction cuts and splices the history) or to come. Who keeps an MDA's register changes posts there."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Officer, Posting, Succession
from centres.services import changes, history, numbers
from centres.services.history import ONE_DAY, Bulk
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day

PLACES = ("organisation", "cadre", "job_group", "county", "centre", "host")
AHEAD = dt.timedelta(days=2 * 366)
End = Posting.End


@dataclass
class Step:
    """What an act does to one officer: the posts after it, what the trail says, the officer's new number if any."""

    posts: list
    said: dict
    note: str = ""
    number: dict | None = None


def new_post(actor, *, officer, on, values, personal_no=""):
    """From that day on the officer's post holds these values: {organisation, cadre, job_group, county, centre: thing or None;
    designation, terms: text}. Another MDA must be within the actor's reach. Returns the officer."""
    return _one(actor, officer, "post changed", lambda o: _new_post(actor, o, on, values, personal_no))


def move_many(actor, *, officer_ids, on, values, dry_run=False):
    """The same new values from that day for many officers. Returns Bulk."""
    return _many(actor, officer_ids, "post changed", lambda o: _new_post(actor, o, on, values), dry_run)


def second(actor, *, officer, host, on, last_day=None, county=None, centre=None):
    """Works for `host` from that day, to `last_day` if it is known; the MDA of the post stays home and counts the officer."""
    return _one(actor, officer, "officer seconded", lambda o: _second(actor, o, host, on, last_day, county, centre))


def end_secondment(actor, *, officer, last_day):
    """Back at the home MDA, and at the duty station before, the day after."""
    return _one(actor, officer, "secondment ended", lambda o: _end_secondment(actor, o, last_day))


def separate(actor, *, officer, last_day, reason, words=""):
    """Left the service on `last_day`; `reason` one of Posting.LEAVING, `words` those of another reason."""
    return _one(actor, officer, "officer separated", lambda o: _separate(actor, o, last_day, reason, words))


def separate_many(actor, *, officer_ids, last_day, reason, words="", dry_run=False):
    """The same for many officers. Returns Bulk."""
    return _many(actor, officer_ids, "officer separated", lambda o: _separate(actor, o, last_day, reason, words), dry_run)


def reinstate(actor, *, officer):
    """Takes a separation back: the last post goes on as if it had not ended."""
    return _one(actor, officer, "separation undone", lambda o: _reinstate(actor, o))


def take_back(actor, *, posting):
    """The latest change of post was a mistake: that post goes, and the one before it runs on."""
    return _one(actor, posting.officer, "post taken back", lambda o: _take_back(actor, o, posting.pk))


@transaction.atomic
def _one(actor, officer, verb, rule):
    held = history.locked([officer.pk])[officer.pk]
    _kept(actor, held)
    _write(actor, verb, [(held, rule(held))])
    return held


@transaction.atomic
def _many(actor, officer_ids, verb, rule, dry_run=False):
    seen = set(Officer.objects.visible_to(actor).filter(pk__in=officer_ids).values_list("pk", flat=True))
    steps, bulk = [], Bulk()
    for pk, officer in history.locked(officer_ids).items():
        try:
            if pk not in seen:
                raise Refused(_("Not in your MDA or one below it."))
            _kept(actor, officer)
            steps.append((officer, rule(officer)))
        except Refused as refusal:
            bulk.refused.append((officer, str(refusal.message)))
        else:
            bulk.done.append(pk)
    if not dry_run:
        _write(actor, verb, steps)
    return bulk


def _write(actor, verb, steps):
    if not steps:
        return
    history.write([(officer.posts, step.posts) for officer, step in steps])
    entries = []
    for officer, step in steps:
        said = step.said | numbers.renumber(officer, step.number)
        entries.append(trail.entry(actor, verb, officer, said, step.note))
        officer.posts = step.posts
    trail.record_many(entries)
    changes.postings_changed([officer.pk for officer, _step in steps])


def _kept(actor, officer):
    if officer.merged_into_id:
        raise Refused(_("This record was merged into another; change that one."))
    if not policies.may_keep_register(actor):
        raise Refused(_("HR officers, authorised officers and administrators keep the register."))


def within_reach(actor, post):
    """Refused unless the actor keeps the register of the post's MDA, or of what a reorganisation made of it."""
    places, seen = {post.organisation_id}, set()
    while places:
        if any(policies.may_keep_at(actor, place) for place in places):
            return
        seen |= places
        places = set(Succession.objects.filter(predecessor__in=places).values_list("successor_id", flat=True)) - seen
    raise Refused(_("On that day the officer served in %(mda)s, whose register you do not keep.") % {"mda": post.organisation})


def _all_within_reach(actor, before, posts):
    """Also the later posts that take the change over."""
    held = {p.pk: p for p in before}
    for post in posts:
        if post.pk and any(getattr(post, n) != getattr(held[post.pk], n) for n in history.CARRIED):
            within_reach(actor, held[post.pk])


def sane(actor, day):
    """Refused for a day too far ahead to be meant."""
    if day > actor.today + AHEAD:
        raise Refused(_("%(day)s is more than two years ahead. Check the year.") % {"day": long_day(day)})


def in_being(organisation, day):
    first, end = organisation.during.lower, organisation.during.upper
    if (first and day < first) or (end and end <= day):
        raise Refused(_("%(mda)s is not in being on %(day)s.") % {"mda": organisation, "day": long_day(day)})


def columns(values):
    """{column: value} of {name: thing or text}."""
    return {f"{n}_id" if n in PLACES else n: (v and v.pk) if n in PLACES else v for n, v in values.items()}


def said_of(post, values):
    """The trail's {field: (old, new)} of the values that differ from the post's."""
    held = {name: getattr(post, name) for name in values}
    return {n: (str(held[n] or ""), str(v or "")) for n, v in values.items() if held[n] != v}


def _from(day):
    return _("from %(day)s") % {"day": day}


def _new_post(actor, officer, on, values, personal_no=""):
    sane(actor, on)
    now = history.at(officer.posts, on)
    if now is None:
        raise history.not_in_post(officer.posts, on)
    within_reach(actor, now)
    number = None
    if to := values.get("organisation"):
        if not policies.may_keep_at(actor, to.pk):
            raise Refused(_("You do not keep the register of %(mda)s: its HR officer asks for the transfer.") % {"mda": to})
        in_being(to, on)
        if to.pk != now.organisation_id and on <= actor.today:
            number = numbers.renumbered(officer, to, personal_no)
    posts = history.change_from(officer.posts, on, columns(values), End.NEW_POST)
    if posts is officer.posts:
        raise Refused(_("The post holds all this already on %(day)s: nothing changes.") % {"day": long_day(on)})
    _all_within_reach(actor, officer.posts, posts)
    return Step(posts, said_of(now, values), _from(on), number)


def _second(actor, officer, host, on, last_day, county, centre):
    sane(actor, last_day or on)
    now = history.at(officer.posts, on)
    if now is None:
        raise history.not_in_post(officer.posts, on)
    within_reach(actor, now)
    in_being(host, on)
    if now.host_id:
        raise Refused(_("The officer is seconded to %(mda)s on that day. End that secondment first.") % {"mda": now.host})
    if host.pk == now.organisation_id:
        raise Refused(_("This is the officer's own MDA."), fields={"host": [_("Choose another MDA: this is the officer's own.")]})
    if last_day and last_day < on:
        raise Refused(_("The last day is before the first."), fields={"last_day": [_("Give the first day or a later one.")]})
    values = {"host": host} | {n: v for n, v in (("county", county), ("centre", centre)) if v}
    if last_day is None or (now.during.upper and now.during.upper <= last_day):
        posts = history.change_from(officer.posts, on, columns(values), End.SECONDED)
    else:
        posts = _for_a_while(officer.posts, now, DateRange(on, last_day + ONE_DAY), columns(values))
    return Step(posts, said_of(now, values), _from(on) if last_day is None else f"{on} – {last_day}")


def _for_a_while(posts, now, days, values):
    """The post `now` holds the values on these days, inside it, and goes on as before."""
    pieces = []
    if now.during.lower != days.lower:
        pieces.append(history.ended(now, days.lower, End.SECONDED))
        pieces.append(history.copied(now, **values, during=days, end_reason=End.BACK))
    else:
        pieces.append(history.edited(now, **values, during=days, end_reason=End.BACK))
    if now.during.upper != days.upper:
        pieces.append(history.copied(now, during=DateRange(days.upper, now.during.upper), end_reason=now.end_reason))
    return [piece for p in posts for piece in (pieces if p is now else [p])]


def _end_secondment(actor, officer, last_day):
    sane(actor, last_day)
    now = history.at(officer.posts, last_day)
    if now is None:
        raise history.not_in_post(officer.posts, last_day)
    within_reach(actor, now)
    if not now.host_id:
        raise Refused(_("The officer is not seconded on %(day)s.") % {"day": long_day(last_day)})
    earlier = [
        p for p in officer.posts if p.during.upper and now.during.lower and p.during.upper <= now.during.lower and not p.host_id
    ]
    home = earlier[-1] if earlier else now
    values = {"host": None, "county": home.county, "centre": home.centre}
    if history.at(officer.posts, last_day + ONE_DAY) is None:
        raise Refused(_("The post ends that day anyway. Undo its end first, if the officer stays."))
    posts = history.change_from(officer.posts, last_day + ONE_DAY, columns(values), End.BACK)
    if posts is officer.posts:
        raise Refused(_("The secondment ends on that day already."))
    return Step(posts, said_of(now, values), _from(last_day + ONE_DAY))


def _separate(actor, officer, last_day, reason, words):
    sane(actor, last_day)
    if reason not in Posting.LEAVING:
        raise Refused(_("Say why the officer left."), fields={"reason": [_("Choose a reason.")]})
    if reason == End.OTHER and not words.strip():
        raise Refused(_("Say why the officer left."), fields={"words": [_("Say why, in a few words.")]})
    now = history.at(officer.posts, last_day)
    if now is None:
        raise history.not_in_post(officer.posts, last_day)
    within_reach(actor, now)
    if later := history.after(officer.posts, last_day):
        raise Refused(
            _("A later post is on record, in %(mda)s from %(day)s. Take it back first, or give a later day.")
            % {"mda": later[0].organisation, "day": long_day(later[0].during.lower)}
        )
    why = words.strip()[:60] if reason == End.OTHER else reason
    if now.during.upper == last_day + ONE_DAY and now.end_reason == why:
        raise Refused(_("This is on record already."))
    posts = [history.ended(p, last_day + ONE_DAY, why) if p is now else p for p in officer.posts]
    return Step(
        posts, {"last day": (now.last_day, last_day), "reason": (now.end_words, str(End(reason).label if why == reason else why))}
    )


def _reinstate(actor, officer):
    last = officer.posts[-1] if officer.posts else None
    if last is None or last.during.upper is None:
        raise Refused(_("The officer is in post: there is nothing to undo."))
    within_reach(actor, last)
    in_being(last.organisation, max(actor.today, last.during.upper))
    posts = [*officer.posts[:-1], history.ended(last, None, "")]
    return Step(posts, {"last day": (last.last_day, None), "reason": (last.end_words, "")})


def _take_back(actor, officer, posting_id):
    if len(officer.posts) < 2 or officer.posts[-1].pk != posting_id:
        raise Refused(_("Only the latest of several posts can be taken back."))
    *earlier, last = officer.posts
    within_reach(actor, last)
    before = earlier[-1]
    if history.joined(before, last):
        within_reach(actor, before)
        earlier[-1] = history.ended(before, last.during.upper, last.end_reason)
    said = {n: (str(getattr(last, n) or ""), str(getattr(before, n) or "")) for n in (*PLACES, "designation")}
    return Step(earlier, {n: pair for n, pair in said.items() if pair[0] != pair[1]}, _from(last.during.lower))
