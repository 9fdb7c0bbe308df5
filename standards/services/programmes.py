"""The year's programme: the portal suggests an order by risk, the secretariat decides on each line, adopts it and plans its audits."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, risk
from standards.models import Audit, AuditProgramme, ProgrammeLine

from . import programme as planning
from . import selfassessment, subjects

State, Line = AuditProgramme.State, ProgrammeLine.State
PER_MONTH = 4


def months(financial_year):
    """The first days of its twelve months."""
    return [clock.add_months(clock.financial_year_begins(financial_year), n) for n in range(12)]


def is_over(programme, on):
    return on >= clock.add_months(clock.financial_year_begins(programme.financial_year), 12)


@transaction.atomic
def draw_up(actor, *, financial_year):
    """A draft programme with a suggested line for every MDA and Huduma Centre; the one that is there already, if any."""
    _check_keeper(actor)
    try:
        clock.financial_year_begins(financial_year)
    except ValueError:
        raise Refused.of("financial_year", _("Choose a financial year."))
    programme, new = AuditProgramme.objects.get_or_create(financial_year=financial_year, defaults={"weights": dict(risk.WEIGHTS)})
    if new:
        trail.record(actor, "drew up", programme)
        suggest(actor, programme)
    return programme


@transaction.atomic
def suggest(actor, programme):
    """Assesses all again with what is known today. A line on which a person decided keeps its place and its state."""
    programme = _open(actor, programme)
    on = actor.today
    wanted = subjects.subjects(on)
    risks = {key: risk.assess(one, programme.weights, on) for key, one in subjects.known(wanted, on).items()}
    ordered = sorted(risks, key=lambda key: (-risks[key].points, -risks[key].unknown, wanted[key]))
    held = {(line.organisation_id, line.centre_id): line for line in programme.lines.select_for_update()}
    gone = [line for key, line in held.items() if key not in wanted and not _decided(line)]
    ProgrammeLine.objects.filter(pk__in=[line.pk for line in gone]).delete()
    lines = [line for line in held.values() if line not in gone]
    new = []
    for position, key in enumerate(ordered, 1):
        line = held.get(key)
        if line is None:
            line = ProgrammeLine(programme=programme, organisation_id=key[0], centre_id=key[1], position=0)
            new.append(line)
        line.suggested_position, line.risk = position, risks[key].as_json() | {"on": on.isoformat()}
    _arrange(lines + new)
    ProgrammeLine.objects.bulk_update(lines, ["suggested_position", "risk", "position"], batch_size=500)
    ProgrammeLine.objects.bulk_create(new, batch_size=500)
    trail.record(actor, "suggested an order", programme, {"lines": (len(held), len(lines) + len(new))})
    return programme


def _decided(line):
    return line.state != Line.SUGGESTED or line.decided_by_id is not None


def _arrange(lines):
    """Sets positions 1 to n: decided lines as near as can be to where they are, the others by risk in the places left."""
    free = dict.fromkeys(range(1, len(lines) + 1))
    decided = sorted((line for line in lines if _decided(line)), key=lambda line: (line.position, line.pk))
    for line in decided:
        line.position = min(free, key=lambda place: (abs(place - line.position), place))
        del free[line.position]
    places = iter(free)
    for line in sorted((line for line in lines if not _decided(line)), key=lambda line: line.suggested_position):
        line.position = next(places)


@transaction.atomic
def weigh(actor, programme, *, weights):
    """Changes what each risk counts, and suggests again."""
    programme = _open(actor, programme)
    weights = {key: str(Decimal(str(weights[key]))) for key in risk.WEIGHTS}
    if any(not 0 <= Decimal(w) <= 100 for w in weights.values()) or not any(Decimal(w) for w in weights.values()):
        raise Refused(_("Each weight lies between 0 and 100, and one at least is above 0."), code="weights")
    before = {key: str(value) for key, value in programme.weights.items()}
    if before == weights:
        return programme
    changed = {key: (before.get(key), value) for key, value in weights.items() if before.get(key) != value}
    programme.weights = weights
    programme.save(update_fields=["weights"])
    trail.record(actor, "changed weights", programme, changed)
    return suggest(actor, programme)


@transaction.atomic
def decide(actor, line, *, state, month=None, position=None, reason=""):
    """A person takes a line into a month, leaves it out, gives it back to the suggestion, or moves it to another place."""
    programme = _open(actor, line.programme)
    line = (
        ProgrammeLine.objects.select_for_update(of=["self"]).select_related("programme", "organisation", "centre").get(pk=line.pk)
    )
    reason, month = reason.strip(), month.replace(day=1) if month else None
    position = line.position if position is None else position
    _check_decision(programme, line, state, month, position, reason)
    before = (line.state, line.month, line.position, line.reason)
    line.state, line.month, line.reason = state, month if state == Line.TAKEN else None, reason
    line.decided_by = actor.user if state != Line.SUGGESTED or position != line.position else None
    moved = position != line.position
    line.position = position
    line.save(update_fields=["state", "month", "reason", "decided_by", "position"])
    if moved or not _decided(line):
        _rearrange(programme, line)
    after = (line.state, line.month, line.position, line.reason)
    fields = zip(("state", "month", "position", "reason"), before, after, strict=True)
    changes = {name: (old, new) for name, old, new in fields if old != new}
    if changes:
        trail.record(
            actor, {Line.TAKEN: "took", Line.DROPPED: "left out", Line.SUGGESTED: "gave back"}[state], line, changes, note=reason
        )
    return line


def _check_decision(programme, line, state, month, position, reason):
    if state not in Line.values:
        raise Refused.of("state", _("Choose what becomes of the line."))
    if line.audit_id and line.audit.state != Audit.State.CANCELLED and state != Line.TAKEN:
        raise Refused.of("state", _("Its audit %(ref)s is planned: cancel that first.") % {"ref": line.audit.ref})
    if state == Line.TAKEN and month not in months(programme.financial_year):
        raise Refused.of("month", _("Choose a month of the financial year."))
    last = programme.lines.count()
    if not 1 <= position <= last:
        raise Refused.of(
            "position", ngettext("The order goes from 1 to %(n)s.", "The order goes from 1 to %(n)s.", last) % {"n": last}
        )
    if not reason and (
        state == Line.DROPPED or position != line.position or (programme.state == State.ADOPTED and state != line.state)
    ):
        raise Refused.of("reason", _("Say why: the suggested order or an adopted programme is left."))


def _rearrange(programme, first):
    """Makes room for a line that a person moved: the others keep their order around it."""
    lines = list(programme.lines.select_for_update().order_by("position", "pk"))
    mine = next(line for line in lines if line.pk == first.pk)
    was = {line.pk: line.position for line in lines}
    if _decided(mine):
        lines.remove(mine)
        lines.insert(mine.position - 1, mine)
        for position, line in enumerate(lines, 1):
            line.position = position
    else:
        _arrange(lines)
    ProgrammeLine.objects.bulk_update(
        [line for line in lines if line.pk == mine.pk or was[line.pk] != line.position], ["position"], batch_size=500
    )
    first.position = mine.position


@transaction.atomic
def take_most_urgent(actor, programme, *, n, first, per_month=PER_MONTH):
    """Takes the n most urgent suggested lines, so many a month from the month of `first` on. How many were taken."""
    programme = _open(actor, programme)
    year, first = months(programme.financial_year), first.replace(day=1)
    if first not in year:
        raise Refused.of("first", _("Choose a month of the financial year."))
    room = (len(year) - year.index(first)) * per_month
    if n > room:
        raise Refused.of("n", _("From that month on there is room for %(n)s at most.") % {"n": room})
    suggested = programme.lines.select_for_update(of=["self"]).select_related("programme", "organisation", "centre").filter(state=Line.SUGGESTED)
    lines = list(suggested.order_by("position", "pk")[:n])
    for i, line in enumerate(lines):
        line.state, line.month, line.decided_by = Line.TAKEN, year[year.index(first) + i // per_month], actor.user
    ProgrammeLine.objects.bulk_update(lines, ["state", "month", "decided_by"], batch_size=500)
    trail.record_many(
        [trail.entry(actor, "took", line, {"state": (Line.SUGGESTED, Line.TAKEN), "month": (None, line.month)}) for line in lines]
    )
    return len(lines)


@transaction.atomic
def adopt(actor, programme, *, note=""):
    """The programme stands; from then on a change of a line needs its reason."""
    programme = _open(actor, programme)
    if programme.state == State.ADOPTED:
        return programme
    if not programme.lines.filter(state=Line.TAKEN).exists():
        raise Refused(_("Take at least one MDA or centre into the programme."), code="empty")
    programme.state, programme.adopted_by, programme.adopted_on = State.ADOPTED, actor.user, actor.today
    programme.note = note.strip()
    programme.save(update_fields=["state", "adopted_by", "adopted_on", "note"])
    trail.record(actor, "adopted", programme, {"state": (State.DRAFT, State.ADOPTED)}, note=programme.note)
    return programme


@transaction.atomic
def close(actor, programme):
    """Closes it when its year is over; what was not audited is read from its lines."""
    programme = _open(actor, programme)
    if not is_over(programme, actor.today):
        raise Refused(_("A programme is closed when its financial year is over."), code="too_early")
    was, programme.state = programme.state, State.CLOSED
    programme.save(update_fields=["state"])
    trail.record(actor, "closed", programme, {"state": (was, State.CLOSED)})
    return programme


@transaction.atomic
def plan(actor, line, **asked):
    """Plans the audit of a line that was taken into an adopted programme: `asked` as programme.plan takes it."""
    programme = _open(actor, line.programme)
    line = ProgrammeLine.objects.select_for_update(of=["self"]).select_related("audit", "organisation", "centre").get(pk=line.pk)
    if programme.state != State.ADOPTED or line.state != Line.TAKEN:
        raise Refused(_("Audits are planned from lines that are in an adopted programme."), code="not_taken")
    if line.audit_id and line.audit.state != Audit.State.CANCELLED:
        raise Refused(_("Its audit %(ref)s is planned already.") % {"ref": line.audit.ref}, code="planned")
    audit = planning.plan(actor, **asked)
    if (audit.organisation_id, audit.centre_id) != (line.organisation_id, line.centre_id):
        raise Refused.of(
            "organisation", _("This line of the programme is for %(subject)s.") % {"subject": line.centre or line.organisation}
        )
    line.audit = audit
    line.save(update_fields=["audit"])
    if audit.kind in (Audit.Kind.CERTIFICATION, Audit.Kind.RECERTIFICATION):
        selfassessment.begin(actor, audit)
        audit.refresh_from_db(fields=["state"])
    return audit


def _check_keeper(actor):
    if not policies.may_keep_programme(actor):
        raise Refused(_("The certification secretariat keeps the programme."), code="not_yours")


def _open(actor, programme):
    """The programme, locked; refused where it is closed."""
    _check_keeper(actor)
    programme = AuditProgramme.objects.select_for_update().get(pk=programme.pk)
    if programme.state == State.CLOSED:
        raise Refused(_("This programme is closed."), code="closed")
    return programme
