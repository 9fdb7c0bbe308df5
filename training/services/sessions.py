"""The sessions of a cohort: when and where it meets."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import CohortSession

from .locks import locked

MORNING = (dt.time(8, 30), dt.time(12, 30))
AFTERNOON = (dt.time(13, 30), dt.time(16, 30))
HALF_A_DAY = Decimal("0.5")


def usual_sessions(starts_on, ends_on, days=None):
    """[(starts at, ends at)]: a morning and an afternoon of each working day; a course of half a day has one morning."""
    found = []
    for n in range((ends_on - starts_on).days + 1):
        day = starts_on + dt.timedelta(days=n)
        if day.weekday() < 5 or starts_on == ends_on:
            found += [(instant(day, a), instant(day, b)) for a, b in (MORNING, AFTERNOON)]
    return found[:1] if days is not None and days <= HALF_A_DAY else found


def instant(day, time):
    return timezone.make_aware(dt.datetime.combine(day, time))


@transaction.atomic
def set_sessions(actor, *, cohort, sessions):
    """Replaces the sessions: [(starts at, ends at, title)]. A session that is marked stays as it was held."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    held = list(cohort.sessions.filter(marks__isnull=False).distinct())
    wanted = sorted(sessions)
    if not wanted:
        raise Refused(_("A cohort has at least one session."), code="no_session")
    for (_a, end, _t), (start, _b, _u) in zip(wanted, wanted[1:], strict=False):
        if start < end:
            raise Refused(_("Two sessions overlap on %(day)s.") % {"day": long_day(start)}, code="overlap")
    for start, end, _title in wanted:
        if end <= start:
            raise Refused(_("A session on %(day)s ends before it starts.") % {"day": long_day(start)}, code="dates")
        if not cohort.starts_on <= timezone.localdate(start) <= cohort.ends_on:
            raise Refused(_("%(day)s is outside the cohort's dates.") % {"day": long_day(start)}, code="dates")
    if lost := [s for s in held if (s.starts_at, s.ends_at) not in {(a, b) for a, b, _t in wanted}]:
        raise Refused(_("Session %(n)s is marked: it stays as it was held.") % {"n": lost[0].number}, code="marked")
    before = cohort.sessions.count()
    cohort.sessions.exclude(pk__in=[s.pk for s in held]).delete()
    cohort.sessions.update(number=F("number") + 1000)  # out of the way of the new numbers
    kept = {(s.starts_at, s.ends_at): s for s in held}
    new = []
    for number, (start, end, title) in enumerate(wanted, 1):
        if session := kept.get((start, end)):
            CohortSession.objects.filter(pk=session.pk).update(number=number, title=title)
        else:
            new.append(CohortSession(cohort=cohort, number=number, starts_at=start, ends_at=end, title=title))
    CohortSession.objects.bulk_create(new)
    trail.record(actor, "changed sessions", cohort, {"sessions": (before, len(wanted))})
    return cohort
