"""Public holidays that the calendar of the law does not know: by the moon, by a Gazette notice. Deadlines already given stay."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Holiday
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused


@transaction.atomic
def declare(actor, *, day, name, authority):
    """Adds a day, past or to come. On a Sunday it changes nothing: what the law moves is entered on its day off."""
    if not policies.may_keep_holidays(actor):
        raise Refused(_("Coordinators, the secretariat and administrators keep the public holidays."), code="not_yours")
    if day.weekday() == 6:
        raise Refused.of("day", _("A holiday on a Sunday moves: give the working day that is off instead."))
    made, new = Holiday.objects.get_or_create(day=day, defaults={"name": name.strip(), "authority": authority.strip()})
    if not new:
        raise Refused.of("day", _("This day is already a holiday: %(name)s.") % {"name": made.name})
    trail.record(actor, "added", made, {"name": (None, made.name), "authority": (None, made.authority)})
    return made


@transaction.atomic
def remove(actor, holiday, *, reason):
    """Takes a day to come off the list. A past one stays: deadlines were counted with it."""
    holiday = Holiday.objects.select_for_update().get(pk=holiday.pk)
    if not policies.may_keep_holidays(actor):
        raise Refused(_("Coordinators, the secretariat and administrators keep the public holidays."), code="not_yours")
    if holiday.day <= clock.today():
        raise Refused(_("A holiday that is past stays: deadlines were counted with it."), code="past")
    if not reason.strip():
        raise Refused.of("reason", _("Say why."))
    trail.record(actor, "removed", holiday, {"name": (holiday.name, None)}, note=reason.strip())
    holiday.delete()
