"""Whether somebody may judge an audit: the checks that are shown on the decision page and kept in the decision."""

from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import PanelVote

from . import impartiality


def checks(user, audit):
    """[{person, check, passed, found}]: took_part, interest (on record), declared (by oneself, in any round)."""
    declared = PanelVote.objects.filter(audit=audit, user=user, outcome=PanelVote.Outcome.INTEREST).first()
    found = [
        ("took_part", _("Took part in this audit.") if policies.took_part(user, audit) else ""),
        ("interest", " ".join(obstacles(user, audit))),
        ("declared", declared.reasons if declared else ""),
    ]
    return [{"person": str(user), "check": check, "passed": not text, "found": text} for check, text in found]


def obstacles(user, audit):
    """Sentences that say what on record speaks against this person judging this audit."""
    judged = impartiality.Judged.of(audit, until=clock.today())
    return [obstacle.sentence for obstacle in impartiality.obstacles(user, judged, assessor=False)]


def against_team(audit):
    """Sentences against those who audited, as the register stands today: an interest, or no valid certificate on a day of the audit."""
    team = [member for member in audit.team.all() if member.interest is False]
    found = impartiality.obstacles_of([member.user for member in team], impartiality.Judged.of(audit), lead=True)
    kept = {*impartiality.INTEREST, "certificate"}
    return [o.sentence for member in team for o in found[member.user_id] if o.code in kept or (member.is_lead and o.code == "lead_certificate")]


def require(user, audit):
    """Refused where something speaks against this person."""
    if policies.took_part(user, audit):
        raise Refused(_("You took part in this audit; someone else decides it."), code="took_part")
    require_no_interest(user, audit)
    if PanelVote.objects.filter(audit=audit, user=user, outcome=PanelVote.Outcome.INTEREST).exists():
        raise Refused(_("You declared an interest; others decide."), code="declared_interest")


def require_no_interest(user, audit):
    """Refused where something on record ties this person to the MDA."""
    for sentence in obstacles(user, audit):
        raise Refused(_("%(reason)s Someone else decides.") % {"reason": sentence}, code="interest")
