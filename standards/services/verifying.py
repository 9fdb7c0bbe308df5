"""What the certification side does about an answered finding: decides disputes, reviews plans, verifies correction and effect."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import CorrectiveAction, Dispute, Finding, Rating, ReRating, SubmittedEvidence, Verification, Visit

from . import corrective, editions, finding_notices, findings, independence
from .corrective import held, move, said

State, Value = Finding.State, Rating.Value
LIFTS = {Value.NOT_MET: (Value.PARTLY_MET, Value.MET), Value.PARTLY_MET: (Value.MET,)}


def lighter(finding):
    """Grades that a dispute may give it. A heavier one would punish disputing, and leave an open major where the MDA was certified meanwhile."""
    return findings.ORDER[1 : findings.ORDER.index(finding.grade)]


@transaction.atomic
def decide_dispute(actor, finding, *, outcome, reason, grade="", on=None):
    """The finding stands, gets a lighter grade, or is withdrawn: by someone without any part in the audit. Days of the dispute do not count."""
    on = on or clock.today()
    if actor.role in policies.DECIDERS:
        independence.require(actor.user, finding.audit)
    no = _("The secretariat or the panel decides a dispute; nobody who took part in the audit.")
    finding = held(actor, finding, policies.may_decide_dispute, [State.DISPUTED], no)
    made = Dispute.objects.select_for_update(of=["self"]).get(finding=finding, outcome="")
    if made.made_by_id == actor.user.pk:
        raise Refused(_("Whoever disputes a finding does not decide the dispute."), code="own_dispute")
    reason = said("reason", reason, _("Give the reasons: they go to the MDA."))
    if outcome not in Dispute.Outcome.values:
        raise Refused.of("outcome", _("Choose a decision."))
    regraded = outcome == Dispute.Outcome.REGRADED
    if regraded and grade not in lighter(finding):
        raise Refused.of("grade", _("Choose a lighter grade: no finding gets heavier because it was disputed."), "not_lighter")
    made.outcome, made.grade, made.decision_reason = outcome, grade if regraded else "", reason
    made.decided_by, made.decided_at = actor.user, clock.now()
    made.save(update_fields=["outcome", "grade", "decision_reason", "decided_by", "decided_at"])
    verb = {"stands": "upheld finding", "regraded": "regraded finding", "withdrawn": "withdrew finding"}[outcome]
    _after_dispute(actor, finding, made, verb, on)
    told = [*finding_notices.auditee(finding, on), *finding_notices.team(finding)]
    finding_notices.tell("dispute_decided", finding, told, once=made.pk)
    return made


def _after_dispute(actor, finding, made, verb, on):
    if made.outcome == Dispute.Outcome.WITHDRAWN:
        return move(actor, finding, verb, State.WITHDRAWN, note=made.decision_reason)
    grade = made.grade or finding.grade
    if grade not in Finding.NONCONFORMITIES:
        gone = dict.fromkeys(("answer_by", "plan_by", "due_on", "limit_on"))
        return move(actor, finding, verb, State.RAISED, note=made.decision_reason, grade=grade, **gone)
    days = corrective.clocks(finding.audit, grade, clock.civil(finding.audit.submitted_at))
    disputed = max(on - clock.civil(made.made_at), dt.timedelta())
    days["due_on"] = _within(days["due_on"] + disputed, days["limit_on"])
    return move(
        actor, finding, verb, State.PLAN_DUE, note=made.decision_reason, grade=grade, plan_by=corrective.plan_clock(finding, on),
        acknowledged_at=clock.now(), **days,
    )  # fmt: skip


def _within(day, limit):
    return min(day, limit) if limit else day


@transaction.atomic
def review_plan(actor, finding, *, accept, note="", on=None):
    """An auditor of the team accepts the plan, or returns it with a note. Days that the plan waited do not count."""
    on = on or clock.today()
    finding = held(actor, finding, policies.may_review_plan, [State.PLAN_SUBMITTED], _("An auditor of the team reviews the plan."))
    plan = CorrectiveAction.objects.select_for_update(of=["self"]).get(finding=finding, state=CorrectiveAction.State.SUBMITTED)
    if plan.submitted_by_id == actor.user.pk:
        raise Refused(_("Whoever made a plan does not review it."), code="own_plan")
    note = note.strip() if accept else said("note", note, _("Say what the plan lacks."))
    plan.state = CorrectiveAction.State.ACCEPTED if accept else CorrectiveAction.State.RETURNED
    plan.reviewed_by, plan.reviewed_at, plan.review_note = actor.user, clock.now(), note
    plan.save(update_fields=["state", "reviewed_by", "reviewed_at", "review_note"])
    waited = max(on - clock.civil(plan.submitted_at), dt.timedelta())
    due_on = finding.due_on and max(finding.due_on, _within(finding.due_on + waited, finding.limit_on))
    auditee = finding_notices.auditee(finding, on)
    if accept:
        move(actor, finding, "accepted plan", State.PLAN_ACCEPTED, note=note, due_on=due_on)
        finding_notices.tell("plan_accepted", finding, auditee, once=plan.pk, day=due_on)
    else:
        plan_by = corrective.plan_clock(finding, on)
        move(actor, finding, "returned plan", State.PLAN_DUE, note=note, plan_by=plan_by, due_on=due_on)
        finding_notices.tell("plan_returned", finding, auditee, once=plan.pk, day=plan_by)
    return plan


def _check_verifier(actor, finding):
    made = CorrectiveAction.objects.filter(finding=finding, submitted_by=actor.user).exists()
    if made or SubmittedEvidence.objects.filter(finding=finding, added_by=actor.user).exists():
        raise Refused(_("Whoever made a correction does not verify it."), code="own_correction")
    independence.require_no_interest(actor.user, finding.audit)



def _no():
    return _("An auditor of the team or the secretariat verifies; nobody of the MDA.")


@transaction.atomic
def verify(actor, finding, *, accept, note, ratings=None, on=None):
    """The correction is seen to be made, or not. Accepted, it may lift the rating of the finding's elements: `ratings` {code: P or M}."""
    on = on or clock.today()
    finding = held(actor, finding, policies.may_verify, [State.EVIDENCE_SUBMITTED], _no())
    _check_verifier(actor, finding)
    made = Verification.objects.create(
        finding=finding, kind=Verification.Kind.CORRECTION, outcome="accepted" if accept else "rejected",
        note=said("note", note, _("Write what you looked at.")), on=on, verified_by=actor.user, verified_at=clock.now(),
    )  # fmt: skip
    auditee = finding_notices.auditee(finding, on)
    if not accept:
        due_on = finding.due_on and max(finding.due_on, _within(corrective.plan_clock(finding, on), finding.limit_on))
        move(actor, finding, "rejected correction", State.PLAN_ACCEPTED, note=made.note, due_on=due_on)
        finding_notices.tell("correction_rejected", finding, auditee, once=made.pk, day=due_on)
        return made
    _re_rate(actor, finding, made, ratings or {}, on)
    check_from = on + dt.timedelta(days=editions.process_of(finding.audit.edition).effect_days)
    move(actor, finding, "verified correction", State.VERIFIED, note=made.note, check_from=check_from)
    finding_notices.tell("correction_accepted", finding, auditee, once=made.pk, day=check_from)
    return made


def liftable(finding):
    """{element: (rating, values it may be lifted to)} of the finding's elements that are not met or partly met."""
    rated = Rating.objects.filter(site=finding.site_id, element__findings=finding).select_related("element")
    return {r.element: (r.value, LIFTS[r.value]) for r in rated.order_by("element__position") if r.value in LIFTS}


def _re_rate(actor, finding, verification, ratings, on):
    may = {element.code: (element, before, values) for element, (before, values) in liftable(finding).items()}
    for code, value in ratings.items():
        element, before, values = may.get(code, (None, None, ()))
        if value not in values:
            sentence = _("%(code)s: a correction lifts not met to partly met or met, and partly met to met; never further.") % {"code": code}
            raise Refused.of(f"rating_{code}", sentence, "not_lifted")
        made = ReRating.objects.create(site=finding.site, element=element, value=value, verification=verification, on=on)
        trail.record(actor, "re-rated", made, {"rating": (before, value)})


@transaction.atomic
def check_effect(actor, finding, *, accept, note, on=None):
    """On a later day somebody else looks whether the correction has lasted: closed for good, or open again."""
    on = on or clock.today()
    finding = held(actor, finding, policies.may_verify, [State.VERIFIED], _no())
    _check_verifier(actor, finding)
    if finding.check_from and on < finding.check_from:
        sentence = _("The effect is looked at from %(day)s.") % {"day": finding_notices.long_day(finding.check_from)}
        raise Refused(sentence, code="too_early")
    if finding.verifications.filter(kind=Verification.Kind.CORRECTION, outcome="accepted", verified_by=actor.user).exists():
        raise Refused(_("You verified the correction; somebody else looks at its effect."), code="own_verification")
    made = Verification.objects.create(
        finding=finding, kind=Verification.Kind.EFFECT, outcome="accepted" if accept else "rejected",
        note=said("note", note, _("Write what you looked at.")), on=on, verified_by=actor.user, verified_at=clock.now(),
    )  # fmt: skip
    if accept:
        move(actor, finding, "found effective", State.EFFECTIVE, note=made.note)
        finding_notices.tell("effect_accepted", finding, finding_notices.auditee(finding, on), once=made.pk)
    else:
        corrective.reopen(actor, finding, on, made.note)
    return made


@transaction.atomic
def grant_visit(actor, finding, *, day, reason):
    """A follow-up visit is set: the final limit of the major moves to what the edition allows with one."""
    no = _("The lead auditor or the secretariat sets a follow-up visit.")
    working = [s for s in State if s not in Finding.CLOSED]
    finding = held(actor, finding, policies.may_grant_visit, working, no)
    reason = said("reason", reason, _("Say why a visit is needed."))
    if finding.limit_on is None:
        raise Refused(_("Only a major nonconformity has a final limit."), code="no_limit")
    process = editions.process_of(finding.audit.edition)
    limit = clock.civil(finding.audit.submitted_at) + dt.timedelta(days=process.limit_days_with_visit)
    if not clock.today() <= day <= limit:
        sentence = _("The visit is made by %(day)s, the last day that the edition allows.") % {"day": finding_notices.long_day(limit)}
        raise Refused.of("day", sentence, "bad_day")
    activity = _("Follow-up visit: %(finding)s") % {"finding": finding.label}
    Visit.objects.create(audit=finding.audit, site=finding.site, on=day, starts=dt.time(9), ends=dt.time(13), activity=activity)
    move(actor, finding, "set follow-up visit", finding.state, note=reason, limit_on=limit)
    finding_notices.tell("visit", finding, finding_notices.auditee(finding, clock.today()), once=f"{day:%Y%m%d}", day=limit)
    return finding
