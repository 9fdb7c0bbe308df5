"""The sessions of a cohort: when and where it meets.

A session keeps its row and its calendar UID when it moves; its sequence grows by one. One that is taken out of a cohort that was
open stays on record as cancelled, so that calendars drop it.
"""

import datetime as dt
from decimal import Decimal

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import Cohort, CohortSession, CohortTrainer, CourseVersion, Enrolment

from . import clashes, session_notices
from .clashes import Meeting
from .locks import locked
from .reaching import lock_officers
from .seating import act_on_seats

MORNING = (dt.time(8, 30), dt.time(12, 30))
AFTERNOON = (dt.time(13, 30), dt.time(16, 30))
HALF_A_DAY = Decimal("0.5")
LONGEST = dt.timedelta(hours=24)
ASIDE = 999  # numbers above it belong to sessions that are not held
SHAPE = ("starts_at", "ends_at", "title", "room_id", "link")
SEEN = ("starts_at", "ends_at", "room_id", "link")  # what people are told of when it changes


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


def mode_of(sessions):
    """In person, virtual or blended, as the sessions are held."""
    links, rooms = any(s.link for s in sessions), any(s.room_id or not s.link for s in sessions)
    modes = CourseVersion.Mode
    return modes.BLENDED if links and rooms else modes.VIRTUAL if links else modes.IN_PERSON


def check_shape(meetings, starts_on, ends_on):
    """Sessions end after they start, follow each other, and begin within the cohort's dates."""
    if not meetings:
        raise Refused(_("A cohort has at least one session."), code="no_session")
    for m in meetings:
        day = long_day(m.starts_at)
        if m.ends_at <= m.starts_at:
            raise Refused(_("A session on %(day)s ends before it starts.") % {"day": day}, code="dates")
        if m.ends_at - m.starts_at > LONGEST:
            raise Refused(_("A session on %(day)s is longer than a day.") % {"day": day}, code="dates")
        if not starts_on <= timezone.localdate(m.starts_at) <= ends_on:
            raise Refused(_("%(day)s is outside the cohort's dates.") % {"day": day}, code="dates")
    for one, after in zip(meetings, meetings[1:], strict=False):
        if after.starts_at < one.ends_at:
            raise Refused(_("Two sessions overlap on %(day)s.") % {"day": long_day(after.starts_at)}, code="overlap")


def _matched(standing, wanted):
    """{index of the wanted: session that stands}: by uid, else by the same times."""
    by_uid = {s.uid: s for s in standing}
    found = {n: by_uid.pop(m.uid) for n, m in enumerate(wanted) if m.uid in by_uid}
    by_time = {(s.starts_at, s.ends_at): s for s in by_uid.values()}
    for n, m in enumerate(wanted):
        if n not in found and (session := by_time.pop((m.starts_at, m.ends_at), None)):
            found[n] = session
    return found


@act_on_seats
def set_sessions(actor, *, cohort, sessions, starts_on=None, ends_on=None, reason=""):
    """The sessions as wanted: [Meeting]; those left out are cancelled. `reason`: why a room, a trainer or an officer is in two
    places, or a room too small. A session that is marked stays as it was held."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    starts_on, ends_on = starts_on or cohort.starts_on, ends_on or cohort.ends_on
    _check_dates(cohort, starts_on, ends_on)
    wanted = sorted(sessions, key=lambda m: (m.starts_at, m.ends_at))
    check_shape(wanted, starts_on, ends_on)
    standing = list(cohort.sessions.filter(cancelled_at=None).select_related("room"))
    matched = _matched(standing, wanted)
    kept = {s.pk for s in matched.values()}
    _check_marked(cohort, wanted, matched, kept)
    news = [n for n, m in enumerate(wanted) if n not in matched or _differs(matched[n], m, SEEN)]
    clashes.lock(rooms=[m.room for m in wanted if m.room], users=[t.user for t in cohort.trainers.select_related("user")])
    reasons = _check_clashes(cohort, wanted, news, reason)
    with clashes.booked_once():
        result = _write(cohort, standing, wanted, matched, kept, reasons)
    changes = _moved_dates(cohort, starts_on, ends_on)
    changed, added, removed = result
    if changed or added or removed or changes:
        told = [s for s in changed if s.seen]
        row = trail.record(actor, "changed sessions", cohort, changes | _changes(changed, added, removed), reason)
        if cohort.state != Cohort.State.PLANNED and (told or added or removed):
            session_notices.moved(cohort, row.pk, told, added, removed)
    return cohort


def _check_dates(cohort, starts_on, ends_on):
    if ends_on < starts_on:
        sentence = _("The last day is before the first.")
        raise Refused.of("ends_on", sentence, "dates")
    if starts_on != cohort.starts_on and starts_on < clock.today():
        sentence = _("The first day is in the past.")
        raise Refused.of("starts_on", sentence, "dates")


def _check_marked(cohort, wanted, matched, kept):
    held = cohort.sessions.filter(marks__isnull=False, cancelled_at=None).distinct()
    times = {s.pk: (wanted[n].starts_at, wanted[n].ends_at) for n, s in matched.items()}
    for session in held.order_by("number"):
        if times.get(session.pk) != (session.starts_at, session.ends_at):
            raise Refused(_("Session %(n)s is marked: it stays as it was held.") % {"n": session.number}, code="marked")


def _check_clashes(cohort, wanted, news, reason):
    """Refuses what clashes, unless there is a reason, which is then written where it applies: {index: room reason}."""
    moved = [wanted[n] for n in news]
    if not moved:
        return {}
    if closed := clashes.closed_rooms(moved):
        raise Refused(" ".join(closed), code="room_closed")
    lock_officers(cohort.enrolments.filter(state__in=Enrolment.HOLDING).values("officer"))
    rooms = clashes.room_problems(moved, cohort.capacity, cohort)
    trainers = {t.user_id: t for t in cohort.trainers.select_related("user") if not t.reason}
    course = cohort.course_version.course
    teaching = clashes.trainer_problems([t.user for t in trainers.values()], moved, course, cohort)
    officers = clashes.officer_problems(cohort, moved)
    problems = [*rooms.values(), *teaching.values(), *officers.values()]
    if problems and not reason:
        clashes.refuse(problems, "reason")
    CohortTrainer.objects.filter(pk__in=[trainers[user].pk for user in teaching]).update(reason=reason)
    Enrolment.objects.filter(pk__in=list(officers)).update(clash_reason=reason)
    return {news[n]: reason for n in rooms}


def _differs(session, meeting, fields):
    return any(getattr(session, field) != _value(meeting, field) for field in fields)


def _value(meeting, field):
    return (meeting.room.pk if meeting.room else None) if field == "room_id" else getattr(meeting, field)


def _write(cohort, standing, wanted, matched, kept, reasons):
    """(changed, added, removed). Those that stand step aside first, so that two may change places."""
    at = timezone.now()
    aside = max(ASIDE, cohort.sessions.aggregate(n=Max("number"))["n"] or 0)
    for session in standing:
        session.was = {field: getattr(session, field) for field in SHAPE}
        session.number_was, session.number = session.number, session.number + aside
        session.cancelled_at = at
    moving = [s for s in standing if s.pk not in kept or _moves(s, matched, wanted)]
    CohortSession.objects.bulk_update(moving, ["number", "cancelled_at"])
    changed, removed = [], [s for s in standing if s.pk not in kept]
    for n, session in matched.items():
        meeting = wanted[n]
        differs, seen = _differs(session, meeting, SHAPE), _differs(session, meeting, SEEN)
        for field in SHAPE:
            setattr(session, field, _value(meeting, field))
        session.room, session.number, session.cancelled_at = meeting.room, n + 1, None
        if seen:
            session.room_reason = reasons.get(n, "")
        if differs:
            session.sequence += 1
            session.seen = seen
            changed.append(session)
    CohortSession.objects.bulk_update(
        [s for s in moving if s.pk in kept], [*SHAPE[:3], "room", "link", "number", "cancelled_at", "room_reason", "sequence"]
    )
    if cohort.state == Cohort.State.PLANNED:
        CohortSession.objects.filter(pk__in=[s.pk for s in removed]).delete()
    else:
        for session in removed:
            session.sequence += 1
        CohortSession.objects.bulk_update(removed, ["sequence"])
    added = make(cohort, {n + 1: m for n, m in enumerate(wanted) if n not in matched}, {n + 1: r for n, r in reasons.items()})
    return changed, added, removed


def _moves(session, matched, wanted):
    n = next(n for n, s in matched.items() if s.pk == session.pk)
    return session.number_was != n + 1 or _differs(session, wanted[n], SHAPE)


def make(cohort, meetings, reasons):
    """New sessions: {number: meeting}, {number: why the room}."""
    return CohortSession.objects.bulk_create(
        CohortSession(
            cohort=cohort,
            number=n,
            starts_at=m.starts_at,
            ends_at=m.ends_at,
            title=m.title,
            room=m.room,
            link=m.link,
            room_reason=reasons.get(n, ""),
        )
        for n, m in meetings.items()
    )


def _moved_dates(cohort, starts_on, ends_on):
    """Writes the cohort's new dates; what must be decided before it begins never falls after: {field: (old, new)}."""
    changes = {}
    said = {"starts_on": starts_on, "ends_on": ends_on}
    for field in ("decide_by", "nominations_close_on"):
        if (day := getattr(cohort, field)) and day > starts_on:
            said[field] = starts_on
    for field, value in said.items():
        if getattr(cohort, field) != value:
            changes[field] = (getattr(cohort, field), value)
            setattr(cohort, field, value)
    if changes:
        cohort.save(update_fields=list(changes))
    return changes


def _changes(changed, added, removed):
    """What became of each session, for the trail."""
    found = {}
    for s in changed:
        old = Meeting(s.was["starts_at"], s.was["ends_at"])
        found[f"session {s.number}"] = (clashes.when(old.starts_at, old.ends_at), clashes.when(s.starts_at, s.ends_at))
    for s in added:
        found[f"session {s.number}"] = (None, clashes.when(s.starts_at, s.ends_at))
    for s in removed:
        found[f"session of {clashes.when(s.starts_at, s.ends_at)}"] = (clashes.when(s.starts_at, s.ends_at), None)
    return found
