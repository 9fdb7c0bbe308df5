"""Waivers: asked for by the MDA's HR officer, decided by another person, ending by themselves."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Posting, ReportingLine, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import policies
from training.compliance import spans
from training.models import Waiver

from .reaching import lock_officers, notice_to

LONGEST_MONTHS = 24  # docs/decisions.md
State = Waiver.State


def _period(first, last):
    if last < first:
        raise Refused.of("last", _("The last day lies before the first."), "dates")
    if last >= clock.add_months(first, LONGEST_MONTHS):
        raise Refused.of(
            "last", _("A waiver lasts at most %(n)s months; ask again when it ends.") % {"n": LONGEST_MONTHS}, "too_long"
        )
    return DateRange(first, last + dt.timedelta(days=1))


@transaction.atomic
def request_many(actor, *, officers, first, last, reason, dry_run=False):
    """Asks for the same waiver for many officers (ids), both days included: (how many, [(officer id, why not)]).

    `dry_run`: nothing is written."""
    if not policies.may_ask_for_waiver(actor):
        raise Refused(
            _("Only an HR officer asks for waivers, for officers of the own MDA and the MDAs below it."), code="not_allowed"
        )
    during, reason = _period(first, last), reason.strip()
    if not reason:
        raise Refused.of("reason", _("Say why the officer is to be waived."), "reason")
    wanted = set(officers)
    locked = lock_officers(wanted) if not dry_run else dict.fromkeys(wanted)
    posts = Posting.objects.on(actor.today).filter(officer__in=list(locked), organisation__in=actor.organisation_ids)
    posts = {p.officer_id: p for p in posts.select_related("officer", "organisation")}
    clashes = Waiver.objects.filter(
        officer__in=list(posts), during__overlap=during, state__in=[State.REQUESTED, State.APPROVED, State.ENDED]
    )
    clashes = {w.officer_id: w for w in clashes}
    skipped = [(pk, _("Not in post in your MDA today.")) for pk in sorted(wanted - set(posts))]
    for pk, waiver in sorted(clashes.items()):
        words = {"first": long_day(waiver.during.lower), "last": long_day(waiver.last_day)}
        if waiver.state == State.REQUESTED:
            skipped.append((pk, _("A waiver from %(first)s to %(last)s is asked for already.") % words))
        else:
            skipped.append((pk, _("Waived from %(first)s to %(last)s already.") % words))
    asked = [p for pk, p in sorted(posts.items()) if pk not in clashes]
    if dry_run or not asked:
        return len(asked), skipped
    made = Waiver.objects.bulk_create(
        [
            Waiver(
                officer=p.officer, organisation=p.organisation, reason=reason, during=during,
                requested_by=actor.user, requested_at=clock.now(),
            )
            for p in asked
        ],
        batch_size=2000,
    )  # fmt: skip
    trail.record_many([trail.entry(actor, "asked for waiver", w, {"waived": (None, w.during)}, reason) for w in made])
    outbox.queue_many(_to_be_decided(made, actor.today))
    return len(made), skipped


def request(actor, *, officer, first, last, reason):
    """Asks for one waiver; refused with the sentence that says why not."""
    done, skipped = request_many(actor, officers=[officer.pk], first=first, last=last, reason=reason)
    if not done:
        raise Refused(f"{officer}: {skipped[0][1]}", code="not_eligible")
    return Waiver.objects.filter(officer=officer, state=State.REQUESTED).latest("pk")


def deciders(organisation_ids, on):
    """{organisation id: [Membership]}: the authorised officers of the MDA, or of the nearest above it that has any."""
    held = {}
    for hat in Membership.objects.on(on).filter(role=Role.AUTHORISED_OFFICER).select_related("user", "organisation"):
        held.setdefault(hat.organisation_id, []).append(hat)
    above = dict(ReportingLine.objects.filter(during__contains=on).values_list("organisation", "parent"))
    found = {}
    for pk in organisation_ids:
        place, seen = pk, set()
        while place is not None and place not in held and place not in seen:
            seen.add(place)
            place = above.get(place)
        found[pk] = held.get(place, [])
    return found


def to_decide(scope):
    """What waits for this authorised officer: not what the same person asked for, nor one's own."""
    if not policies.may_decide_waiver(scope):
        return Waiver.objects.none()
    waiting = Waiver.objects.visible_to(scope).filter(state=State.REQUESTED)
    return waiting.exclude(requested_by=scope.user).exclude(officer__user=scope.user)


def _to_be_decided(waivers, on):
    """One notice to each who may decide, however many were asked for at once."""
    hats, asked = deciders({w.organisation_id for w in waivers}, on), {}
    for w in waivers:
        for hat in hats[w.organisation_id]:
            asked.setdefault(hat, []).append(w)
    for hat, theirs in asked.items():
        with translation.override(hat.user.language):
            n, first = len(theirs), theirs[0]
            words = {"name": hat.user, "n": n, "mda": hat.organisation, "reason": first.reason, "site": settings.SITE_URL}
            words |= {"first": long_day(first.during.lower), "last": long_day(first.last_day)}
            subject = ngettext("%(n)s waiver waits for your decision", "%(n)s waivers wait for your decision", n) % words
            body = (
                ngettext(
                    "%(name)s,\n\n%(n)s waiver of training from %(first)s to %(last)s is asked for at %(mda)s.\nReason: %(reason)s\n\n%(site)s/waivers/?state=requested",
                    "%(name)s,\n\n%(n)s waivers of training from %(first)s to %(last)s are asked for at %(mda)s.\nReason: %(reason)s\n\n%(site)s/waivers/?state=requested",
                    n,
                )
                % words
            )
        key = f"waiver-asked:{first.pk}:{hat.pk}"
        yield outbox.notice(
            key=key, to=hat.user.email, subject=subject, body=body, language=hat.user.language, about=hat.organisation
        )


def _held(actor, waiver):
    """The waiver under lock, its officer locked first; gone out of sight since the page was opened: refused."""
    lock_officers([waiver.officer_id])
    found = (
        Waiver.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("officer__user", "requested_by", "organisation")
    )
    found = found.filter(pk=waiver.pk).first()
    if found is None:
        raise Refused(_("The officer is no longer in your MDA."), code="not_yours")
    return found


def _decide(actor, waiver, state, reason):
    waiver = _held(actor, waiver)
    if not policies.may_decide_waiver(actor, waiver):
        raise Refused(_("A waiver is decided by an authorised officer of the MDA who did not ask for it."), code="not_allowed")
    if waiver.state != State.REQUESTED:
        if waiver.state == state:
            return waiver, False
        raise Refused(_("This waiver is %(state)s already.") % {"state": waiver.get_state_display().lower()}, code="decided")
    was, waiver.state, waiver.decision_reason = waiver.state, state, reason.strip()
    waiver.decided_by, waiver.decided_at = actor.user, clock.now()
    waiver.save(update_fields=["state", "decision_reason", "decided_by", "decided_at"])
    trail.record(
        actor, "approved" if state == State.APPROVED else "refused", waiver, {"state": (was, state)}, waiver.decision_reason
    )
    outbox.queue_many(_decided(waiver))
    return waiver, True


@transaction.atomic
def approve(actor, *, waiver, reason=""):
    """From now on the officer counts as waived on these days. Approving again does nothing more."""
    waiver, changed = _decide(actor, waiver, State.APPROVED, reason)
    if changed:
        spans.refresh([waiver.officer_id])
    return waiver


@transaction.atomic
def approve_many(actor, *, waivers):
    """Approves those of a list, all or none: how many."""
    waivers = sorted(waivers, key=lambda w: w.officer_id)
    lock_officers([w.officer_id for w in waivers])
    changed = [w.officer_id for w in waivers if _decide(actor, w, State.APPROVED, "")[1]]
    if changed:
        spans.refresh(changed)
    return len(changed)


@transaction.atomic
def refuse(actor, *, waiver, reason):
    """No waiver; whoever asked is told why."""
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is refused."), "reason")
    return _decide(actor, waiver, State.REFUSED, reason)[0]


@transaction.atomic
def withdraw(actor, *, waiver):
    """The request is taken back before anyone decided."""
    waiver = _held(actor, waiver)
    if waiver.state == State.WITHDRAWN:
        return waiver
    if waiver.state != State.REQUESTED:
        raise Refused(_("This waiver is decided; end it early instead."), code="decided")
    if not policies.may_withdraw_waiver(actor, waiver):
        raise Refused(_("An HR officer of the MDA withdraws a request."), code="not_allowed")
    waiver.state = State.WITHDRAWN
    waiver.save(update_fields=["state"])
    trail.record(actor, "withdrew", waiver, {"state": (State.REQUESTED, State.WITHDRAWN)})
    return waiver


@transaction.atomic
def end_early(actor, *, waiver, on, reason):
    """From `on`, today or later, the officer is no longer waived; a waiver that has not begun by then is withdrawn."""
    waiver = _held(actor, waiver)
    if not policies.may_end_waiver(actor, waiver):
        raise Refused(_("HR and authorised officers of the MDA end its waivers."), code="not_allowed")
    if waiver.state != State.APPROVED or waiver.during.upper <= actor.today:
        raise Refused(_("Only a waiver in force is ended early."), code="not_in_force")
    if not reason.strip():
        raise Refused.of("reason", _("Say why it ends early."), "reason")
    if on < actor.today:
        raise Refused.of("on", _("A waiver ends today or later; days that have passed stay as they were."), "dates")
    if on >= waiver.during.upper:
        raise Refused.of("on", _("It ends by itself before that."), "dates")
    was = waiver.during
    if on <= was.lower:
        waiver.state = State.WITHDRAWN
    else:
        waiver.state, waiver.during = State.ENDED, DateRange(was.lower, on)
    waiver.save(update_fields=["state", "during"])
    trail.record(
        actor, "ended early", waiver, {"state": (State.APPROVED, waiver.state), "waived": (was, waiver.during)}, reason.strip()
    )
    outbox.queue_many(_ended(waiver, on))
    spans.refresh([waiver.officer_id])
    return waiver


def _decided(waiver):
    """To the officer when approved; to whoever asked in any case."""
    officer, asked = waiver.officer, waiver.requested_by
    approved = waiver.state == State.APPROVED
    for language, who in [(officer.user.language if officer.user else "en", officer), (asked.language if asked else "en", asked)]:
        if who is None or (who is officer and not approved):
            continue
        with translation.override(language):
            words = {
                "name": officer,
                "first": long_day(waiver.during.lower),
                "last": long_day(waiver.last_day),
                "reason": waiver.decision_reason,
            }
            if approved:
                subject = _("Waived from training, %(first)s to %(last)s: %(name)s") % words
                body = (
                    _(
                        "%(name)s is waived from training from %(first)s to %(last)s. After that the requirement returns by itself."
                    )
                    % words
                )
            else:
                subject = _("Waiver refused: %(name)s") % words
                body = _("The waiver of %(name)s from %(first)s to %(last)s is refused.\nReason: %(reason)s") % words
        if who is officer:
            yield from notice_to(officer, f"waiver-{waiver.state}:{waiver.pk}", subject, body, waiver, language)
        else:
            yield outbox.notice(
                key=f"waiver-{waiver.state}:{waiver.pk}:asked",
                to=asked.email,
                subject=subject,
                body=body,
                language=language,
                about=waiver,
            )


def _ended(waiver, on):
    officer = waiver.officer
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        words = {"name": officer, "day": long_day(on)}
        subject = _("Your waiver from training ends on %(day)s") % words
        body = _("%(name)s,\n\nfrom %(day)s the training required of you is due again.") % words
    yield from notice_to(officer, f"waiver-ended:{waiver.pk}", subject, body, waiver, language)
