"""Changes of who must hold which course: drafted, their effect previewed, published or discarded, undone if they were wrong."""

import datetime as dt

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.compliance import spans
from training.models import CourseVersion, Requirement, RequirementChange, RequirementChangeLine
from training.models.framework import LONGEST_GRACE

from . import rule_effect

State, Act = RequirementChange.State, RequirementChangeLine.Act
UNDER_WAY = [State.PUBLISHING, State.UNDOING]
LAPSES = dt.timedelta(minutes=2)  # a worker that gives no sign of life is not waited for longer than this
CHUNK = 5000
EMPTY = DateRange(empty=True)


def _draft(actor, change):
    """The change under lock, still a draft, and the actor may work on it."""
    if not policies.may_change_rules(actor):
        raise Refused(_("Coordinators and administrators change the requirements."), code="not_allowed")
    change = RequirementChange.objects.select_for_update().get(pk=change.pk)
    if change.state != State.DRAFT:
        raise Refused(
            _("This change is %(state)s; only a draft is worked on.") % {"state": change.get_state_display().lower()},
            code="not_draft",
        )
    return change


# The draft.


@transaction.atomic
def draft(actor, *, title, authority=""):
    """An empty draft."""
    if not policies.may_change_rules(actor):
        raise Refused(_("Coordinators and administrators change the requirements."), code="not_allowed")
    change = RequirementChange.objects.create(
        title=title.strip(), authority=authority.strip(), drafted_by=actor.user, drafted_at=clock.now()
    )
    trail.record(actor, "drafted", change, {"authority": (None, change.authority)})
    return change


@transaction.atomic
def require(actor, *, change, cadre, course, organisation, first, until, due_within_days):
    """Adds: officers of the cadre (in the MDA and all below; null: everywhere) must hold the course from `first`, until the
    day `until` (null: for good), each within so many days of being bound."""
    change = _draft(actor, change)
    if until is not None and until <= first:
        raise Refused.of("until", _("It ends before it begins."), "dates")
    if not 0 <= due_within_days <= LONGEST_GRACE:
        raise Refused.of("due_within_days", _("Give 0 to %(most)s days.") % {"most": LONGEST_GRACE}, "due_within_days")
    line = RequirementChangeLine(
        change=change, act=Act.ADD, cadre=cadre, course=course, organisation=organisation, in_force=DateRange(first, until),
        due_within_days=due_within_days,
    )  # fmt: skip
    _sound(line, _in_force_after(change))
    line.save()
    _altered(actor, change, "added", line)
    return line


@transaction.atomic
def end(actor, *, change, requirement, on):
    """Adds: from `on` the requirement no longer binds."""
    change = _draft(actor, change)
    line = _ending(change, requirement, on)
    line.save()
    _altered(actor, change, "added", line)
    return line


@transaction.atomic
def new_edition(actor, *, change, requirement, on, due_within_days):
    """Adds both: the requirement ends on the day, and continues from it with another time to meet it."""
    end(actor, change=change, requirement=requirement, on=on)
    return require(
        actor, change=change, cadre=requirement.cadre, course=requirement.course, organisation=requirement.organisation, first=on,
        until=requirement.in_force.upper, due_within_days=due_within_days,
    )  # fmt: skip


@transaction.atomic
def remove(actor, *, change, line):
    """Takes a line off the draft."""
    change = _draft(actor, change)
    line = change.lines.filter(pk=line.pk).first()
    if line:
        line.delete()
        _altered(actor, change, "removed", line)


def _altered(actor, change, verb, line):
    """What was counted before is of another change."""
    change.preview, change.previewed_at, change.counted = {}, None, None
    change.save(update_fields=["preview", "previewed_at", "counted"])
    trail.record(actor, f"{verb} line", change, note=words(line))


def words(line):
    """One line of a change as a sentence."""
    if line.act == Act.END:
        said = {
            "what": line.requirement,
            "place": line.requirement.organisation or _("everywhere"),
            "day": long_day(line.ends_on),
        }
        return _("%(what)s (%(place)s): no longer required from %(day)s") % said
    said = {"cadre": line.cadre, "course": line.course, "place": line.organisation or _("everywhere")}
    said |= {"first": long_day(line.in_force.lower), "n": line.due_within_days}
    if line.in_force.upper is None:
        return _("%(cadre)s: %(course)s (%(place)s), required from %(first)s, due within %(n)s days") % said
    said["until"] = long_day(line.in_force.upper)
    return _("%(cadre)s: %(course)s (%(place)s), required from %(first)s until %(until)s, due within %(n)s days") % said


def _ending(change, requirement, on):
    during = requirement.in_force
    if during.isempty or (during.lower and on < during.lower) or (during.upper and on >= during.upper):
        raise Refused.of("on", _("The rule is not in force then."), "dates")
    if change.lines.filter(act=Act.END, requirement=requirement).exists():
        raise Refused(_("This change ends the rule already."), code="twice")
    return RequirementChangeLine(change=change, act=Act.END, requirement=requirement, ends_on=on)


def _in_force_after(change, without=None):
    """[(cadre, course, organisation, range)] of every rule as the change leaves it, but for the line `without`."""
    lines = [line for line in change.lines.all() if without is None or line.pk != without.pk]
    ends = {line.requirement_id: line.ends_on for line in lines if line.act == Act.END}
    found = []
    rules = Requirement.objects.filter(in_force__isempty=False)
    for pk, cadre, course, place, during in rules.values_list("pk", "cadre", "course", "organisation", "in_force"):
        if pk in ends:
            if during.lower == ends[pk]:
                continue
            during = DateRange(during.lower, ends[pk])
        found.append((cadre, course, place, during))
    return found + [(line.cadre_id, line.course_id, line.organisation_id, line.in_force) for line in lines if line.act == Act.ADD]


def _overlap(a, b):
    return (a.upper is None or b.lower is None or b.lower < a.upper) and (b.upper is None or a.lower is None or a.lower < b.upper)


def _sound(line, others):
    """Refuses a new rule that cannot be, or that says twice what holds already."""
    first = line.in_force.lower
    # A version without a day of publication comes from the reference files: taught since before the record.
    if not CourseVersion.objects.published().filter(Q(published_on=None) | Q(published_on__lte=first), course=line.course).exists():
        raise Refused.of(
            "course",
            _("%(course)s has no version published by %(day)s.") % {"course": line.course, "day": long_day(first)},
            "unpublished",
        )
    place = line.organisation
    if place and ((place.during.lower and first < place.during.lower) or (place.during.upper and first >= place.during.upper)):
        raise Refused.of(
            "organisation", _("%(mda)s does not exist on %(day)s.") % {"mda": place, "day": long_day(first)}, "organisation"
        )
    key = (line.cadre_id, line.course_id, line.organisation_id)
    for *other, during in others:
        if tuple(other) == key and _overlap(during, line.in_force):
            said = {"cadre": line.cadre, "course": line.course, "place": place or _("everywhere")}
            said["since"] = long_day(during.lower) if during.lower else _("before the record")
            said["until"] = _(" until %(day)s") % {"day": long_day(during.upper)} if during.upper else ""
            sentence = _(
                "%(course)s is required of %(cadre)s (%(place)s) from %(since)s%(until)s already. End that rule first, or give other days."
            )
            raise Refused(sentence % said, code="duplicate")


@transaction.atomic
def discard(actor, *, change):
    """Puts the draft aside; nothing was changed by it."""
    if RequirementChange.objects.filter(pk=change.pk, state=State.DISCARDED).exists():
        return
    change = _draft(actor, change)
    change.state, change.counted = State.DISCARDED, None
    change.save(update_fields=["state", "counted"])
    trail.record(actor, "discarded", change)


# The effect.


@transaction.atomic
def preview(actor, *, change, on=None):
    """Counts the effect on a day (the first on which the change does anything, unless given): exactly where few officers are
    concerned, else from a sample with its error; then the exact count is asked for as well. Returns the change."""
    change = _draft(actor, change)
    lines = list(change.lines.select_related("requirement"))
    if not lines:
        raise Refused(_("Add to the change first what it requires or ends."), code="empty")
    on = on or max(actor.today, rule_effect.first_day(lines))
    change.preview = rule_effect.estimate(lines, on)
    change.previewed_at, change.counted = clock.now(), None if change.preview["kind"] == "exact" else 0
    change.officers, change.claimed_at = change.preview["of"], None
    change.save(update_fields=["preview", "previewed_at", "counted", "officers", "claimed_at"])
    return change


def count_exactly(change_id):
    """Replaces the sample by the figure, batch by batch, each with a sign of life; given up when the draft is altered."""
    change = _claim(change_id, state=State.DRAFT, counted__isnull=False)
    if change is None:
        return
    lines, on = list(change.lines.select_related("requirement")), dt.date.fromisoformat(change.preview["on"])
    held = RequirementChange.objects.filter(
        pk=change.pk, state=State.DRAFT, previewed_at=change.previewed_at, counted__isnull=False
    )
    for done, found in rule_effect.exactly(lines, on):  # noqa: B007 - the last one is kept
        if not held.update(counted=done, claimed_at=clock.now()):
            return
    held.update(preview=found, counted=None, officers=found["of"], claimed_at=None)


@transaction.atomic
def _claim(change_id, **is_in):
    """The change, as this worker's; None when another has it or there is nothing to do."""
    change = RequirementChange.objects.select_for_update(skip_locked=True).filter(pk=change_id, **is_in).first()
    if change is None or (change.claimed_at and change.claimed_at > clock.now() - LAPSES):
        return None
    change.claimed_at = clock.now()
    change.save(update_fields=["claimed_at"])
    return change


def waiting():
    """([ids to apply or undo], [ids to count exactly]) that nobody works on."""
    free = RequirementChange.objects.filter(Q(claimed_at=None) | Q(claimed_at__lte=clock.now() - LAPSES)).order_by("pk")
    return (
        list(free.filter(state__in=UNDER_WAY).values_list("pk", flat=True)),
        list(free.filter(state=State.DRAFT, counted__isnull=False).values_list("pk", flat=True)),
    )


# Publishing and undoing.


def _alone():
    """One change of the rules at a time: until the transaction ends nobody else writes them; readers are not held up."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE training_requirement IN SHARE ROW EXCLUSIVE MODE")
    if other := being_applied():
        raise Refused(_("“%(title)s” is still being applied. Try again when it is done.") % {"title": other.title}, code="busy")


@transaction.atomic
def publish(actor, *, change, title="", authority=""):
    """Writes the rules (under this title and authority, where given); the statuses of those concerned follow in a job.
    Publishing again does nothing more."""
    if RequirementChange.objects.filter(pk=change.pk, state__in=[State.PUBLISHING, State.PUBLISHED]).exists():
        return RequirementChange.objects.get(pk=change.pk)
    change = _draft(actor, change)
    change.title, change.authority = title.strip() or change.title, authority.strip() or change.authority
    _alone()
    lines = list(change.lines.select_related("requirement", "cadre", "course", "organisation"))
    if not lines:
        raise Refused(_("Add to the change first what it requires or ends."), code="empty")
    if not change.authority:
        raise Refused(_("Say first by whose authority the rules change."), code="authority")
    for line in sorted(lines, key=lambda x: x.act == Act.ADD):  # endings first: a new edition takes the place of an old one
        if line.act == Act.END:
            _end_now(actor, change, line)
        else:
            _sound(line, _in_force_after(change, without=line))
            rule = line.requirement = Requirement.objects.create(
                cadre=line.cadre, course=line.course, organisation=line.organisation, in_force=line.in_force,
                due_within_days=line.due_within_days, authority=change.authority,
            )  # fmt: skip
            trail.record(
                actor, "published", rule, {"in force": (None, rule.in_force), "due within days": (None, rule.due_within_days)}
            )
        line.save(update_fields=["requirement", "was_in_force"])
    change.published_by, change.published_at = actor.user, clock.now()
    _start(change, lines, State.PUBLISHING)
    trail.record(actor, "published", change, {"officers": (None, change.officers)}, change.authority)
    return change


def _end_now(actor, change, line):
    rule = line.requirement = Requirement.objects.select_for_update(of=("self",)).get(pk=line.requirement_id)
    line.was_in_force = rule.in_force
    if rule.in_force.isempty or (rule.in_force.upper and rule.in_force.upper <= line.ends_on):
        raise Refused(
            _("%(rule)s is no longer in force on %(day)s.") % {"rule": rule, "day": long_day(line.ends_on)}, code="ended"
        )
    rule.in_force = _ended(line)
    rule.save(update_fields=["in_force"])
    trail.record(actor, "ended", rule, {"in force": (line.was_in_force, rule.in_force)}, change.title)


def _ended(line):
    was = line.was_in_force
    return EMPTY if was.lower == line.ends_on else DateRange(was.lower, line.ends_on)


def _start(change, lines, state):
    change.state, change.applied, change.applied_to, change.claimed_at, change.counted = state, 0, 0, None, None
    change.officers = len(rule_effect.touched(lines))
    change.save()


@transaction.atomic
def undo(actor, *, change, reason):
    """Takes the rules back as if the change had never been: those it made are in force on no day, those it ended are again
    what they were. Refused once a later change has built on it."""
    if not policies.may_change_rules(actor):
        raise Refused(_("Coordinators and administrators change the requirements."), code="not_allowed")
    change = RequirementChange.objects.select_for_update().get(pk=change.pk)
    if change.state in (State.UNDOING, State.UNDONE):
        return change
    if change.state != State.PUBLISHED:
        raise Refused(_("Only a published change is undone."), code="not_published")
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is undone."), "reason")
    _alone()
    lines = list(change.lines.select_related("requirement"))
    for line in lines:
        rule = line.requirement
        if rule.in_force != (_ended(line) if line.act == Act.END else line.in_force):
            raise Refused(
                _("A later change has altered %(rule)s (%(later)s). Undo that first.")
                % {"rule": rule, "later": _later(change, rule)},
                code="built_upon",
            )
        back = line.was_in_force if line.act == Act.END else EMPTY
        trail.record(actor, "undone", rule, {"in force": (rule.in_force, back)}, change.title)
        rule.in_force = back
        rule.save(update_fields=["in_force"])
    for line in lines:
        if line.act == Act.END:
            _stands_alone(line.requirement)
    change.undone_by, change.undone_at = actor.user, clock.now()
    _start(change, lines, State.UNDOING)
    trail.record(actor, "undone", change, note=reason.strip())
    return change


def _later(change, rule):
    later = RequirementChange.objects.filter(lines__requirement=rule, published_at__gt=change.published_at, state=State.PUBLISHED)
    return ", ".join(str(c) for c in later.distinct()) or _("another change")


def _stands_alone(rule):
    same = Requirement.objects.filter(cadre=rule.cadre_id, course=rule.course_id, organisation=rule.organisation_id)
    if other := same.filter(in_force__overlap=rule.in_force).exclude(pk=rule.pk).first():
        since = long_day(other.in_force.lower) if other.in_force.lower else _("before the record")
        raise Refused(
            _("%(rule)s was required anew from %(since)s. End that first.") % {"rule": rule, "since": since}, code="duplicate"
        )


def apply(change_id, officers=CHUNK):
    """Brings the statuses of those concerned in line with the rules, batch by batch; taken up where a dead worker left it."""
    change = _claim(change_id, state__in=UNDER_WAY)
    if change is None:
        return
    ids = [pk for pk in rule_effect.touched(list(change.lines.select_related("requirement"))) if pk > change.applied_to]
    mine = RequirementChange.objects.filter(pk=change.pk, state=change.state)
    for start in range(0, len(ids), officers):
        batch = ids[start : start + officers]
        with transaction.atomic():
            spans.refresh(batch)
            change.applied, change.applied_to = change.applied + len(batch), batch[-1]
            mine.update(applied=change.applied, applied_to=change.applied_to, claimed_at=clock.now())
    if change.applied > CHUNK:
        spans.build_checkpoints(clock.today())  # readers need not sum up so much that is new
    done = State.PUBLISHED if change.state == State.PUBLISHING else State.UNDONE
    mine.update(state=done, applied=change.applied, officers=change.applied, claimed_at=None)


def being_applied():
    """The change whose statuses are still following (`.applied` of `.officers`), or None: what dashboards tell their readers."""
    return RequirementChange.objects.filter(state__in=UNDER_WAY).order_by("pk").first()
