"""Findings and corrective action."""

from centres.models import Role
from standards.models import Audit

from .audits import AUDITEES, DECIDERS, may_lead, may_rate, may_read_sheet, member_of, took_part

ANSWERERS = (Role.SERVICE_CHAMPION, Role.AUTHORISED_OFFICER, Role.CENTRE_MANAGER)


def may_raise_finding(scope, audit):
    """Members of the team raise findings by hand and raise grades, until the audit is submitted; only the lead lowers one."""
    return may_rate(scope, audit)


def may_take_back_finding(scope, finding):
    """Whoever raised it by hand, or the lead; a finding of the rules follows the ratings."""
    by_hand = finding.raised_by_id is not None and may_raise_finding(scope, finding.audit)
    return by_hand and (finding.raised_by_id == scope.user.pk or may_lead(scope, finding.audit))


def may_answer_finding(scope, finding):
    """Service champion, authorised officer, and the manager of the centre it is about: acknowledge, dispute, plan, send evidence."""
    if scope.role not in ANSWERERS or finding.audit.state not in Audit.SUBMITTED:
        return False
    return scope.role != Role.CENTRE_MANAGER or finding.site.centre_id == scope.centre.pk


def may_reply_to_finding(scope, finding):
    """The auditee says in its own words what it thinks of a finding, a centre's manager of those of the own centre."""
    own = scope.role != Role.CENTRE_MANAGER or finding.site.centre_id == scope.centre.pk
    return scope.role in AUDITEES and own and finding.audit.state in Audit.SUBMITTED


def may_decide_dispute(scope, finding):
    """Secretariat or panel; nobody who took part in the audit."""
    return scope.role in DECIDERS and finding.audit.state in Audit.SUBMITTED and not took_part(scope.user, finding.audit)


def may_review_plan(scope, finding):
    """An auditor of the team accepts or returns a plan."""
    return scope.role == Role.AUDITOR and finding.audit.state in Audit.SUBMITTED and may_read_sheet(scope, finding.audit)


def may_verify(scope, finding):
    """An auditor of the team, or the secretariat: correction and, by somebody else later, effect. Never whoever made the correction."""
    return may_review_plan(scope, finding) or (scope.role == Role.SECRETARIAT and finding.audit.state in Audit.SUBMITTED)


def may_grant_visit(scope, finding):
    """The lead auditor or the secretariat sets a follow-up visit, which puts off the final limit of a major."""
    member = member_of(scope, finding.audit)
    return may_verify(scope, finding) and (scope.role == Role.SECRETARIAT or member.is_lead)


def may_see_overdue_findings(scope, thing=None):
    """HOPS, secretariat and administrators see which MDAs have overdue corrective action, in counts."""
    return scope.is_system or scope.role in (Role.HOPS, Role.SECRETARIAT, Role.ADMINISTRATOR)


def may_nominate_for_finding(scope, finding):
    """The MDA's HR officer nominates to a course officers whom a finding on staff conduct concerns."""
    return scope.role == Role.HR_OFFICER and finding.audit.state in Audit.SUBMITTED
