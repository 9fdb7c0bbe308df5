"""The certification panel: what its members recommend, and the interests they declare. The count: `ballots`."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, PanelVote

from . import ballots, certification, independence, review


@transaction.atomic
def vote(actor, audit, *, outcome, reasons):
    """A member of the panel recommends, once a round; the same again is the one on record. Certifying is open only where
    nothing stands in its way that day."""
    audit, held = _ready(actor, audit)
    if held and (held.outcome, held.reasons) == (outcome, reasons.strip()):
        return held
    if held:
        raise Refused(_("You have recommended in this round already."), code="voted")
    if outcome == PanelVote.Outcome.INTEREST:
        return _declare(actor, audit, reasons)
    if not review.passed(audit):
        raise Refused(_("The panel looks at an audit once the technical review has passed it."), code="not_reviewed")
    independence.require(actor.user, audit)
    if outcome == PanelVote.Outcome.CERTIFY:
        today = clock.today()
        against = certification.against_certifying(audit, certification.level_today(audit, today), today)
        if against:
            raise against
    return _record(actor, audit, outcome, reasons, "recommended to the decision")


@transaction.atomic
def declare_interest(actor, audit, *, reasons):
    """Keeps this member out of the audit for good."""
    audit, held = _ready(actor, audit)
    if held and held.outcome == PanelVote.Outcome.INTEREST:
        return held
    if held:
        raise Refused(_("You have recommended in this round already."), code="voted")
    return _declare(actor, audit, reasons)


def _ready(actor, audit):
    audit = review.locked(audit)
    if audit.state == Audit.State.DECIDED:
        raise Refused(_("This audit is decided."), code="decided")
    if audit.state != Audit.State.REPORT:
        raise Refused(_("An audit is decided once its report is issued."), code="not_submitted")
    if actor.role == Role.PANEL and policies.took_part(actor.user, audit):
        raise Refused(_("You took part in this audit; someone else decides it."), code="took_part")
    if not policies.may_decide(actor, audit):
        raise Refused(_("A member of the certification panel decides."), code="not_yours")
    return audit, audit.votes.filter(round=ballots.round_of(audit), user=actor.user).first()


def _declare(actor, audit, reasons):
    return _record(actor, audit, PanelVote.Outcome.INTEREST, reasons, "declared an interest")


def _record(actor, audit, outcome, reasons, verb):
    reasons = review.given(reasons, "reasons")
    made = PanelVote.objects.create(
        audit=audit, round=ballots.round_of(audit), user=actor.user, outcome=outcome, reasons=reasons, at=clock.now()
    )
    trail.record(actor, verb, made, {"recommendation": (None, outcome)}, note=reasons)
    return made
