"""Calendar feeds: the secret address of a person, and what a calendar program reads under it."""

import datetime as dt
import hashlib

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Q, Window
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import invitations, policies
from training.models import CalendarFeed, Cohort, CohortSession, Enrolment
from training.models.resources import feed_token

BACK = dt.timedelta(days=90)  # sessions longer ago are not in a feed, nor seats given back for them
SEEN_FOR = 90 * 86_400  # how long it is known since when a feed says what it says
A_MINUTE = 60
PER_MINUTE = 30  # readings of one address


@transaction.atomic
def address_of(actor, *, renew=False):
    """The feed of the person, made when first asked for; `renew` gives it a new secret, and the old address ends."""
    if not policies.may_subscribe(actor):
        raise Refused(_("Only a person subscribes to a calendar."), code="not_allowed")
    feed, made = CalendarFeed.objects.select_for_update().get_or_create(user=actor.user, defaults={"made_at": clock.now()})
    if made:
        trail.record(actor, "made", feed)
    elif renew:
        feed.token, feed.made_at = feed_token(), clock.now()
        feed.save(update_fields=["token", "made_at"])
        trail.record(actor, "renewed", feed)
    return feed


def too_many(token):
    """Whether this address is read too often."""
    key = f"calendar-feed:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
    cache.add(key, 0, A_MINUTE)
    try:
        return cache.incr(key) > PER_MINUTE
    except ValueError:  # it lapsed in between
        return False


def of_person(user, on):
    """[(session, cohort, cancelled, offset)]: the sessions that the person teaches, and those of the own seats, with those given
    back as cancelled."""
    rows = {}
    taught = Q(cohort__trainers__user=user) & ~Q(cohort__state=Cohort.State.PLANNED)
    for session in _sessions(taught, on):
        rows[session.pk] = (session, session.cohort, False, 0)
    seats = _seats(user)
    for session in _sessions(Q(cohort__in=seats), on):
        gone, offset = seats[session.cohort_id]
        rows.setdefault(session.pk, (session, session.cohort, gone, offset))
    return _in_order(rows.values())


def _seats(user):
    """{cohort id: (given back, offset)} of the latest enrolment in each cohort in which the officer ever had a seat."""
    nth = Window(Count("pk"), partition_by=F("cohort"), order_by=F("pk").asc())
    shown = [*Enrolment.SEATED, Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED]
    gone = [Enrolment.State.DECLINED, Enrolment.State.WITHDRAWN, Enrolment.State.SUBSTITUTED]
    found = {}
    rows = Enrolment.objects.filter(officer__user=user).annotate(nth=nth).order_by("pk")
    for cohort, state, nth in rows.values_list("cohort", "state", "nth"):
        if state in shown or state in gone:
            found[cohort] = (state in gone, invitations.seat_offset(nth - 1, state in gone))
        else:
            found.pop(cohort, None)
    return found


def of_campus(campus, on):
    """The programme of a campus, without names."""
    found = _sessions(Q(cohort__campus=campus) & ~Q(cohort__state=Cohort.State.PLANNED), on)
    return _in_order((s, s.cohort, False, 0) for s in found)


def _sessions(condition, on):
    found = CohortSession.objects.filter(condition, ends_at__gte=clock.instant(on - BACK))
    return found.select_related("cohort__course_version__course", "cohort__campus", "room__centre").distinct()


def _in_order(rows):
    return sorted(rows, key=lambda row: (row[0].starts_at, row[0].pk))


def written(rows, name):
    """(iCalendar text, its hash, since when it says so)."""
    facts = invitations.feed(rows, name, dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    digest = hashlib.sha256(facts.encode()).hexdigest()[:32]
    key, now = f"calendar-seen:{digest}", int(clock.now().timestamp())
    cache.add(key, now, SEEN_FOR)
    since = dt.datetime.fromtimestamp(cache.get(key) or now, tz=dt.UTC)
    return invitations.feed(rows, name, since), digest, since
