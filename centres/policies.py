"""Who may do what with places and people."""

from .models import Membership, Role


# Places.
def may_see_registries(scope, thing=None):
    """Everyone with a role browses organisations, cadres, job groups and counties. Centres and services are open to all."""
    return scope.membership is not None or scope.is_system


# People.
FOR_THEIR_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


def may_see_people(scope, thing=None):
    """Administrators see everyone's roles; HR and authorised officers those of their MDA and the MDAs below it."""
    return scope.role == Role.ADMINISTRATOR or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)


def may_grant(scope, membership):
    """Administrators: any role but learner's; HR and authorised officers: an MDA's, in theirs and below; nobody: one's own."""
    if scope.user is not None and membership.user_id == scope.user.pk:
        return False
    if scope.role == Role.ADMINISTRATOR or scope.is_system:
        return membership.role != Role.LEARNER
    return (
        scope.role in FOR_THEIR_MDA
        and membership.role in Membership.FOR_ORGANISATION
        and membership.organisation_id is not None
        and scope.covers(membership.organisation_id)
    )


def may_end_membership(scope, membership):
    """Who may grant a role may end it; nobody ends one's own. Administrators may end a learner's too."""
    if scope.role == Role.ADMINISTRATOR and membership.user_id != scope.user.pk:
        return True
    return may_grant(scope, membership)


def may_resend_invitation(scope, membership):
    """Who may grant a role may send its invitation again."""
    return may_grant(scope, membership)


def may_make_token(scope, thing=None):
    """Everyone with a role makes API tokens that act under the role worn."""
    return scope.membership is not None


# Officers.
def may_look_up_officers(scope, thing=None):
    """HR and authorised officers, centre managers and learners look up the officers that they see; administrators all."""
    return scope.is_system or scope.role in (*FOR_THEIR_MDA, Role.CENTRE_MANAGER, Role.LEARNER, Role.ADMINISTRATOR)


# Staff returns.
def may_file_roster(scope, thing=None):
    """HR and authorised officers file their MDA's staff return, which may name the MDAs below it; administrators file any."""
    return scope.role == Role.ADMINISTRATOR or scope.is_system or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)


def may_confirm_roster(scope, roster):
    """Who may file a staff return for that MDA may confirm or cancel it."""
    return may_file_roster(scope) and (
        scope.is_national or (roster.organisation_id is not None and scope.covers(roster.organisation_id))
    )
