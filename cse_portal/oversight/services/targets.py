"""Targets: what HOPS asks of a measure by the end of a quarter."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.oversight import policies
from cse_portal.oversight.models import Target

AHEAD, BACK = 8, 4  # quarters that a target may be entered for, from today's


def quarters(on, back=BACK, ahead=AHEAD):
    """Last days of the quarters around the one that holds the day, the earliest first."""
    return [clock.quarter_end(clock.add_months(clock.quarter_end(on).replace(day=1), 3 * n)) for n in range(-back, ahead + 1)]


def in_force(measure, quarter_end):
    """{cadre id, or None for all cadres: percent} asked of the measure by the end of the quarter; empty when nothing is asked."""
    return dict(Target.objects.in_force().filter(measure=measure, quarter_ends=quarter_end).values_list("cadre", "value"))


def line(measure, first, last):
    """[(last day of the quarter, percent)] asked of all cadres in the quarters that end in [first, last]: the line of a trend."""
    asked = Target.objects.in_force().filter(measure=measure, cadre=None, quarter_ends__range=(first, last))
    return list(asked.order_by("quarter_ends").values_list("quarter_ends", "value"))


@transaction.atomic
def enter(actor, *, measure, quarter_ends, value, authority, cadre=None):
    """Enters a target; one that stood for the same is superseded by it and stays on record."""
    if not policies.may_set_targets(actor):
        raise Refused(_("HOPS enters targets."), code="not_yours")
    _check(measure, cadre, quarter_ends, authority)
    stands = (
        Target.objects.select_for_update(of=["self"])
        .in_force()
        .filter(measure=measure, cadre=cadre, quarter_ends=quarter_ends)
        .first()
    )
    if stands and (stands.value, stands.authority) == (value, authority.strip()):
        return stands
    now = clock.now()
    if stands:
        Target.objects.filter(pk=stands.pk).update(superseded_at=now)
    try:
        with transaction.atomic():
            made = Target.objects.create(
                measure=measure, cadre=cadre, quarter_ends=quarter_ends, value=value, authority=authority.strip(),
                entered_by=actor.user, entered_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("Someone else has just entered this target. Look at it first."), code="conflict")
    trail.record(actor, "set target", made, {"value": (stands and f"{stands.value:f}", f"{value:f}")}, note=made.authority)
    return made


@transaction.atomic
def withdraw(actor, target, *, reason):
    """Takes a target back that should not have been entered; it stays on record."""
    target = Target.objects.select_for_update(of=["self"]).select_related("cadre").get(pk=target.pk)
    if not policies.may_set_targets(actor):
        raise Refused(_("HOPS enters targets."), code="not_yours")
    if target.superseded_at:
        raise Refused(_("This target no longer stands."), code="superseded")
    if not reason.strip():
        raise Refused.of("reason", _("Say why."))
    target.superseded_at = clock.now()
    target.save(update_fields=["superseded_at"])
    trail.record(actor, "withdrew target", target, {"value": (f"{target.value:f}", None)}, note=reason.strip())
    return target


def _check(measure, cadre, quarter_ends, authority):
    if clock.quarter_end(quarter_ends) != quarter_ends:
        sentence = _("A target is for the end of a quarter: %(day)s, for example.") % {"day": clock.quarter_end(quarter_ends)}
        raise Refused.of("quarter_ends", sentence)
    if clock.quarter_end(clock.today()) - quarter_ends > dt.timedelta(days=31 * 3 * BACK):
        sentence = _("That quarter is long past; a target set now would judge it afterwards.")
        raise Refused.of("quarter_ends", sentence, "past")
    if measure == Target.Measure.RETURNS and cadre:
        sentence = _("Returns are of an MDA, not of a CSE cadre: leave it empty.")
        raise Refused.of("cadre", sentence)
    if not authority.strip():
        sentence = _("Say on whose authority: a circular, a performance contract.")
        raise Refused.of("authority", sentence)
