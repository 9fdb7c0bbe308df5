"""Quarterly returns: opened when the quarter ends, filed by HR, signed by another, restated when what was signed proved wrong."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Organisation, Role, Succession
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from cse_portal.oversight import policies
from cse_portal.oversight.models import QuarterlyReturn

from . import return_figures

State = QuarterlyReturn.State


def last_ended(on):
    """The last day of the latest quarter that has ended before the day."""
    return on.replace(day=1, month=(on.month - 1) // 3 * 3 + 1) - dt.timedelta(days=1)


@transaction.atomic
def open_ended(actor, on):
    """Opens the return of every counted MDA for the quarter that has ended, and for those that a missed night left out; returns
    how many were opened. An MDA that proves to be counted later gets its return of the latest quarter then."""
    last = last_ended(on)
    begun = QuarterlyReturn.objects.order_by("quarter_ends").values_list("quarter_ends", flat=True).first() or last
    there = set(QuarterlyReturn.objects.values_list("quarter_ends", flat=True).distinct())
    opened, day = 0, begun
    while day <= last:
        if day == last or day not in there:
            opened += _open(actor, day)
        day = clock.quarter_end(day + dt.timedelta(days=1))
    return opened


def _open(actor, quarter_ends):
    have = QuarterlyReturn.objects.filter(quarter_ends=quarter_ends, restates=None).values("organisation")
    counted = Organisation.objects.in_being(quarter_ends).counted(quarter_ends).exclude(pk__in=have)
    made = [QuarterlyReturn(organisation=organisation, quarter_ends=quarter_ends) for organisation in counted]
    QuarterlyReturn.objects.bulk_create(made, ignore_conflicts=True)  # two tasks at once open each once
    opened = list(QuarterlyReturn.objects.filter(ref__in=[one.ref for one in made]).select_related("organisation"))
    trail.record_many([trail.entry(actor, "opened return", one) for one in opened])
    return len(opened)


def locked(quarterly):
    return QuarterlyReturn.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=quarterly.pk)


@transaction.atomic
def file(actor, quarterly, *, comment=""):
    """Freezes the figures as the ledger has them now and hands the return to the authorised officer."""
    quarterly = locked(quarterly)
    if not policies.may_file_return(actor, quarterly):
        raise Refused(_("An HR officer of the MDA files its return."), code="not_yours")
    if quarterly.state != State.OPEN:
        raise Refused(_("This return has been filed already."), code="filed")
    return _file(actor, quarterly, comment)


def _file(actor, quarterly, comment):
    quarterly.figures = return_figures.take(quarterly.organisation, quarterly.quarter_ends)
    quarterly.state, quarterly.comment = State.FILED, comment.strip()
    quarterly.filed_by, quarterly.filed_at = actor.user, clock.now()
    quarterly.save()
    note = quarterly.restatement_reason or quarterly.comment
    trail.record(actor, "filed return", quarterly, {"state": (State.OPEN, State.FILED)}, note=note)
    _tell(
        quarterly, Role.AUTHORISED_OFFICER, "filed",
        lambda words: _("Return of %(quarter)s waits for your signature") % words,
        lambda words: _("%(name)s,\n\nthe return of %(mda)s for %(quarter)s has been filed and waits for your signature.\n\n%(url)s") % words,
    )  # fmt: skip
    return quarterly


@transaction.atomic
def sign(actor, quarterly):
    """The authorised officer puts the MDA's name to the figures. Nothing of a signed return changes any more."""
    quarterly = locked(quarterly)
    _check_filed(actor, quarterly)
    if quarterly.filed_by_id == actor.user.pk:
        raise Refused(_("You filed this return; another authorised officer signs it."), code="own_filing")
    quarterly.state, quarterly.signed_by, quarterly.signed_at = State.SIGNED, actor.user, clock.now()
    quarterly.save()
    trail.record(actor, "signed return", quarterly, {"state": (State.FILED, State.SIGNED)})
    return quarterly


@transaction.atomic
def send_back(actor, quarterly, *, reason):
    """The authorised officer does not sign: HR files again, with the figures of that day."""
    quarterly = locked(quarterly)
    _check_filed(actor, quarterly)
    if not reason.strip():
        raise Refused.of("reason", _("Say what is to be put right."))
    quarterly.state, quarterly.figures, quarterly.filed_by, quarterly.filed_at = State.OPEN, None, None, None
    quarterly.save()
    entry = trail.record(actor, "sent return back", quarterly, {"state": (State.FILED, State.OPEN)}, note=reason.strip())
    _tell(
        quarterly, Role.HR_OFFICER, f"sent-back-{entry.pk}",
        lambda words: _("Return of %(quarter)s was sent back") % words,
        lambda words: _("%(name)s,\n\nthe return of %(mda)s for %(quarter)s was not signed.\nReason: %(reason)s\n\nPut it right and file it again:\n%(url)s") % (words | {"reason": reason.strip()}),
    )  # fmt: skip
    return quarterly


@transaction.atomic
def restate(actor, quarterly, *, reason, comment=""):
    """Files new figures for a quarter whose return is signed. The first stays as signed; both are shown side by side."""
    signed = locked(quarterly)
    if not policies.may_file_return(actor, signed):
        raise Refused(_("An HR officer of the MDA files its return."), code="not_yours")
    if signed.state != State.SIGNED:
        raise Refused(_("Only a signed return is restated; this one can still be filed again."), code="not_signed")
    if QuarterlyReturn.objects.filter(restates=signed).exists():
        raise Refused(_("This return has been restated already: restate the latest."), code="restated")
    if not reason.strip():
        raise Refused(
            _("Say why the signed figures no longer hold."), fields={"reason": [_("Say why the signed figures no longer hold.")]}
        )
    if not return_figures.restated_since([signed]) and comment.strip() in ("", signed.comment):
        raise Refused(_("The figures are as signed: there is nothing to restate."), code="unchanged")
    made = QuarterlyReturn.objects.create(
        organisation=signed.organisation, quarter_ends=signed.quarter_ends, restates=signed, restatement_reason=reason.strip()
    )
    return _file(actor, made, comment or signed.comment)


def _check_filed(actor, quarterly):
    if not policies.may_sign_return(actor, quarterly):
        raise Refused(_("An authorised officer of the MDA signs its return."), code="not_yours")
    if quarterly.state == State.SIGNED:
        raise Refused(_("This return is signed."), code="signed")
    if quarterly.state != State.FILED:
        raise Refused(_("This return has not been filed yet."), code="not_filed")


def signers(organisation_ids, on):
    """{(organisation id, role): [active users]} of HR and authorised officers there; where an MDA has ended, of its successors."""
    ended = Succession.objects.filter(predecessor__in=organisation_ids, on__lte=on).exclude(predecessor__during__contains=on)
    answer = {pk: [pk] for pk in organisation_ids}
    for predecessor, successor in ended.values_list("predecessor", "successor"):
        answer[predecessor].append(successor)
    places = {place for places in answer.values() for place in places}
    hats = Membership.objects.on(on).filter(role__in=policies.RETURNING, organisation__in=places, user__is_active=True)
    there = {}
    for hat in hats.select_related("user").order_by("pk"):
        there.setdefault((hat.organisation_id, hat.role), []).append(hat.user)
    return {
        (pk, role): [user for place in places for user in there.get((place, role), [])]
        for pk, places in answer.items()
        for role in policies.RETURNING
    }


def address(quarterly):
    return settings.SITE_URL + quarterly.get_absolute_url()


def _tell(quarterly, role, why, subject, body):
    """One notice to each who has the role at the MDA; `subject` and `body` make their text of words, in the reader's language."""
    notices = []
    for user in signers([quarterly.organisation_id], clock.today()).get((quarterly.organisation_id, role), []):
        with translation.override(user.language):
            words = {"name": user, "mda": quarterly.organisation, "quarter": quarterly.quarter, "url": address(quarterly)}
            key = f"return-{why}:{quarterly.pk}:{quarterly.filed_at or ''}:{user.pk}"
            notices.append(
                outbox.notice(
                    key=key, to=user.email, subject=subject(words), body=body(words), language=user.language, about=quarterly
                )
            )
    outbox.queue_many(notices)
