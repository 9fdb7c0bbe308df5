"""The demonstration's mailbox. Elsewhere there is none: its pages do not exist."""

import datetime as dt

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.doors import Page

from . import mailbox

SEARCHED = 2000  # newest letters that a search looks through


def _dated(letter):
    return {"letter": letter, "at": dt.datetime.fromtimestamp(letter.arrived, dt.UTC)}


class MailboxPage(Page):
    public = True

    def dispatch(self, request, *args, **kwargs):
        if not settings.DEMO:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class Mailbox(MailboxPage):
    """All letters, newest first; `?q=` looks in the addresses and subjects of the newest ones."""

    title = _("Demonstration mailbox")
    template_name = "notices/mailbox.html"

    def get_context_data(self, **kwargs):
        asked = self.request.GET.get("q", "").strip().lower()
        found = mailbox.names()
        if asked:
            found = [
                (at, name)
                for at, name in found[:SEARCHED]
                if (one := mailbox.letter(name)) and asked in f"{one.to} {one.subject}".lower()
            ]
        page = Paginator(found, 50).get_page(self.request.GET.get("page"))
        letters = [_dated(one) for at, name in page.object_list if (one := mailbox.letter(name, at))]
        return super().get_context_data(page_obj=page, letters=letters, asked=asked, **kwargs)


class Message(MailboxPage):
    template_name = "notices/message.html"

    def get_context_data(self, name, **kwargs):
        letter = mailbox.letter(name, whole=True)
        if letter is None:
            raise Http404
        self.title = letter.subject or _("Message")
        return super().get_context_data(**_dated(letter), **kwargs)

    def get_crumbs(self):
        return [(_("Demonstration mailbox"), reverse("notices:mailbox"))]
