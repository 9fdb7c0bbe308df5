"""Homes of the school: trainer and coordinator."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day, thousands
from cse_portal.oversight import links
from training.models import AssessmentResult, Attendance, Certificate, Cohort, CohortSession, CourseVersion, Enrolment
from training.services import appeals, moderation

from . import hall, planning, second_person
from .home import Home, todo

LIVE = Enrolment.LIVE


def _cohorts():
    return Cohort.objects.select_related("course_version__course", "campus").with_seats()


def trainer(scope):
    """Today's session first."""
    home = Home(nothing=_("No register or result of yours is missing."))
    mine = _cohorts().filter(trainers__user=scope.user).exclude(state=Cohort.State.CANCELLED)
    sessions = CohortSession.objects.filter(cohort__trainers__user=scope.user, starts_at__date=scope.today, cancelled_at=None).exclude(
        cohort__state__in=[Cohort.State.CANCELLED, Cohort.State.CLOSED]
    )
    sessions = sessions.select_related("cohort__course_version__course", "cohort__campus").annotate(
        marked=Count("marks"), seats=_live_seats("cohort")
    ).order_by("starts_at")  # fmt: skip
    home.sessions = [(s, s.marked, s.seats or 0, links.to("training:register", s.cohort.code, s.number)) for s in sessions]
    home.todo += hall.waiting(scope)
    unmarked = CohortSession.objects.filter(
        cohort__trainers__user=scope.user, starts_at__date__lt=scope.today, cancelled_at=None, cohort__state__in=Cohort.LIVE
    ).exclude(Exists(Attendance.objects.filter(session=OuterRef("pk"))))
    for session in unmarked.select_related("cohort__course_version__course").order_by("starts_at")[:5]:
        heading = _("Mark session %(n)s of %(cohort)s") % {"n": session.number, "cohort": session.cohort.code}
        home.todo.append(
            todo(
                heading,
                _("Held on %(day)s; the cohort cannot close without it.") % {"day": day(session.starts_at)},
                icon="clipboard-check",
                tone="bad",
                url=links.to("training:register", session.cohort.code, session.number),
                verb=_("Mark"),
            )
        )
    for cohort in _without_results(mine.filter(ends_on__lt=scope.today, state__in=Cohort.LIVE)):
        home.todo.append(
            todo(
                _("Record the results of %(cohort)s") % {"cohort": cohort.code},
                _("Ended on %(day)s; %(n)s officers have no result.") % {"day": day(cohort.ends_on), "n": cohort.missing},
                icon="edit",
                tone="warn",
                url=cohort.get_absolute_url(),
                verb=_("Record"),
            )
        )
    home.todo += _assessment(scope)
    ahead = mine.filter(ends_on__gte=scope.today).order_by("starts_on", "code")[:8]
    home.cohorts = (_("Your cohorts"), _("Officers"), [(cohort, cohort.taken) for cohort in ahead])
    return home


def _live_seats(cohort):
    live = Enrolment.objects.live().filter(cohort=OuterRef(cohort)).order_by().values("cohort").annotate(n=Count("*")).values("n")
    return Subquery(live)


def _without_results(cohorts):
    result = AssessmentResult.objects.filter(enrolment=OuterRef("enrolments"), superseded_at=None)
    missing = Count("enrolments", filter=Q(enrolments__state__in=LIVE) & ~Exists(result))
    return [c for c in cohorts.filter(course_version__assessed=True).annotate(missing=missing)[:20] if c.missing]


def _assessment(scope):
    """Appeals to decide, overdue ones first and by name; results that wait for a second person or for their release."""
    found = []
    open_appeals = list(appeals.decidable(scope).select_related("enrolment__officer", "enrolment__cohort"))
    for one in [a for a in open_appeals if a.due_on < scope.today][:5]:
        heading = _("The appeal of %(officer)s is overdue") % {"officer": one.enrolment.officer}
        text = _("%(cohort)s; it was to be decided by %(day)s.") % {"cohort": one.enrolment.cohort.code, "day": day(one.due_on)}
        found.append(todo(heading, text, icon="message-circle", tone="bad", url=links.to("training:appeal", one.pk), verb=_("Open it")))
    ahead = [a for a in open_appeals if a.due_on >= scope.today]
    if ahead:
        heading = ngettext("%(n)s appeal to decide", "%(n)s appeals to decide", len(ahead)) % {"n": len(ahead)}
        text = _("The first is due on %(day)s.") % {"day": day(ahead[0].due_on)}
        found.append(todo(heading, text, icon="message-circle", tone="warn", url=links.to("training:appeals"), verb=_("See them")))
    rows = moderation.waiting(scope)
    check = [r for r in rows if r["theirs"]]
    if check:
        n = sum(r["theirs"] for r in check)
        heading = ngettext("%(n)s result to check", "%(n)s results to check", n) % {"n": n}
        text = _("Recorded by others, in %(cohorts)s.") % {"cohorts": ", ".join(sorted({r["cohort"].code for r in check})[:3])}
        found.append(todo(heading, text, icon="clipboard-check", tone="warn", url=links.to("training:moderation"), verb=_("Check")))
    if n := sum(r["moderated"] for r in rows):
        heading = ngettext("%(n)s result to release", "%(n)s results to release", n) % {"n": n}
        found.append(todo(heading, _("Checked, and not yet seen by the learners."), icon="check", tone="info", url=links.to("training:moderation"), verb=_("Release")))  # fmt: skip
    return found


def _drafts(scope):
    """Versions of courses that somebody has begun to draft."""
    drafts = CourseVersion.objects.visible_to(scope).filter(state=CourseVersion.State.DRAFT)
    return [
        todo(
            _("Version %(n)s of %(course)s is a draft") % {"n": version.number, "course": version.course.title},
            _("No cohort can be of it until it is published."),
            icon="edit",
            tone="info",
            url=version.get_absolute_url(),
            verb=_("Open it"),
        )
        for version in drafts.select_related("course").order_by("course__code")[:3]
    ]


def coordinator(scope):
    """Cohorts that need someone: to be closed, nearly empty before they start, full."""
    home = Home(nothing=_("No cohort waits to be closed, none that starts soon is nearly empty, and no training elsewhere waits to be verified."))
    today, soon = scope.today, scope.today + dt.timedelta(days=14)
    home.todo += hall.waiting(scope)
    home.todo += planning.decisions(scope)
    for cohort in _cohorts().filter(state__in=Cohort.LIVE, ends_on__lt=today).order_by("ends_on")[:10]:
        text = _("%(course)s ended on %(day)s. Certificates are issued when it is closed.") % {
            "course": cohort.course_version.course.title,
            "day": day(cohort.ends_on),
        }
        home.todo.append(
            todo(
                _("Close %(cohort)s") % {"cohort": cohort.code},
                text,
                icon="lock",
                tone="bad",
                url=cohort.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    home.todo += second_person.to_do(scope)
    home.todo += _assessment(scope)
    for cohort in (
        _cohorts()
        .filter(state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED], starts_on__gt=today, starts_on__lte=soon, taken__lt=10)
        .order_by("starts_on")[:10]
    ):
        text = _("%(n)s of %(capacity)s seats are taken; it starts on %(day)s.") % {
            "n": cohort.taken,
            "capacity": cohort.capacity,
            "day": day(cohort.starts_on),
        }
        home.todo.append(
            todo(
                _("%(cohort)s is nearly empty") % {"cohort": cohort.code},
                text,
                icon="users",
                tone="warn",
                url=cohort.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    for cohort in _cohorts().filter(state=Cohort.State.OPEN, starts_on__gt=today, free=0).order_by("starts_on")[:5]:
        text = _("%(course)s at %(campus)s, %(day)s") % {
            "course": cohort.course_version.course.title,
            "campus": cohort.campus.name,
            "day": day(cohort.starts_on),
        }
        home.todo.append(
            todo(
                _("%(cohort)s is full") % {"cohort": cohort.code},
                text,
                icon="ban",
                tone="info",
                url=cohort.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    home.todo += _drafts(scope)
    home.actions = [
        (_("Open a cohort"), links.to("training:open_cohort"), "plus"),
        (_("All cohorts"), links.to("training:cohorts"), ""),
    ]
    ahead = list(_cohorts().filter(ends_on__gte=today, state__in=Cohort.LIVE).order_by("starts_on", "code")[:10])
    home.cohorts = (_("Running and next"), _("Officers"), [(cohort, cohort.taken) for cohort in ahead])
    numbers = Cohort.objects.aggregate(
        running=Count("pk", filter=Q(state=Cohort.State.RUNNING)), open=Count("pk", filter=Q(state=Cohort.State.OPEN)), planned=Count("pk", filter=Q(state=Cohort.State.PLANNED))
    )  # fmt: skip
    issued = Certificate.objects.filter(issued_on__gt=today - dt.timedelta(days=30), issued_on__lte=today).count()
    rows = [
        (_("Running"), numbers["running"]),
        (_("Open"), numbers["open"]),
        (_("Planned"), numbers["planned"]),
        (_("Certificates in 30 days"), thousands(issued)),
    ]
    home.panel = (_("Cohorts now"), rows, links.to("training:cohorts"), _("See them"))
    return home
