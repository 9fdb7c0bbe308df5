"""The outbox: what was sent, what waits, what failed and why. Texts are not shown: they hold personal links."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, ListDoor
from cse_portal.notices import services
from cse_portal.notices.filters import NoticeFilter
from cse_portal.notices.models import Notice
from cse_portal.oversight import policies


class Outbox(ListDoor):
    title = _("Notices")
    may = staticmethod(policies.may_see_outbox)
    template_name = "oversight/notices.html"
    filterset_class = NoticeFilter
    columns = (
        Column("to", _("To"), lambda n: n.to),
        Column("subject", _("Subject"), lambda n: n.subject),
        Column("channel", pgettext_lazy("channel", "Sent by"), lambda n: n.get_channel_display()),
        Column("queued_at", _("Queued"), lambda n: n.queued_at, sort="queued_at"),
        Column("sent_at", _("Sent"), lambda n: n.sent_at, sort="sent_at"),
        Column("attempts", _("Attempts"), lambda n: n.attempts, sort="attempts", numeric=True),
        Column("state", _("State"), lambda n: n.get_state_display()),
        Column("error", _("Cause"), lambda n: n.error),
    )

    def base_queryset(self):
        return Notice.objects.visible_to(self.scope).defer("body")


class Retry(ActDoor):
    may = staticmethod(policies.may_see_outbox)
    done = _("The notice waits to be sent again.")

    def act(self):
        services.retry(self.scope, notice=fetch(Notice.objects.all(), self.scope, pk=self.kwargs["pk"]))
        return reverse("oversight:notices") + "?state=failed"
