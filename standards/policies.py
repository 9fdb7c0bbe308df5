"""Who may do what with the Standard, its audits and certifications."""

from django.db import connection

from centres.models import Role

from .models import Audit, Edition

# The Standard.
KEEPERS_OF_THE_STANDARD = (Role.ADMINISTRATOR, Role.SECRETARIAT)


def may_keep_standard(scope, thing=None):
    """Administrators and the secretariat see drafts, publish and retire editions."""
    return scope.is_system or scope.role in KEEPERS_OF_THE_STANDARD


def may_publish(scope, edition):
    """Who keeps the Standard publishes a draft."""
    return may_keep_standard(scope) and edition.state == Edition.State.DRAFT


def may_retire(scope, edition):
    """Who keeps the Standard retires a published edition."""
    return may_keep_standard(scope) and edition.state == Edition.State.PUBLISHED


# Audits.
AUDITEES = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION, Role.CENTRE_MANAGER)
DECIDERS = (Role.SECRETARIAT, Role.PANEL)


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


def may_rate(scope, audit):
    """Members of the team who declared to have no interest, until the audit is submitted."""
    return scope.role == Role.AUDITOR and audit.is_open and may_read_sheet(scope, audit)


def may_lead(scope, audit):
    """The lead auditor approves what does not apply and submits."""
    member = member_of(scope, audit)
    return bool(member) and member.is_lead and may_rate(scope, audit)


def may_remove_evidence(scope, evidence):
    """Whoever added it, or the lead, takes evidence off the sheet until the audit is submitted."""
    audit = evidence.site.audit
    return may_rate(scope, audit) and (evidence.added_by_id == scope.user.pk or may_lead(scope, audit))


def took_part(user, audit):
    """On the team, rated, gathered evidence, settled a conflict, submitted, reviewed, recommended, verified, applied or assessed
    oneself. The database asks the same: standards_took_part."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT standards_took_part(%s, %s)", [audit.pk, user.pk])
        return cursor.fetchone()[0]


def may_list_decisions(scope, thing=None):
    """The panel sees what waits for its decision."""
    return scope.role == Role.PANEL


def may_decide(scope, audit):
    """A member of the panel who took no part in the audit recommends and decides, once its report is issued."""
    return scope.role == Role.PANEL and audit.state == Audit.State.REPORT and not took_part(scope.user, audit)


# Reports, technical review.
def may_report(scope, audit):
    """The lead auditor issues the report of a submitted audit, and recommends."""
    member = member_of(scope, audit)
    return bool(member) and member.is_lead and audit.state in (Audit.State.SUBMITTED, Audit.State.REPORT) and may_read_sheet(scope, audit)


def may_comment(scope, audit):
    """The MDA and a centre's manager comment on the draft report of their audit."""
    return scope.role in AUDITEES and audit.state == Audit.State.REPORT


def may_review(scope, audit):
    """The secretariat reviews the file before the panel sees it; nobody who took part in the audit."""
    return scope.role == Role.SECRETARIAT and audit.state == Audit.State.REPORT and not took_part(scope.user, audit)


# The standing of certifications.
def may_list_acts(scope, thing=None):
    """Secretariat and panel: what is asked for of every certification; an MDA's people: of their own."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)


def may_ask_act(scope, certification):
    """The secretariat asks to suspend, restore, withdraw or reduce; an MDA's authorised officer for its own certification."""
    if scope.role == Role.AUTHORISED_OFFICER:
        return certification.organisation_id in scope.organisation_ids
    return scope.role == Role.SECRETARIAT


def may_decide_act(scope, act):
    """A member of the panel who did not ask for it decides."""
    return scope.role == Role.PANEL and act.state == "asked" and act.asked_by_id != scope.user.pk


def may_take_back_act(scope, act):
    """Whoever asked takes it back until it is decided."""
    return act.state == "asked" and scope.user is not None and act.asked_by_id == scope.user.pk
