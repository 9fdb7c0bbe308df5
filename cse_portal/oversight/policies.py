"""Who may see which numbers; who reads the trail and the outbox."""

from centres.models import Role

NATIONAL_FIGURES = {Role.HOPS, Role.ADMINISTRATOR}
EVERY_MDA = NATIONAL_FIGURES | {Role.COORDINATOR, Role.SECRETARIAT, Role.PANEL}
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


# Facts that everyone sees, while what was done to them is for those who keep them.
PUBLIC_KINDS = {
    "cadre",
    "centre",
    "certification",
    "cohort",
    "county",
    "course",
    "edition",
    "job_group",
    "organisation",
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
