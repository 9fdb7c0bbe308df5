"""Who may do what with places and people."""

from .models import Membership, Officer, Role


# Places.
def may_see_registries(scope, thing=None):
    """Everyone with a role browses organisations, cadres, job groups and counties. Centres and services are open to all."""
    return scope.membership is not None or scope.is_system


def may_see_headcounts(scope, thing=None):
    """How many serve where: administrators, HOPS, coordinators, secretariat and panel everywhere; an MDA's people there and below."""
    everywhere = (Role.ADMINISTRATOR, Role.HOPS, Role.COORDINATOR, Role.SECRETARIAT, Role.PANEL)
    return scope.is_system or scope.role in everywhere or scope.organisation is not None


def may_reorganise(scope, thing=None):
    """Administrators draft and make reorganisations, and correct organisations and their standing."""
    return scope.role == Role.ADMINISTRATOR or scope.is_system


def may_keep_holidays(scope, thing=None):
    """Coordinators, the secretariat and administrators add public holidays, and remove those to come."""
    return scope.is_system or scope.role in (Role.COORDINATOR, Role.SECRETARIAT, Role.ADMINISTRATOR)


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
    """HR and authorised officers, centre managers and learners look up the officers that they see; HOPS, under a name grant, those of its MDA; administrators all."""
    by_role = scope.role in (*FOR_THEIR_MDA, Role.CENTRE_MANAGER, Role.LEARNER, Role.ADMINISTRATOR)
    return scope.is_system or by_role or bool(scope.name_grants)


# Names of officers for HOPS.
def may_see_name_grants(scope, thing=None):
    """HOPS: one's own; HR and authorised officers: who may name their MDA's officers, and what they looked at; administrators all."""
    return scope.role in (Role.HOPS, Role.ADMINISTRATOR) or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)


def may_ask_for_names(scope, thing=None):
    """HOPS sees the names of an MDA and those below it for 7 days, once a reason is stated; the MDA is told."""
    return scope.role == Role.HOPS


def may_end_name_grant(scope, grant):
    """Whoever holds it, and administrators, end a name grant early."""
    return scope.role == Role.ADMINISTRATOR or (scope.role == Role.HOPS and grant.user_id == scope.user.pk)


# Staff returns.
def may_file_roster(scope, thing=None):
    """HR and authorised officers file their MDA's staff return, which may name the MDAs below it; administrators file any."""
    return scope.role == Role.ADMINISTRATOR or scope.is_system or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)


def may_confirm_roster(scope, roster):
    """Who may file a staff return for that MDA may confirm or cancel it."""
    return may_file_roster(scope) and (
        scope.is_national or (roster.organisation_id is not None and scope.covers(roster.organisation_id))
    )


# Keeping the register by form.
def may_keep_register(scope, thing=None):
    """HR and authorised officers keep the register of their MDA and those below it; administrators every MDA's."""
    return scope.is_system or scope.role == Role.ADMINISTRATOR or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)


def may_keep_officer(scope, officer):
    """Who keeps the register changes the officers in sight; a record that was merged into another is left alone."""
    return may_keep_register(scope) and officer.merged_into_id is None


def may_keep_at(scope, organisation_id):
    """Who keeps the register changes posts at that MDA."""
    return may_keep_register(scope) and scope.covers(organisation_id)


# Transfers and possible leavers.
def may_ask_for_transfer(scope, thing=None):
    """HR and authorised officers ask for officers who serve elsewhere, to their MDA or one below; administrators for any."""
    return may_keep_register(scope)


def may_answer_transfer(scope, transfer):
    """HR and authorised officers of the losing MDA or one above accept or dispute it; administrators too."""
    return transfer.state == transfer.State.REQUESTED and may_keep_at(scope, transfer.from_organisation_id)


def may_settle_transfer(scope, transfer):
    """A disputed transfer is settled by an authorised officer of the losing MDA or one above, or by an administrator."""
    return (
        transfer.state == transfer.State.DISPUTED
        and scope.role in (Role.AUTHORISED_OFFICER, Role.ADMINISTRATOR)
        and scope.covers(transfer.from_organisation_id)
    )


def may_withdraw_transfer(scope, transfer):
    """HR and authorised officers of the gaining MDA or one above withdraw what is still open; administrators too."""
    return transfer.state in transfer.OPEN and may_keep_at(scope, transfer.to_organisation_id)


def may_answer_leaver(scope, leaver):
    """Who keeps the register of that MDA says whether someone whom a return left out has left."""
    return may_keep_at(scope, leaver.organisation_id)


# Duplicates and the quality of the register.
def may_see_duplicates(scope, thing=None):
    """HR officers see records that may be one person where one is theirs, and merge where both are; administrators all."""
    return (
        scope.is_system or scope.role == Role.ADMINISTRATOR or (scope.role == Role.HR_OFFICER and scope.organisation is not None)
    )


def may_undo_merge(scope, merge):
    """Administrators; an HR officer whose officer the merged record is."""
    return may_see_duplicates(scope) and Officer.objects.visible_to(scope).filter(pk=merge.kept_id).exists()


def may_see_register_quality(scope, thing=None):
    """HR officers and authorised officers of their MDA and those below; HOPS (counts only) and administrators of all."""
    return (
        scope.is_system
        or scope.role in (Role.HOPS, Role.ADMINISTRATOR)
        or (scope.role in FOR_THEIR_MDA and scope.organisation is not None)
    )
