"""Seats that wait for someone: nominations to approve, requests for a seat to answer."""

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day, moment, thousands
from cse_portal.oversight import links
from training import policies
from training.models import SeatRequest
from training.services import nominations

from .home import todo


def to_do(scope):
    """Rows of the home's list."""
    if policies.may_approve(scope):
        waiting = nominations.to_approve(scope).aggregate(n=Count("pk"), first=Min("approve_by"))
        if n := waiting["n"]:
            yield todo(
                ngettext("%(n)s nomination waits for your approval", "%(n)s nominations wait for your approval", n)
                % {"n": thousands(n)},
                _("The first gives its seat back on %(at)s if nobody approves.") % {"at": moment(waiting["first"])}
                if waiting["first"]
                else _("The officers wait for a seat."),
                icon="user-plus",
                tone="warn",
                url=links.to("training:approvals"),
                verb=_("Approve"),
            )
    if policies.may_answer_seat_request(scope):
        asked = SeatRequest.objects.visible_to(scope).filter(state=SeatRequest.State.ASKED)
        asked = asked.aggregate(n=Count("pk"), first=Min("asked_at"))
        if n := asked["n"]:
            yield todo(
                ngettext("%(n)s officer asks for a seat", "%(n)s officers ask for a seat", n) % {"n": thousands(n)},
                _("The first asked on %(day)s.") % {"day": day(timezone.localdate(asked["first"]))},
                icon="user-plus",
                tone="warn",
                url=links.to("training:seat_requests", state="asked"),
                verb=_("Answer"),
            )
