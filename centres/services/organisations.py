"""Correcting an organisation's record, and its standing: whether the training directive binds it."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Organisation
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused

from . import changes, steps


@transaction.atomic
def correct(actor, organisation, *, kind, county, source=""):
    """Corrects what carries no dates. Its name, parent and end are changed by a reorganisation."""
    held = _locked(actor, organisation)
    new = {"kind": kind, "county": county, "source": source.strip()}
    changed = {f: (getattr(held, f), value) for f, value in new.items() if getattr(held, f) != value}
    if not changed:
        return held
    series = held.number_series
    for field, value in new.items():
        setattr(held, field, value)
    if held.number_series != series and held.postings.exists():
        raise Refused(
            _("Its officers have personal numbers of the series “%(series)s”; this kind has another. Create a new organisation and merge this one into it.") % {"series": series},
            code="other_series",
        )  # fmt: skip
    held.save()
    trail.record(actor, "corrected", held, changed)
    return held


@transaction.atomic
def give_standing(actor, organisation, *, kind, on, authority):
    """Obliged, joined by agreement, … from that day, by that authority."""
    held = _locked(actor, organisation)
    if not Organisation.objects.in_being(on).filter(pk=held.pk).exists():
        raise Refused(_("%(name)s is not in being on %(day)s.") % {"name": held, "day": on}, code="not_in_being")
    steps.give_standing(held, kind, on, authority.strip())
    trail.record(actor, "standing changed", held, {"standing": (None, kind), "from": (None, on)}, note=authority)
    changes.organisations_changed({held.pk}, on)
    return held


def _locked(actor, organisation):
    if not policies.may_reorganise(actor):
        raise Refused(_("Only an administrator may change the organisation tree."), code="not_allowed")
    return Organisation.objects.select_for_update().get(pk=organisation.pk)
