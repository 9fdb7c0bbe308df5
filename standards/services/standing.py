"""The standing of a certification: one state machine. Somebody asks for an act, another decides it; the clock does what no one has
to decide. Every change is an event with its day, ground and actor; the register is public, so an event names nobody."""

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.access import Scope
from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, scoring
from standards.models import Certification, CertificationAct, CertificationEvent, Surveillance

from . import editions, findings, independence, levels, signing, standing_notices

State, Kind, Ground, Event = Certification.State, CertificationAct.Kind, CertificationAct.Ground, CertificationEvent.Kind
STANDING = Certification.STANDING
# (act, state before) -> state after
WAYS = {
    (Kind.SUSPEND, State.IN_FORCE): State.SUSPENDED,
    (Kind.RESTORE, State.SUSPENDED): State.IN_FORCE,
    (Kind.WITHDRAW, State.IN_FORCE): State.WITHDRAWN,
    (Kind.WITHDRAW, State.SUSPENDED): State.WITHDRAWN,
    (Kind.REDUCE, State.IN_FORCE): State.IN_FORCE,
    (Kind.REDUCE, State.SUSPENDED): State.SUSPENDED,
    (Kind.LOWER, State.IN_FORCE): State.IN_FORCE,
    (Kind.LOWER, State.SUSPENDED): State.SUSPENDED,
}
# What a person may ask for, and on which grounds; a lowering follows from what an audit found.
GROUNDS = {
    Kind.SUSPEND: (
        Ground.OVERDUE_MAJOR,
        Ground.NOT_PASSED,
        Ground.REFUSED_SURVEILLANCE,
        Ground.MISUSE,
        Ground.COVERAGE,
        Ground.VOLUNTARY,
    ),
    Kind.RESTORE: (Ground.CURED,),
    Kind.WITHDRAW: (Ground.NOT_CURED, Ground.FALSIFICATION, Ground.MISUSE, Ground.VOLUNTARY),
    Kind.REDUCE: (Ground.OVERDUE_MAJOR, Ground.NOT_CURED, Ground.REORGANISED, Ground.VOLUNTARY),
}
TOLD_AS = {
    Kind.SUSPEND: Event.SUSPENDED,
    Kind.RESTORE: Event.RESTORED,
    Kind.WITHDRAW: Event.WITHDRAWN,
    Kind.REDUCE: Event.REDUCED,
    Kind.LOWER: Event.LOWERED,
}


def locked(certification):
    """The certification as it stands now; every change of it waits here for the others."""
    of = Certification.objects.select_for_update(of=["self"]).select_related("organisation", "centre", "decision__audit__edition")
    return of.get(pk=certification.pk)


def process_of(certification):
    return editions.process_of(certification.decision.audit.edition)


def renewable(certification, on, process):
    """Whether a new certification continues it: until it expires, and as long afterwards as the edition lets one be restored."""
    return certification.state in STANDING and on < clock.add_months(certification.expires_on, process.restore_months)


def renewal_opens(certification, process):
    """The day from which a recertification is planned."""
    return clock.add_months(certification.expires_on, -process.renewal_months)


# Events.


def note(actor, certification, kind, words, on, *, before="", act=None, after=""):
    """Adds an event; `words`: what the register says. Events are written one transaction after the other: whoever has read the feed
    up to one never finds an earlier one later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('standards_certificationevent'))")
    made = CertificationEvent.objects.create(
        certification=certification, kind=kind, on=on, recorded_at=clock.now(), public_text=words[:300], before=before,
        after=after or certification.state, actor=actor.user, act=act,
    )  # fmt: skip
    trail.record(actor, kind.replace("_", " "), certification, {"state": (before or None, made.after)}, note=words)
    return made


def words_of(ground):
    """The ground as the register says it, in English: it is kept."""
    with translation.override("en"):
        return str(Ground(ground).label)


def move(actor, held, kind, state, words, on, *, act=None, until=None):
    """Gives the locked certification another state, and says so."""
    before = held.state
    held.state, held.state_on, held.state_reason, held.suspended_until = state, on, words[:300], until
    held.save(update_fields=["state", "state_on", "state_reason", "suspended_until"])
    made = note(actor, held, kind, words, on, before=before, act=act)
    standing_notices.tell_of(made)
    return made


def give_way(actor, old, new, on):
    """The locked certification is replaced by the one that renews it."""
    _drop_open_acts(actor, old, _("The certification was renewed."))
    with translation.override("en"):
        words = _("Replaced by %(number)s") % {"number": new.number}
    move(actor, old, Event.RENEWED, State.REPLACED, words, on)


def surveilled(actor, audit, *, passed):
    """A surveillance audit is decided: the certification is maintained, its level or its standing brought before the panel where what
    was found no longer bears it; not passed, its suspension is proposed."""
    if audit.certification_id is None:
        return
    held = locked(audit.certification)
    Surveillance.objects.filter(audit=audit).update(state=Surveillance.State.PASSED if passed else Surveillance.State.FAILED)
    if held.state not in STANDING:
        return
    if passed:
        note(actor, held, Event.SURVEILLED, "", clock.today(), before=held.state)
        propose_level(held, audit, clock.today())
    elif held.state == State.IN_FORCE:
        propose(held, Kind.SUSPEND, Ground.NOT_PASSED, _("Surveillance audit %(ref)s was not passed.") % {"ref": audit.ref})


# Acts.


def propose(held, kind, ground, reason, sites=(), **lowering):
    """The portal's timetable asks for an act on the locked certification, which the panel decides; None while another is open."""
    if held.acts.filter(state=CertificationAct.State.ASKED).exists():
        return None
    return _ask(Scope.system_task("night"), held, kind, ground, reason, sites, **lowering)


def propose_level(held, audit, on):
    """Asks for the level that the sheets bear since this audit, where it is a lower one; for a suspension where they bear none."""
    moves = levels.lowered(held, on)
    if not moves:
        return None
    with translation.override("en"):  # whoever decided the audit
        lost = _("With what %(ref)s found, the first level is no longer reached.") % {"ref": audit.ref}
        lower = _("With what %(ref)s found, the level reached is lower.") % {"ref": audit.ref}
    if moves["certificate"][1] == scoring.NOT_YET:
        return propose(held, Kind.SUSPEND, Ground.NOT_PASSED, lost) if held.state == State.IN_FORCE else None
    return propose(held, Kind.LOWER, Ground.LEVEL, lower, audit=audit, levels=moves)


@transaction.atomic
def ask(actor, certification, *, kind, ground, reason, sites=()):
    """The secretariat asks for an act; an MDA for what it wants itself: suspension, withdrawal or fewer places."""
    held = locked(certification)
    if not policies.may_ask_act(actor, held):
        raise Refused(
            _("The secretariat asks for this, or the MDA's authorised officer for its own certification."), code="not_yours"
        )
    kind, ground = Kind(kind), Ground(ground)
    if actor.role == Role.AUTHORISED_OFFICER and (ground != Ground.VOLUNTARY or kind == Kind.RESTORE):
        raise Refused.of("ground", _("An MDA asks of its own accord; other grounds are the secretariat's."))
    if ground not in GROUNDS.get(kind, ()):
        known = ", ".join(str(one.label) for one in GROUNDS.get(kind, ()))
        raise Refused.of("ground", _("This is not a ground for that. Its grounds are: %(grounds)s.") % {"grounds": known})
    if not reason.strip():
        raise Refused.of("reason", _("Give the reason."))
    if held.acts.filter(state=CertificationAct.State.ASKED).exists():
        raise Refused(_("Something is asked for already and waits for the panel."), code="act_open")
    check(held, kind, clock.today())
    sites = list(sites)
    if kind == Kind.REDUCE:
        _check_sites(held, sites)
    return _ask(actor, held, kind, ground, reason.strip(), sites if kind == Kind.REDUCE else ())


def _ask(actor, held, kind, ground, reason, sites, **lowering):
    act = CertificationAct.objects.create(
        certification=held, kind=kind, ground=ground, reason=reason[:300], asked_by=actor.user, asked_at=clock.now(), **lowering
    )
    act.sites.set(sites)
    trail.record(actor, "asked", act, {"act": (None, kind), "ground": (None, ground)}, note=reason)
    standing_notices.tell_panel(act)
    return act


def check(held, kind, on):
    """Refused where the act does not follow from how the certification stands that day."""
    if held.state == State.REPLACED:
        raise Refused(_("This certification was renewed; the one that follows it counts."), code="final")
    if held.state == State.WITHDRAWN:
        raise Refused(_("This certification is withdrawn."), code="final")
    if on >= held.expires_on and kind != Kind.WITHDRAW:
        raise Refused(_("This certification has expired."), code="expired")
    if (kind, held.state) not in WAYS:
        sentence = (
            _("This certification is not suspended.") if kind == Kind.RESTORE else _("This certification is suspended already.")
        )
        raise Refused(sentence, code="wrong_state")
    if kind == Kind.RESTORE and (late := findings.majors_left([held.pk]).filter(limit_on__lt=on).first()):
        raise Refused(_("%(finding)s is still open after its limit; it is closed before anything is restored.") % {"finding": late}, code="open_major")


def _check_sites(held, sites):
    covered = {site.pk for site in held.sites.filter(left_on=None)}
    asked = {site.pk for site in sites}
    if not asked or not asked <= covered:
        raise Refused.of("sites", _("Choose the places that leave the scope."))
    if asked == covered:
        raise Refused.of("sites", _("No place would be left: withdraw the certification instead."))


@transaction.atomic
def decide(actor, act, *, grant, reason, sites=None):
    """A member of the panel decides what another asked for; granted, it holds from today. `sites`: of a reduction that names none."""
    held = locked(act.certification)
    act = CertificationAct.objects.select_for_update().get(pk=act.pk)
    act.certification = held
    if act.state != CertificationAct.State.ASKED:
        raise Refused(_("This is decided already."), code="decided")
    if actor.user and act.asked_by_id == actor.user.pk:
        raise Refused(_("You asked for it; someone else decides."), code="own_request")
    if not policies.may_decide_act(actor, act):
        raise Refused(_("A member of the certification panel decides."), code="not_yours")
    if policies.took_part_in_any(actor.user, held):
        raise Refused(_("You took part in this audit; someone else decides it."), code="took_part")
    if policies.declared_in_any(actor.user, held):
        raise Refused(_("You declared an interest; others decide."), code="declared_interest")
    for sentence in independence.obstacles(actor.user, held.decision.audit):
        raise Refused(_("%(reason)s Someone else decides.") % {"reason": sentence}, code="interest")
    if not reason.strip():
        raise Refused.of("reason", _("Give the reason."))
    today = clock.today()
    if grant:
        check(held, act.kind, today)
        if act.kind == Kind.REDUCE:
            places = list(act.sites.all()) or list(sites or ())
            _check_sites(held, places)
            act.sites.set(places)
    done = CertificationAct.State.DONE if grant else CertificationAct.State.REFUSED
    _close(actor, act, done, reason.strip())
    if grant:
        carry_out(actor, held, act, today)
    else:
        standing_notices.tell_refused(act)
    return act


def carry_out(actor, held, act, today):
    """What a granted act does to the locked certification."""
    if act.kind == Kind.LOWER:
        return set_levels(actor, held, act, {name: after for name, (_before, after) in act.levels.items()}, Event.LOWERED, today)
    words, kind = words_of(act.ground), TOLD_AS[act.kind]
    until = clock.add_months(today, process_of(held).suspension_months) if act.kind == Kind.SUSPEND else None
    if act.kind == Kind.REDUCE:
        leaving = list(act.sites.select_related("site__centre"))
        held.sites.filter(pk__in=[site.pk for site in leaving]).update(left_on=today, left_reason=words)
        with translation.override("en"):
            words = "{}: {}".format(words, ", ".join(str(site.site) for site in leaving))
            made = note(actor, held, kind, words, today, before=held.state, act=act)
        standing_notices.tell_of(made)
        return made
    return move(actor, held, kind, WAYS[act.kind, held.state], words, today, act=act, until=until)


def set_levels(actor, held, act, said, kind, today, words=""):
    """Gives the locked certification and the places named another level: signed, and drawn, anew. `said`: {certificate or id: level}."""
    held.level, held.document, held.drawn_at = said["certificate"], "", None
    held.key, held.payload = signing.sign(held, held.decision.audit.edition)
    held.save(update_fields=["level", "document", "drawn_at", "key", "payload"])
    for place in held.sites.filter(pk__in=[int(name) for name in said if name != "certificate"]):
        place.level = said[str(place.pk)]
        place.save(update_fields=["level"])
    with translation.override("en"):
        words = words or _("Level: %(level)s") % {"level": held.get_level_display()}
    made = note(actor, held, kind, words, today, before=held.state, act=act)
    standing_notices.tell_of(made)
    return made


@transaction.atomic
def take_back(actor, act):
    """Whoever asked takes it back before it is decided."""
    locked(act.certification)
    act = CertificationAct.objects.select_for_update().select_related("certification").get(pk=act.pk)
    if act.state == CertificationAct.State.WITHDRAWN:
        return act
    if act.state != CertificationAct.State.ASKED:
        raise Refused(_("This is decided already."), code="decided")
    if not policies.may_take_back_act(actor, act):
        raise Refused(_("Whoever asked takes it back."), code="not_yours")
    return _close(actor, act, CertificationAct.State.WITHDRAWN, "")


def _close(actor, act, state, reason):
    act.state, act.decision_reason, act.decided_at = state, reason[:300], clock.now()
    act.decided_by = actor.user if state in (CertificationAct.State.DONE, CertificationAct.State.REFUSED) else None
    act.save(update_fields=["state", "decision_reason", "decided_at", "decided_by"])
    trail.record(
        actor, "decided" if act.decided_by_id else "closed", act, {"state": (CertificationAct.State.ASKED, state)}, note=reason
    )
    return act


def _drop_open_acts(actor, held, reason, but=()):
    """What was asked for and no longer makes sense, on the locked certification."""
    for act in held.acts.select_for_update().filter(state=CertificationAct.State.ASKED).exclude(kind__in=but):
        drop(actor, act, reason)


def drop(actor, act, reason):
    """An open act that was overtaken."""
    return _close(actor, act, CertificationAct.State.WITHDRAWN, reason)


def expire(actor, certification, on):
    """Notes once that it expired; the day is that of the certificate, whenever this runs."""
    held = locked(certification)
    if held.state not in STANDING or on < held.expires_on or held.events.filter(kind=Event.EXPIRED).exists():
        return None
    _drop_open_acts(actor, held, _("The certification expired."), but=[Kind.WITHDRAW])
    made = note(actor, held, Event.EXPIRED, "", held.expires_on, before=held.state, after="expired")
    standing_notices.tell_of(made)
    return made


def by_the_clock(held, kind, ground, reason, today, sites=()):
    """An act that nobody has to decide, on the locked certification: recorded as done, and carried out."""
    actor = Scope.system_task("night")
    at = clock.now()
    act = CertificationAct.objects.create(
        certification=held,
        kind=kind,
        ground=ground,
        reason=reason[:300],
        asked_at=at,
        decided_at=at,
        state=CertificationAct.State.DONE,
    )
    act.sites.set(sites)
    trail.record(actor, "decided", act, {"act": (None, kind), "ground": (None, ground)}, note=reason)
    carry_out(actor, held, act, today)
    return act
