"""Whether stage 2 may begin: self-assessment and stage 1 come first where they were asked for; the lead may begin over them."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, SelfAssessment


def obstacle(audit):
    """Why stage 2 does not begin by itself, as a sentence; "" when nothing stands in the way. Whatever began once goes on."""
    if audit.state not in Audit.BEFORE_STAGE_2:
        return ""
    held = SelfAssessment.objects.filter(audit=audit).first()
    if held is not None and held.submitted_at is None:
        return _("The MDA has not submitted its self-assessment.")
    last = audit.stage_1_reviews.first()
    if last is not None and not last.ready:
        return _("The desk review of stage 1 found the MDA not ready.")
    if last is None and held is not None:
        return _("The self-assessment has not been reviewed in stage 1.")
    return ""


def check(audit):
    """Before the first rating."""
    if words := obstacle(audit):
        raise Refused(words + " " + _("The lead auditor begins stage 2 with a reason, on the audit's page."), code="not_ready")


@transaction.atomic
def begin(actor, audit, *, reason=""):
    """The lead begins stage 2; over an obstacle only with a reason, which stays in the record."""
    audit = Audit.objects.locked(audit.pk)
    if audit.state == Audit.State.STAGE_2:
        return audit
    if not policies.may_begin_stage_2(actor, audit):
        raise Refused(_("The lead auditor begins stage 2."), code="not_yours")
    if obstacle(audit) and not reason.strip():
        raise Refused.of("reason", _("Say why the visit begins all the same."))
    before, audit.state = audit.state, Audit.State.STAGE_2
    audit.save(update_fields=["state"])
    trail.record(actor, "began stage 2", audit, {"state": (before, audit.state)}, note=reason.strip())
    return audit
