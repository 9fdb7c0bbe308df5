"""Certifications that wait for the reader: acts and appeals for the panel, surveillance for the secretariat, the MDA's own."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Role
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Certification, CertificationAct, CertificationAppeal, Surveillance
from standards.services import sitting_out

from .home import note, todo

AHEAD = 60  # days in which surveillance that is due is shown


def to_do(scope):
    """For the secretariat: what is to be planned, and appeals to know of."""
    return [*_surveillance(scope), *_appeals(scope, _lodged(scope))] if scope.role == Role.SECRETARIAT else []


def of_panel(scope):
    """(rows, notes): acts and appeals that this member may decide; how many others have to."""
    rows, notes = [], []
    asked = list(CertificationAct.objects.visible_to(scope).filter(state=CertificationAct.State.ASKED).order_by("asked_at"))
    out = sitting_out.acts(scope, asked)
    rows += _acts([act for act in asked if act.pk not in out])
    if out:
        text = ngettext("You sit out %(n)s act on a certification: you asked for it, took part, or have an interest.", "You sit out %(n)s acts on certifications: you asked for them, took part, or have an interest.", len(out))  # fmt: skip
        notes.append(note(text % {"n": len(out)}, links.to("standards:certification_acts", state="asked")))
    lodged = _lodged(scope)
    out = sitting_out.appeals(scope, lodged)
    rows += _appeals(scope, [appeal for appeal in lodged if appeal.pk not in out])
    if out:
        text = ngettext("You sit out %(n)s appeal: you had a part in what it is against, or have an interest.", "You sit out %(n)s appeals: you had a part in what they are against, or have an interest.", len(out))  # fmt: skip
        notes.append(note(text % {"n": len(out)}, links.to("standards:appeals", state="lodged")))
    return rows, notes


def _acts(asked):
    if not asked:
        return []
    n = len(asked)
    heading = ngettext("Decide %(n)s act on a certification", "Decide %(n)s acts on certifications", n) % {"n": n}
    text = _("The oldest was asked on %(day)s.") % {"day": day(asked[0].asked_at)}
    return [todo(heading, text, icon="certificate", tone="warn", url=links.to("standards:certification_acts", state="asked"), verb=_("See them"))]


def _lodged(scope):
    return list(CertificationAppeal.objects.visible_to(scope).filter(state=CertificationAppeal.State.LODGED).order_by("due_on"))


def _appeals(scope, lodged):
    if not lodged:
        return []
    n, first = len(lodged), lodged[0]
    heading = ngettext("%(n)s appeal waits for its decision", "%(n)s appeals wait for their decision", n) % {"n": n}
    late = first.due_on < scope.today
    text = _("The first is due by %(day)s.") % {"day": day(first.due_on)}
    return [todo(heading, text, icon="message-circle", tone="bad" if late else "warn", url=links.to("standards:appeals", state="lodged"), verb=_("See them"))]


def _surveillance(scope):
    rows = Surveillance.objects.visible_to(scope).filter(
        certification__state__in=Certification.STANDING, certification__expires_on__gt=scope.today, state__in=["due", "missed"],
        due_on__lte=scope.today + dt.timedelta(days=AHEAD),
    )  # fmt: skip
    first, n = rows.order_by("due_on").first(), rows.count()
    if not n:
        return []
    heading = ngettext("Plan %(n)s surveillance audit", "Plan %(n)s surveillance audits", n) % {"n": n}
    late = first.due_on < scope.today
    text = (_("Overdue since %(day)s.") if late else _("The first is due by %(day)s.")) % {"day": day(first.due_on)}
    return [todo(heading, text, icon="calendar-event", tone="bad" if late else "warn", url=links.to("standards:surveillances"), verb=_("See them"))]
