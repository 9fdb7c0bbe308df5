"""What waits for an auditor besides audits: a case to rate, a certificate that runs out."""

from django.utils.translation import gettext as _

from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Auditor, Calibration
from standards.services import auditors

from .home import todo


def to_do(scope):
    """Nothing for those who are not in the register."""
    line = auditors.with_competence(Auditor.objects.filter(user=scope.user), scope.today).first()
    if line is None:
        return []
    rows = []
    if (held := auditors.standing(line.assessor_until, scope.today)) != "valid":
        last = auditors.last_valid(line.assessor_until)
        text = _("Valid until %(day)s. You are not named to an audit that goes beyond it.") % {"day": day(last)} if last else ""
        rows.append(
            todo(
                _("Your assessor certificate runs out") if held == "soon" else _("You hold no valid assessor certificate"),
                text,
                icon="alert-triangle",
                tone="warn" if held == "soon" else "bad",
                url=line.get_absolute_url(),
                verb=_("Open it"),
            )
        )
    for case in Calibration.objects.filter(state=Calibration.State.OPEN).exclude(items__answers__user=scope.user):
        rows.append(
            todo(
                _("Rate a case on your own: %(title)s") % {"title": case.title},
                _("Closes on %(day)s.") % {"day": day(case.closes_on)} if case.closes_on else "",
                icon="clipboard-check",
                tone="warn",
                url=links.to("standards:calibration", case.pk),
                verb=_("Open it"),
            )
        )
    return rows
