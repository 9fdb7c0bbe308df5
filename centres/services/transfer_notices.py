"""What the HR officers of both MDAs are told of a transfer: one notice a person, however many officers it concerns."""

import datetime as dt
import hashlib
from collections import defaultdict

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Role, TransferRequest
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox

# Its own HR and authorised officers; where an MDA has none, those of the nearest MDA above that has.
ABOVE = """
WITH RECURSIVE up (organisation_id, at_id, level) AS (
    SELECT id, id, 0 FROM centres_organisation WHERE id = ANY (%(ids)s)
    UNION
    SELECT up.organisation_id, l.parent_id, up.level + 1
    FROM up JOIN centres_reportingline l ON l.organisation_id = up.at_id AND l.during @> %(on)s::date WHERE up.level < 20
), hats AS (
    SELECT up.organisation_id, m.id, up.level, min(up.level) OVER (PARTITION BY up.organisation_id) AS nearest
    FROM up JOIN centres_membership m ON m.organisation_id = up.at_id
    WHERE m.during @> %(on)s::date AND m.role IN ('hr_officer', 'authorised_officer')
)
SELECT organisation_id, id FROM hats WHERE level = nearest
"""
MOST_NAMED = 20
REMINDED = dt.timedelta(days=3)  # before the day of release
SIDES = {
    "asked": ["from", "to"],
    "accepted": ["from", "to"],
    "released": ["from", "to"],
    "disputed": ["from", "to"],
    "withdrawn": ["from", "to"],
    "stays": ["from", "to"],
}


def keepers(organisation_ids, on):
    """{organisation id: [Membership]} of those to be told: HR officers, or the authorised officers where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, {"ids": list(organisation_ids), "on": on})
        rows = cursor.fetchall()
    hats = Membership.objects.select_related("user").in_bulk({hat for _organisation, hat in rows})
    found = defaultdict(list)
    for organisation, hat in rows:
        found[organisation].append(hats[hat])
    return {organisation: [h for h in some if h.role == Role.HR_OFFICER] or some for organisation, some in found.items()}


def tell(event, transfers, besides=None):
    """Queues the notices of one event ("asked", "accepted", …) about these transfers, to everyone but the user `besides`."""
    told = defaultdict(list)
    for transfer in transfers:
        for side in SIDES[event]:
            told[getattr(transfer, f"{side}_organisation_id"), side].append(transfer)
    if not told:
        return
    hats = keepers({organisation for organisation, _side in told}, clock.today())
    outbox.queue_many(
        _notice(event, side, some, hat)
        for (organisation, side), some in told.items()
        for hat in hats.get(organisation, [])
        if hat.user != besides
    )


def remind(on):
    """Once, three days before: what is not answered will be released. Missed nights are caught up."""
    soon = TransferRequest.objects.filter(state=TransferRequest.State.REQUESTED, answer_by__gt=on, answer_by__lte=on + REMINDED)
    told = defaultdict(list)
    for transfer in soon.select_related("officer", "from_organisation", "to_organisation"):
        told[transfer.from_organisation_id, transfer.answer_by].append(transfer)
    hats = keepers({organisation for organisation, _day in told}, on)
    outbox.queue_many(
        _notice("remind", "from", some, hat, key=f"transfer-remind:{organisation}:{day}:{hat.pk}")
        for (organisation, day), some in told.items()
        for hat in hats.get(organisation, [])
    )


def _notice(event, side, transfers, hat, key=None):
    user = hat.user
    with translation.override(user.language):
        subject, sentence = _words(event, side, transfers)
        named = "\n".join(_line(t) for t in transfers[:MOST_NAMED])
        if len(transfers) > MOST_NAMED:
            named += "\n" + _("… and %(n)s more") % {"n": len(transfers) - MOST_NAMED}
        place = f"/transfers/{transfers[0].ref}/" if len(transfers) == 1 else "/transfers/"
        body = f"{user},\n\n{sentence}\n\n{named}\n\n{settings.SITE_URL}{place}"
    refs = hashlib.sha256(" ".join(sorted(t.ref for t in transfers)).encode()).hexdigest()[:16]
    return outbox.notice(
        key=key or f"transfer-{event}-{side}:{refs}:{hat.pk}",
        to=user.email,
        subject=subject,
        body=body,
        language=user.language,
        about=transfers[0],
    )


def _line(transfer):
    words = {"officer": transfer.officer, "losing": transfer.from_organisation, "gaining": transfer.to_organisation}
    words |= {"day": long_day(transfer.on), "ref": transfer.ref}
    line = _("%(officer)s: %(losing)s to %(gaining)s, from %(day)s (%(ref)s)") % words
    return f"{line}. {transfer.reason}" if transfer.reason else line


def _words(event, side, transfers):
    """(subject, sentence)."""
    n = len(transfers)
    words = {"n": n, "day": long_day(min(t.answer_by for t in transfers))}
    if event == "asked" and side == "to":
        return (
            ngettext("%(n)s officer is asked for on your behalf", "%(n)s officers are asked for on your behalf", n) % words,
            _("The MDA where they serve answers by %(day)s. Nothing moves before that.") % words,
        )
    if event == "remind":
        return (
            ngettext("%(n)s transfer waits for your answer", "%(n)s transfers wait for your answer", n) % words,
            _("What is not answered is released on %(day)s.") % words,
        )
    if event == "asked":
        return (
            ngettext("%(n)s officer is asked for by another MDA", "%(n)s officers are asked for by other MDAs", n) % words,
            _("Accept or dispute by %(day)s. What is not answered by then is released on that day.") % words,
        )
    if event == "accepted":
        return ngettext("%(n)s transfer accepted", "%(n)s transfers accepted", n) % words, _("The posts change on the day named.")
    if event == "released":
        return (
            ngettext("%(n)s transfer released", "%(n)s transfers released", n) % words,
            _("The losing MDA did not answer within 14 days. The posts change on the day named."),
        )
    if event == "disputed":
        return (
            ngettext("%(n)s transfer disputed", "%(n)s transfers disputed", n) % words,
            _(
                "The losing MDA says why. Its authorised officer, or an administrator, settles it; the gaining MDA may withdraw it."
            ),
        )
    if event == "stays":
        return ngettext("%(n)s transfer turned down", "%(n)s transfers turned down", n) % words, _(
            "The officer stays in the old MDA."
        )
    return ngettext("%(n)s transfer withdrawn", "%(n)s transfers withdrawn", n) % words, _("Nothing changes.")
