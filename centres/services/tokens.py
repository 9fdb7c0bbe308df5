"""API tokens: a secret shown once, of which only the digest is kept; it acts under one role and dies with it."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.access import Scope
from centres.models import ApiToken
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.api import digest
from cse_portal.lib.errors import Refused

LONGEST_DAYS = 366


@transaction.atomic
def make(actor, *, membership, name="", days=90):
    """(token, secret): the secret is never seen again."""
    if membership is None or not (actor.is_system or (policies.may_make_token(actor) and membership.user_id == actor.user.pk)):
        raise Refused(_("You can make tokens for a role that you hold only."), code="no_role")
    if not membership.is_in_force(clock.today()):
        raise Refused(_("This role has ended."), code="ended")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused.of("days", _("A token lasts a year at most."))
    secret = "cse_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        membership=membership, name=name.strip(), digest=digest(secret), expires_at=clock.now() + dt.timedelta(days=days)
    )
    trail.record(actor, "made API token", token, {"role": (None, membership), "expires": (None, token.expires_at.date())})
    return token, secret


@transaction.atomic
def revoke(actor, token):
    """The token stops at once."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        trail.record(actor, "revoked API token", token)
    return token


def find(token_digest):
    """The scope of a live token of that digest, or None."""
    today = clock.today()
    token = (
        ApiToken.objects.filter(
            digest=token_digest,
            revoked_at=None,
            expires_at__gt=clock.now(),
            membership__during__contains=today,
            membership__user__is_active=True,
        )
        .select_related("membership__user", "membership__organisation", "membership__centre")
        .first()
    )
    return token and Scope(user=token.membership.user, membership=token.membership, today=today)
