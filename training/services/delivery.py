"""Holding a cohort: opening it with its sessions and trainers, attendance, results."""

import datetime as dt
import re
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from centres.models import Centre, Membership, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import AssessmentResult, Attendance, Cohort, CohortSession, CohortTrainer, Enrolment

from .enrolment import withdraw_all

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


def _locked(actor, cohort, may, sentence):
    """The cohort, locked, live, and within the actor's rights."""
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if not may(actor, cohort):
        raise Refused(sentence, code="not_allowed")
    if cohort.state not in Cohort.LIVE:
        raise Refused(
            _("%(cohort)s is %(state)s; nothing in it changes any more.")
            % {"cohort": cohort.code, "state": cohort.get_state_display().lower()},
            code="closed",
        )
    return cohort


@transaction.atomic
def change_cohort(actor, *, cohort, capacity, joining_notes, trainers):
    """Changes places, notes and trainers. Places never go below the seats taken."""
    cohort = _locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
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
def set_sessions(actor, *, cohort, sessions):
    """Replaces the sessions: [(starts at, ends at, title)]. A session that is marked stays as it was held."""
    cohort = _locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
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


@transaction.atomic
def publish_cohort(actor, *, cohort):
    """Opens a planned cohort for enrolment."""
    cohort = _locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator changes a cohort."))
    if cohort.state == Cohort.State.PLANNED:
        cohort.state = Cohort.State.OPEN
        cohort.save(update_fields=["state"])
        trail.record(actor, "opened", cohort, {"state": (Cohort.State.PLANNED, cohort.state)})
    return cohort


@transaction.atomic
def cancel_cohort(actor, *, cohort, reason):
    """It will not be held: every seat is given back and each officer told."""
    cohort = _locked(actor, cohort, policies.may_change_cohort, _("Only a coordinator cancels a cohort."))
    if Attendance.objects.filter(session__cohort=cohort).exists():
        raise Refused(_("Sessions of %(cohort)s were held; close it instead.") % {"cohort": cohort.code}, code="held")
    was, cohort.state = cohort.state, Cohort.State.CANCELLED
    cohort.save(update_fields=["state"])
    trail.record(actor, "cancelled", cohort, {"state": (was, cohort.state)}, reason)
    withdraw_all(actor, cohort, reason)
    return cohort


@transaction.atomic
def mark(actor, *, session, marks, source=Attendance.Source.PAGE):
    """Marks attendance: {enrolment id: mark}. The same marks again change nothing: returns how many changed."""
    cohort = _locked(actor, session.cohort, policies.may_mark, _("Only the trainers of this cohort mark its attendance."))
    session = CohortSession.objects.get(pk=session.pk)
    if timezone.localdate(session.starts_at) > clock.today():
        raise Refused(
            _("Session %(n)s is on %(day)s; it is marked from then.") % {"n": session.number, "day": long_day(session.starts_at)},
            code="not_held",
        )
    seated = {e.pk: e for e in cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer", "cohort")}
    if set(marks) - set(seated):
        raise Refused(
            _("Someone marked here has no seat in %(cohort)s any more. Open the register again.") % {"cohort": cohort.code},
            code="no_seat",
        )
    old = dict(Attendance.objects.filter(session=session, enrolment__in=list(marks)).values_list("enrolment", "mark"))
    changed = {pk: m for pk, m in marks.items() if old.get(pk) != m}
    if not changed:
        return 0
    at = clock.now()
    Attendance.objects.bulk_create(
        [
            Attendance(session=session, enrolment_id=pk, mark=m, source=source, marked_by=actor.user, marked_at=at)
            for pk, m in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["session", "enrolment"],
        update_fields=["mark", "source", "marked_by", "marked_at"],
    )
    field = f"session {session.number}"
    trail.record_many([trail.entry(actor, "marked", seated[pk], {field: (old.get(pk), m)}, source) for pk, m in changed.items()])
    _begin(actor, cohort)
    return len(changed)


def _begin(actor, cohort):
    """The first mark makes a cohort run."""
    if cohort.state != Cohort.State.RUNNING:
        was, cohort.state = cohort.state, Cohort.State.RUNNING
        cohort.save(update_fields=["state"])
        trail.record(actor, "began", cohort, {"state": (was, cohort.state)})


@transaction.atomic
def record_results(actor, *, cohort, scores):
    """Records final scores, 0 to 100: {enrolment id: Decimal}. A correction keeps the old row: returns how many changed."""
    cohort = _locked(actor, cohort, policies.may_record_results, _("Only the trainers of this cohort record its results."))
    if not cohort.course_version.assessed:
        raise Refused(_("This course has no assessment; attendance alone decides."), code="not_assessed")
    if cohort.starts_on > clock.today():
        raise Refused(
            _("%(cohort)s begins on %(day)s.") % {"cohort": cohort.code, "day": long_day(cohort.starts_on)}, code="not_begun"
        )
    if any(not 0 <= score <= 100 for score in scores.values()):
        raise Refused(_("A score is between 0 and 100."), code="score")
    seated = {e.pk: e for e in cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer", "cohort")}
    if set(scores) - set(seated):
        raise Refused(
            _("Someone scored here has no seat in %(cohort)s any more. Open the page again.") % {"cohort": cohort.code},
            code="no_seat",
        )
    standing = AssessmentResult.objects.filter(enrolment__in=list(scores), superseded_at=None)
    old = dict(standing.values_list("enrolment", "score"))
    changed = {pk: score for pk, score in scores.items() if old.get(pk) != score}
    if not changed:
        return 0
    at = clock.now()
    standing.filter(enrolment__in=list(changed)).update(superseded_at=at)
    AssessmentResult.objects.bulk_create(
        AssessmentResult(enrolment_id=pk, score=score, recorded_by=actor.user, recorded_at=at) for pk, score in changed.items()
    )
    trail.record_many(
        [trail.entry(actor, "recorded result", seated[pk], {"score": (old.get(pk), score)}) for pk, score in changed.items()]
    )
    return len(changed)
