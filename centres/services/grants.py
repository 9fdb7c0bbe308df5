"""Name grants: HOPS sees counts; to see the names of an MDA someone states why, and the MDA sees who looked at what."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.utils import translation
from django.utils.translation import gettext as _

from centres import policies
from centres.access import organisations_below
from centres.models import Membership, NameGrant, Officer, Role
from cse_portal.activity import trail
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import moment
from cse_portal.notices import outbox

LASTS = dt.timedelta(days=7)
LOOKED = "looked at names"


@transaction.atomic
def ask(actor, *, organisation, reason):
    """Opens the names of the MDA and of those below it for 7 days; tells their authorised officers."""
    if not policies.may_ask_for_names(actor):
        raise Refused(_("Names are asked for by HOPS."), code="not_yours")
    reason, now = reason.strip(), clock.now()
    if not reason:
        raise Refused.of("reason", _("Say why you need the names."))
    held = NameGrant.objects.in_force(now).filter(user=actor.user, organisation=organisation).first()
    if held:
        raise Refused(_("You see these names already, until %(until)s.") % {"until": moment(held.during.upper)}, code="held")
    grant = NameGrant.objects.create(
        user=actor.user, organisation=organisation, reason=reason, during=DateTimeTZRange(now, now + LASTS)
    )
    trail.record(
        actor, "asked for names", grant, {"until": (None, grant.during.upper.isoformat(timespec="minutes"))}, note=reason
    )
    _tell(grant, actor.today)
    return grant


@transaction.atomic
def end(actor, grant):
    """Closes the names before the 7 days are over."""
    grant = NameGrant.objects.select_for_update(of=["self"]).select_related("organisation", "user").get(pk=grant.pk)
    if not policies.may_end_name_grant(actor, grant):
        raise Refused(_("Whoever asked for the names ends the grant."), code="not_yours")
    now = clock.now()
    if not grant.is_in_force(now):
        return grant
    was, grant.during = grant.during.upper, DateTimeTZRange(grant.during.lower, now)
    grant.save(update_fields=["during"])
    trail.record(actor, "ended name grant", grant, {"until": (f"{was:%Y-%m-%d %H:%M}", f"{now:%Y-%m-%d %H:%M}")})
    return grant


def looked(scope, *, address, officer=""):
    """Writes down that names were read at the address: a row for each grant that opened them; of one officer, for those that
    open the MDA of that officer."""
    grants = [grant for grant, _ids in scope.name_grants]
    changes = {"list": (None, address)}
    if officer and (one := Officer.objects.filter(ref=officer).first()):
        changes = {"officer": (None, officer), **changes}
        grants = [grant for grant, ids in scope.name_grants if Officer.objects.of(ids, scope.today).filter(pk=one.pk).exists()]
    trail.record_many([trail.entry(scope, LOOKED, grant, changes) for grant in grants])


def looks(scope, grant):
    """What was looked at under a grant in sight, latest first; an MDA below the one it names sees what was looked at of its own."""
    in_part = not scope.covers(grant.organisation_id)
    rows = Entry.objects.about(grant).filter(verb=LOOKED)
    rows = rows.annotate(officer=KT("changes__officer__1"), address=KT("changes__list__1"), in_part=Value(in_part))
    if not in_part:
        return rows
    return rows.filter(Q(officer=None) | Exists(Officer.objects.visible_to(scope).filter(ref=OuterRef("officer"))))


def address(look):
    """Where names were read: without what was searched for when the reader is of an MDA below the one named."""
    return look.address.split("?")[0] if look.in_part else look.address


def state(grant):
    return "in_force" if grant.is_in_force(clock.now()) else "ended"


def _tell(grant, on):
    ids = organisations_below(grant.organisation_id, on)
    hats = Membership.objects.on(on).filter(role=Role.AUTHORISED_OFFICER, organisation__in=ids, user__is_active=True)
    users = {hat.user_id: hat.user for hat in hats.select_related("user")}
    notices = []
    for user in users.values():
        with translation.override(user.language):
            words = {
                "name": user,
                "who": grant.user,
                "mda": grant.organisation,
                "until": moment(grant.during.upper),
                "reason": grant.reason,
                "url": settings.SITE_URL + grant.get_absolute_url(),
            }
            subject = _("HOPS sees officers' names at %(mda)s") % words
            body = _(
                "%(name)s,\n\n%(who)s of the office of the Head of the Public Service sees the names of officers at %(mda)s and the MDAs below it until %(until)s.\nReason: %(reason)s\n\nWhat is looked at is listed here:\n%(url)s"
            )
            notices.append(
                outbox.notice(
                    key=f"name-grant:{grant.pk}:{user.pk}", to=user.email, subject=subject, body=body % words,
                    language=user.language, about=grant,
                )
            )  # fmt: skip
    outbox.queue_many(notices)
