"""Personal numbers: unique in a series (the national payroll's, or an organisation's own). Who moves between series takes the
number of the new one; on the day of the move, not before, as files of the old MDA still name the old number."""

import datetime as dt
import re

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from centres.models import Officer, Posting, TransferRequest
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused

CATCH_UP = dt.timedelta(days=60)


def key_of(personal_no):
    """What is compared of a number. Refused when it is none."""
    digits = personal_no.replace(" ", "")
    if not re.fullmatch(r"[0-9]{4,12}", digits) or not digits.strip("0"):
        sentence = _("Give the personal number with 4 to 12 digits and nothing else.")
        raise Refused.of("personal_no", sentence)
    return digits.lstrip("0")


def free(series, key, besides=None):
    """Refused when the number belongs to someone else in that series; nobody is named."""
    if Officer.objects.filter(number_series=series, personal_key=key).exclude(pk=besides).exists():
        sentence = _("Another officer has the personal number %(number)s there. Give the number on the new payslip.") % {
            "number": key
        }
        raise Refused.of("personal_no", sentence, "number_taken")


def renumbered(officer, organisation, personal_no=""):
    """{field: value} of the officer in the series of that organisation; empty when nothing changes. Refused on a clash."""
    number = personal_no.replace(" ", "") or officer.personal_no
    key, series = key_of(number), organisation.number_series
    if (series, key) == (officer.number_series, officer.personal_key):
        return {}
    free(series, key, besides=officer.pk)
    return {"personal_no": number, "personal_key": key, "number_series": series}


@transaction.atomic
def settle(actor, on):
    """The night's work: who moved to an MDA with another series in the last two months has its number from now on. Where the
    number is taken there, it stays as it is: the officer's page shows it, and the HR officer corrects it. Returns how many."""
    moved = Posting.objects.on(on).filter(during__startswith__gt=on - CATCH_UP, officer__merged_into=None)
    waiting = [
        p
        for p in moved.exclude(officer__number_series="")
        .annotate(series=F("officer__number_series"))
        .select_related("organisation")
        if p.series != p.organisation.number_series
    ]
    given = {
        (t.officer_id, t.to_organisation_id): t.post.get("personal_no", "")
        for t in TransferRequest.objects.filter(officer__in=[p.officer_id for p in waiting], state__in=TransferRequest.DONE)
    }
    done = 0
    for post in waiting:
        officer = Officer.objects.select_for_update(no_key=True).get(pk=post.officer_id)
        try:
            changes = renumbered(officer, post.organisation, given.get((officer.pk, post.organisation_id), ""))
        except Refused:
            continue
        note = _("moved to %(mda)s") % {"mda": post.organisation}
        trail.record(actor, "personal number changed", officer, renumber(officer, changes), note)
        done += 1
    return done


def renumber(officer, changes):
    """Saves them; returns the trail's {field: (old, new)}."""
    if not changes:
        return {}
    old = f"{officer.personal_no} ({officer.number_series})"
    for name, value in changes.items():
        setattr(officer, name, value)
    officer.save(update_fields=list(changes))
    return {"personal_no": (old, f"{officer.personal_no} ({officer.number_series})")}
