"""The night's care of the compliance ledger: netted, its checkpoints built anew, and compared with the facts; differences alarm."""

import logging

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.lib import clock
from cse_portal.notices import outbox
from training.compliance import spans, verify

log = logging.getLogger(__name__)


@transaction.atomic
def tidy(actor, on=None):
    """Nets what was recorded before today and builds the checkpoints anew, as one change: (rows netted away, checkpoints)."""
    on = on or clock.today()
    return spans.compact(on), spans.build_checkpoints(on)


def compare(actor, on=None, sample=verify.SAMPLE):
    """[(what differs, [examples])]; on any difference the administrators are told and the log says it."""
    on = on or clock.today()
    found = verify.differences(on, sample)
    if found:
        for what, examples in found:
            log.error("Compliance ledger: %s differ: %s", what, "; ".join(map(str, examples)))
        alarm(on, found)
    return found


@transaction.atomic
def alarm(on, found):
    """One notice a day to each administrator."""
    notices = []
    for hat in Membership.objects.on(on).filter(role=Role.ADMINISTRATOR).select_related("user"):
        with translation.override(hat.user.language):
            body = _(
                "%(name)s,\n\nthe night's check found that figures and facts no longer agree: %(what)s.\n\nThe log names examples. `manage.py rebuild_compliance` puts the figures right; please find out what wrote past the services."
            ) % {"name": hat.user, "what": ", ".join(what for what, _examples in found)}
            notices.append(
                outbox.notice(
                    key=f"compliance-differs:{on}:{hat.pk}",
                    to=hat.user.email,
                    subject=_("Compliance figures and facts do not agree"),
                    body=body,
                    language=hat.user.language,
                )
            )
    outbox.queue_many(notices)
