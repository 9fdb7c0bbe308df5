"""Homes of an MDA's people and of a centre's manager."""

import datetime as dt

from django.conf import settings
from django.db.models import Count
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from centres.models import Role, Roster
from cse_portal.lib.charts import bar
from cse_portal.lib.templatetags.cse import percent, thousands
from cse_portal.oversight import curves, figures, links, tables
from cse_portal.oversight.views.places import cohorts_of
from standards.models import Audit, Finding
from training import chosen
from training.compliance import ledger, people
from training.models import CourseEquivalence, RequirementScope
from training.services import placing

from . import casework, findings, held, name_grants, planning, programme, returns, seats, second_person, selfassessment, upkeep
from .home import Home, todo

SOON = dt.timedelta(days=30)


def hr_officer(scope):
    return _mda(scope, acts=True)


def authorised_officer(scope):
    """As the HR officer sees it; the authorised officer reads, signs and decides."""
    return _mda(scope, acts=False)


def _mda(scope, acts):
    home = Home(nothing=_("Nothing is overdue, and no transfer, return, finding or staff file waits for you."))
    read = figures.Figures(scope.today, within=scope.organisation)
    together, goals = read.mda(scope.organisation), curves.goals(scope.today)
    home.seats = _seats(scope, read)
    home.todo = [row for row in (
        _overdue(home, scope, acts), *returns.to_do(scope), *name_grants.to_do(scope), *upkeep.to_do(scope), *seats.to_do(scope), *planning.to_rebook(scope), *second_person.to_do(scope), *(() if acts else (*selfassessment.to_do(scope), *programme.to_do(scope))), *_findings(scope), *held.to_do(scope), _register(scope, read, acts),
        _waiting(scope, acts), _due_soon(scope, acts), _expiring(scope, acts), _rejected(scope, acts),
    ) if row]  # fmt: skip
    if acts:
        home.actions = [
            (_("Enrol staff"), links.to("training:officers", seat="no"), "user-plus"),
            (_("Find a cohort"), links.to("training:calendar"), ""),
            (_("Upload a staff file"), links.to("centres:roster_upload"), "upload"),
        ]
    count, goal = together.count, goals.get(None)
    rows = [
        (
            _("Up to date"),
            format_html("{}{}", _("%(share)s of %(n)s") % {"share": percent(count.coverage), "n": thousands(count.bound)}, bar(count.coverage, goal))
            if count.bound
            else _("unknown"),
        ),
        *([(_("Target by the end of the quarter"), percent(goal))] if goal else []),
        (pgettext("training", "Overdue"), thousands(count.overdue)),
        (pgettext("training", "Due"), thousands(count.due)),
        (_("Of these enrolled"), thousands(read.enrolled_of(together))),
        (_("Waived or excused"), thousands(count.waived + count.excused)),
        (_("In post"), thousands(count.in_post)),
    ]  # fmt: skip
    if together.unknown:
        rows.append((_("Unknown"), ngettext("%(n)s MDA, %(k)s officers at last return", "%(n)s MDAs, %(k)s officers at last return", together.unknown) % {"n": together.unknown, "k": thousands(together.unknown_officers)}))  # fmt: skip
    rows += [(_("Standard certification"), standing) for standing in held.in_short(scope)]
    home.panel = (_("Where you stand"), rows, scope.organisation.get_absolute_url(), _("Open the full MDA page"))
    plain = together.ids == read.scope

    def names(code, cadre):
        said = {"organisation": scope.organisation.code, "below": "1"} | ({} if plain else {"counted": "1"})
        return links.to(
            "training:officers", **said, **({"status": code} if code else {}), **({"cadre": cadre.code} if cadre else {})
        )

    if together.known:
        home.cadres = tables.cadre_rows(read.cadres, together, goals, names)
        home.goals = goals
    home.cohorts = (_("Cohorts your staff are in"), _("Your staff"), cohorts_of(scope.organisation_ids, scope.today)[:8])
    return home


def _chosen(scope, n, **query):
    """Address of the page that enrols all whom the staff list finds, or of the list where that is too many for one act."""
    if n > chosen.MOST:
        return links.to("training:officers", **query)
    return links.to("training:act", "enrol", of=chosen.sign(scope, n=n, query=query))


def _overdue(home, scope, acts):
    """Those overdue without a seat; failing them, those overdue who have one."""
    late = people.in_post(scope, scope.today).filter(status=people.code("overdue"))
    n, seated = late.count(), late.filter(people.has_seat(scope.today)).count()
    if not n:
        return None
    if n == seated:
        heading = ngettext("%(n)s overdue officer is enrolled", "All %(n)s overdue officers are enrolled", n) % {
            "n": thousands(n)
        }
        return todo(heading, _("They count as overdue until they have completed the course."), icon="clock", tone="info", url=links.to("training:officers", status="overdue"), verb=_("See them"))  # fmt: skip
    free, alone = sum(cohort.free for cohort in home.seats), n - seated
    heading = ngettext(
        "Enrol %(n)s officer whose training is overdue", "Enrol %(n)s officers whose training is overdue", alone
    ) % {"n": thousands(alone)} if acts else ngettext(
        "%(n)s officer is overdue and not enrolled", "%(n)s officers are overdue and not enrolled", alone
    ) % {"n": thousands(alone)}  # fmt: skip
    text = (
        _("%(free)s seats are free in cohorts of the courses that your staff lack.") % {"free": thousands(free)}
        if free
        else _("No cohort of the courses that they lack has free seats now.")
    )
    if seated:
        text = ngettext("%(n)s more is overdue and enrolled.", "%(n)s more are overdue and enrolled.", seated) % {"n": thousands(seated)} + " " + text  # fmt: skip
    query = {"status": "overdue", "seat": "no"}
    url = _chosen(scope, alone, **query) if acts and free else links.to("training:officers", **query)
    return todo(
        heading, text, icon="alert-triangle", tone="bad", url=url, verb=_("Enrol them") if acts and free else _("See them")
    )


def _findings(scope):
    """What the MDA owes, for those who answer; what is open, for HR officers."""
    if scope.role != Role.HR_OFFICER:
        yield from casework.of_auditee(scope)
        yield from findings.to_do(scope)
        return
    rows = Finding.objects.visible_to(scope).answered().exclude(state__in=Finding.CLOSED)
    found = rows.values("audit__ref", "grade").annotate(n=Count("pk")).order_by("grade", "audit__ref")
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


def _due_soon(scope, acts):
    """Due today and overdue within 30 days if nothing is done."""
    last = scope.today + SOON
    due = people.in_post(scope, scope.today).filter(status=people.code("due"), ends__lte=last)
    due = due.exclude(people.has_seat(scope.today))
    if not (n := due.count()):
        return None
    heading = ngettext(
        "%(n)s officer not enrolled will be overdue within 30 days",
        "%(n)s officers not enrolled will be overdue within 30 days",
        n,
    ) % {"n": thousands(n)}
    return todo(
        heading,
        _("New in their CSE cadre, or newly in post."),
        icon="clock",
        tone="warn",
        url=links.to("training:officers", status="due", seat="no"),
        verb=_("Enrol them") if acts else _("See them"),
    )


def _expiring(scope, acts):
    """Up to date today and no longer so within 30, 60, 90 days if nothing is done."""
    n = {}
    for days in (30, 60, 90):
        till = scope.today + dt.timedelta(days=days)
        n[days] = sum(row[-1] for row in ledger.expiring(scope.today, till, scope.organisation_ids))
    if not n[90]:
        return None
    heading = ngettext(
        "Training of %(n)s officer expires within 90 days", "Training of %(n)s officers expires within 90 days", n[90]
    )
    text = _("Within 30 days %(a)s, within 60 days %(b)s. On the first day after, they are overdue.")
    return todo(
        heading % {"n": thousands(n[90])},
        text % {"a": thousands(n[30]), "b": thousands(n[60])},
        icon="certificate",
        tone="warn" if n[30] else "info",
        url=links.to("training:officers", expires=30 if n[30] else 60 if n[60] else 90),
        verb=_("Plan renewal") if acts else _("See them"),
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


def _seats(scope, read):
    """Open cohorts with free seats, soonest first, that suit the CSE cadres in which anyone is due or overdue."""
    cadres = {pk for line in read.lines.values() for pk, count in line.cadres.items() if count.due or count.overdue}
    required = RequirementScope.objects.filter(draft=0, cadre_id__in=cadres, during__contains=scope.today)
    courses = set(required.filter(organisation_id__in=[0, *scope.organisation_ids]).values_list("course_id", flat=True))
    courses |= set(CourseEquivalence.objects.filter(course__in=courses).values_list("accepted", flat=True)) if courses else set()
    return list(placing.open_cohorts(scope).filter(course_version__course__in=courses)[:6])


def service_champion(scope):
    home = Home(nothing=_("No finding is open. The Standard shows what the next audit will look at."))
    home.todo = [*held.to_do(scope), *selfassessment.to_do(scope), *programme.to_do(scope), *seats.to_do(scope), *_findings(scope)]
    audits = Audit.objects.visible_to(scope).select_related("organisation", "centre")[:10]
    home.audits = (
        _("Audits of your MDA"),
        _("What the team found is shown once it has submitted the audit"),
        [(audit, "") for audit in audits],
    )
    rows = held.panel_rows(scope)
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
    home.todo += held.to_do(scope) + findings.to_do(scope)
    rows = [
        (_("Up to date"), percent(count.coverage)),
        (pgettext("training", "Overdue"), thousands(count.overdue)),
        (pgettext("training", "Due"), thousands(count.due)),
        (_("In post"), thousands(count.in_post)),
    ]
    rows += [(_("Standard certification"), standing) for standing in held.in_short(scope)]
    home.panel = (scope.centre.name, rows, scope.centre.get_absolute_url(), _("Open the page of the centre"))
    return home
