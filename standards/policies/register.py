"""The auditor register and calibration."""

from centres.models import Role
from standards.models import Auditor

from .audits import DECIDERS, member_of


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
