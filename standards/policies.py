"""Who may do what with the Standard, its audits and certifications."""

from django.db import connection
from django.db.models import Q

from centres.models import Role

from .models import Audit, Auditor, Decision, Edition, PanelVote, Verification

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


def may_edit_draft(scope, edition):
    """Who keeps the Standard changes a draft."""
    return may_publish(scope, edition)


def may_clone(scope, edition):
    """Who keeps the Standard draws a new draft from any edition."""
    return may_keep_standard(scope)


def may_map(scope, edition):
    """Who keeps the Standard says what elements of an earlier edition became, also after publication."""
    return may_keep_standard(scope)


def may_read_analytics(scope, thing=None):
    """What audits say together: secretariat, panel and HOPS."""
    return scope.is_system or scope.role in (Role.SECRETARIAT, Role.PANEL, Role.HOPS)


def may_compare_auditors(scope, thing=None):
    """Auditors by name, beside their colleagues: secretariat and panel."""
    return scope.role in (Role.SECRETARIAT, Role.PANEL)


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


# The programme, applications, measured figures.
FOR_THE_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)
APPLICANTS = (Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)


def may_list_measures(scope, thing=None):
    """Satisfaction, timeliness and complaints: secretariat, panel, HOPS and auditors; an MDA's people their own."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HOPS, Role.AUDITOR, *FOR_THE_MDA)


def may_record_measures(scope, thing=None):
    """The secretariat records measured figures and corrects them."""
    return scope.is_system or scope.role == Role.SECRETARIAT


def may_see_programme(scope, thing=None):
    """Secretariat, panel and HOPS read the year's programme; auditors once it is adopted."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HOPS, Role.AUDITOR)


def may_keep_programme(scope, thing=None):
    """The secretariat draws up the year's programme, decides on its lines, adopts and closes it."""
    return scope.is_system or scope.role == Role.SECRETARIAT


def may_list_applications(scope, thing=None):
    """Applications: secretariat and panel all that were sent; an MDA's people their own."""
    return scope.is_system or scope.role in (*DECIDERS, *FOR_THE_MDA)


def may_apply(scope, thing=None):
    """An MDA's service champion or authorised officer applies for certification."""
    return scope.role in APPLICANTS and scope.organisation is not None


def may_change_application(scope, application):
    """Who may apply for that MDA changes a draft and sends it."""
    return may_apply(scope) and application.state == application.State.DRAFT and scope.covers(application.organisation_id)


def may_withdraw_application(scope, application):
    """Who may apply for that MDA withdraws what is not decided."""
    open_now = (application.State.DRAFT, application.State.SENT)
    return may_apply(scope) and application.state in open_now and scope.covers(application.organisation_id)


def may_decide_application(scope, application):
    """The secretariat accepts or refuses what was sent; never whoever applied."""
    mine = scope.user is not None and application.applied_by_id == scope.user.pk
    return may_plan_audit(scope) and application.state == application.State.SENT and not mine


def may_draw_sites(scope, audit):
    """The secretariat draws an MDA's sample of sites, once, before anything is rated."""
    return may_plan_audit(scope) and audit.centre_id is None and audit.state in Audit.BEFORE_STAGE_2


def may_move_audit(scope, audit):
    """The secretariat changes the days of an audit that has not reached stage 2."""
    return may_plan_audit(scope) and audit.state in Audit.BEFORE_STAGE_2


def may_cancel_audit(scope, audit):
    """The secretariat cancels an audit that is not submitted, with a reason."""
    return may_plan_audit(scope) and audit.is_open


# Reports, technical review.
def may_report(scope, audit):
    """The lead auditor issues the report of a submitted audit, and recommends."""
    member = member_of(scope, audit)
    return bool(member) and member.is_lead and audit.state in (Audit.State.SUBMITTED, Audit.State.REPORT) and may_read_sheet(scope, audit)


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


def may_comment(scope, audit):
    """The MDA and a centre's manager comment on the draft report of their audit."""
    return scope.role in AUDITEES and audit.state == Audit.State.REPORT


def may_review(scope, audit):
    """The secretariat reviews the file before the panel sees it; nobody who took part in the audit."""
    return scope.role == Role.SECRETARIAT and audit.state == Audit.State.REPORT and not audited(scope.user, audit)


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


# Findings and corrective action.
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
    """The auditee says in its own words what it thinks of a finding."""
    return scope.role in AUDITEES and finding.audit.state in Audit.SUBMITTED


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


# Self-assessment, stage 1, the audit plan, meetings.
def may_list_self_assessments(scope, thing=None):
    """An MDA's people and a centre's manager: theirs; secretariat, panel and auditors of the team those of their audits."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR, *AUDITEES)


def may_list_evidence(scope, thing=None):
    """What auditors gathered: secretariat, panel, and auditors of the team; never the auditee."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR)


def may_list_sent_evidence(scope, thing=None):
    """What MDAs sent as evidence: their people their own; secretariat, panel and auditors of the team."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR, *FOR_THE_MDA)


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


# Auditor register and calibration.
def may_read_team(scope, audit):
    """Secretariat and panel, and members of the team, see its declarations and conflict checks."""
    return scope.is_system or scope.role in DECIDERS or member_of(scope, audit) is not None


def may_list_auditors(scope, thing=None):
    """Secretariat, panel and HOPS see the auditor register; an auditor the own line."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HOPS, Role.AUDITOR)


def may_keep_register(scope, thing=None):
    """The secretariat enters auditors, changes their lines, pauses them and takes them back."""
    return scope.is_system or scope.role == Role.SECRETARIAT


def may_record_engagement(scope, auditor=None):
    """Auditors declare for whom they worked; the secretariat records it for any of them."""
    return may_keep_register(scope) or (scope.role == Role.AUDITOR and (auditor is None or scope.user.pk == auditor.user_id))


def may_change_engagement(scope, auditor):
    """Only the secretariat changes the days of an engagement, with a reason."""
    return may_keep_register(scope)


def may_read_engagements(scope, auditor):
    """Secretariat and panel; auditors their own."""
    return scope.role in DECIDERS or may_record_engagement(scope, auditor)


def may_list_calibrations(scope, thing=None):
    """Secretariat and panel all; auditors those that are open or closed."""
    return scope.is_system or scope.role in (*DECIDERS, Role.AUDITOR)


def may_make_calibration(scope, thing=None):
    """The secretariat makes a case, opens it to the auditors and closes it."""
    return scope.is_system or scope.role == Role.SECRETARIAT


def may_change_calibration(scope, calibration):
    """The secretariat, until the case is opened."""
    return may_make_calibration(scope) and calibration.state == "draft"


def may_answer_calibration(scope, calibration):
    """Auditors in the register rate an open case, each alone and once."""
    return scope.role == Role.AUDITOR and calibration.state == "open" and Auditor.objects.filter(user=scope.user).exists()


def may_read_agreement(scope, calibration):
    """Who sees the case, once it is closed; of single auditors, secretariat and panel all, an auditor oneself."""
    return may_list_calibrations(scope) and calibration.state == "closed"


def may_list_appeals(scope, thing=None):
    """Secretariat and panel: appeals of all; an MDA's people: their own."""
    return may_list_acts(scope)


def may_appeal(scope, organisation):
    """The authorised officer appeals for the own MDA and those below it."""
    return scope.role == Role.AUTHORISED_OFFICER and organisation.pk in scope.organisation_ids


def may_take_back_appeal(scope, appeal):
    """The authorised officer takes the MDA's appeal back until it is decided."""
    return appeal.state == "lodged" and may_appeal(scope, appeal.organisation)


def had_a_part(user, appeal):
    """Whether a person took part in the audit, voted or decided, or asked for or decided the act, or the like in an audit that
    watched over the certification. The database asks the same."""
    act = appeal.act
    if act:
        after = Q(audit__certification=act.certification_id, outcome="refuse")
        judged = PanelVote.objects.filter(after, user=user).exists() or Decision.objects.filter(after, decided_by=user).exists()
        if judged or user.pk in (act.asked_by_id, act.decided_by_id) or took_part_in_any(user, act.certification):
            return True
    decision = appeal.decision or act.certification.decision
    return decision.decided_by_id == user.pk or took_part(user, decision.audit) or decision.audit.votes.filter(user=user).exists()


def may_decide_appeal(scope, appeal):
    """A member of the panel without any part in what it is against decides an appeal."""
    return scope.role == Role.PANEL and appeal.state == "lodged" and not had_a_part(scope.user, appeal)


def may_plan_surveillance(scope, surveillance):
    """The secretariat plans a surveillance that is due or was missed, again where its audit lapsed or was cancelled."""
    again = surveillance.audit_id and surveillance.audit.state in ("lapsed", "cancelled")
    return may_plan_audit(scope) and (surveillance.state in ("due", "missed") or (surveillance.state == "planned" and bool(again)))


def may_download_certificate(scope, certification):
    """The MDA certified, its centre's manager, secretariat and panel hold the certificate's PDF."""
    if scope.role == Role.CENTRE_MANAGER:
        return bool(scope.centre) and certification.centre_id == scope.centre.pk
    own = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)
    return scope.is_system or scope.role in DECIDERS or (scope.role in own and certification.organisation_id in scope.organisation_ids)
