"""Seats kept for an MDA without names, until the day on which they go into the pool."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import Cohort, SeatQuota

from . import seating, waiting


def seats_of(cohort):
    """The Seats of a cohort as they stand."""
    return seating.seats_of([cohort])[cohort.pk]


@seating.act_on_seats
def keep(actor, *, cohort, organisation, seats, release_on, now=None):
    """Keeps seats for an MDA until a day, or changes how many and until when. Fewer seats go back into the pool: the quota."""
    now = now or clock.now()
    [cohort] = waiting.settled([cohort], now)
    if not policies.may_keep_quota(actor, cohort):
        raise Refused(_("Only a coordinator keeps seats for an MDA."), code="not_allowed")
    if cohort.state not in Cohort.LIVE:
        raise Refused(_("%(cohort)s is over.") % {"cohort": cohort.code}, code="closed")
    today = clock.civil(now)
    if seats < 1:
        sentence = _("Keep at least one seat, or release the quota.")
        raise Refused.of("seats", sentence, "seats")
    if not today < release_on <= cohort.starts_on:
        words = {"from": long_day(today + clock.DAY), "to": long_day(cohort.starts_on)}
        sentence = _("Seats are released on a day from %(from)s to %(to)s.") % words
        raise Refused.of("release_on", sentence, "release_on")
    quota = SeatQuota.objects.select_for_update().filter(cohort=cohort, organisation=organisation).first()
    if quota and not quota.released_at and (quota.seats, quota.release_on) == (seats, release_on):
        return quota
    wanted = cohort.seats.with_quota(organisation.pk, seats)
    if wanted.committed > cohort.capacity:
        most = seats - (wanted.committed - cohort.capacity)
        sentence = ngettext(
            "Of the %(all)s seats at most %(n)s can be kept for %(mda)s: the others are held or kept already.",
            "Of the %(all)s seats at most %(n)s can be kept for %(mda)s: the others are held or kept already.",
            most,
        ) % {"all": cohort.capacity, "n": most, "mda": organisation}
        raise Refused.of("seats", sentence, "no_room")
    was = quota.seats if quota and not quota.released_at else None
    if quota is None:
        quota = SeatQuota(cohort=cohort, organisation=organisation)
    changes = {"seats": (was, seats), "release_on": (quota.release_on, release_on)}
    quota.seats, quota.release_on, quota.released_at = seats, release_on, None
    quota.kept_by, quota.kept_at = actor.user, now
    quota.save()
    trail.record(actor, "kept" if was is None else "changed", quota, changes)
    waiting.fill(cohort, now)
    return quota


@seating.act_on_seats
def release(actor, *, quota, now=None):
    """Gives the seats that are not used to everybody. Released already: nothing changes."""
    now = now or clock.now()
    [cohort] = waiting.settled([Cohort(pk=quota.cohort_id)], now)
    quota = SeatQuota.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=quota.pk)
    quota.cohort = cohort
    if not policies.may_release_quota(actor, quota):
        raise Refused(_("Only a coordinator, or an HR officer of the MDA, releases its seats."), code="not_allowed")
    if quota.released_at:
        return quota
    quota.released_at = now
    quota.save(update_fields=["released_at"])
    trail.record(actor, "released", quota, {"seats": (quota.seats, 0)})
    waiting.fill(cohort, now)
    return quota
