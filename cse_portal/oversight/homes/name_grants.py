"""Who of HOPS may name the officers of an MDA now, for its authorised officer."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import NameGrant, Role
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import moment
from cse_portal.oversight import links

from .home import todo


def to_do(scope):
    """One row for the authorised officer while any grant is open; none for other roles."""
    if scope.role != Role.AUTHORISED_OFFICER:
        return []
    held = list(NameGrant.objects.visible_to(scope).in_force(clock.now()).select_related("user", "organisation"))
    if not held:
        return []
    heading = ngettext("HOPS sees names of your officers", "%(n)s grants let HOPS see names of your officers", len(held)) % {
        "n": len(held)
    }
    words = {"who": held[0].user, "until": moment(held[0].during.upper), "reason": held[0].reason}
    text = _("%(who)s, until %(until)s: %(reason)s") % words if len(held) == 1 else ""
    url = held[0].get_absolute_url() if len(held) == 1 else links.to("centres:names", state="in_force")
    return [todo(heading, text, icon="eye", tone="info", url=url, verb=_("See what was looked at"))]
