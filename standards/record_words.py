"""Words for what the trail says of an audit, in the reader's language. The trail itself keeps its own words."""

from django.utils.translation import gettext_lazy as _

RECORD = {
    "began stage 2": _("Stage 2 begun"),
    "cancelled audit": _("Audit cancelled"),
    "declared no interest": _("No interest declared"),
    "declared an interest": _("Interest declared"),
    "drew sites": _("Sites drawn"),
    "issued draft report": _("Draft report issued"),
    "issued report": _("Report issued"),
    "lapsed": _("Lapsed"),
    "named team": _("Team named"),
    "opened self-assessment": _("Self-assessment asked for"),
    "moved audit": _("Days changed"),
    "planned audit": _("Audit planned"),
    "planned visit": _("Visit planned"),
    "took visit off the plan": _("Visit taken off the plan"),
    "reviewed stage 1": _("Stage 1 reviewed"),
    "sent audit plan": _("Audit plan sent"),
    "submitted audit": _("Audit submitted"),
    "submitted self-assessment": _("Self-assessment submitted"),
    "decided": _("Decided"),
    "recommended to the decision": _("Panel member's recommendation"),
    "recommended": _("Lead auditor's recommendation"),
    "reviewed": _("Technical review"),
}


def of(verb):
    """A verb of the trail; one without words here as it stands."""
    return RECORD.get(verb) or verb.capitalize()
