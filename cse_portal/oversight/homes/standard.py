"""Homes of those who audit, prepare and decide."""

import datetime as dt

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import day, thousands
from cse_portal.oversight import links
from standards.models import Audit, Certification, Stage1Review
from standards.services import audits

from . import auditors, casework, certification, findings, programme, selfassessment
from .home import Home, todo

STATE = Audit.State


def _audits(scope):
    return Audit.objects.visible_to(scope).select_related("organisation", "centre")


def _progress(audit, asked):
    return _("%(done)s of %(of)s elements rated") % {"done": audit.rated, "of": asked[audit.pk]}


def _place(audit):
    return str(audit.centre or audit.organisation)


def auditor(scope):
    """Own audits by date."""
    home = Home(nothing=_("No audit of yours is under way. The secretariat plans audits and names teams."))
    last = Stage1Review.objects.filter(audit=OuterRef("pk")).order_by("-pk").values("ready")[:1]  # opened again, it is done again
    mine = _audits(scope).annotate(rated=Count("sites__ratings", distinct=True), ready=Subquery(last))
    under_way = list(mine.filter(state=STATE.STAGE_2).order_by("ends_on"))
    rest = list(mine.filter(state__in=[STATE.SUBMITTED, STATE.DECIDED, STATE.LAPSED]).order_by("-starts_on")[:12])
    asked = audits.asked(under_way + rest)
    for audit in under_way:
        late = audit.ends_on < scope.today
        text = _("%(progress)s. Overdue: to be submitted by %(day)s.") if late else _("%(progress)s. To be submitted by %(day)s.")
        text %= {"progress": _progress(audit, asked), "day": day(audit.ends_on)}
        home.todo.append(
            todo(
                _("Rate and submit: %(place)s") % {"place": _place(audit)},
                text,
                icon="clipboard-check",
                tone="bad" if late else "warn",
                url=audit.get_absolute_url(),
                verb=_("Go on"),
            )
        )
    for audit in mine.filter(Q(ready=False) | Q(ready=None), state=STATE.STAGE_1).order_by("starts_on"):
        text = _("The self-assessment is submitted; the visit starts on %(day)s.") % {"day": day(audit.starts_on)}
        home.todo.append(
            todo(
                _("Review the documents: %(place)s") % {"place": _place(audit)},
                text,
                icon="file-text",
                tone="warn",
                url=audit.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    home.todo += casework.of_lead(scope)
    home.todo += findings.to_do(scope) + auditors.to_do(scope)
    ahead = mine.filter(Q(state__in=[STATE.PLANNED, STATE.SELF_ASSESSMENT]) | Q(state=STATE.STAGE_1, ready=True))
    for audit in ahead.distinct().order_by("starts_on"):
        text = _("%(ref)s starts on %(day)s.") % {"ref": audit.ref, "day": day(audit.starts_on)}
        home.todo.append(
            todo(
                _("Prepare: %(place)s") % {"place": _place(audit)},
                text,
                icon="calendar-event",
                tone="info",
                url=audit.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    home.audits = (_("Audits you were on"), "", [(audit, _progress(audit, asked)) for audit in rest])
    return home


def panel(scope):
    home = Home(nothing=_("No audit waits for a decision."))
    for rows, notes in (casework.of_panel(scope), certification.of_panel(scope)):
        home.todo += rows
        home.notes += notes
    home.todo += findings.to_do(scope)
    _registers(scope, home)
    return home


def secretariat(scope):
    home = Home(nothing=_("No audit waits for a decision."))
    home.todo += casework.of_secretariat(scope)
    home.todo += certification.to_do(scope) + findings.to_do(scope) + programme.to_do(scope) + selfassessment.late(scope)
    home.actions = [
        (_("Plan an audit"), links.to("standards:plan_audit"), "plus"),
        (_("All audits"), links.to("standards:audits"), ""),
    ]
    under_way = _audits(scope).filter(state__in=Audit.OPEN).annotate(rated=Count("sites__ratings", distinct=True))
    under_way = list(under_way.order_by("starts_on")[:12])
    asked = audits.asked([audit for audit in under_way if audit.rated])
    home.audits = (
        _("Planned and under way"),
        "",
        [(audit, _progress(audit, asked) if audit.rated else "") for audit in under_way],
    )
    _registers(scope, home)
    return home


def _registers(scope, home):
    soon = clock.add_months(scope.today, 6)
    n = Certification.objects.in_force(scope.today).aggregate(all=Count("pk"), soon=Count("pk", filter=Q(expires_on__lte=soon)))
    recent = (
        Audit.objects.filter(state=STATE.DECIDED, decisions__decided_at__gt=clock.now() - dt.timedelta(days=90))
        .distinct()
        .count()
    )
    rows = [
        (_("Certifications in force"), thousands(n["all"])),
        (_("Expire within 6 months"), thousands(n["soon"])),
        (_("Decided in 90 days"), thousands(recent)),
    ]
    home.panel = (_("The register"), rows, links.to("standards:certifications"), _("Open the public register"))
