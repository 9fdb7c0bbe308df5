"""What stands in the way of a session at a time and a place: its room, its trainers, the officers enrolled.

Times are half-open: a session that begins in the minute another ends is no clash.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import clock as hour
from cse_portal.lib.templatetags.cse import long_day
from training.models import Cohort, CohortTrainer, Enrolment, Room, TrainerAccreditation

SHOWN = 10  # sentences in one refusal


@dataclass(frozen=True)
class Meeting:
    """A session as wanted; `uid` names the one that stands, None is a new one."""

    starts_at: datetime
    ends_at: datetime
    title: str = ""
    room: Room | None = None
    link: str = ""
    uid: UUID | None = None


def when(start, end):
    """11 January 2027, 08:30 to 12:30; with both days across midnight."""
    first, last = timezone.localdate(start), timezone.localdate(end)
    if first == last:
        return _("%(day)s, %(from)s to %(to)s") % {"day": long_day(first), "from": hour(start), "to": hour(end)}
    return _("%(day)s, %(from)s to %(end)s, %(to)s") % {
        "day": long_day(first),
        "from": hour(start),
        "end": long_day(last),
        "to": hour(end),
    }


def lock(rooms=(), users=()):
    """Whoever books rooms or trainers locks them first, in this order, so that two never book at once."""
    list(Room.objects.select_for_update(no_key=True, of=["self"]).filter(pk__in=[r.pk for r in rooms]).order_by("pk"))
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[u.pk for u in users]).order_by("pk"))


OVERLAPPING = """
SELECT w.n, {what}, c.code, s.starts_at, s.ends_at
  FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS w(a, b, n)
  JOIN training_cohortsession s ON s.starts_at < w.b AND s.ends_at > w.a AND s.cancelled_at IS NULL
  JOIN training_cohort c ON c.id = s.cohort_id AND c.state <> 'cancelled' {join}
 WHERE s.cohort_id IS DISTINCT FROM %s {where}
 ORDER BY w.n, s.starts_at
"""


def _overlapping(meetings, cohort, what, join, where, *arguments):
    """[(index of the meeting, what, code of the other cohort, its start, its end)]"""
    sql = OVERLAPPING.format(what=what, join=join, where=where)
    times = [m.starts_at for m in meetings], [m.ends_at for m in meetings]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*times, cohort.pk if cohort else None, *arguments])
        return [(n - 1, *rest) for n, *rest in cursor.fetchall()]


def closed_rooms(meetings):
    """One sentence for each room that is closed by then."""
    found = {}
    for m in meetings:
        if m.room and m.room.closed_on and timezone.localdate(m.starts_at) >= m.room.closed_on:
            found[m.room.pk] = _("%(room)s is closed from %(day)s.") % {"room": m.room, "day": long_day(m.room.closed_on)}
    return list(found.values())


def room_problems(meetings, capacity, cohort=None):
    """{index: sentence} of meetings whose room is too small, or booked by another cohort."""
    found = {}
    for n, m in enumerate(meetings):
        if m.room and m.room.capacity < capacity:
            found[n] = _("%(room)s has %(n)s places; the cohort has %(of)s.") % {
                "room": m.room,
                "n": m.room.capacity,
                "of": capacity,
            }
    booked = [(n, m) for n, m in enumerate(meetings) if m.room]
    if not booked:
        return found
    rooms = {m.room.pk: m.room for _n, m in booked}
    taken = _overlapping([m for _n, m in booked], cohort, "s.room_id", "", "AND s.room_id = ANY(%s)", list(rooms))
    for at, room, code, start, end in taken:
        n, meeting = booked[at]
        if meeting.room.pk == room:
            said = _("%(room)s is booked by %(cohort)s: %(when)s.") % {
                "room": rooms[room],
                "cohort": code,
                "when": when(start, end),
            }
            found[n] = f"{found[n]} {said}" if n in found else said
    return found


def strangers(users, on):
    """Those of the users who are no trainers on that day."""
    held = set(Membership.objects.on(on).filter(role=Role.TRAINER, user__in=users).values_list("user", flat=True))
    return [user for user in users if user.pk not in held]


def trainer_problems(users, meetings, course, cohort=None):
    """{user id: sentence} of trainers who are not accredited for the course on its days, or teach elsewhere at its times."""
    found, names = {}, {user.pk: user for user in users}
    if not users or not meetings:
        return found
    first = timezone.localdate(min(m.starts_at for m in meetings))
    last = timezone.localdate(max(m.ends_at for m in meetings))
    covered = TrainerAccreditation.objects.covering(first, last).filter(course=course, user__in=names)
    accredited = set(covered.values_list("user", flat=True))
    for pk, user in names.items():
        if pk not in accredited:
            found[pk] = _("%(name)s is not accredited for %(course)s on all days from %(first)s to %(last)s.") % {
                "name": user,
                "course": course.title,
                "first": long_day(first),
                "last": long_day(last),
            }
    join = "JOIN training_cohorttrainer t ON t.cohort_id = c.id"
    seen = set()
    for _n, pk, code, start, end in _overlapping(meetings, cohort, "t.user_id", join, "AND t.user_id = ANY(%s)", list(names)):
        if pk not in seen:
            seen.add(pk)
            said = _("%(name)s teaches %(cohort)s: %(when)s.") % {"name": names[pk], "cohort": code, "when": when(start, end)}
            found[pk] = f"{found[pk]} {said}" if pk in found else said
    return found


def officer_problems(cohort, meetings):
    """{enrolment id: sentence} of officers in the cohort who sit in another at these times."""
    seats = {
        e.officer_id: e for e in cohort.enrolments.filter(state__in=Enrolment.HOLDING, clash_reason="").select_related("officer")
    }
    if not seats or not meetings:
        return {}
    join = "JOIN training_enrolment e ON e.cohort_id = c.id AND e.clash_reason = ''"
    where = "AND e.officer_id = ANY(%s) AND e.state = ANY(%s)"
    states = [str(state) for state in Enrolment.HOLDING]
    found = {}
    for _n, officer, code, start, end in _overlapping(meetings, cohort, "e.officer_id", join, where, list(seats), states):
        seat = seats[officer]
        found.setdefault(
            seat.pk,
            _("%(name)s has a seat in %(cohort)s: %(when)s.") % {"name": seat.officer, "cohort": code, "when": when(start, end)},
        )
    return found


def refuse(problems, field, code="clash"):
    """Refuses with the sentences; the person may give a reason instead."""
    said = list(problems)[:SHOWN]
    if len(problems) > SHOWN:
        said.append(_("And %(n)s more.") % {"n": len(problems) - SHOWN})
    raise Refused(" ".join([*said, _("Say why if it must be so.")]), code=code, fields={field: said})


TAKEN = {
    "room_booked_once": lambda: _("A room was booked by another cohort at the same moment. Look again."),
    "trainer_in_one_place": lambda: _("A trainer was put into another cohort at the same moment. Look again."),
    "officer_in_one_place": lambda: _("An officer was enrolled elsewhere at the same moment. Look again."),
}


@contextmanager
def booked_once():
    """What another booked in the same moment is refused as a clash is."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name not in TAKEN:
            raise
        raise Refused(TAKEN[name](), code="clash") from error


def standing(cohort):
    """The sessions of the cohort that are held, as meetings."""
    return [
        Meeting(s.starts_at, s.ends_at, s.title, s.room, s.link, s.uid)
        for s in cohort.sessions.filter(cancelled_at=None).select_related("room__centre").order_by("starts_at")
    ]


def live_cohorts_in(room, day):
    """Codes of cohorts with a session in the room on or after the day."""
    found = Cohort.objects.filter(
        state__in=Cohort.LIVE, sessions__room=room, sessions__cancelled_at=None, sessions__ends_at__date__gte=day
    )
    return list(found.order_by("code").values_list("code", flat=True).distinct())


def teaching(user, course, day):
    """Cohorts of the course that the trainer teaches on or after the day."""
    found = CohortTrainer.objects.filter(
        user=user, cohort__state__in=Cohort.LIVE, cohort__course_version__course=course, cohort__ends_on__gte=day
    )
    return list(found.order_by("cohort__code").values_list("cohort__code", flat=True))
