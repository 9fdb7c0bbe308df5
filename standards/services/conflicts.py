"""Ratings that two auditors made without having seen each other's: both are kept, a member of the team settles which holds."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Rating, RatingConflict

from . import audits


def unsettled(**of):
    """Those that wait for a person, with what stands now as `.standing`."""
    waiting = list(
        RatingConflict.objects.filter(settled_at=None, **of).select_related("site__audit", "site__centre", "element", "made_by")
    )
    sites, elements = {c.site_id for c in waiting}, {c.element_id for c in waiting}
    held = {
        (r.site_id, r.element_id): r
        for r in Rating.objects.filter(site__in=sites, element__in=elements).select_related("rated_by")
    }
    for conflict in waiting:
        conflict.standing = held.get((conflict.site_id, conflict.element_id))
    return waiting


@transaction.atomic
def keep(actor, *, site, element, client_ref, value, justification, base_revision, made_at):
    """A rating made without sight of the one that stands is kept beside it. Again: the one kept."""
    site.audit = audits.locked(actor, site.audit_id)
    held = RatingConflict.objects.filter(client_ref=client_ref).first()
    if held:
        return held
    made = RatingConflict.objects.create(
        site=site, element=element, value=value, justification=justification.strip(), client_ref=client_ref,
        base_revision=base_revision, made_by=actor.user, made_at=made_at or clock.now(), received_at=clock.now(),
    )  # fmt: skip
    trail.record(actor, "rated differently", made, {"rating": (None, value), "justification": (None, made.justification)})
    return made


@transaction.atomic
def settle(actor, conflict, *, taken):
    """`taken`: the rating of the device holds from now on; else the one that stands stays. The other stays on record."""
    audit = audits.locked(actor, conflict.site.audit_id)
    conflict = (
        RatingConflict.objects.select_for_update(of=["self"])
        .select_related("site__centre", "element", "made_by")
        .get(pk=conflict.pk)
    )
    conflict.site.audit = audit
    if conflict.settled_at:
        if conflict.taken == taken:
            return conflict
        raise Refused(_("Somebody else settled this meanwhile, the other way."), code="settled")
    conflict.taken, conflict.settled_by, conflict.settled_at = taken, actor.user, clock.now()
    conflict.save(update_fields=["taken", "settled_by", "settled_at"])
    trail.record(actor, "settled ratings that differed", conflict, {"taken": (None, taken)})
    if taken:
        standing = Rating.objects.filter(site=conflict.site, element=conflict.element).first()
        audits.record(
            actor, site=conflict.site, element=conflict.element, client_ref=conflict.client_ref, value=conflict.value,
            justification=conflict.justification, base_revision=standing.revision if standing else 0, by=conflict.made_by,
        )  # fmt: skip
    return conflict
