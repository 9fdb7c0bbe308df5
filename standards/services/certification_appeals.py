"""Appeals of MDAs against a decision or an act: lodged in time, decided by somebody without any part in it, the outcome told.

Upheld against an act, the act is undone. Upheld against a decision, the decision stays on record and a new audit is due: what was
decided once is never decided again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, surveillance
from standards.models import Certification, CertificationAct, CertificationAppeal, Decision, Rating

from . import certifying, editions, independence, standing, standing_notices
from .standing import Event, Ground, Kind, State


def process_for(thing):
    audit = thing.audit if isinstance(thing, Decision) else thing.certification.decision.audit
    return editions.process_of(audit.edition)


def last_day(thing):
    """The last day on which an appeal is taken."""
    return clock.civil(thing.decided_at) + dt.timedelta(days=process_for(thing).appeal_days)


def why_not(thing, on):
    """Why no appeal is taken against this decision or act; empty when one is."""
    if isinstance(thing, Decision):
        if thing.outcome == Decision.Outcome.DEFER:
            return _("A deferral is no decision yet.")
    elif thing.state not in (CertificationAct.State.DONE, CertificationAct.State.REFUSED):
        return _("This is not decided yet.")
    elif thing.ground == Ground.VOLUNTARY and thing.state == CertificationAct.State.DONE or thing.ground == Ground.APPEAL:
        return _("This was done as the MDA asked.")
    if thing.appeals.exists():
        return _("An appeal was lodged already.")
    if on > last_day(thing):
        return _("The time for an appeal is over.")
    return ""


@transaction.atomic
def lodge(actor, *, grounds, decision=None, act=None):
    """The authorised officer of the MDA appeals; the same against the same thing is the one on record."""
    if act is not None:
        standing.locked(act.certification)  # before the act, as whoever decides the act does
        act = (
            CertificationAct.objects.select_for_update(of=["self"])
            .select_related("certification__decision__audit__edition")
            .get(pk=act.pk)
        )
    else:
        decision = Decision.objects.select_for_update(of=["self"]).select_related("audit__edition").get(pk=decision.pk)
    thing = act or decision
    organisation = act.certification.organisation if act else decision.audit.organisation
    if not policies.may_appeal(actor, organisation):
        raise Refused(_("The authorised officer of the MDA appeals."), code="not_yours")
    today = clock.today()
    if why := why_not(thing, today):
        raise Refused(why, code="no_appeal")
    if not grounds.strip():
        raise Refused.of("grounds", _("Give the grounds."))
    due = today + dt.timedelta(days=process_for(thing).appeal_decision_days)
    made = CertificationAppeal.objects.create(
        organisation=organisation,
        decision=decision,
        act=act,
        grounds=grounds.strip(),
        lodged_by=actor.user,
        lodged_at=clock.now(),
        due_on=due,
    )
    trail.record(actor, "appealed", made, {"against": (None, str(thing))}, note=made.grounds)
    held = certification_of(made)
    if held:
        standing.note(actor, standing.locked(held), Event.APPEALED, "", today, before=held.state, act=act)
    standing_notices.tell_of_appeal(made)
    return made


def certification_of(appeal):
    """The certification whose history tells of the appeal: of the act, of the decision, or the one the audit watched over or was to
    renew; None for a first audit that was refused."""
    if appeal.act_id:
        return appeal.act.certification
    return Certification.objects.filter(decision=appeal.decision).first() or appeal.decision.audit.certification


def audit_of(appeal):
    return appeal.decision.audit if appeal.decision_id else appeal.act.certification.decision.audit


def can_wait(appeal):
    """Whether its effect can wait for the appeal: that of a suspension or a withdrawal, not decided on yet."""
    act = appeal.act
    return (
        bool(act)
        and appeal.effect_suspended is None
        and act.state == CertificationAct.State.DONE
        and act.kind in (Kind.SUSPEND, Kind.WITHDRAW)
        and _still_holds(act, act.certification)
        and certifying.in_place_of(act.certification) is None
    )


def concern(appeal):
    """Codes of the elements that the contested decision found short: what a new audit looks at first."""
    stored = appeal.decision.result.get("sites", {})
    sites = [int(pk) for pk in stored]
    short = Rating.objects.filter(site__in=sites, value__in=[Rating.Value.NOT_MET, Rating.Value.PARTLY_MET])
    return sorted(set(short.values_list("element__code", flat=True)), key=surveillance.natural)


def _taken(actor, appeal):
    """(the locked appeal, the locked certification or None) for somebody who may judge it."""
    held = certification_of(appeal)
    if held:
        certifying.lock_office(held)
        held = standing.locked(held)
    appeal = CertificationAppeal.objects.select_for_update(of=["self"]).select_related("act", "decision__audit").get(pk=appeal.pk)
    if appeal.state != CertificationAppeal.State.LODGED:
        raise Refused(_("This appeal is decided."), code="decided")
    if not actor.role == Role.PANEL:
        raise Refused(_("A member of the certification panel decides."), code="not_yours")
    if policies.had_a_part(actor.user, appeal):
        raise Refused(_("You had a part in what the appeal is against; someone else decides it."), code="took_part")
    for sentence in independence.obstacles(actor.user, audit_of(appeal)):
        raise Refused(_("%(reason)s Someone else decides.") % {"reason": sentence}, code="interest")
    if appeal.act_id:
        appeal.act.certification = held
    return appeal, held


@transaction.atomic
def hold_effect(actor, appeal, *, hold):
    """Whether what the appeal is against waits for its outcome: a suspension or withdrawal that waits is lifted until then."""
    appeal, held = _taken(actor, appeal)
    if appeal.effect_suspended is not None:
        if appeal.effect_suspended == hold:
            return appeal
        raise Refused(_("This is decided already."), code="decided")
    if not can_wait(appeal):
        raise Refused(_("Only a suspension or a withdrawal can wait for an appeal."), code="nothing_to_hold")
    appeal.effect_suspended = hold
    appeal.save(update_fields=["effect_suspended"])
    trail.record(actor, "held the effect" if hold else "did not hold the effect", appeal, {"effect_suspended": (None, hold)})
    if hold and _still_holds(appeal.act, held):
        _lift(actor, held, appeal.act, "The effect waits for the appeal.")
    return appeal


@transaction.atomic
def decide(actor, appeal, *, uphold, reasons):
    """Upheld or rejected, with reasons that go to the MDA; the register says the outcome."""
    appeal, held = _taken(actor, appeal)
    if not reasons.strip():
        raise Refused(
            _("Give the reasons: they go to the MDA."), fields={"reasons": [_("Give the reasons: they go to the MDA.")]}
        )
    State_ = CertificationAppeal.State
    appeal.state = State_.UPHELD if uphold else State_.REJECTED
    appeal.decided_by, appeal.decided_at, appeal.reasons = actor.user, clock.now(), reasons.strip()
    appeal.save(update_fields=["state", "decided_by", "decided_at", "reasons"])
    trail.record(actor, "decided", appeal, {"state": (State_.LODGED, appeal.state)}, note=appeal.reasons)
    if held:
        words = "Appeal upheld" if uphold else "Appeal rejected"
        standing.note(actor, held, Event.APPEAL_DECIDED, words, clock.today(), before=held.state, act=appeal.act)
    if appeal.act_id and uphold:
        _undo(actor, held, appeal.act)
    elif appeal.act_id and appeal.effect_suspended and not _still_holds(appeal.act, held):
        _take_effect(actor, held, appeal.act)
    standing_notices.tell_of_appeal(appeal)
    return appeal


@transaction.atomic
def take_back(actor, appeal):
    """The MDA takes its appeal back; what waited for it takes effect."""
    held = certification_of(appeal)
    held = standing.locked(held) if held else None
    appeal = CertificationAppeal.objects.select_for_update(of=["self"]).select_related("act", "decision__audit").get(pk=appeal.pk)
    if appeal.state == CertificationAppeal.State.WITHDRAWN:
        return appeal
    if appeal.state != CertificationAppeal.State.LODGED:
        raise Refused(_("This appeal is decided."), code="decided")
    if not policies.may_take_back_appeal(actor, appeal):
        raise Refused(_("The authorised officer of the MDA takes it back."), code="not_yours")
    appeal.state, appeal.decided_at = CertificationAppeal.State.WITHDRAWN, clock.now()
    appeal.save(update_fields=["state", "decided_at"])
    trail.record(actor, "took back", appeal, {"state": ("lodged", appeal.state)})
    if held:
        standing.note(actor, held, Event.APPEAL_DECIDED, "Appeal taken back", clock.today(), before=held.state, act=appeal.act)
    if appeal.act_id and appeal.effect_suspended and not _still_holds(appeal.act, held):
        _take_effect(actor, held, appeal.act)
    return appeal


LEFT_AS = {Kind.SUSPEND: State.SUSPENDED, Kind.WITHDRAW: State.WITHDRAWN}


def _still_holds(act, held):
    """Whether the certification stands as the act left it, and not as a later one did."""
    led = held.events.filter(after=held.state, act__isnull=False).exclude(before=held.state).order_by("id").last()
    return held.state == LEFT_AS.get(act.kind) and led is not None and led.act_id == act.pk


def _before(act):
    """The state that the act ended."""
    return act.events.filter(kind=standing.TOLD_AS[act.kind]).earliest("id").before


def _lift(actor, held, act, words):
    """The certification is as it was before the act; where a later one of the same office stands by now, that one takes its place."""
    today = clock.today()
    back = State.IN_FORCE if act.kind == Kind.SUSPEND else State(_before(act))
    until = clock.add_months(today, standing.process_of(held).suspension_months) if back == State.SUSPENDED else None
    standing.move(actor, held, Event.RESTORED, back, words, today, act=None, until=until)
    if back == State.IN_FORCE:
        for open_ in held.acts.filter(kind=Kind.RESTORE, state=CertificationAct.State.ASKED):
            standing.drop(actor, open_, _("The certification is in force again."))
    if later := certifying.in_place_of(held):
        standing.give_way(actor, held, later, today)


def _take_effect(actor, held, act):
    """What waited for the appeal holds from today, while the certification runs."""
    today = clock.today()
    if (act.kind, held.state) not in standing.WAYS or today >= held.expires_on:
        return
    standing.carry_out(actor, held, act, today)


def _undo(actor, held, act):
    """The act did not stand: the certification is as it was, as far as it still runs; a restoration that was refused is made."""
    today = clock.today()
    if act.kind == Kind.REDUCE and act.state == CertificationAct.State.DONE:
        held.sites.filter(pk__in=act.sites.values("pk")).update(left_on=None, left_reason="")
        standing.note(actor, held, Event.RESTORED, "Scope restored: appeal upheld", today, before=held.state)
    elif act.kind == Kind.LOWER and act.state == CertificationAct.State.DONE:
        if held.level == act.levels["certificate"][1]:
            back = {name: before for name, (before, _after) in act.levels.items()}
            standing.set_levels(actor, held, act, back, Event.RESTORED, today, "Level restored: appeal upheld")
            for open_ in held.acts.filter(kind=Kind.LOWER, state=CertificationAct.State.ASKED):  # it starts from the level before
                standing.drop(actor, open_, _("The level is another now."))
                standing.propose_level(held, open_.audit, today)
    elif act.kind == Kind.RESTORE and act.state == CertificationAct.State.REFUSED:
        if held.state == State.SUSPENDED and today < held.expires_on:
            standing.move(actor, held, Event.RESTORED, State.IN_FORCE, "Appeal upheld", today)
    elif act.state == CertificationAct.State.DONE and _still_holds(act, held):
        _lift(actor, held, act, "Appeal upheld")
