"""The administrator's home: what the registries hold, and what did not go through."""

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Centre, Membership, Officer, Organisation, Roster
from cse_portal.lib.templatetags.cse import thousands
from cse_portal.notices.models import Notice
from cse_portal.oversight import links

from .home import Home, todo


def administrator(scope):
    home = Home(nothing=_("No notice failed and no staff file waits."))
    if failed := Notice.objects.filter(state=Notice.State.FAILED).count():
        heading = ngettext("%(n)s notice could not be sent", "%(n)s notices could not be sent", failed) % {"n": thousands(failed)}
        home.todo.append(
            todo(
                heading,
                _("See why, and send them again."),
                icon="mail",
                tone="bad",
                url=links.to("oversight:notices", state="failed"),
                verb=_("See them"),
            )
        )
    states = Roster.State
    files = Roster.objects.visible_to(scope)
    if unread := files.filter(state__in=[states.RECEIVED, states.READING, states.FAILED]).count():
        heading = ngettext("%(n)s staff file has not been read", "%(n)s staff files have not been read", unread) % {
            "n": thousands(unread)
        }
        home.todo.append(
            todo(
                heading,
                _("The worker reads files as they come; one that stays here needs a look."),
                icon="file-text",
                tone="warn",
                url=links.to("centres:rosters"),
                verb=_("See them"),
            )
        )
    if waiting := files.filter(state=states.READ).count():
        heading = ngettext("%(n)s staff file waits to be confirmed", "%(n)s staff files wait to be confirmed", waiting) % {
            "n": thousands(waiting)
        }
        home.todo.append(
            todo(heading, "", icon="clipboard-check", tone="info", url=links.to("centres:rosters"), verb=_("See them"))
        )
    home.actions = [
        (_("Invite someone"), links.to("centres:invite"), "user-plus"),
        (_("National figures"), links.to("oversight:overview"), ""),
    ]
    rows = [
        (_("Officers"), thousands(Officer.objects.count())),
        (_("In post"), thousands(Officer.objects.in_post(scope.today).count())),
        (_("MDAs"), thousands(Organisation.objects.in_being(scope.today).count())),
        (_("Centres"), thousands(Centre.objects.count())),
        (_("People with an account"), thousands(get_user_model().objects.filter(is_active=True).count())),
        (_("Roles in force"), thousands(Membership.objects.on(scope.today).count())),
        (_("Notices waiting"), thousands(Notice.objects.filter(state=Notice.State.QUEUED).count())),
    ]
    home.panel = (_("What the portal holds"), rows, links.to("centres:organisations"), _("MDAs"))
    return home
