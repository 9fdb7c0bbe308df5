"""What waits for a second person: waivers to decide, training elsewhere to verify."""

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day, thousands
from cse_portal.oversight import links
from training.services import certificate_acts, corrections, prior_training, waivers

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
    asked = corrections.to_decide(scope)
    if n := asked.count():
        since = timezone.localdate(asked.aggregate(first=Min("asked_at"))["first"])
        yield todo(
            ngettext(
                "%(n)s officer asks to have their record corrected", "%(n)s officers ask to have their records corrected", n
            )
            % {"n": thousands(n)},
            _("Certificates follow a corrected name. The first asked on %(day)s.") % {"day": day(since)},
            icon="edit",
            tone="warn",
            url=links.to("training:corrections", state="asked"),
            verb=_("Decide"),
        )
    acts = certificate_acts.to_decide(scope)
    if n := acts.count():
        since = timezone.localdate(acts.aggregate(first=Min("asked_at"))["first"])
        yield todo(
            ngettext("%(n)s act on certificates waits for your decision", "%(n)s acts on certificates wait for your decision", n)
            % {"n": thousands(n)},
            _("Nothing changes before another coordinator decides. The first was asked on %(day)s.") % {"day": day(since)},
            icon="ban",
            tone="warn",
            url=links.to("training:certificate_acts", state="asked"),
            verb=_("Decide"),
        )
