"""Who plans, rates, leads and decides audits."""

from django.db import connection

from centres.models import Role
from standards.models import Audit, Verification
from standards.models.audit import KEEPERS as DECIDERS
from standards.models.audit import OF_THE_MDA

AUDITEES = (*OF_THE_MDA, Role.CENTRE_MANAGER)


def may_list_audits(scope, thing=None):
    """Secretariat, panel and HOPS: all audits; auditors: their own; an MDA's people and a centre's manager: theirs, once submitted."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HOPS, Role.AUDITOR, *AUDITEES)


def may_list_findings(scope, thing=None):
    """Those who audit, decide or answer findings; HOPS reads their counts only."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR, *AUDITEES)


def may_plan_audit(scope, thing=None):
    """The secretariat plans audits."""
    return scope.is_system or scope.role == Role.SECRETARIAT


def may_name_team(scope, audit):
    """The secretariat names the team until the audit is submitted."""
    return may_plan_audit(scope) and audit.is_open


def member_of(scope, audit):
    """The team membership of the auditor who asks, or None."""
    if scope.role != Role.AUDITOR or scope.user is None:
        return None
    return next((m for m in audit.team.all() if m.user_id == scope.user.pk), None)


def may_declare(scope, audit):
    """A member of the team declares an interest or none, once, before seeing the sheet."""
    member = member_of(scope, audit)
    return bool(member) and member.declared_at is None and audit.is_open


def may_read_sheet(scope, audit):
    """Secretariat and panel; members of the team who declared to have no interest; the auditee once decided."""
    if scope.is_system or scope.role in DECIDERS:
        return True
    if scope.role == Role.AUDITOR:
        member = member_of(scope, audit)
        return bool(member) and member.declared_at is not None and member.interest is False
    return scope.role in AUDITEES and audit.state == Audit.State.DECIDED


def may_read_counts(scope, audit):
    """Score, level and how many elements were met: who reads the sheet; HOPS once submitted."""
    return may_read_sheet(scope, audit) or (scope.role == Role.HOPS and audit.state in Audit.SUBMITTED)


def may_read_findings(scope, audit):
    """Who reads the sheet; the auditee from submission, to answer them."""
    return may_read_sheet(scope, audit) or (scope.role in AUDITEES and audit.state in Audit.SUBMITTED)


def may_read_all_sites(scope, audit):
    """Of an audit of other sites as well, a centre's manager reads what concerns the own centre: its sheet and findings."""
    return scope.role != Role.CENTRE_MANAGER or Audit.objects.read_whole(scope).filter(pk=audit.pk).exists()


def may_rate(scope, audit):
    """Members of the team who declared to have no interest, until the audit is submitted."""
    return scope.role == Role.AUDITOR and audit.is_open and may_read_sheet(scope, audit)


def may_work_on_site(scope, audit):
    """Members of the team who declared to have no interest; after submission their device is told that nothing more is taken."""
    return scope.role == Role.AUDITOR and may_read_sheet(scope, audit)


def may_settle(scope, audit):
    """Members of the team settle which of two ratings holds."""
    return may_rate(scope, audit)


def may_settle_conflict(scope, conflict):
    """As for its audit."""
    return may_settle(scope, conflict.site.audit)


def may_lead(scope, audit):
    """The lead auditor approves what does not apply and submits."""
    member = member_of(scope, audit)
    return bool(member) and member.is_lead and may_rate(scope, audit)


def may_remove_evidence(scope, evidence):
    """Whoever added it, or the lead, takes evidence off the sheet until the audit is submitted."""
    audit = evidence.site.audit
    return may_rate(scope, audit) and (evidence.added_by_id == scope.user.pk or may_lead(scope, audit))


def took_part(user, audit):
    """On the team, rated, gathered evidence, raised a finding, settled a conflict, submitted, reviewed, recommended, verified, applied
    or assessed oneself. The database asks the same: standards_took_part."""
    return _asked("standards_took_part", audit, user)


def took_part_in_any(user, certification):
    """Took part in the audit that led to the certification, or in one that watched over it."""
    return _asked("standards_took_part_in_any", certification, user)


def declared_in_any(user, certification):
    """Declared an interest, as a member of the panel, in one of these audits."""
    return _asked("standards_declared_in_any", certification, user)


def _asked(function, thing, user):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [thing.pk, user.pk])  # noqa: S608
        return cursor.fetchone()[0]


def audited(user, audit):
    """Took part otherwise than by an earlier technical review."""
    if audit.technical_reviews.filter(reviewed_by=user).exists():
        return Verification.objects.filter(finding__audit=audit, verified_by=user).exists()
    return took_part(user, audit)


def may_list_decisions(scope, thing=None):
    """The panel sees what waits for its decision."""
    return scope.role == Role.PANEL


def may_decide(scope, audit):
    """A member of the panel who took no part in the audit recommends and decides, once its report is issued."""
    return scope.role == Role.PANEL and audit.state == Audit.State.REPORT and not took_part(scope.user, audit)
