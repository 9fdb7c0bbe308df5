"""What waits in the register: transfers to be answered, possible leavers."""

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import TransferRequest
from centres.services import leavers, transfers
from cse_portal.lib.templatetags.cse import day, thousands
from cse_portal.oversight import links

from .home import todo

State = TransferRequest.State


def to_do(scope):
    """Rows of the home's list, most pressing first."""
    waiting = transfers.to_answer(scope)
    asked = waiting.filter(state=State.REQUESTED)
    if n := asked.count():
        yield todo(
            ngettext("Another MDA asks for %(n)s officer of yours", "Other MDAs ask for %(n)s officers of yours", n)
            % {"n": thousands(n)},
            _("Accept or dispute by %(day)s; what is not answered is released.")
            % {"day": day(asked.aggregate(first=Min("answer_by"))["first"])},
            icon="users",
            tone="warn",
            url=links.to("centres:transfers"),
            verb=_("Answer"),
        )
    if n := waiting.filter(state=State.DISPUTED).count():
        yield todo(
            ngettext("%(n)s disputed transfer is yours to settle", "%(n)s disputed transfers are yours to settle", n)
            % {"n": thousands(n)},
            _("Decide whether the officer moves or stays."),
            icon="message-circle",
            tone="warn",
            url=links.to("centres:transfers", state=State.DISPUTED),
            verb=_("Settle"),
        )
    if n := leavers.to_answer(scope):
        yield todo(
            ngettext("%(n)s officer may have left", "%(n)s officers may have left", n) % {"n": thousands(n)},
            _("In post on the register, and not named by your last full return."),
            icon="logout",
            tone="warn",
            url=links.to("centres:leavers"),
            verb=_("Answer"),
        )
