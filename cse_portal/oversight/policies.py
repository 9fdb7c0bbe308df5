"""Who may see which numbers; who reads the trail and the outbox."""

from centres.models import Role

from .models import taken_over

NATIONAL_FIGURES = {Role.HOPS, Role.ADMINISTRATOR}
EVERY_MDA = NATIONAL_FIGURES | {Role.COORDINATOR, Role.SECRETARIAT, Role.PANEL}
RETURNING = {Role.HR_OFFICER, Role.AUTHORISED_OFFICER}
OWN_MDA = {Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION}


def may_see_national_figures(scope, thing=None):
    """HOPS and administrators see the figures of all MDAs side by side: counts, never names."""
    return scope.is_system or scope.role in NATIONAL_FIGURES


def may_see_figures_of(scope, organisation):
    """HOPS, administrators, coordinators, secretariat and panel: any MDA; an MDA's own people: theirs and those below it."""
    if scope.is_system or scope.role in EVERY_MDA:
        return True
    return scope.role in OWN_MDA and scope.covers(organisation.pk)


def may_read_figures(scope, thing=None):
    """Whoever sees the figures of some MDA may read them through the API, bounded to those MDAs."""
    return scope.is_system or scope.role in EVERY_MDA | OWN_MDA


def may_see_centre_staff(scope, centre):
    """How many of a centre's staff are up to date: HOPS, administrators, and the centre's manager."""
    return scope.role in NATIONAL_FIGURES or (scope.role == Role.CENTRE_MANAGER and scope.centre == centre)


def may_search(scope, thing=None):
    """Everyone who signs in searches; what is found is what the role may see."""
    return not scope.is_public


# Targets and quarterly returns.
def may_see_targets(scope, thing=None):
    """Everyone with a role sees what HOPS asks."""
    return scope.membership is not None or scope.is_system


def may_set_targets(scope, thing=None):
    """HOPS enters targets, supersedes them and takes them back."""
    return scope.role == Role.HOPS


def may_see_returns(scope, thing=None):
    """HOPS and administrators: all; HR and authorised officers: of their MDA and those below it."""
    return scope.is_system or scope.role in NATIONAL_FIGURES or scope.role in RETURNING


def may_file_return(scope, quarterly):
    """HR officers file the return of their MDA and of those below it, and restate it; of an MDA that has ended, those of its successor."""
    return scope.role == Role.HR_OFFICER and _answers_for(scope, quarterly)


def may_sign_return(scope, quarterly):
    """Authorised officers sign or send back the return of their MDA and of those below it; who filed it does not sign it."""
    return scope.role == Role.AUTHORISED_OFFICER and _answers_for(scope, quarterly)


def _answers_for(scope, quarterly):
    return scope.covers(quarterly.organisation_id) or quarterly.organisation_id in taken_over(scope.organisation_ids, scope.today)


def may_remind_of_returns(scope, thing=None):
    """HOPS reminds MDAs of their returns."""
    return scope.role == Role.HOPS


# Facts that everyone sees, while what was done to them is for those who keep them.
PUBLIC_KINDS = {
    "cadre",
    "centre",
    "certification",
    "cohort",
    "county",
    "course",
    "course_version",
    "edition",
    "job_group",
    "organisation",
    "requirement",
    "requirement_change",
    "service",
}


def may_read_whole_trail(scope, thing=None):
    """Administrators read the whole trail."""
    return scope.is_system or scope.role == Role.ADMINISTRATOR


def may_read_trail_of(scope, subject):
    """Who sees a thing reads its trail; of a public fact, national roles, and an MDA's people of their MDA and those below it, a centre's manager of the centre."""
    if subject.trail_kind not in PUBLIC_KINDS or scope.is_national:
        return True
    if subject.trail_kind == "organisation":
        return scope.role in OWN_MDA and scope.covers(subject.pk)
    return subject.trail_kind == "centre" and scope.centre == subject


def may_see_outbox(scope, thing=None):
    """Administrators see what the portal has sent, without its text, and have failed notices sent again."""
    return scope.is_system or scope.role == Role.ADMINISTRATOR
