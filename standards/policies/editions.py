"""Who keeps, reads and compares editions of the Standard."""

from centres.models import Role
from standards.models import Edition

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
