"""What organisations are called, dated. `Organisation.name` is today's; `FormerName` holds the others, also those to come."""

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres.models import FormerName, Organisation
from cse_portal.lib.errors import Refused


def give(organisation, name, on, today):
    """The organisation is called `name` from that day. Refused where a later name is on record."""
    rows = list(organisation.former_names.all())
    begins = max((r.during.upper for r in rows if r.during.upper and r.during.upper <= today), default=organisation.during.lower)
    to_come = sorted((r for r in rows if r.during.lower and r.during.lower > today), key=lambda r: r.during.lower)
    if (begins and begins > on) or any(r.during.lower >= on for r in to_come):
        raise Refused(
            _("%(name)s has a name on record that begins on that day or later.") % {"name": organisation}, code="later_change"
        )
    others = Organisation.objects.in_being(on).named(on).exclude(pk=organisation.pk)
    if others.filter(name_then__iexact=name).exists():
        raise Refused(_("Another organisation is called “%(name)s”.") % {"name": name}, code="name_taken")
    if on <= today:
        if begins != on:
            FormerName.objects.create(organisation=organisation, name=organisation.name, during=DateRange(begins, on))
        organisation.name = name
        organisation.save(update_fields=["name"])
    else:
        for last in to_come[-1:]:
            last.during = DateRange(last.during.lower, on)
            last.save(update_fields=["during"])
        FormerName.objects.create(organisation=organisation, name=name, during=DateRange(on, None))


def settle(today):
    """Names whose day has come become the name. Returns the ids of organisations renamed."""
    renamed = []
    for row in FormerName.objects.filter(during__contains=today).select_related("organisation"):
        organisation, begins = row.organisation, row.during.lower
        past = organisation.former_names.filter(during__endswith__lte=begins).order_by("-during").first()
        since = past.during.upper if past else organisation.during.lower
        name, row.name, row.during = row.name, organisation.name, DateRange(since, begins)
        row.save(update_fields=["name", "during"])
        organisation.name = name
        organisation.save(update_fields=["name"])
        renamed.append(organisation.pk)
    return renamed
