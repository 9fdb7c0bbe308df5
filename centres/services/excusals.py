"""Days on which officers are excused from training: entered, and ended, by who keeps their MDA's register."""

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Excusal, Officer
from centres.services import changes, history
from centres.services.history import ONE_DAY, Bulk
from centres.services.postings import sane
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day


def excuse(actor, *, officer, reason, first_day, last_day=None, note=""):
    """Excused from `first_day` to `last_day`, or until further notice. Returns the Excusal."""
    bulk = excuse_many(actor, officer_ids=[officer.pk], reason=reason, first_day=first_day, last_day=last_day, note=note)
    if bulk.refused:
        raise Refused(bulk.refused[0][1])
    return officer.excusals.get(during__startswith=first_day)


@transaction.atomic
def excuse_many(actor, *, officer_ids, reason, first_day, last_day=None, note="", dry_run=False):
    """The same for many officers. Returns Bulk."""
    sane(actor, last_day or first_day)
    if reason not in Excusal.Reason.values:
        raise Refused(_("Say why."), fields={"reason": [_("Choose a reason.")]})
    if last_day and last_day < first_day:
        raise Refused(_("The last day is before the first."), fields={"last_day": [_("Give the first day or a later one.")]})
    days = DateRange(first_day, last_day and last_day + ONE_DAY)
    seen = set(Officer.objects.visible_to(actor).filter(pk__in=officer_ids).values_list("pk", flat=True))
    held = history.locked(officer_ids)
    taken = {e.officer_id: e for e in Excusal.objects.filter(officer__in=held, during__overlap=days)}
    bulk, rows = Bulk(), []
    for pk, officer in held.items():
        if sentence := _why_not(actor, officer, pk in seen, first_day, taken.get(pk)):
            bulk.refused.append((officer, sentence))
        else:
            bulk.done.append(pk)
            rows.append(Excusal(officer=officer, reason=reason, during=days, note=note[:200]))
    if rows and not dry_run:
        Excusal.objects.bulk_create(rows, batch_size=1000)
        said = {
            "excused": (None, str(Excusal.Reason(reason).label)),
            "first day": (None, first_day),
            "last day": (None, last_day),
        }
        trail.record_many(trail.entry(actor, "excused from training", held[pk], said, note) for pk in bulk.done)
        changes.postings_changed(bulk.done)
    return bulk


def _why_not(actor, officer, seen, first_day, other):
    if not seen:
        return _("Not in your MDA or one below it.")
    if not policies.may_keep_officer(actor, officer):
        return _("HR officers, authorised officers and administrators keep the register.")
    if history.at(officer.posts, first_day) is None:
        return str(history.not_in_post(officer.posts, first_day).message)
    if other:
        words = {"reason": other.get_reason_display(), "day": long_day(other.during.lower)}
        return _("Excused on some of these days already: %(reason)s, from %(day)s. End that first.") % words
    return ""


@transaction.atomic
def end(actor, *, excusal, last_day):
    """Ends it on that day; a last day before its first takes it away. Returns the Excusal, or None when it is gone."""
    officer = history.locked([excusal.officer_id])[excusal.officer_id]
    excusal = Excusal.objects.select_for_update().get(pk=excusal.pk)
    if not policies.may_keep_officer(actor, officer):
        raise Refused(_("HR officers, authorised officers and administrators keep the register."))
    sane(actor, last_day)
    until = last_day + ONE_DAY
    gone = excusal.during.lower is not None and until <= excusal.during.lower
    was = excusal.during.upper and excusal.during.upper - ONE_DAY
    if not gone:
        days = DateRange(excusal.during.lower, until)
        other = officer.excusals.filter(during__overlap=days).exclude(pk=excusal.pk).first()
        if other:
            raise Refused(_("Another excusal begins on %(day)s.") % {"day": long_day(other.during.lower)})
        excusal.during = days
        excusal.save(update_fields=["during"])
    else:
        excusal.delete()
    said = {
        "excused": (excusal.get_reason_display(), "" if gone else excusal.get_reason_display()),
        "last day": (was, None if gone else last_day),
    }
    trail.record(actor, "excusal taken away" if gone else "excusal ended", officer, said)
    changes.postings_changed([officer.pk])
    return None if gone else excusal
