"""The standing of certifications, surveillance, appeals."""

from django.db.models import Q

from centres.models import Role
from standards.models import Decision, PanelVote

from .audits import DECIDERS, declared_in_any, may_plan_audit, took_part, took_part_in_any


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


def may_list_appeals(scope, thing=None):
    """Secretariat and panel: appeals of all; an MDA's people: their own."""
    return may_list_acts(scope)


def may_appeal(scope, organisation):
    """The authorised officer appeals for the own MDA and those below it."""
    return scope.role == Role.AUTHORISED_OFFICER and organisation.pk in scope.organisation_ids


def may_appeal_against(scope, thing):
    """The same, of the MDA that a decision or an act concerns."""
    return may_appeal(scope, thing.audit.organisation if isinstance(thing, Decision) else thing.certification.organisation)


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
        if judged or user.pk in (act.asked_by_id, act.decided_by_id):
            return True
        if took_part_in_any(user, act.certification) or declared_in_any(user, act.certification):
            return True
    decision = appeal.decision or act.certification.decision
    return decision.decided_by_id == user.pk or took_part(user, decision.audit) or decision.audit.votes.filter(user=user).exists()


def may_decide_appeal(scope, appeal):
    """A member of the panel without any part in what it is against decides an appeal."""
    return scope.role == Role.PANEL and appeal.state == "lodged" and not had_a_part(scope.user, appeal)


def may_plan_surveillance(scope, surveillance):
    """The secretariat plans a surveillance that is due or was missed, again where its audit lapsed or was cancelled."""
    again = surveillance.audit_id and surveillance.audit.state in ("lapsed", "cancelled")
    return may_plan_audit(scope) and (
        surveillance.state in ("due", "missed") or (surveillance.state == "planned" and bool(again))
    )


def may_download_certificate(scope, certification):
    """The MDA certified, its centre's manager, secretariat and panel hold the certificate's PDF."""
    if scope.role == Role.CENTRE_MANAGER:
        return bool(scope.centre) and certification.centre_id == scope.centre.pk
    own = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)
    return (
        scope.is_system
        or scope.role in DECIDERS
        or (scope.role in own and certification.organisation_id in scope.organisation_ids)
    )
