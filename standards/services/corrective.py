"""What the auditee does about a finding, by clocks in Kenyan working days: acknowledge or dispute, plan, send evidence."""

import datetime as dt

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from standards import policies
from standards.models import Audit, CorrectiveAction, Dispute, Finding, Reply, SubmittedEvidence

from . import editions, evidence, finding_notices, recurrence
from .telling import letter

State = Finding.State
TAKES_EVIDENCE = (State.PLAN_DUE, State.PLAN_SUBMITTED, State.PLAN_ACCEPTED, State.REOPENED)


def held(actor, finding, may, states, no):
    """The finding under lock, its audit locked before it. `no`: the sentence of who may not."""
    audit = Audit.objects.locked(finding.audit_id, no_key=True)
    finding = Finding.objects.select_for_update(of=["self"]).select_related("site__centre").get(pk=finding.pk)
    finding.audit = finding.site.audit = audit
    if not may(actor, finding):
        raise Refused(no, code="not_yours")
    if finding.state not in states:
        raise Refused(_("This was not done: the finding has moved on and is now: %(state)s.") % {"state": finding.get_state_display()}, code="not_now")
    return finding


def move(actor, finding, verb, state, note="", **fields):
    """Writes the new state and dates, with their row of the trail."""
    changes = {"state": (finding.state, state)}
    told = {name: value for name, value in fields.items() if not name.startswith("acknowledged")}
    changes |= {name: (getattr(finding, name), value) for name, value in told.items() if getattr(finding, name) != value}
    finding.state = state
    for name, value in fields.items():
        setattr(finding, name, value)
    finding.save(update_fields=["state", *fields])
    trail.record(actor, verb, finding, changes, note=note)
    return finding


def said(name, text, sentence):
    text = (text or "").strip()
    if not text:
        raise Refused.of(name, sentence, "incomplete")
    return text


# From submission.


def clocks(audit, grade, from_day):
    """{field: day} of a finding of that grade: evidence and final limit, counted from the submission."""
    process = editions.process_of(audit.edition)
    length = process.evidence_days.get(grade)
    limit = process.limit_days if grade == Finding.Grade.MAJOR else None
    return {
        "due_on": from_day + dt.timedelta(days=length) if length else None,
        "limit_on": from_day + dt.timedelta(days=limit) if limit else None,
    }


def begin(actor, audit, on):
    """At submission: clocks of the nonconformities begin, and what was found again is open again. The auditee is told."""
    answer_by = start_clocks(audit, on)
    for old in recurrence.repeated(audit):
        reopen(actor, old, on, _("Found again in audit %(ref)s.") % {"ref": audit.ref})
    _tell_of_all(audit, answer_by, on)


def start_clocks(audit, on):
    """The day by which each nonconformity is acknowledged or disputed."""
    answer_by = working_days.later(on, editions.process_of(audit.edition).answer_working_days)
    for grade in Finding.NONCONFORMITIES:
        audit.findings.filter(grade=grade).update(answer_by=answer_by, **clocks(audit, grade, on))
    return answer_by


def _tell_of_all(audit, answer_by, on):
    told = {}
    for finding in audit.findings.filter(grade__in=Finding.NONCONFORMITIES).select_related("audit", "site"):
        for user in finding_notices.auditee(finding, on):
            told.setdefault(user.pk, (user, []))[1].append(finding)
    notices = []
    for user, findings in told.values():
        with translation.override(user.language):
            subject = ngettext("Audit %(ref)s: %(n)s finding to answer", "Audit %(ref)s: %(n)s findings to answer", len(findings))
            sentence = _("Acknowledge or dispute each by %(day)s. Who does not answer has acknowledged them.") % {"day": finding_notices.long_day(answer_by)}
            lines = [sentence, finding_notices.list_link(audit=audit.ref)]
            subject %= {"ref": audit.ref, "n": len(findings)}
            notices.append(letter(f"findings-raised:{audit.pk}:{user.pk}", user, subject, lines, audit))
    outbox.queue_many(notices)


def reopen(actor, finding, on, note):
    """The correction has not lasted: a new plan, new evidence, new clocks."""
    days = editions.process_of(finding.audit.edition).evidence_days.get(finding.grade, 180)
    plan_by, due_on = plan_clock(finding, on), on + dt.timedelta(days=days)
    move(actor, finding, "reopened finding", State.REOPENED, note=note, plan_by=plan_by, due_on=due_on, check_from=None)
    finding_notices.tell("reopened", finding, finding_notices.auditee(finding, on), once=f"{on:%Y%m%d}", day=plan_by)


# Answers.

def _not_the_auditee():
    return _("A finding is answered by the service champion or the authorised officer of the MDA, or the manager of the centre.")


def plan_clock(finding, on):
    return working_days.later(on, editions.process_of(finding.audit.edition).plan_working_days)


@transaction.atomic
def acknowledge(actor, finding, on=None):
    """Accepted as found: the clock of the plan begins."""
    on = on or clock.today()
    finding = held(actor, finding, policies.may_answer_finding, [State.RAISED], _not_the_auditee())
    if not finding.is_nonconformity:
        raise Refused(_("An observation needs no answer."), code="not_needed")
    return move(
        actor, finding, "acknowledged finding", State.PLAN_DUE, acknowledged_by=actor.user, acknowledged_at=clock.now(), plan_by=plan_clock(finding, on)
    )


@transaction.atomic
def dispute(actor, finding, *, reason):
    """Not accepted: someone who took no part in the audit decides. The clocks stand still meanwhile."""
    on = clock.today()
    finding = held(actor, finding, policies.may_answer_finding, [State.RAISED], _not_the_auditee())
    if not finding.is_nonconformity:
        raise Refused(_("An observation needs no answer."), code="not_needed")
    reason = said("reason", reason, _("Say why you dispute the finding."))
    due_on = working_days.later(on, editions.process_of(finding.audit.edition).dispute_working_days)
    made = Dispute.objects.create(finding=finding, reason=reason, made_by=actor.user, made_at=clock.now(), due_on=due_on)
    move(actor, finding, "disputed finding", State.DISPUTED, note=reason)
    finding_notices.tell("disputed", finding, finding_notices.secretariat(on), once=made.pk, day=due_on)
    return made


@transaction.atomic
def reply(actor, finding, *, text):
    """The right of reply: kept with the finding as written, whatever its state."""
    finding = held(actor, finding, policies.may_reply_to_finding, State.values, _not_the_auditee())
    made = Reply.objects.create(
        audit=finding.audit, finding=finding, text=said("text", text, _("Write your reply.")), made_by=actor.user, made_at=clock.now()
    )
    trail.record(actor, "replied to finding", finding, note=made.text)
    return made


@transaction.atomic
def submit_plan(actor, finding, *, correction, root_cause, action, owner, due_on):
    """Correction, root cause and corrective action, with who does it until when."""
    finding = held(actor, finding, policies.may_answer_finding, [State.PLAN_DUE, State.REOPENED], _not_the_auditee())
    latest = finding.limit_on or finding.due_on
    fields = {}
    if due_on < clock.today():
        fields["due_on"] = [_("The day has passed already.")]
    elif finding.state == State.PLAN_DUE and latest and due_on > latest >= clock.today():
        fields["due_on"] = [_("It must be done by %(day)s, when the time of this finding ends.") % {"day": finding_notices.long_day(latest)}]
    if fields:
        raise Refused(fields["due_on"][0], code="bad_day", fields=fields)
    made = CorrectiveAction.objects.create(
        finding=finding,
        correction=said("correction", correction, _("Say what was put right at once.")),
        root_cause=said("root_cause", root_cause, _("Say why it happened.")),
        action=said("action", action, _("Say what will keep it from happening again.")),
        owner=said("owner", owner, _("Name who does it, with the office.")),
        due_on=due_on,
        submitted_by=actor.user,
        submitted_at=clock.now(),
    )
    move(actor, finding, "sent plan", State.PLAN_SUBMITTED)
    finding_notices.tell("plan_submitted", finding, finding_notices.team(finding), once=made.pk)
    return made


# Evidence.


@transaction.atomic
def add_evidence(actor, finding, pieces, client_ref=""):
    """Evidence of the correction; it stands beside what was sent before."""
    finding = held(actor, finding, policies.may_answer_finding, TAKES_EVIDENCE, _not_the_auditee())
    return evidence.add_all(actor, lambda: SubmittedEvidence(audit=finding.audit, finding=finding, site=finding.site), pieces, client_ref)


@transaction.atomic
def send_evidence(actor, finding, pieces=(), client_ref=""):
    """All evidence is in: the auditors verify. It no longer counts as overdue."""
    finding = held(actor, finding, policies.may_answer_finding, [State.PLAN_ACCEPTED], _not_the_auditee())
    evidence.add_all(actor, lambda: SubmittedEvidence(audit=finding.audit, finding=finding, site=finding.site), pieces, client_ref)
    pieces = SubmittedEvidence.objects.held().filter(finding=finding)
    seen = finding.verifications.first()
    if seen:
        pieces = pieces.filter(received_at__gt=seen.verified_at)
    if not pieces.exists():
        sentence = _("Add evidence first: since the last look of the auditors nothing was added.") if seen else _("Add evidence first.")
        raise Refused.of("upload", sentence, "no_evidence")
    move(actor, finding, "sent evidence", State.EVIDENCE_SUBMITTED)
    finding_notices.tell("evidence_submitted", finding, finding_notices.team(finding), once=pieces.last().pk)
    return finding
