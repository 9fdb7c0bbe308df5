"""The week's figures by mail: the nation to HOPS, their MDA to HR and authorised officers, to HR officers with what waits for them.
Counts, no names; one mail a week each."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from centres.models import Membership, Role
from centres.services import registers
from cse_portal.lib.templatetags.cse import long_day, percent
from cse_portal.notices import outbox
from cse_portal.oversight.figures import Figures

from .to_do import ToDo

READERS = (Role.HOPS, Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


@transaction.atomic
def send(actor, on):
    """Queues the digest of the week that holds the day; returns how many were offered. The outbox drops what went already."""
    read, waits = Figures(on), ToDo(on)
    year, week, _day = on.isocalendar()
    groups, notices = {}, []
    hats = Membership.objects.on(on).filter(role__in=READERS, user__is_active=True).select_related("user", "organisation")
    for hat in hats.order_by("pk"):
        place = None if hat.role == Role.HOPS else hat.organisation
        pk = place and place.pk
        if place and pk not in read.registers:
            continue
        if pk not in groups:
            groups[pk] = read.mda(place) if place else read.national
        with translation.override(hat.user.language):
            subject, body = text(read, groups[pk], place, hat.user)
            if hat.role == Role.HR_OFFICER and (lines := waits.lines(registers.tree(read.registers, pk))):
                body = "\n".join([body, "", _("What waits for you:"), *lines, settings.SITE_URL])
        notices.append(
            outbox.notice(
                key=f"figures-digest:{hat.pk}:{year}-{week:02d}", to=hat.user.email, subject=subject, body=body,
                language=hat.user.language, about=place,
            )
        )  # fmt: skip
    outbox.queue_many(notices)
    return len(notices)


def text(read, group, place, reader):
    """(subject, body) in the language of the moment: a line for each cadre and one for all, as on the page."""
    name = place.name if place else _("All MDAs")
    words = {"name": reader, "place": name, "day": long_day(read.on), "share": percent(group.count.coverage)}
    subject = _("%(place)s: %(share)s up to date, %(overdue)s overdue") % (words | {"overdue": f"{group.count.overdue:,}"})
    lines = [line(cadre.name, group.cadres[cadre.pk]) for cadre in read.cadres] + [line(_("All cadres"), group.count)]
    known = _("%(n)s of %(m)s MDAs; %(k)s officers at last return, unknown") % {
        "n": group.known, "m": group.of, "k": f"{group.unknown_officers:,}",
    }  # fmt: skip
    address = reverse("oversight:organisation", args=[place.code]) if place else reverse("oversight:overview")
    url = f"{settings.SITE_URL}{address}?on={read.on.isoformat()}"
    first = (
        _("%(name)s,\n\nfigures of %(place)s as of %(day)s, with all MDAs below it:")
        if place
        else _("%(name)s,\n\nfigures of all MDAs as of %(day)s:")
    )
    return subject, "\n".join([first % words, "", *lines, "", known, url])


def line(name, count):
    """A cadre's figures in one line."""
    parts = [
        (_("in post"), count.in_post),
        (_("up to date"), count.current),
        (pgettext("training", "due"), count.due),
        (_("overdue"), count.overdue),
        (_("waived"), count.waived),
        (_("excused"), count.excused),
        (_("not required"), count.not_required),
    ]
    said = "; ".join(f"{word} {n:,}" for word, n in parts)
    return f"{name}: {said}; {percent(count.coverage)}"
