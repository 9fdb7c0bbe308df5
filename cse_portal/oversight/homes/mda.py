"""Homes of an MDA's people and of a centre's manager."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Posting, Roster
from cse_portal.lib.templatetags.cse import day, percent, thousands
from cse_portal.oversight import figures, links
from cse_portal.oversight.views.places import cohorts_of
from standards.models import Audit, Certification, Finding
from training.compliance import status
from training.models import Certificate, Cohort, CourseEquivalence

from . import returns, second_person, upkeep
from .home import Home, todo

SOON = dt.timedelta(days=30)


def hr_officer(scope):
    return _mda(scope, acts=True)


def authorised_officer(scope):
    """As the HR officer sees it; the authorised officer reads."""
    return _mda(scope, acts=False)


def _mda(scope, acts):
    home = Home(nothing=_("Nothing is overdue, and no finding or staff file waits for you."))
    read = figures.Figures(scope.today, within=scope.organisation)
    together = read.mda(scope.organisation)
    there = Posting.objects.on(scope.today).filter(organisation__in=scope.organisation_ids).values_list("officer", flat=True)
    states = status.of_officers(there, scope.today)
    wanting = [s for s in states.values() if s.status in ("due", "overdue")]
    home.seats = _seats(scope, {course for s in wanting for course in s.lacking})
    home.todo = [row for row in (
        _overdue(home, together, acts), *returns.to_do(scope), *upkeep.to_do(scope), *second_person.to_do(scope), *_findings(scope), _register(scope, read, acts), _waiting(scope, acts), _due_soon(wanting, scope, acts),
        _expiring(scope), _rejected(scope, acts),
    ) if row]  # fmt: skip
    if acts:
        home.actions = [
            (_("Upload a staff file"), links.to("centres:roster_upload"), "upload"),
            (_("Find a cohort"), links.to("training:cohorts"), ""),
        ]
    count = together.count
    rows = [
        (
            _("Up to date"),
            _("%(share)s of %(n)s") % {"share": percent(count.coverage), "n": thousands(count.bound)}
            if count.bound
            else _("unknown"),
        ),
        (_("Overdue"), thousands(count.overdue)),
        (_("Due"), thousands(count.due)),
        (_("Of these enrolled"), thousands(read.enrolled_of(together))),
        (_("In post"), thousands(count.in_post)),
    ]
    if together.unknown:
        rows.append((_("Unknown"), ngettext("%(n)s MDA, %(k)s officers at last return", "%(n)s MDAs, %(k)s officers at last return", together.unknown) % {"n": together.unknown, "k": thousands(together.unknown_officers)}))  # fmt: skip
    home.panel = (_("Where you stand"), rows, scope.organisation.get_absolute_url(), _("Open the full MDA page"))
    home.cohorts = (_("Cohorts your staff are in"), _("Your staff"), cohorts_of(scope.organisation_ids, scope.today)[:8])
    return home


def _overdue(home, together, acts):
    if not (n := together.count.overdue):
        return None
    free = sum(cohort.free for cohort in home.seats)
    heading = ngettext("%(n)s officer's training is overdue", "%(n)s officers' training is overdue", n) % {"n": thousands(n)}
    text = (
        _("%(free)s seats are free in cohorts of the courses that they lack.") % {"free": thousands(free)}
        if free
        else _("No cohort of the courses that they lack has free seats now.")
    )
    return todo(
        heading,
        text,
        icon="alert-triangle",
        tone="bad",
        url=links.to("training:officers", status="overdue"),
        verb=_("Enrol them") if acts else _("See them"),
    )


def _findings(scope):
    rows = (
        Finding.objects.filter(audit__in=Audit.objects.visible_to(scope), grade__in=["major", "minor"])
        .exclude(state__in=Finding.CLOSED)
        .exclude(audit__state=Audit.State.LAPSED)
    )
    found = (
        rows.values("audit__ref", "grade")
        .annotate(n=Count("pk"), pending=Count("pk", filter=Q(due_on=None)))
        .order_by("grade", "audit__ref")
    )
    for row in found:
        major = row["grade"] == Finding.Grade.MAJOR
        heading = (
            ngettext("%(n)s major finding is open", "%(n)s major findings are open", row["n"])
            if major
            else ngettext("%(n)s minor finding is open", "%(n)s minor findings are open", row["n"])
        ) % {"n": row["n"]}
        yield todo(
            heading,
            _("Audit %(ref)s") % {"ref": row["audit__ref"]},
            icon="flag",
            tone="bad" if major else "warn",
            url=links.to("standards:audit", row["audit__ref"]),
            verb=_("Read"),
        )


def _register(scope, read, acts):
    line = read.lines.get(scope.organisation.pk)
    if line is None:
        return None
    url, verb = (links.to("centres:roster_upload"), _("Upload")) if acts else ("", "")
    limit = settings.REGISTER_MAX_AGE_DAYS
    if line.register == "never":
        return todo(
            _("Your staff register has never been filed"),
            _("Until it is, your MDA counts as unknown."),
            icon="upload",
            tone="bad",
            url=url,
            verb=verb,
        )
    age = (scope.today - line.as_at).days
    if line.register == "stale":
        return todo(
            _("Your staff register is out of date"),
            _("The last return is %(n)s days old; after %(limit)s days your MDA counts as unknown.") % {"n": age, "limit": limit},
            icon="upload",
            tone="bad",
            url=url,
            verb=verb,
        )
    if age > limit - 30:
        return todo(
            _("Your staff register needs a new return"),
            _("In %(n)s days your MDA will count as unknown.") % {"n": limit - age},
            icon="upload",
            tone="warn",
            url=url,
            verb=verb,
        )
    return None


def _waiting(scope, acts):
    roster = Roster.objects.visible_to(scope).filter(state=Roster.State.READ).first()
    if roster is None or not acts:
        return None
    text = _("%(created)s new, %(changed)s changed, %(rejected)s rejected") % {
        "created": roster.created,
        "changed": roster.changed,
        "rejected": roster.rejected,
    }
    return todo(
        _("A staff file waits for your confirmation"),
        text,
        icon="clipboard-check",
        tone="warn",
        url=links.to("centres:roster", roster.ref),
        verb=_("Review"),
    )


def _due_soon(wanting, scope, acts):
    n = sum(1 for s in wanting if s.status == "due" and s.due_on <= scope.today + SOON)
    if not n:
        return None
    heading = ngettext("%(n)s officer will be overdue within 30 days", "%(n)s officers will be overdue within 30 days", n) % {
        "n": thousands(n)
    }
    return todo(
        heading,
        _("New in their CSE cadre, or newly in post."),
        icon="clock",
        tone="warn",
        url=links.to("training:officers", status="due"),
        verb=_("Enrol them") if acts else _("See them"),
    )


def _expiring(scope):
    ahead = scope.today + dt.timedelta(days=90)
    there = Posting.objects.on(scope.today).filter(organisation__in=scope.organisation_ids).values("officer")
    held = Certificate.objects.filter(
        state=Certificate.State.VALID, expires_on__gt=scope.today, expires_on__lte=ahead, completion__officer__in=there
    )
    if not (n := held.count()):
        return None
    heading = ngettext("%(n)s certificate expires within 90 days", "%(n)s certificates expire within 90 days", n) % {
        "n": thousands(n)
    }
    return todo(
        heading,
        _("Plan their renewal before %(day)s.") % {"day": day(ahead)},
        icon="certificate",
        tone="info",
        url=links.to("training:cohorts"),
        verb=_("Find a cohort"),
    )


def _rejected(scope, acts):
    roster = Roster.objects.visible_to(scope).filter(state=Roster.State.APPLIED, organisation=scope.organisation).first()
    if roster is None or not roster.rejected or not acts:
        return None
    heading = ngettext(
        "%(n)s row of your last staff file was rejected", "%(n)s rows of your last staff file were rejected", roster.rejected
    ) % {"n": roster.rejected}
    return todo(
        heading, roster.file_name, icon="file-text", tone="info", url=links.to("centres:roster", roster.ref), verb=_("See why")
    )


def _seats(scope, courses):
    """Open cohorts of these courses or of what is accepted for them, with free seats, soonest first."""
    accepted = set(CourseEquivalence.objects.filter(course__in=courses).values_list("accepted", flat=True)) if courses else set()
    cohorts = (
        Cohort.objects.visible_to(scope)
        .with_seats()
        .filter(free__gt=0, starts_on__gt=scope.today, state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED])
    )
    return list(
        cohorts.filter(course_version__course__in=courses | accepted)
        .select_related("course_version__course", "campus")
        .order_by("starts_on", "code")[:6]
    )


def service_champion(scope):
    home = Home(nothing=_("No finding is open. The Standard shows what the next audit will look at."))
    home.todo = list(_findings(scope))
    home.actions = [(_("Read the Standard"), links.to("standards:standard"), "file-text")]
    audits = Audit.objects.visible_to(scope).select_related("organisation", "centre")[:10]
    home.audits = (_("Audits of your MDA"), _("Shown once the team has submitted them"), [(audit, "") for audit in audits])
    held = Certification.objects.in_force(scope.today).filter(organisation=scope.organisation, centre=None).first()
    rows = (
        [(_("Level"), held.get_level_display()), (_("Number"), held.number), (_("Until"), day(held.last_day))]
        if held
        else [(_("State"), _("Not certified"))]
    )
    home.panel = (_("Standard certification"), rows, scope.organisation.get_absolute_url(), _("Open the full MDA page"))
    return home


def centre_manager(scope):
    home = Home(nothing=_("Every officer who serves here is up to date or has time left."))
    count = figures.centre(scope.centre, scope.today)
    if count.overdue:
        heading = ngettext("%(n)s officer's training is overdue", "%(n)s officers' training is overdue", count.overdue) % {
            "n": thousands(count.overdue)
        }
        home.todo.append(
            todo(
                heading,
                _("Their own MDA enrols them; agree with it on dates that leave the counters staffed."),
                icon="alert-triangle",
                tone="bad",
                url=links.to("training:officers", status="overdue"),
                verb=_("See them"),
            )
        )
    rows = [
        (_("Up to date"), percent(count.coverage)),
        (_("Overdue"), thousands(count.overdue)),
        (_("Due"), thousands(count.due)),
        (_("In post"), thousands(count.in_post)),
    ]
    home.panel = (scope.centre.name, rows, scope.centre.get_absolute_url(), _("Open the page of the centre"))
    return home
