"""On an audit's page: what it watches over or renews, and the appeal against its decision."""

from django.urls import reverse
from django.utils.translation import gettext as _

from standards import policies
from standards.models import Audit, CertificationAppeal, Decision
from standards.services import certification_appeals


def on_audit(scope, audit):
    """The certification it follows, its final decision's appeal; the authorised officer may lodge one in time."""
    final = None
    if audit.state == Audit.State.DECIDED:
        final = audit.decisions.exclude(outcome=Decision.Outcome.DEFER).first()
    appeal = CertificationAppeal.objects.visible_to(scope).filter(decision=final).first() if final else None
    actions = []
    if final and not appeal and policies.may_appeal(scope, audit.organisation) and not certification_appeals.why_not(final, scope.today):
        actions.append((_("Appeal"), reverse("standards:appeal_decision", args=[audit.ref])))
    if not (audit.certification_id or appeal or actions):
        return None
    until = certification_appeals.last_day(final) if actions else None
    return {"follows": audit.certification, "asked": audit.elements_asked, "appeal": appeal, "appeal_until": until, "actions": actions}
