"""What waits before an audit: applications to decide, lines of the programme without an audit, drafts that were never sent."""

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day
from standards import policies
from standards.models import Application, Audit, AuditProgramme, ProgrammeLine

from .home import todo

State = Application.State


def to_do(scope):
    """For the secretariat: applications, the oldest first, and the months of the programme that are behind. For an MDA: its drafts."""
    rows = []
    if policies.may_plan_audit(scope):
        rows += [_application(one) for one in _sent(scope)]
        rows += _behind(scope)
    elif policies.may_apply(scope):
        rows += [
            _draft(one)
            for one in Application.objects.visible_to(scope).filter(state=State.DRAFT).select_related("organisation", "centre")
        ]
    return rows


def _sent(scope):
    return (
        Application.objects.visible_to(scope)
        .filter(state=State.SENT)
        .select_related("organisation", "centre")
        .order_by("applied_at")
    )


def _application(application):
    text = _("%(subject)s applied for certification on %(day)s.") % {"subject": application, "day": day(application.applied_at)}
    return todo(
        _("Decide on an application"), text, icon="file-text", tone="warn", url=application.get_absolute_url(), verb=_("Decide")
    )


def _draft(application):
    text = _("The application of %(subject)s is a draft.") % {"subject": application}
    return todo(
        _("Send the application"), text, icon="file-text", tone="info", url=application.get_absolute_url(), verb=_("Open it")
    )


def _behind(scope):
    """One row a programme: lines whose month has come without an audit."""
    adopted = AuditProgramme.objects.visible_to(scope).filter(state=AuditProgramme.State.ADOPTED)
    for programme in adopted:
        lines = programme.lines.filter(state=ProgrammeLine.State.TAKEN, month__lte=scope.today)
        n = lines.filter(Q(audit=None) | Q(audit__state=Audit.State.CANCELLED)).count()
        if n:
            month = date_format(scope.today, "F Y")
            text = ngettext("%(n)s line up to %(month)s has no audit yet.", "%(n)s lines up to %(month)s have no audit yet.", n)
            address = reverse("standards:programme_calendar", args=[programme.financial_year.replace("/", "-")])
            yield todo(
                _("Plan the audits of the programme"),
                text % {"n": n, "month": month},
                icon="calendar-event",
                tone="info",
                url=address,
                verb=_("By month"),
            )
