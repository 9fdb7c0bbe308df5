"""What one finding's page tells: what waits for whom, what happened, what the reader may do now."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import day as said
from standards import policies
from standards.models import Audit, Finding, ReRating, Verification

State = Finding.State

# state -> (field of the day, what comes next by then)
WAITS = {
    State.RAISED: ("answer_by", gettext_lazy("The MDA acknowledges or disputes the finding by %(day)s. Not answered, it counts as acknowledged.")),
    State.DISPUTED: ("", gettext_lazy("The dispute is decided by %(day)s, by someone who took no part in the audit. The clocks stand still.")),
    State.PLAN_DUE: ("plan_by", gettext_lazy("The MDA sends correction, root cause and plan by %(day)s.")),
    State.PLAN_SUBMITTED: ("", gettext_lazy("An auditor of the team accepts or returns the plan. These days do not count.")),
    State.PLAN_ACCEPTED: ("due_on", gettext_lazy("The MDA sends evidence of the correction by %(day)s.")),
    State.EVIDENCE_SUBMITTED: ("", gettext_lazy("An auditor of the team or the secretariat verifies the correction.")),
    State.VERIFIED: ("check_from", gettext_lazy("Somebody who did not verify it looks from %(day)s whether the correction has lasted.")),
    State.REOPENED: ("plan_by", gettext_lazy("The MDA sends a new plan by %(day)s.")),
}  # fmt: skip


def waits(finding, today):
    """{text, late, quiet} of what comes next, or None. `quiet`: nothing is due yet."""
    if finding.state not in WAITS or not finding.is_nonconformity or finding.audit.state not in Audit.SUBMITTED:
        return None
    field, sentence = WAITS[finding.state]
    day = getattr(finding, field) if field else None
    if finding.state == State.DISPUTED:
        day = finding.disputes.filter(outcome="").values_list("due_on", flat=True).first()
    verified = finding.state == State.VERIFIED
    return {"text": sentence % {"day": said(day)}, "late": bool(day) and not verified and day < today, "quiet": verified}


def _act(name, words, finding, main=False, post=False):
    return {"url": reverse(f"standards:finding_{name}", args=[finding.audit.ref, finding.number]), "words": words, "main": main, "post": post}


def acts(scope, finding):
    """Buttons: what the reader may do with the finding as it stands."""
    return list(_acts(scope, finding))


def _acts(scope, finding):
    state = finding.state
    if finding.audit.is_open:
        if policies.may_raise_finding(scope, finding.audit):
            yield _act("grade", _("Change the grade"), finding)
        if policies.may_take_back_finding(scope, finding):
            yield _act("take_back", _("Take it back"), finding, post=True)
        return
    if finding.is_nonconformity and policies.may_answer_finding(scope, finding):
        if state == State.RAISED:
            yield _act("acknowledge", _("Acknowledge"), finding, main=True, post=True)
            yield _act("dispute", _("Dispute"), finding)
        if state in (State.PLAN_DUE, State.REOPENED):
            yield _act("plan", _("Send a plan"), finding, main=True)
        if state in (State.PLAN_DUE, State.PLAN_SUBMITTED, State.PLAN_ACCEPTED, State.REOPENED):
            yield _act("evidence", _("Add evidence"), finding, main=state == State.PLAN_ACCEPTED)
    if state == State.DISPUTED and policies.may_decide_dispute(scope, finding):
        yield _act("decide", _("Decide the dispute"), finding, main=True)
    if state == State.PLAN_SUBMITTED and policies.may_review_plan(scope, finding):
        yield _act("review", _("Review the plan"), finding, main=True)
    if state == State.EVIDENCE_SUBMITTED and policies.may_verify(scope, finding):
        yield _act("verify", _("Verify the correction"), finding, main=True)
    if state == State.VERIFIED and policies.may_verify(scope, finding) and (finding.check_from or scope.today) <= scope.today:
        seen = finding.verifications.filter(kind=Verification.Kind.CORRECTION, verified_by=scope.user)
        if not seen.exists():
            yield _act("effect", _("Check the effect"), finding, main=True)
    if finding.limit_on and state not in Finding.CLOSED and policies.may_grant_visit(scope, finding):
        yield _act("visit", _("Set a follow-up visit"), finding)
    if policies.may_reply_to_finding(scope, finding):
        yield _act("reply", _("Reply"), finding)


def re_ratings(finding):
    """What its verified corrections lift, beside what was rated."""
    return ReRating.objects.filter(verification__finding=finding).select_related("element", "verification__verified_by").order_by("pk")


def _event(what, when, who="", text=""):
    return {"what": what, "when": when, "who": who, "text": text}


def timeline(finding):
    """What happened, latest first."""
    return sorted(_events(finding), key=lambda e: e["when"], reverse=True)


def _events(finding):
    audit = finding.audit
    if audit.submitted_at:
        yield _event(_("Raised; the audit was submitted"), audit.submitted_at, audit.submitted_by)
    if finding.acknowledged_by_id:
        yield _event(_("Acknowledged"), finding.acknowledged_at, finding.acknowledged_by)
    elif finding.acknowledged_at and not finding.disputes.all():
        yield _event(_("Acknowledged by the clock: nobody answered in time"), finding.acknowledged_at)
    for one in finding.disputes.select_related("made_by", "decided_by"):
        yield _event(_("Disputed"), one.made_at, one.made_by, one.reason)
        if one.decided_at:
            yield _event(_("Dispute decided: %(outcome)s") % {"outcome": one.get_outcome_display()}, one.decided_at, one.decided_by, one.decision_reason)
    for one in finding.replies.select_related("made_by"):
        yield _event(_("Reply"), one.made_at, one.made_by, one.text)
    for one in finding.corrective_actions.select_related("submitted_by", "reviewed_by"):
        yield _event(_("Plan sent"), one.submitted_at, one.submitted_by)
        if one.reviewed_at:
            words = _("Plan accepted") if one.state == "accepted" else _("Plan returned")
            yield _event(words, one.reviewed_at, one.reviewed_by, one.review_note)
    for one in finding.submitted_evidence.select_related("added_by"):
        yield _event(_("Evidence added"), one.received_at, one.added_by, str(one))
    for one in finding.verifications.select_related("verified_by"):
        if one.kind == Verification.Kind.CORRECTION:
            words = _("Correction verified") if one.outcome == "accepted" else _("Correction not accepted")
        else:
            words = _("Correction found effective") if one.outcome == "accepted" else _("Correction has not lasted; open again")
        yield _event(words, max(one.verified_at, clock.instant(one.on, dt.time())), one.verified_by, one.note)
    for one in finding.escalations.all():
        yield _event(_("Overdue: told to %(whom)s") % {"whom": one.get_step_display()}, one.made_at)
    for one in finding.recurred_as.select_related("audit"):
        if one.audit.submitted_at:
            yield _event(_("Found again in audit %(ref)s") % {"ref": one.audit.ref}, one.audit.submitted_at)
