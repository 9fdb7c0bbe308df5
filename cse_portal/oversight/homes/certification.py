"""Certifications that wait for the reader: acts and appeals for the panel, surveillance for the secretariat, the MDA's own."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Role
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Certification, CertificationAct, CertificationAppeal, Surveillance

from .home import todo

AHEAD = 60  # days in which surveillance that is due is shown


def to_do(scope):
    if scope.role == Role.PANEL:
        return [*_acts(scope), *_appeals(scope)]
    if scope.role == Role.SECRETARIAT:
        return [*_surveillance(scope), *_appeals(scope)]
    return []


def _acts(scope):
    open_ = CertificationAct.objects.visible_to(scope).filter(state=CertificationAct.State.ASKED).order_by("asked_at")
    first, n = open_.first(), open_.count()
    if not n:
        return []
    heading = ngettext("Decide %(n)s act on a certification", "Decide %(n)s acts on certifications", n) % {"n": n}
    text = _("The oldest was asked on %(day)s.") % {"day": day(first.asked_at)}
    return [todo(heading, text, icon="certificate", tone="warn", url=links.to("standards:certification_acts", state="asked"), verb=_("See them"))]


def _appeals(scope):
    open_ = CertificationAppeal.objects.visible_to(scope).filter(state=CertificationAppeal.State.LODGED).order_by("due_on")
    first, n = open_.first(), open_.count()
    if not n:
        return []
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
