"""Findings that wait for the reader: what the MDA owes, what auditors, secretariat and panel are to look at."""

import datetime as dt

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Role
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Finding
from standards.policies import ANSWERERS

from .home import todo

State = Finding.State
SOON = dt.timedelta(days=14)
ACTS = (*ANSWERERS, Role.AUDITOR, Role.SECRETARIAT, Role.PANEL)


def _words(state, n):
    said = {
        State.RAISED: lambda: ngettext("Acknowledge or dispute %(n)s finding", "Acknowledge or dispute %(n)s findings", n),
        State.PLAN_DUE: lambda: ngettext("Send the plan for %(n)s finding", "Send the plans for %(n)s findings", n),
        State.REOPENED: lambda: ngettext("%(n)s finding is open again", "%(n)s findings are open again", n),
        State.PLAN_ACCEPTED: lambda: ngettext("Send the evidence for %(n)s finding", "Send the evidence for %(n)s findings", n),
        State.DISPUTED: lambda: ngettext("Decide %(n)s dispute about a finding", "Decide %(n)s disputes about findings", n),
        State.PLAN_SUBMITTED: lambda: ngettext("Review the plan for %(n)s finding", "Review the plans for %(n)s findings", n),
        State.EVIDENCE_SUBMITTED: lambda: ngettext("Verify the correction of %(n)s finding", "Verify the corrections of %(n)s findings", n),
        State.VERIFIED: lambda: ngettext("Check the effect of %(n)s correction", "Check the effect of %(n)s corrections", n),
    }
    return said[state]() % {"n": n}


def to_do(scope):
    """A row for each step that waits for the scope, the first due first. One query."""
    if scope.role not in ACTS:
        return []
    owed = Finding.objects.waiting_for(scope).with_next_due().order_by().values("state")
    rows = owed.annotate(n=Count("pk", distinct=True), first=Min("next_due"))
    return [_row(scope, row) for row in sorted(rows, key=lambda row: (row["first"] is None, row["first"]))]


def _row(scope, row):
    late = scope.role in ANSWERERS and row["first"] is not None and row["first"] < scope.today
    soon = row["first"] is None or row["first"] - scope.today <= SOON
    text = ""
    if scope.role in ANSWERERS and row["first"]:
        text = (_("Overdue since %(day)s.") if late else _("The first is due by %(day)s.")) % {"day": day(row["first"])}
    return todo(
        _words(row["state"], row["n"]), text, icon="flag", tone="bad" if late else "warn" if soon else "info",
        url=links.to("standards:findings", only="mine", state=row["state"]), verb=_("See them"),
    )  # fmt: skip
