"""Reports, recommendations, technical review."""

from centres.models import Membership, Role
from standards.models import Audit

from .audits import AUDITEES, DECIDERS, audited, may_read_all_sites, may_read_sheet, member_of


def may_report(scope, audit):
    """The lead auditor issues the report of a submitted audit, and recommends; another of the team where the lead is no auditor any
    more."""
    member = member_of(scope, audit)
    return (
        bool(member)
        and audit.state in (Audit.State.SUBMITTED, Audit.State.REPORT)
        and may_read_sheet(scope, audit)
        and (member.is_lead or _lead_has_left(scope, audit))
    )


def _lead_has_left(scope, audit):
    leads = [member.user_id for member in audit.team.all() if member.is_lead]
    return not Membership.objects.on(scope.today).filter(user__in=leads, user__is_active=True, role=Role.AUDITOR).exists()


def may_add_addendum(scope, audit):
    """The lead auditor of the audit, or the secretariat, adds to its issued report."""
    member = member_of(scope, audit)
    return scope.role == Role.SECRETARIAT or bool(member) and member.is_lead and may_read_sheet(scope, audit)


def may_read_annex(scope, audit):
    """What staff told auditors in confidence is for those who audit and decide, never for the auditee."""
    return may_read_sheet(scope, audit) and scope.role not in AUDITEES


def may_recommend(scope, audit):
    """The lead auditor recommends to the panel, once the report is issued."""
    return may_report(scope, audit) and audit.state == Audit.State.REPORT


def may_list_recommendations(scope, thing=None):
    """Secretariat, panel and auditors read recommendations and technical reviews of the audits whose sheets are open to them."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR)


def may_read_votes(scope, thing=None):
    """Secretariat and panel see what each member recommends."""
    return scope.is_system or scope.role in DECIDERS


def may_read_votes_of(scope, tally):
    """Of a round still open a member of the panel sees colleagues' recommendations once the own one is in, or the quorum is full."""
    voted = any(vote.user_id == scope.user.pk for vote in [*tally.votes, *tally.void]) if scope.user else False
    return may_read_votes(scope) and (scope.role != Role.PANEL or voted or tally.complete)


def may_comment(scope, audit):
    """The MDA comments on the draft report of its audit, and a centre's manager where it is of the own centre alone."""
    return scope.role in AUDITEES and audit.state == Audit.State.REPORT and may_read_all_sites(scope, audit)


def may_review(scope, audit):
    """The secretariat reviews the file before the panel sees it; nobody who took part in the audit."""
    return scope.role == Role.SECRETARIAT and audit.state == Audit.State.REPORT and not audited(scope.user, audit)
