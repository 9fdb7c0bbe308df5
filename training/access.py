"""Who approves the nominations of which MDA, today: its authorised officers, those of the MDAs above it, and who stands in for them."""

from django.db import connection

from centres.access import organisations_below
from centres.models import Membership, Role

from .models import ApprovalDelegation

# The authorised officers of each MDA and of all that it reports to, at which distance, and who stands in for them.
APPROVERS = """
WITH RECURSIVE up(start, id, distance) AS (
    SELECT o, o, 0 FROM unnest(%(ids)s::bigint[]) AS o
    UNION
    SELECT up.start, l.parent_id, up.distance + 1
      FROM up JOIN centres_reportingline l ON l.organisation_id = up.id AND l.during @> %(on)s::date
     WHERE up.distance < 20
)
SELECT up.start, up.distance, m.user_id FROM up
  JOIN centres_membership m ON m.organisation_id = up.id
 WHERE m.role = 'authorised_officer' AND m.during @> %(on)s::date
 ORDER BY up.start, up.distance, m.user_id
"""


def approvers(organisation_ids, on):
    """{MDA id: [(distance, user id)]}, nearest first; MDAs whose nominations nobody approves are left out."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(APPROVERS, {"ids": sorted(set(organisation_ids)), "on": on})
        for start, distance, user in cursor.fetchall():
            found.setdefault(start, []).append((distance, user))
    return found


def needs_approval(organisation_ids, on):
    """Of these MDAs, those that have an authorised officer, or an MDA above them has."""
    return set(approvers(organisation_ids, on))


def delegations_to(user, on):
    """Delegations to the user that stand on the day: the delegator is still authorised officer there or above."""
    found = ApprovalDelegation.objects.on(on).filter(delegate=user).select_related("organisation")
    held = {}
    for delegator, organisation in (
        Membership.objects.on(on)
        .filter(role=Role.AUTHORISED_OFFICER, user__in=[d.delegator_id for d in found])
        .values_list("user", "organisation")
    ):
        held.setdefault(delegator, set()).add(organisation)
    return [d for d in found if any(d.organisation_id in organisations_below(mda, on) for mda in held.get(d.delegator_id, ()))]


def approving_ids(scope):
    """Ids of the MDAs whose nominations the scope approves today: own and below for an authorised officer; for a delegate, under
    any hat, those of the MDA delegated and below."""
    if scope.user is None:
        return frozenset()
    if "_approving_ids" not in scope.__dict__:
        ids = scope.organisation_ids if scope.role == Role.AUTHORISED_OFFICER else frozenset()
        for d in delegations_to(scope.user, scope.today):
            ids |= organisations_below(d.organisation_id, scope.today)
        scope.__dict__["_approving_ids"] = ids
    return scope.__dict__["_approving_ids"]
