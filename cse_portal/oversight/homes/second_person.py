"""What waits for a second person: waivers to decide, training elsewhere to verify."""

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day, thousands
from cse_portal.oversight import links
from training.services import prior_training, waivers

from .home import todo


def to_do(scope):
    """Rows of the home's list."""
    waiting = waivers.to_decide(scope)
    if n := waiting.count():
        since = timezone.localdate(waiting.aggregate(first=Min("requested_at"))["first"])
        yield todo(
            ngettext("%(n)s waiver waits for your decision", "%(n)s waivers wait for your decision", n) % {"n": thousands(n)},
            _("The first was asked for on %(day)s.") % {"day": day(since)},
            icon="shield-check",
            tone="warn",
            url=links.to("training:waivers", state="requested"),
            verb=_("Decide"),
        )
    claims = prior_training.to_verify(scope)
    if n := claims.count():
        since = timezone.localdate(claims.aggregate(first=Min("claimed_at"))["first"])
        yield todo(
            ngettext(
                "%(n)s record of training elsewhere waits to be verified",
                "%(n)s records of training elsewhere wait to be verified",
                n,
            )
            % {"n": thousands(n)},
            _("It counts for nothing until then. The first was recorded on %(day)s.") % {"day": day(since)},
            icon="file-text",
            tone="warn",
            url=links.to("training:prior_training", state="claimed"),
            verb=_("Verify"),
        )
