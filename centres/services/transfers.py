"""Transfers: the gaining MDA asks, the losing MDA accepts or disputes, and silence for 14 days releases. Never a silent move.

Moving ends the old post on the day and opens the new one at the gaining MDA; training stays with the officer."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from centres import policies
from centres.models import Cadre, Centre, County, JobGroup, Officer, Organisation, Posting, Role, Succession, TransferRequest
from centres.services import changes, history, numbers, transfer_notices
from centres.services.history import Bulk
from centres.services.postings import in_being, sane
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.limits import spend
from cse_portal.lib.templatetags.cse import long_day

TO_ANSWER = dt.timedelta(days=14)
LOOK_UPS_AN_HOUR = 40
POST = {"cadre": Cadre, "job_group": JobGroup, "county": County, "centre": Centre}
TEXTS = ("designation", "terms", "personal_no")
State = TransferRequest.State


def to_answer(actor):
    """Open transfers that wait for this actor: requested of the actor's MDAs, or disputed and the actor's to settle."""
    states = (
        [State.REQUESTED, State.DISPUTED] if actor.role in (Role.AUTHORISED_OFFICER, Role.ADMINISTRATOR) else [State.REQUESTED]
    )
    waiting = TransferRequest.objects.visible_to(actor).filter(state__in=states)
    return waiting if actor.organisation_ids is None else waiting.filter(from_organisation__in=actor.organisation_ids)


def find(actor, *, surname, upn="", personal_no="", organisation=None):
    """The officer in post elsewhere whom a number and the surname mean. Refused in the same words whatever is wrong."""
    if actor.user and not spend(f"transfer-find:{actor.user.pk}", LOOK_UPS_AN_HOUR, 3600):
        raise Refused(_("Too many look-ups within the hour. Try again later."), code="too_many")
    if upn:
        found = Officer.objects.filter(upn=upn.replace(" ", ""))
    elif personal_no and organisation:
        found = Officer.objects.filter(personal_key=numbers.key_of(personal_no), number_series=organisation.number_series)
    else:
        raise Refused(_("Give the UPN, or the personal number and the MDA where the officer serves."))
    officer = found.filter(surname__iexact=surname.strip(), merged_into=None).first()
    if officer is None:
        raise Refused(_("No officer on the register has this number and this surname."), code="not_found")
    return officer


@transaction.atomic
def request(actor, *, officer, to, on, post):
    """Asks for an officer in post elsewhere, from `on`. `post`: {cadre, job_group, county, centre: thing; designation, terms,
    personal_no: text}; what is left out stays as it is. Returns the TransferRequest."""
    officer = history.locked([officer.pk])[officer.pk]
    if not policies.may_ask_for_transfer(actor) or not actor.covers(to.pk):
        raise Refused(_("You may ask for officers to your own MDA and those under it."))
    sane(actor, on)
    in_being(to, on)
    losing = _losing(officer, to, on)
    if officer.transfers.filter(state__in=TransferRequest.OPEN).exists():
        raise Refused(_("A transfer of this officer has been asked for already and is still open."), code="asked_already")
    given = {n: v.pk for n, v in post.items() if n in POST and v} | {n: post[n].strip() for n in TEXTS if post.get(n)}
    if given.get("personal_no") or losing.number_series != to.number_series:
        numbers.renumbered(officer, to, given.get("personal_no", ""))  # refused now rather than on the day
    transfer = _asked(actor, officer, losing, to, on, given)
    try:
        with transaction.atomic():
            transfer.save()
    except IntegrityError:
        raise Refused(_("A transfer of this officer has been asked for already and is still open."), code="asked_already")
    trail.record(actor, "transfer asked for", transfer, {"from": (None, losing), "to": (None, to), "takes effect": (None, on)})
    trail.record(actor, "transfer asked for", officer, {"organisation": (losing, to)}, _from(transfer))
    transfer_notices.tell("asked", [transfer], besides=actor.user)
    return transfer


def _asked(actor, officer, losing, to, on, post, roster=None):
    return TransferRequest(
        officer=officer,
        from_organisation=losing,
        to_organisation=to,
        on=on,
        post=post,
        roster=roster,
        answer_by=actor.today + TO_ANSWER,
        requested_by=actor.user,
        requested_at=clock.now(),
    )


def _losing(officer, to, on):
    """The MDA of the post on that day. Refused for who is not in post, or there already."""
    if officer.merged_into_id:
        raise Refused(_("This record was merged into another; ask for that officer."))
    now = history.at(officer.posts, on)
    if now is None:
        if officer.posts and history.at(officer.posts, clock.today()) is None:
            raise Refused(_("The officer is in post nowhere. Add him or her to your register instead."), code="not_in_post")
        raise history.not_in_post(officer.posts, on)
    if now.organisation_id == to.pk:
        raise Refused(_("On %(day)s the officer is in post in %(mda)s already.") % {"day": long_day(on), "mda": to})
    return now.organisation


def _from(transfer):
    return _("transfer %(ref)s, from %(day)s") % {"ref": transfer.ref, "day": transfer.on}


@transaction.atomic
def request_many(actor, *, roster):
    """Asks for the officers whom a confirmed return names and who are in post elsewhere on its day: a few statements and one
    notice a losing MDA. {"asked", "already" (a request is open), "skipped" (no longer in post elsewhere)}: numbers."""
    lines = {
        x.officer_id: x.values for x in roster.lines.filter(outcome="transfer", officer__isnull=False).defer("cells", "diff")
    }
    if not lines:
        return {"asked": 0, "already": 0, "skipped": 0}
    officers = history.locked(lines)
    taken = set(
        TransferRequest.objects.filter(state__in=TransferRequest.OPEN, officer__in=lines).values_list("officer_id", flat=True)
    )
    gaining = Organisation.objects.in_bulk({values["organisation"] for values in lines.values()})
    asked, skipped = [], 0
    for pk, values in lines.items():
        now = history.at(officers[pk].posts, roster.as_at)
        if pk in taken:
            continue
        if now is None or now.organisation_id == values["organisation"]:
            skipped += 1
            continue
        post = {n: values[n] for n in (*POST, *TEXTS) if values.get(n)}
        to = gaining[values["organisation"]]
        asked.append(_asked(actor, officers[pk], now.organisation, to, roster.as_at, post, roster))
    TransferRequest.objects.bulk_create(asked, batch_size=1000)
    note = _("staff return %(ref)s") % {"ref": roster.ref}
    trail.record_many(trail.entry(actor, "transfer asked for", t, {"takes effect": (None, t.on)}, note) for t in asked)
    trail.record_many(trail.entry(actor, "transfer asked for", t.officer, note=f"{t.ref}, {note}") for t in asked)
    transfer_notices.tell("asked", asked, besides=actor.user)
    return {"asked": len(asked), "already": len(taken), "skipped": skipped}


@transaction.atomic
def accept(actor, *, transfer):
    """The losing MDA lets the officer go: the move is made, or planned for its day. Accepting twice does nothing more."""
    transfer, officer = _locked(transfer)
    if transfer.state == State.ACCEPTED:
        return transfer
    _allowed(actor, transfer, policies.may_answer_transfer, _("HR and authorised officers of the losing MDA answer this."))
    _move(actor, [_planned(actor, transfer, officer)], State.ACCEPTED)
    transfer_notices.tell("accepted", [transfer])
    return transfer


@transaction.atomic
def accept_many(actor, *, transfer_ids):
    """Accepts several. Returns Bulk of officers."""
    bulk, moved = Bulk(), []
    for transfer in TransferRequest.objects.visible_to(actor).filter(pk__in=transfer_ids).order_by("officer_id"):
        transfer, officer = _locked(transfer)
        try:
            _allowed(
                actor, transfer, policies.may_answer_transfer, _("HR and authorised officers of the losing MDA answer this.")
            )
            moved.append(_planned(actor, transfer, officer))
        except Refused as refusal:
            bulk.refused.append((officer, str(refusal.message)))
        else:
            bulk.done.append(officer.pk)
    if moved:
        _move(actor, moved, State.ACCEPTED)
    transfer_notices.tell("accepted", [transfer for transfer, *_rest in moved])
    return bulk


@transaction.atomic
def dispute(actor, *, transfer, reason):
    """The losing MDA says why the officer stays; it is no longer released by itself."""
    transfer, _officer = _locked(transfer)
    _allowed(actor, transfer, policies.may_answer_transfer, _("HR and authorised officers of the losing MDA answer this."))
    return _close(actor, transfer, State.DISPUTED, reason, "transfer disputed", "disputed")


@transaction.atomic
def withdraw(actor, *, transfer, reason=""):
    """The gaining MDA no longer asks."""
    transfer, _officer = _locked(transfer)
    _allowed(actor, transfer, policies.may_withdraw_transfer, _("HR and authorised officers of the gaining MDA withdraw this."))
    return _close(
        actor, transfer, State.WITHDRAWN, reason or _("withdrawn by the gaining MDA"), "transfer withdrawn", "withdrawn"
    )


@transaction.atomic
def settle(actor, *, transfer, moves, reason):
    """Ends a dispute: the officer moves, or stays."""
    transfer, officer = _locked(transfer)
    who = _("An authorised officer of the losing MDA, or an administrator, settles a dispute.")
    _allowed(actor, transfer, policies.may_settle_transfer, who)
    _reason(reason)
    if not moves:
        return _close(actor, transfer, State.STAYS, reason, "transfer turned down", "stays")
    transfer.reason = reason.strip()[:300]
    _move(actor, [_planned(actor, transfer, officer)], State.ACCEPTED, reason)
    transfer_notices.tell("accepted", [transfer])
    return transfer


def release(actor, on):
    """The night's work: what nobody has answered by its day is released; missed nights are caught up. Those that can no longer
    be made (the officer has moved on) are withdrawn. Each in a transaction of its own. Returns (released, withdrawn)."""
    released, withdrawn = [], []
    due = TransferRequest.objects.filter(state=State.REQUESTED, answer_by__lte=on).order_by("officer_id")
    for waiting in due.iterator(chunk_size=500):
        with transaction.atomic():
            transfer, officer = _locked(waiting)
            if transfer.state != State.REQUESTED:
                continue
            try:
                with transaction.atomic():
                    _move(actor, [_planned(actor, transfer, officer)], State.RELEASED)
                released.append(transfer)
            except Refused as refusal:
                _close(actor, transfer, State.WITHDRAWN, str(refusal.message), "transfer not possible", None)
                withdrawn.append(transfer)
    with transaction.atomic():
        transfer_notices.tell("released", released)
        transfer_notices.tell("withdrawn", withdrawn)
        transfer_notices.remind(on)
    return len(released), len(withdrawn)


def _locked(transfer):
    """The transfer and its officer with posts, the officer locked first: the order of every other act."""
    officer = history.locked([transfer.officer_id])[transfer.officer_id]
    held = TransferRequest.objects.select_for_update(of=("self",)).select_related("from_organisation", "to_organisation")
    transfer = held.get(pk=transfer.pk)
    transfer.officer = officer
    return transfer, officer


def _allowed(actor, transfer, may, who):
    if may(actor, transfer):
        return
    if transfer.state not in TransferRequest.OPEN:
        raise Refused(
            _("This transfer is settled: %(state)s.") % {"state": transfer.get_state_display().lower()}, code="settled_already"
        )
    raise Refused(who)


def _reason(reason):
    if not reason.strip():
        raise Refused(_("Give a reason."), fields={"reason": [_("Give a reason: the other MDA reads it.")]})


def _close(actor, transfer, state, reason, verb, notice):
    _reason(reason)
    was = transfer.get_state_display()
    transfer.state, transfer.reason = state, reason.strip()[:300]
    transfer.answered_by, transfer.answered_at = actor.user, clock.now()
    transfer.save(update_fields=["state", "reason", "answered_by", "answered_at"])
    trail.record(actor, verb, transfer, {"state": (was, transfer.get_state_display())}, transfer.reason)
    if notice:
        transfer_notices.tell(notice, [transfer])
    return transfer


def _planned(actor, transfer, officer):
    """(transfer, officer, the history with the move, what the trail says), the number changed. Refused, before anything is
    written, when the officer has moved on or the number is taken in the other series."""
    old, posts = _moved(transfer, officer)
    said = {"organisation": (old.organisation, transfer.to_organisation)}
    if transfer.on <= actor.today:
        number = numbers.renumbered(officer, transfer.to_organisation, transfer.post.get("personal_no", ""))
        said |= numbers.renumber(officer, number)
    return transfer, officer, posts, said


def _move(actor, planned, state, note=""):
    """Writes planned moves, their state and the trail."""
    verb = "transfer released" if state == State.RELEASED else "transfer accepted"
    entries = []
    for transfer, officer, _posts, said in planned:
        was = transfer.get_state_display()
        transfer.state, transfer.answered_by, transfer.answered_at = state, actor.user, clock.now()
        transfer.save(update_fields=["state", "reason", "answered_by", "answered_at"])
        entries += [
            trail.entry(actor, verb, transfer, {"state": (was, transfer.get_state_display())}, note),
            trail.entry(actor, "transferred", officer, said, _from(transfer)),
        ]
    history.write([(officer.posts, posts) for _transfer, officer, posts, _said in planned])
    trail.record_many(entries)
    changes.postings_changed([officer.pk for _transfer, officer, _posts, _said in planned])


def _moved(transfer, officer):
    """(the post that was left, the history with the move). Later posts at the losing MDA give way: it has let the officer go."""
    posts, on = officer.posts, transfer.on
    # Of an MDA that a reorganisation has made part of the losing one, the days before still name the old one.
    before = Succession.objects.filter(successor=transfer.from_organisation_id).values_list("predecessor_id", flat=True)
    losing = {transfer.from_organisation_id, *before}
    earlier = [p for p in posts if p.during.lower is None or p.during.lower < on]
    later = [p for p in posts if p.during.lower is not None and p.during.lower >= on]
    if other := next((p for p in later if p.organisation_id not in losing), None):
        raise Refused(
            _("The officer has a post in %(mda)s from %(day)s: this transfer can no longer be made.")
            % {"mda": other.organisation, "day": long_day(other.during.lower)}
        )
    last = earlier[-1] if earlier else None
    old = last or (later[0] if later else None)
    if old is None or (last and history.holds(last, on) and last.organisation_id not in losing):
        raise Refused(
            _("On %(day)s the officer is not in post in %(mda)s: this transfer can no longer be made.")
            % {"day": long_day(on), "mda": transfer.from_organisation}
        )
    if last and history.holds(last, on):
        earlier[-1] = history.ended(last, on, Posting.End.TRANSFERRED)
    given = {f"{n}_id" if n in POST else n: v for n, v in transfer.post.items() if n in (*POST, "designation", "terms")}
    values = {"centre_id": None, "host_id": None} | given
    new = history.copied(old, **values, organisation_id=transfer.to_organisation_id, during=DateRange(on, None), end_reason="")
    return old, [*earlier, new]
