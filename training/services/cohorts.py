"""Cohorts: opening one with its sessions and trainers, changing it, go or no go, cancelling it."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Centre
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import policies
from training.models import Attendance, Cohort, CohortSession, CohortTrainer

from . import clashes, rebooking, session_notices, sessions, waiting
from .clashes import Meeting
from .enrolment import withdraw_all
from .locks import locked
from .seating import act_on_seats

PLANS = ("minimum", "decide_by", "nominations_close_on", "offer_hours")


def next_code(campus, starts_on):
    """EMB-26-003: campus, year, the next number there. Call with the campus locked."""
    stem = f"{campus.code.removeprefix('KSG-')}-{starts_on:%y}-"[:15]
    taken = (
        re.fullmatch(re.escape(stem) + r"(\d+)", code)
        for code in Cohort.objects.filter(code__startswith=stem).values_list("code", flat=True)
    )
    return f"{stem}{max((int(m[1]) for m in taken if m), default=0) + 1:03d}"


def no(sentence, field, code="dates"):
    raise Refused(sentence, code=code, fields={field: [sentence]})


@act_on_seats
def open_cohort(
    actor,
    *,
    course_version,
    campus,
    starts_on,
    ends_on,
    trainers,
    capacity=None,
    joining_notes="",
    room=None,
    link="",
    reason="",
    **plans,
):
    """A new cohort, open for enrolment, with the usual sessions in the room or under the link. `plans`: minimum, decide_by,
    nominations_close_on, offer_hours. `reason`: why a trainer or a room in spite of what stands against it."""
    if not policies.may_open_cohort(actor):
        raise Refused(_("Only a coordinator opens cohorts."), code="not_allowed")
    if course_version.state != course_version.State.PUBLISHED:
        no(_("Cohorts are held of published versions."), "course_version", "not_published")
    if ends_on < starts_on:
        no(_("The last day is before the first."), "ends_on")
    if starts_on < clock.today():
        no(_("The first day is in the past."), "starts_on")
    campus = Centre.objects.select_for_update(no_key=True).get(pk=campus.pk)
    capacity = capacity or course_version.capacity
    plans = {field: plans[field] for field in PLANS if plans.get(field) is not None}
    _check_plans(plans, capacity, starts_on)
    times = sessions.usual_sessions(starts_on, ends_on, course_version.days)
    if not times:
        no(_("There is no working day between these dates."), "starts_on")
    meetings = [Meeting(a, b, room=room, link=link) for a, b in times]
    clashes.lock(rooms=[room] if room else [], users=trainers)
    room_reasons = _check_rooms(meetings, capacity, reason)
    trainer_reasons = _check_trainers(trainers, meetings, course_version.course, reason)
    with clashes.booked_once():
        cohort = Cohort.objects.create(
            code=next_code(campus, starts_on),
            course_version=course_version,
            campus=campus,
            starts_on=starts_on,
            ends_on=ends_on,
            capacity=capacity,
            joining_notes=joining_notes,
            opened_by=actor.user,
            **plans,
        )
        sessions.make(cohort, dict(enumerate(meetings, 1)), {n + 1: reason for n in room_reasons})
        _name(cohort, trainers, trainer_reasons, reason)
    row = trail.record(
        actor,
        "opened",
        cohort,
        {
            "course": (None, str(course_version)),
            "campus": (None, str(campus)),
            "places": (None, cohort.capacity),
            "trainers": (None, ", ".join(str(user) for user in trainers)),
        }
        | {field: (None, value) for field, value in plans.items()},
        reason,
    )
    session_notices.trainers_named(cohort, row.pk, trainers, [])
    return cohort


def _check_plans(plans, capacity, starts_on):
    if plans.get("minimum", 1) > capacity:
        no(_("More officers are needed than there are places."), "minimum", "minimum")
    for field in ("decide_by", "nominations_close_on"):
        if (day := plans.get(field)) and day > starts_on:
            no(_("That is after the first day."), field)


def _check_rooms(meetings, capacity, reason, cohort=None):
    """{index: sentence} of what the reason must explain."""
    if closed := clashes.closed_rooms(meetings):
        no(" ".join(closed), "room", "room_closed")
    problems = clashes.room_problems(meetings, capacity, cohort)
    if problems and not reason:
        clashes.refuse(dict.fromkeys(problems.values()), "room")
    return problems


def _check_trainers(trainers, meetings, course, reason, cohort=None):
    """{user id: sentence} of what the reason must explain. Trainers hold the role, reason or not."""
    if others := clashes.strangers(trainers, clock.today()):
        no(_("%(names)s: not a trainer.") % {"names": ", ".join(map(str, others))}, "trainers", "not_a_trainer")
    problems = clashes.trainer_problems(trainers, meetings, course, cohort)
    if problems and not reason:
        clashes.refuse(problems.values(), "trainers", "trainer_busy")
    return problems


def _name(cohort, trainers, problems, reason):
    CohortTrainer.objects.bulk_create(
        CohortTrainer(cohort=cohort, user=user, reason=reason if user.pk in problems else "") for user in trainers
    )


@act_on_seats
def change_cohort(actor, *, cohort, capacity, joining_notes, trainers, reason="", **plans):
    """Changes places, plans, notes and trainers. Places never go below the seats taken; places added go to who waits."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    taken = cohort.enrolments.live().count()
    if capacity < taken:
        no(_("%(n)s seats are taken already.") % {"n": taken}, "capacity", "taken")
    plans = {field: value for field, value in plans.items() if field in PLANS and getattr(cohort, field) != value}
    _check_plans({"minimum": cohort.minimum} | plans, capacity, cohort.starts_on)
    meetings = clashes.standing(cohort)
    if capacity > cohort.capacity and (small := _too_small(meetings, capacity, cohort)) and not reason:
        clashes.refuse(small, "capacity")
    old = {t.user_id: t for t in cohort.trainers.select_related("user")}
    wanted = {user.pk for user in trainers}
    added, gone = [u for u in trainers if u.pk not in old], [t.user for t in old.values() if t.user_id not in wanted]
    clashes.lock(users=added)
    problems = _check_trainers(added, meetings, cohort.course_version.course, reason, cohort)
    changes = {}
    if added or gone:
        changes["trainers"] = (", ".join(str(t.user) for t in old.values()), ", ".join(str(user) for user in trainers))
        cohort.trainers.exclude(user__in=wanted).delete()
        with clashes.booked_once():
            _name(cohort, added, problems, reason)
    more = capacity > cohort.capacity
    said = {"capacity": capacity, "joining_notes": joining_notes} | plans
    for field, value in said.items():
        if getattr(cohort, field) != value:
            changes[field] = (getattr(cohort, field), value)
            setattr(cohort, field, value)
    if changes:
        cohort.save(update_fields=list(said))
        row = trail.record(actor, "changed", cohort, changes, reason)
        session_notices.trainers_named(cohort, row.pk, added, gone)
    if more:
        waiting.settle([cohort])
    return cohort


def _too_small(meetings, capacity, cohort):
    """Sentences on rooms that were large enough and no longer are."""
    return list(
        dict.fromkeys(
            _("%(room)s has %(n)s places; the cohort has %(of)s.") % {"room": m.room, "n": m.room.capacity, "of": capacity}
            for m in meetings
            if m.room and cohort.capacity <= m.room.capacity < capacity
        )
    )


@transaction.atomic
def publish_cohort(actor, *, cohort):
    """Opens a planned cohort for enrolment."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    if cohort.state == Cohort.State.PLANNED:
        _become(actor, cohort, Cohort.State.OPEN, "opened")
    return cohort


def _become(actor, cohort, state, verb, note=""):
    was, cohort.state = cohort.state, state
    cohort.save(update_fields=["state"])
    trail.record(actor, verb, cohort, {"state": (was, state)}, note)


@transaction.atomic
def confirm_cohort(actor, *, cohort, reason=""):
    """Go: it will be held. With fewer officers than its minimum, only for a reason."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator decides whether a cohort is held."))
    if cohort.state == Cohort.State.CONFIRMED:
        return cohort
    if cohort.state != Cohort.State.OPEN:
        raise Refused(
            _("%(cohort)s is %(state)s.") % {"cohort": cohort.code, "state": cohort.get_state_display().lower()}, code="not_open"
        )
    seated = cohort.enrolments.live().count()
    if seated < cohort.minimum and not reason:
        no(
            _("%(n)s officers have a seat; it is held from %(least)s. Say why it is held all the same.")
            % {"n": seated, "least": cohort.minimum},
            "reason",
            "too_few",
        )
    _become(actor, cohort, Cohort.State.CONFIRMED, "confirmed", reason)
    return cohort


@transaction.atomic
def cancel_cohort(actor, *, cohort, reason, rebook_to=None):
    """No go: every seat, room and trainer is given back and each told. `rebook_to`: the cohort offered to the MDAs instead."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator cancels a cohort."))
    if Attendance.objects.filter(session__cohort=cohort).exists():
        raise Refused(_("Sessions of %(cohort)s were held; close it instead.") % {"cohort": cohort.code}, code="held")
    if rebook_to is not None and not rebooking.choices(cohort, clock.today()).filter(pk=rebook_to.pk).exists():
        no(_("%(cohort)s is not a cohort of this course that is open.") % {"cohort": rebook_to.code}, "rebook_to", "not_open")
    was, cohort.state, cohort.cancel_reason, cohort.rebook_to = cohort.state, Cohort.State.CANCELLED, reason, rebook_to
    cohort.save(update_fields=["state", "cancel_reason", "rebook_to"])
    changes = {"state": (was, cohort.state)} | ({"offered instead": (None, rebook_to.code)} if rebook_to else {})
    trail.record(actor, "cancelled", cohort, changes, reason)
    _free(cohort)
    withdraw_all(actor, cohort, reason)
    session_notices.cancelled(cohort, reason)
    rebooking.offer(cohort, reason)
    return cohort


def _free(cohort):
    """Its sessions book no room, trainer or officer any more; calendars drop them."""
    held = list(CohortSession.objects.filter(cohort=cohort, cancelled_at=None))
    for session in held:
        session.cancelled_at, session.sequence = clock.now(), session.sequence + 1
    CohortSession.objects.bulk_update(held, ["cancelled_at", "sequence"])
