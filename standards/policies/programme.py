"""The programme, applications, measured figures."""

from centres.models import Role
from standards.models import Audit

from .audits import DECIDERS, OF_THE_MDA, may_plan_audit

APPLICANTS = (Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)


def may_list_measures(scope, thing=None):
    """Satisfaction, timeliness and complaints: secretariat, panel, HOPS and auditors; an MDA's people their own."""
    return scope.is_system or scope.role in (*DECIDERS, Role.HOPS, Role.AUDITOR, *OF_THE_MDA)


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
    return scope.is_system or scope.role in (*DECIDERS, *OF_THE_MDA)


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
