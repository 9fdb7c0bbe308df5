"""Self-assessment, stage 1, the audit plan, meetings."""

from centres.models import Role
from standards.models import Audit

from .audits import AUDITEES, DECIDERS, OF_THE_MDA, may_lead, may_plan_audit, may_rate, may_read_sheet
from .programme import APPLICANTS


def may_list_self_assessments(scope, thing=None):
    """An MDA's people and a centre's manager: theirs; secretariat, panel and auditors of the team those of their audits."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR, *AUDITEES)


def may_list_evidence(scope, thing=None):
    """What auditors gathered: secretariat, panel, and auditors of the team; never the auditee."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR)


def may_list_sent_evidence(scope, thing=None):
    """What MDAs sent as evidence: their people their own; secretariat, panel and auditors of the team."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR, *OF_THE_MDA)


def may_open_self_assessment(scope, audit):
    """The secretariat asks an MDA to assess itself, before stage 1 and never at short notice."""
    return may_plan_audit(scope) and audit.state == Audit.State.PLANNED and audit.kind != Audit.Kind.SHORT_NOTICE


def may_self_assess(scope, audit):
    """Service champion and authorised officer rate their own MDA until they submit."""
    return scope.role in APPLICANTS and audit.state == Audit.State.SELF_ASSESSMENT and scope.covers(audit.organisation_id)


def may_read_self_assessment(scope, audit):
    """The MDA's people their own at any time; secretariat, panel and the declared team once it is submitted."""
    if scope.role in AUDITEES:
        return True
    held = getattr(audit, "self_assessment", None)
    return may_read_sheet(scope, audit) and held is not None and held.submitted_at is not None


def may_read_gap(scope, audit):
    """Self-assessment beside the auditors' ratings: who reads the sheet."""
    return may_read_sheet(scope, audit) and may_read_self_assessment(scope, audit)


def may_take_back_self_evidence(scope, piece):
    """Who assesses the MDA takes back what it sent, until submission."""
    return piece.element_id is not None and may_self_assess(scope, piece.audit)


def may_review_stage_1(scope, audit):
    """A declared member of the team, before stage 2."""
    return may_rate(scope, audit) and audit.state in (Audit.State.PLANNED, Audit.State.STAGE_1)


def may_begin_stage_2(scope, audit):
    """The lead auditor begins stage 2 with a reason where self-assessment or stage 1 stand in the way."""
    return may_lead(scope, audit) and audit.state in Audit.BEFORE_STAGE_2


def may_read_audit_plan(scope, audit):
    """Who audits and decides; the MDA's people once the audit is in their sight."""
    return may_read_sheet(scope, audit) or scope.role in AUDITEES


def may_write_audit_plan(scope, audit):
    """A declared member of the team, until the audit is submitted."""
    return may_rate(scope, audit)


def may_record_meeting(scope, audit):
    """A declared member of the team, until the audit is submitted."""
    return may_rate(scope, audit)
