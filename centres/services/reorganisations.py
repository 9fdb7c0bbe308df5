"""Reorganisations: drafted step by step, previewed by taking the steps and rolling them back, then made in one transaction."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from centres import policies
from centres.models import (
    Centre,
    Organisation,
    PossibleLeaver,
    Reorganisation,
    RosterCoverage,
    Service,
    Succession,
    TransferRequest,
)
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

from . import changes, names, posting_moves, steps, structure

State = Reorganisation.State


@transaction.atomic
def draft(actor, *, title, on, authority, steps=()):
    """A draft changes nothing."""
    _check_may(actor)
    made = Reorganisation.objects.create(
        title=title.strip(), on=on, authority=authority.strip(), steps=list(steps), drafted_by=actor.user, drafted_at=clock.now()
    )
    trail.record(actor, "reorganisation drafted", made, {"on": (None, on), "authority": (None, authority)})
    return made


@transaction.atomic
def change(actor, reorganisation, **fields):
    """Changes title, day, authority or steps of a draft; what was previewed no longer holds."""
    _check_may(actor)
    held = _locked_draft(reorganisation)
    for name, value in fields.items():
        setattr(held, name, value)
    held.effect = {}
    held.save()
    return held


def add_step(actor, reorganisation, step):
    return change(actor, reorganisation, steps=[*Reorganisation.objects.get(pk=reorganisation.pk).steps, step])


def remove_step(actor, reorganisation, number):
    """`number` counts from 1."""
    kept = list(Reorganisation.objects.get(pk=reorganisation.pk).steps)
    if not 1 <= number <= len(kept):
        raise Refused(_("There is no such step."), code="no_such_step")
    del kept[number - 1]
    return change(actor, reorganisation, steps=kept)


@transaction.atomic
def discard(actor, reorganisation):
    _check_may(actor)
    held = _locked_draft(reorganisation)
    held.state = State.DISCARDED
    held.save(update_fields=["state"])
    trail.record(actor, "reorganisation discarded", held)
    return held


def preview(actor, reorganisation):
    """Takes the steps, counts, and rolls them back: what the preview shows is what making does. Kept as `effect`."""
    _check_may(actor)
    with transaction.atomic():
        held = _locked_draft(reorganisation)
        effect, _making = _run(held, clock.today(), every_refusal=True)
        transaction.set_rollback(True)
    Reorganisation.objects.filter(pk=held.pk, state=State.DRAFT).update(effect=effect)
    held.effect = effect
    return held


@transaction.atomic
def make(actor, reorganisation):
    """All steps on their day, or none: refused with the first reason. Making it twice does nothing more."""
    _check_may(actor)
    held = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if held.state == State.MADE:
        return held
    if held.state != State.DRAFT:
        raise Refused(_("This reorganisation was discarded."), code="discarded")
    if not held.steps:
        raise Refused(_("Nothing is in this reorganisation yet: add a step."), code="no_steps")
    today = clock.today()
    held.effect, making = _run(held, today)
    held.state, held.made_by, held.made_at = State.MADE, actor.user, clock.now()
    _registers_follow(held)
    if held.on <= today:
        settle(held, today)
    held.save()
    trail.record(actor, "reorganisation made", held, {"on": (None, held.on), "authority": (None, held.authority)})
    touched = Organisation.objects.filter(pk__in=making.organisations)
    trail.record_many([trail.entry(actor, "reorganised", one, {"from": (None, held.on)}, note=held.title) for one in touched])
    for hat, successor in making.hats:
        trail.record(
            actor, "role ended by reorganisation", hat, {"goes on at": (None, successor and successor.code)}, note=held.title
        )
    changes.organisations_changed(making.organisations, held.on)
    if making.officers:
        changes.postings_changed(list(making.officers))
    return held


def _run(held, today, every_refusal=False):
    """(effect, Making) of taking the steps. The first refusal is raised, or each is listed in `effect["refused"]`."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE centres_reportingline IN SHARE ROW EXCLUSIVE MODE")  # one reorganisation at a time
    making = steps.Making(held, today)
    before = structure.headcount_on(held.on)
    refused = []
    for number, step in enumerate(held.steps, 1):
        try:
            with transaction.atomic():
                making.take(step)
        except Refused as refusal:
            if not every_refusal:
                raise Refused(
                    _("Step %(n)s: %(why)s") % {"n": number, "why": refusal.message}, code=refusal.code, fields=refusal.fields
                )
            refused.append({"step": number, "sentence": str(refusal.message)})
    for sentence in steps.faults(making):
        if not every_refusal:
            raise Refused(sentence, code="does_not_hold")
        refused.append({"step": None, "sentence": sentence})
    after = structure.headcount_on(held.on)
    if sum(before.values()) != sum(after.values()):
        raise RuntimeError("a reorganisation would change the headcount")
    return _effect(making, before, after, refused), making


def _effect(making, before, after, refused):
    ended = {one.pk for one in making.ended}
    places = Organisation.objects.filter(pk__in=making.organisations).order_by("name")
    return {
        "organisations": [
            {
                "code": one.code,
                "name": one.name_on(making.on),
                "before": before.get(one.pk, 0),
                "after": after.get(one.pk, 0),
                "ends": one.pk in ended,
                "begins": one.during.lower == making.on,
            }
            for one in places
        ],
        "before": sum(before.get(pk, 0) for pk in making.organisations),
        "after": sum(after.get(pk, 0) for pk in making.organisations),
        "moved": [{"from": a.code, "into": b.code, "officers": n} for a, b, n in making.moved],
        "officers": sum(n for _a, _b, n in making.moved),
        "below": [{"code": o.code, "name": o.name, "from": a.code, "into": b.code} for o, a, b in making.below],
        "hats": [
            {"person": str(hat.user), "role": hat.role, "from": hat.organisation.code, "into": place and place.code}
            for hat, place in making.hats
        ],
        "go_on_naming": [row for one in making.ended for row in _records_of(one)],
        "refused": refused,
        "counted_on": clock.today().isoformat(),
    }


def _records_of(organisation):
    """What goes on naming an organisation that ends, outside this app: it stays as history, or is changed by whoever keeps it."""
    found = []
    for relation in Organisation._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.one_to_many) or relation.related_model._meta.app_label == "centres":
            continue
        n = relation.related_model._base_manager.filter(**{relation.field.name: organisation}).count()
        if n:
            found.append({"code": organisation.code, "what": str(relation.related_model._meta.verbose_name_plural), "n": n})
    return found


def _registers_follow(reorganisation):
    """A successor that has never been returned is as well known as the predecessor that brought most officers: by its last return."""
    rows = Succession.objects.filter(reorganisation=reorganisation).order_by("successor_id", "-officers", "pk").distinct("successor_id")
    for row in rows:
        if RosterCoverage.objects.filter(organisation=row.successor_id).exists():
            continue
        last = RosterCoverage.objects.filter(organisation=row.predecessor_id, roster__as_at__lte=reorganisation.on)
        if last := last.order_by("-roster__as_at", "-roster").first():
            RosterCoverage.objects.create(roster_id=last.roster_id, organisation_id=row.successor_id, officers=row.officers)


def settle(reorganisation, today):
    """What carries no dates follows on the day: names, centres run, services owned, open questions, number series. Officers whom a
    return has brought to an organisation that has ended go on to where the steps say."""
    names.settle(today)
    for row in (
        Succession.objects.filter(reorganisation=reorganisation)
        .select_related("predecessor", "successor")
        .order_by("officers", "-pk")
    ):
        old, new = row.predecessor, row.successor
        posting_moves.renumber(new.pk, old.number_series, new.number_series, today)
        if old.during.upper is not None and old.during.upper <= today:
            Centre.objects.filter(organisation=old).update(organisation=new)
            Service.objects.filter(owner=old).update(owner=new)
            _questions_follow(old, new)
    reorganisation.settled_on = today


def _questions_follow(old, new):
    """Open transfers and possible leavers of one that has ended are its successor's to answer."""
    between = TransferRequest.objects.filter(state__in=TransferRequest.OPEN)
    now_one = between.filter(from_organisation__in=[old, new], to_organisation__in=[old, new])
    now_one.update(state=TransferRequest.State.WITHDRAWN, reason=_("Both are one MDA now."), answered_at=clock.now())
    between.filter(from_organisation=old).update(from_organisation=new)
    between.filter(to_organisation=old).update(to_organisation=new)
    PossibleLeaver.objects.filter(organisation=old, state=PossibleLeaver.State.OPEN).update(organisation=new)


def settle_due(actor, today):
    """The night's door: reorganisations whose day has come, then officers whom a late return left at an organisation that has
    ended. Returns how many reorganisations were settled."""
    due = list(Reorganisation.objects.filter(state=State.MADE, settled_on=None, on__lte=today).order_by("on", "pk"))
    for one in due:
        with transaction.atomic():
            held = Reorganisation.objects.select_for_update().get(pk=one.pk)
            settle(held, today)
            held.save(update_fields=["settled_on"])
            trail.record(actor, "reorganisation took effect", held, {"on": (None, held.on)})
            touched = Succession.objects.filter(reorganisation=held).values_list("predecessor", "successor")
            changes.organisations_changed({pk for pair in touched for pk in pair}, today)
    for pk in structure.stranded(today):
        bring_home(actor, pk)
    return len(due)


@transaction.atomic
def bring_home(actor, organisation_id):
    """Postings that go on after their organisation's end are moved by the steps that ended it."""
    old = Organisation.objects.select_for_update().get(pk=organisation_id)
    rows = Succession.objects.filter(predecessor=old, on=old.during.upper).select_related("successor", "reorganisation")
    if not rows:
        return
    officers = set()
    posting_moves.lock([old.pk], old.during.upper)
    held = rows[0].reorganisation
    for step in held.steps:
        if step["act"] in ("merge", "split") and step["organisation"] == old.code:
            into = Organisation.objects.get(code=step["into"])
            officers |= posting_moves.move(old.pk, into.pk, old.during.upper, steps.criteria_of(step))[0]
            if step["act"] == "merge":
                officers |= posting_moves.rehost(old.pk, into.pk, old.during.upper)
    if officers:
        trail.record(actor, "officers followed a reorganisation", old, {"officers": (None, len(officers))}, note=held.title)
        changes.postings_changed(list(officers))


def _check_may(actor):
    if not policies.may_reorganise(actor):
        raise Refused(_("Only an administrator may change the organisation tree."), code="not_allowed")


def _locked_draft(reorganisation):
    held = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if held.state != State.DRAFT:
        raise Refused(_("This reorganisation is no longer a draft."), code="not_a_draft")
    return held
