"""Who may act as what: hats, invitations, API tokens."""

from centres.access import Scope
from centres.models import Membership
from cse_portal.lib import clock


def hats(user, on):
    """The user's memberships in force, in the order of the account menu."""
    return list(Membership.objects.on(on).filter(user=user).select_related("organisation", "centre", "user").order_by("role", "organisation__name", "pk"))


def scope_of(user, hat_id=None):
    """The scope of a user acting under the hat of that id, if still held; otherwise under the first hat held."""
    today = clock.today()
    held = hats(user, today)
    chosen = next((m for m in held if m.pk == hat_id), held[0] if held else None)
    return Scope(user=user, membership=chosen, today=today)
