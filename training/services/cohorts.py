"""Cohorts: opening one with its sessions and trainers, changing it, cancelling it."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Centre, Membership, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import policies
from training.models import Attendance, Cohort, CohortSession, CohortTrainer

from .enrolment import withdraw_all
from .locks import locked
from .sessions import usual_sessions


def next_code(campus, starts_on):
    """EMB-26-003: campus, year, the next number there. Call with the campus locked."""
    stem = f"{campus.code.removeprefix('KSG-')}-{starts_on:%y}-"[:15]
    taken = (
        re.fullmatch(re.escape(stem) + r"(\d+)", code)
        for code in Cohort.objects.filter(code__startswith=stem).values_list("code", flat=True)
    )
    return f"{stem}{max((int(m[1]) for m in taken if m), default=0) + 1:03d}"


@transaction.atomic
def open_cohort(actor, *, course_version, campus, starts_on, ends_on, trainers, capacity=None, joining_notes=""):
    """A new cohort, open for enrolment, with the usual sessions."""
    if not policies.may_open_cohort(actor):
        raise Refused(_("Only a coordinator opens cohorts."), code="not_allowed")
    if ends_on < starts_on:
        raise Refused(
            _("The last day is before the first."), code="dates", fields={"ends_on": [_("The last day is before the first.")]}
        )
    if starts_on < clock.today():
        raise Refused(
            _("The first day is in the past."), code="dates", fields={"starts_on": [_("The first day is in the past.")]}
        )
    campus = Centre.objects.select_for_update(no_key=True).get(pk=campus.pk)
    _check_trainers(trainers, starts_on, ends_on)
    cohort = Cohort.objects.create(
        code=next_code(campus, starts_on),
        course_version=course_version,
        campus=campus,
        starts_on=starts_on,
        ends_on=ends_on,
        capacity=capacity or course_version.capacity,
        joining_notes=joining_notes,
        opened_by=actor.user,
    )
    sessions = usual_sessions(starts_on, ends_on, course_version.days)
    if not sessions:
        raise Refused(
            _("There is no working day between these dates."),
            code="dates",
            fields={"starts_on": [_("There is no working day between these dates.")]},
        )
    CohortSession.objects.bulk_create(
        CohortSession(cohort=cohort, number=n, starts_at=a, ends_at=b) for n, (a, b) in enumerate(sessions, 1)
    )
    CohortTrainer.objects.bulk_create(CohortTrainer(cohort=cohort, user=user) for user in trainers)
    names = ", ".join(str(user) for user in trainers)
    trail.record(
        actor,
        "opened",
        cohort,
        {
            "course": (None, str(course_version)),
            "campus": (None, str(campus)),
            "places": (None, cohort.capacity),
            "trainers": (None, names),
        },
    )
    return cohort


def _check_trainers(trainers, starts_on, ends_on, cohort=None):
    """Trainers hold the role, and stand in one place at a time."""
    today = clock.today()
    held = set(Membership.objects.on(today).filter(role=Role.TRAINER, user__in=trainers).values_list("user", flat=True))
    if strangers := [str(user) for user in trainers if user.pk not in held]:
        sentence = _("%(names)s: not a trainer.") % {"names": ", ".join(strangers)}
        raise Refused(sentence, code="not_a_trainer", fields={"trainers": [sentence]})
    busy = CohortTrainer.objects.filter(
        user__in=trainers, cohort__state__in=Cohort.LIVE, cohort__starts_on__lte=ends_on, cohort__ends_on__gte=starts_on
    )
    busy = busy.exclude(cohort=cohort).select_related("user", "cohort").order_by("cohort__starts_on").first()
    if busy:
        sentence = _("%(name)s teaches %(cohort)s on these days.") % {"name": busy.user, "cohort": busy.cohort.code}
        raise Refused(sentence, code="trainer_busy", fields={"trainers": [sentence]})


@transaction.atomic
def change_cohort(actor, *, cohort, capacity, joining_notes, trainers):
    """Changes places, notes and trainers. Places never go below the seats taken."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    taken = cohort.enrolments.live().count()
    if capacity < taken:
        sentence = _("%(n)s seats are taken already.") % {"n": taken}
        raise Refused(sentence, code="taken", fields={"capacity": [sentence]})
    old = {t.user_id: t for t in cohort.trainers.select_related("user")}
    added = [user for user in trainers if user.pk not in old]
    _check_trainers(added, cohort.starts_on, cohort.ends_on, cohort)
    wanted = {user.pk for user in trainers}
    changes = {}
    if wanted != set(old):
        changes["trainers"] = (", ".join(str(t.user) for t in old.values()), ", ".join(str(user) for user in trainers))
        cohort.trainers.exclude(user__in=wanted).delete()
        CohortTrainer.objects.bulk_create(CohortTrainer(cohort=cohort, user=user) for user in added)
    for field, value in {"capacity": capacity, "joining_notes": joining_notes}.items():
        if getattr(cohort, field) != value:
            changes[field] = (getattr(cohort, field), value)
            setattr(cohort, field, value)
    if changes:
        cohort.save(update_fields=["capacity", "joining_notes"])
        trail.record(actor, "changed", cohort, changes)
    return cohort


@transaction.atomic
def publish_cohort(actor, *, cohort):
    """Opens a planned cohort for enrolment."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    if cohort.state == Cohort.State.PLANNED:
        cohort.state = Cohort.State.OPEN
        cohort.save(update_fields=["state"])
        trail.record(actor, "opened", cohort, {"state": (Cohort.State.PLANNED, cohort.state)})
    return cohort


@transaction.atomic
def cancel_cohort(actor, *, cohort, reason):
    """It will not be held: every seat is given back and each officer told."""
    cohort = locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator cancels a cohort."))
    if Attendance.objects.filter(session__cohort=cohort).exists():
        raise Refused(_("Sessions of %(cohort)s were held; close it instead.") % {"cohort": cohort.code}, code="held")
    was, cohort.state = cohort.state, Cohort.State.CANCELLED
    cohort.save(update_fields=["state"])
    trail.record(actor, "cancelled", cohort, {"state": (was, cohort.state)}, reason)
    withdraw_all(actor, cohort, reason)
    return cohort
