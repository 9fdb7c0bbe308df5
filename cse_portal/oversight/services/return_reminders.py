"""Reminders of quarterly returns: before the due day, on it, and when late; and whenever HOPS asks."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from cse_portal.oversight import policies
from cse_portal.oversight.models import QuarterlyReturn

from .returns import address, last_ended, signers

AHEAD = 5  # days before the due day on which the first reminder goes


@transaction.atomic
def remind(actor, on):
    """Queues what is wanting on the day to HR and authorised officers, each stage once; returns how many were offered."""
    quarter_ends = last_ended(on)
    due = quarter_ends + dt.timedelta(days=settings.RETURN_DUE_DAYS)
    if on < due - dt.timedelta(days=AHEAD):
        return 0
    stage = "soon" if on < due else "today" if on == due else "late"
    waiting = QuarterlyReturn.objects.filter(quarter_ends=quarter_ends, restates=None).exclude(state=QuarterlyReturn.State.SIGNED)
    notices, _alone = _notices(waiting.select_related("organisation"), due, on, f"return-{stage}")
    outbox.queue_many(notices)
    return len(notices)


@transaction.atomic
def remind_of(actor, quarterlies, on):
    """HOPS reminds of these returns, at most once a day each: (returns reminded of, MDAs without anyone to remind)."""
    if not policies.may_remind_of_returns(actor):
        raise Refused(_("HOPS reminds MDAs of their returns."), code="not_yours")
    waiting = [one for one in quarterlies if one.state != QuarterlyReturn.State.SIGNED]
    if not waiting:
        raise Refused(_("None of these returns is wanting: all are signed."), code="nothing_wanting")
    notices, alone = [], []
    for quarter_ends in {one.quarter_ends for one in waiting}:
        due = quarter_ends + dt.timedelta(days=settings.RETURN_DUE_DAYS)
        more, without = _notices([one for one in waiting if one.quarter_ends == quarter_ends], due, on, f"return-reminder-{on}")
        notices += more
        alone += without
    outbox.queue_many(notices)
    reached = [one for one in waiting if one not in alone]
    trail.record_many([trail.entry(actor, "reminded of return", one) for one in reached])
    return len(reached), [one.organisation for one in alone]


def _notices(waiting, due, on, why):
    """([Notice] for all who have a part in these returns, [returns of MDAs where nobody has])."""
    waiting = list(waiting)
    people = signers([one.organisation_id for one in waiting], on)
    notices, alone = [], []
    for one in waiting:
        users = {user.pk: user for role in policies.RETURNING for user in people.get((one.organisation_id, role), [])}
        if not users:
            alone.append(one)
        for user in users.values():
            signs = user in people.get((one.organisation_id, Role.AUTHORISED_OFFICER), [])
            with translation.override(user.language):
                subject, body = _text(one, user, due, on, signs)
            key = f"{why}:{one.pk}:{user.pk}"
            notices.append(outbox.notice(key=key, to=user.email, subject=subject, body=body, language=user.language, about=one))
    return notices, alone


def _text(quarterly, user, due, on, signs):
    limit = due + dt.timedelta(days=settings.RETURN_LATE_DAYS)
    words = {
        "name": user,
        "mda": quarterly.organisation,
        "quarter": quarterly.quarter,
        "day": long_day(due),
        "limit": long_day(limit),
        "url": address(quarterly),
    }
    if on <= due:
        subject = _("Return of %(quarter)s is due by %(day)s") % words
        first = _("the return of %(mda)s for %(quarter)s is due by %(day)s.") % words
    elif on <= limit:
        subject = _("Return of %(quarter)s is late") % words
        first = _("the return of %(mda)s for %(quarter)s was due by %(day)s. After %(limit)s it is not admissible.") % words
    else:
        subject = _("Return of %(quarter)s is missing") % words
        first = (
            _("the return of %(mda)s for %(quarter)s was due by %(day)s. It can still be filed, and is marked as not admissible.")
            % words
        )
    if quarterly.state == QuarterlyReturn.State.FILED:
        act = (
            _("It has been filed and waits for your signature:")
            if signs
            else _("It has been filed and waits for the signature of the authorised officer:")
        )
    else:
        act = (
            _("An HR officer files it; you sign it:")
            if signs
            else _("Its figures are filled in: look at them, comment and file it:")
        )
    return subject, f"{_('%(name)s,') % words}\n\n{first}\n{act}\n{words['url']}"
