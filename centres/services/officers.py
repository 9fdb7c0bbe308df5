"""One officer by form: adding one to the register, correcting names, numbers and contacts."""

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Officer, Posting
from centres.models.people import new_ref
from centres.services import changes, history, numbers, postings
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused

OF_OFFICER = ["upn", "surname", "first_name", "other_names", "gender", "email", "phone"]


def add(actor, *, organisation, on, personal_no, post, **person):
    """A new officer in post at the MDA from that day, or one who had left and is back. `person`: the fields of OF_OFFICER;
    `post`: {cadre, job_group, county, centre: thing or None; designation, terms}. Returns the Officer.

    Refused for someone in post elsewhere (ask for the transfer) or here already, and for a number under another name."""
    _may_add(actor, organisation, on)
    key = numbers.key_of(personal_no)
    try:
        with transaction.atomic():
            known = _known(organisation, key, person)
            if known:
                return _back(actor, known, organisation, on, personal_no, person, post)
            officer = Officer.objects.create(
                ref=_unused_ref(),
                personal_no=personal_no.replace(" ", ""),
                personal_key=key,
                number_series=organisation.number_series,
                **{name: person.get(name) or (None if name == "upn" else "") for name in OF_OFFICER},
            )
            return _in_post(actor, officer, "officer added", organisation, on, post)
    except IntegrityError:  # another did the same in the same moment
        raise Refused(_("This officer has just been added. Look at the staff list."), code="added_already")


def _unused_ref():
    """Of a million officers' references, one drawn in seven hundred is taken."""
    while Officer.objects.filter(ref=(ref := new_ref())).exists():
        pass
    return ref


def _may_add(actor, organisation, on):
    if not policies.may_keep_at(actor, organisation.pk):
        raise Refused(_("You may add officers to your own MDA and those under it."))
    postings.sane(actor, on)
    postings.in_being(organisation, on)


def _known(organisation, key, person):
    """Whom the numbers mean: by UPN first, then by number in the MDA's series. Refused when that is somebody else by name."""
    by_upn = Officer.objects.filter(upn=person["upn"]).first() if person.get("upn") else None
    by_number = Officer.objects.filter(number_series=organisation.number_series, personal_key=key).first()
    if by_upn and by_number and by_upn != by_number:
        raise Refused(_("The UPN belongs to one officer and the personal number to another. Correct one of them."))
    known = by_upn or by_number
    if known is None:
        return None
    known = history.locked([known.pk])[known.pk]
    if known.surname.casefold() != person["surname"].strip().casefold():
        raise Refused(_("The register has this number under another name. Check the number and the surname."), code="other_name")
    if known.upn and person.get("upn") and known.upn != person["upn"]:
        raise Refused(_("The register has this personal number with another UPN. Correct the number or the UPN."))
    return known


def _back(actor, officer, organisation, on, personal_no, person, post):
    last = officer.posts[-1] if officer.posts else None
    if officer.merged_into_id:
        raise Refused(_("The record with this number was merged into another. Look for the officer by name."))
    if last and (last.during.upper is None or last.during.upper > on):
        if actor.covers(last.organisation_id):
            raise Refused(
                _("The officer is on the register already: %(officer)s (%(ref)s).") % {"officer": officer, "ref": officer.ref}
            )
        raise Refused(_("The officer is in post in another MDA. Ask for the transfer instead."), code="in_post_elsewhere")
    fields = {n: v for n in OF_OFFICER if (v := person.get(n)) and v != getattr(officer, n)}
    said = {n: (getattr(officer, n), v) for n, v in fields.items()}
    for name, value in fields.items():
        setattr(officer, name, value)
    officer.save(update_fields=list(fields))
    said |= numbers.renumber(officer, numbers.renumbered(officer, organisation, personal_no))
    return _in_post(actor, officer, "officer back in post", organisation, on, post, said)


def _in_post(actor, officer, verb, organisation, on, post, said=None):
    Posting.objects.create(officer=officer, organisation=organisation, during=DateRange(on, None), **post)
    said = (said or {}) | {"organisation": ("", organisation), "cadre": ("", post["cadre"])}
    trail.record(actor, verb, officer, said, _("in post from %(day)s") % {"day": on})
    changes.postings_changed([officer.pk])
    return officer


@transaction.atomic
def correct(actor, *, officer, personal_no=None, **person):
    """Corrects names, numbers and contacts: what is given replaces what is on record. Returns the officer."""
    officer = history.locked([officer.pk])[officer.pk]
    if not policies.may_keep_officer(actor, officer):
        raise Refused(_("HR officers, authorised officers and administrators keep the register."))
    person = {name: value for name, value in person.items() if name in OF_OFFICER}
    if "upn" in person:
        person["upn"] = person["upn"] or None
        if person["upn"] and Officer.objects.filter(upn=person["upn"]).exclude(pk=officer.pk).exists():
            sentence = _("Another officer has this UPN.")
            raise Refused.of("upn", sentence, "number_taken")
    said = {n: (getattr(officer, n) or "", v or "") for n, v in person.items() if (getattr(officer, n) or "") != (v or "")}
    for name in said:
        setattr(officer, name, person[name])
    if personal_no and (number := _number(officer, personal_no)):
        said |= numbers.renumber(officer, number)
    if not said:
        return officer
    officer.save(update_fields=[name for name in said if name in OF_OFFICER])
    trail.record(actor, "officer corrected", officer, said)
    return officer


def _number(officer, personal_no):
    key = numbers.key_of(personal_no)
    shown = personal_no.replace(" ", "")
    if shown == officer.personal_no:
        return None
    numbers.free(officer.number_series, key, besides=officer.pk)
    return {"personal_no": shown, "personal_key": key}
