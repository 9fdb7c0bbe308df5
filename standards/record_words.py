"""Words for what the trail says of an audit and its certification, in the reader's language. The trail itself keeps its own words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from . import reasons, rule_words
from .models import (
    CertificationAct,
    CertificationEvent,
    Decision,
    Finding,
    Meeting,
    PanelVote,
    Rating,
    Recommendation,
    TechnicalReview,
)

RECORD = {
    # before the visit
    "accepted": _("Accepted"),
    "began stage 2": _("Stage 2 begun"),
    "cancelled audit": _("Audit cancelled"),
    "changed": _("Changed"),
    "declared no interest": _("No interest declared"),
    "declared an interest": _("Interest declared"),
    "drafted": _("Drafted"),
    "drew sites": _("Sites drawn"),
    "gave back": _("Back to what is suggested"),
    "lapsed": _("Lapsed"),
    "left out": _("Left out of the programme"),
    "moved audit": _("Days changed"),
    "named team": _("Team named"),
    "opened self-assessment": _("Self-assessment asked for"),
    "planned audit": _("Audit planned"),
    "planned visit": _("Visit planned"),
    "reopened stage 1": _("Stage 1 opened again"),
    "reviewed stage 1": _("Stage 1 reviewed"),
    "self-rated": _("Rated by the MDA itself"),
    "sent": _("Sent"),
    "sent audit plan": _("Audit plan sent"),
    "submitted self-assessment": _("Self-assessment submitted"),
    "took": _("Taken into the programme"),
    "took visit off the plan": _("Visit taken off the plan"),
    "withdrew": _("Withdrawn"),
    # the visit
    "added evidence": _("Evidence added"),
    "approved not applicable": _("“Not applicable” approved"),
    "rated": pgettext_lazy("record", "Rated"),
    "rated differently": _("Rated differently"),
    "recorded meeting": _("Meeting recorded"),
    "removed evidence": _("Evidence taken off"),
    "settled ratings that differed": _("Differing ratings settled"),
    "submitted audit": _("Audit submitted"),
    # findings
    "accepted plan": _("Plan accepted"),
    "acknowledged by the clock": _("Acknowledged by the clock"),
    "acknowledged finding": _("Finding acknowledged"),
    "changed grade": _("Grade changed"),
    "disputed finding": _("Finding disputed"),
    "escalated finding": _("Overdue, told further up"),
    "found effective": _("Found effective"),
    "nominated for finding": _("Officers nominated to a course"),
    "numbered finding": _("Finding numbered anew"),
    "raised finding": _("Finding raised"),
    "re-rated": _("Rated anew after a correction"),
    "regraded finding": _("Finding given another grade"),
    "rejected correction": _("Correction rejected"),
    "reopened finding": _("Finding opened again"),
    "replied to finding": _("Replied to the finding"),
    "returned plan": _("Plan returned"),
    "sent evidence": _("Evidence sent"),
    "sent plan": _("Plan sent"),
    "set follow-up visit": _("Follow-up visit set"),
    "upheld finding": _("Finding stands"),
    "verified correction": _("Correction verified"),
    "withdrew finding": _("Finding withdrawn"),
    # report and decision
    "added to the report": _("Added to the report"),
    "commented on the draft report": _("Draft report commented on"),
    "decided": _("Decided"),
    "issued draft report": _("Draft report issued"),
    "issued report": _("Report issued"),
    "recommended": _("Lead auditor's recommendation"),
    "recommended to the decision": _("Panel member's recommendation"),
    "refused": _("Refused"),
    "reviewed": _("Technical review"),
    # after the decision
    "asked": _("Asked of the panel"),
    "certified": _("Certified"),
    "closed": _("Closed"),
    "did not hold the effect": _("Effect not held"),
    "held the effect": _("Effect held until the appeal is decided"),
    "took back": _("Taken back"),
} | {kind.value.replace("_", " "): kind.label for kind in CertificationEvent.Kind} | {"awarded": _("Entered in the register")}

KINDS = {
    "application": _("Application"),
    "audit": _("Audit"),
    "audit_meeting": _("Meeting"),
    "audit_report": _("Report"),
    "certification": _("Certification"),
    "certification_act": _("Asked of the panel"),
    "certification_appeal": pgettext_lazy("record", "Appeal"),
    "corrective_action": _("Corrective action"),
    "decision": _("Decision"),
    "dispute": pgettext_lazy("record", "Dispute"),
    "escalation": _("Escalation"),
    "evidence": _("Evidence of auditors"),
    "finding": pgettext_lazy("record", "Finding"),
    "panel_vote": _("Panel"),
    "programme_line": _("Programme"),
    "rating": _("Rating"),
    "rating_conflict": _("Differing ratings"),
    "re_rating": _("Rating after a correction"),
    "recommendation": _("Recommendation"),
    "reply": _("Reply of the MDA"),
    "report_addendum": _("Addendum to the report"),
    "self_assessment": _("Self-assessment"),
    "self_rating": _("Rating by the MDA"),
    "submitted_evidence": _("Evidence of the MDA"),
    "surveillance": _("Surveillance"),
    "technical_review": _("Technical review"),
    "verification": _("Verification"),
}

# Fields that are not fields of the model, or are named otherwise for a reader.
FIELDS = {
    "act": _("What is asked"),
    "against": _("Against"),
    "answer_by": _("Answer by"),
    "audit": _("Audit"),
    "check_from": _("Effect looked at from"),
    "cohort": _("Cohort"),
    "comments_by": _("Comments by"),
    "day": _("Day"),
    "due": pgettext_lazy("deadline", "Due"),
    "due_on": pgettext_lazy("deadline", "Due"),
    "edition": _("Edition"),
    "effect_suspended": _("Effect held"),
    "element": _("Element"),
    "elements": _("Elements"),
    "ends": _("Last day"),
    "expires": _("Expires"),
    "grade": _("Grade"),
    "ground": _("Ground"),
    "justification": _("What was found"),
    "lead": _("Lead auditor"),
    "level": _("Level"),
    "limit_on": _("Final limit"),
    "lines": _("Visits"),
    "note": _("Note"),
    "number": _("Number"),
    "officers": _("Officers"),
    "on": _("Day"),
    "outcome": _("Decision"),
    "plan_by": _("Plan due"),
    "rating": _("Rating"),
    "ready": _("Ready for stage 2"),
    "recommendation": _("Recommendation"),
    "review": _("Outcome"),
    "rule": _("Raised because"),
    "seed": _("Seed"),
    "sha256": _("Hash (SHA-256)"),
    "site": _("Site"),
    "sites": _("Sites"),
    "starts": _("First day"),
    "taken": _("The second rating holds"),
    "team": _("Team"),
    "told": _("Told"),
    "what": _("What"),
}

VALUES = {
    "act": dict(CertificationAct.Kind.choices),
    "grade": dict(Finding.Grade.choices),
    "ground": dict(CertificationAct.Ground.choices),
    "level": reasons.LEVELS,
    "outcome": dict(Decision.Outcome.choices),
    "rating": dict(Rating.Value.choices),
    "recommendation": dict(Recommendation.Outcome.choices) | dict(PanelVote.Outcome.choices),
    "review": dict(TechnicalReview.Outcome.choices),
    "rule": rule_words.RAISED,
}


def of(verb):
    """A verb of the trail; one without words here as it stands."""
    return RECORD.get(verb) or verb.capitalize()


def line(entry):
    """A row of the trail in one line: what was done, to which finding or meeting, and what came of it."""
    said = [str(of(entry.verb))]
    if entry.kind == "finding":
        said.append(entry.label.rpartition(" ")[2])
    if entry.kind == "audit_meeting":
        said.append(str(Meeting.Kind(entry.ref.rpartition("/")[2]).label))
    for name in ("recommendation", "review", "outcome"):
        if name in entry.changes:
            value = entry.changes[name][1]
            said.append(str(VALUES[name].get(value, value)))
    return ": ".join(said)


def verbs_like(text):
    """The verbs whose words contain what somebody types."""
    sought = text.casefold()
    return [verb for verb, words in RECORD.items() if sought in str(words).casefold()]
