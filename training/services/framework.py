"""Versions of a course: drafted from the one before, published for good, retired; the database refuses to edit one that stands."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from training import curriculum, policies
from training.models import AssessmentComponent, Competency, Course, CourseVersion, TaughtCompetency

from . import materials

State, Kind = CourseVersion.State, AssessmentComponent.Kind
MOST_PARTS = 12


def _allowed(actor):
    if not policies.may_change_framework(actor):
        raise Refused(_("Coordinators change the courses."), code="not_allowed")


def _held(actor, version, state, sentence):
    """The version, its course locked first; refused unless it is in that state."""
    _allowed(actor)
    Course.objects.select_for_update(no_key=True).get(pk=version.course_id)
    version = CourseVersion.objects.select_for_update(of=("self",)).select_related("course").filter(pk=version.pk).first()
    if version is None:
        raise Refused(_("This draft was discarded meanwhile."), code="gone")
    if version.state != state:
        raise Refused(sentence % {"n": version.number, "state": version.get_state_display().lower()}, code=f"not_{state}")
    return version


def _draft(actor, version):
    return _held(actor, version, State.DRAFT, _("Version %(n)s is %(state)s and stays as it is. Draft the next one."))


@transaction.atomic
def draft_version(actor, *, course):
    """The next version of a course, as a draft that says what the latest says: its numbers, parts, levels and materials."""
    _allowed(actor)
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    latest = course.versions.order_by("-number").first()
    if latest is None:
        raise Refused(_("The course has no version to begin from."), code="no_version")
    if latest.state == State.DRAFT:
        raise Refused(_("Version %(n)s is drafted already. Work on that one.") % {"n": latest.number}, code="drafted")
    said = {field: getattr(latest, field) for field in curriculum.FIELDS}
    draft = CourseVersion.objects.create(
        course=course, number=latest.number + 1, state=State.DRAFT, drafted_by=actor.user, assumed=list(latest.assumed), **said
    )
    _write_components(draft, latest.components.values("kind", "name", "weight", "pass_mark", "rubric"))
    _write_taught(draft, dict(latest.taught.values_list("competency", "level")))
    materials.carry_over(latest, draft)
    trail.record(actor, "drafted", draft, note=f"from version {latest.number}")
    return draft


def _write_components(version, parts):
    AssessmentComponent.objects.bulk_create(
        AssessmentComponent(course_version=version, number=n, **part) for n, part in enumerate(parts, 1)
    )


def _write_taught(version, levels):
    TaughtCompetency.objects.bulk_create(
        TaughtCompetency(course_version=version, competency_id=pk, level=level) for pk, level in levels.items()
    )


@transaction.atomic
def change_draft(actor, *, version, components=None, taught=None, **fields):
    """Changes what a draft says. `fields`: of curriculum.FIELDS, and `changes` (what changed since the version before, in
    words). `components`: [{kind, name, weight, pass_mark, rubric}] in order; `taught`: {competency id: level}; both as a whole."""
    version = _draft(actor, version)
    unknown = set(fields) - {*curriculum.FIELDS, "changes"}
    if unknown:
        raise TypeError(f"not fields of a draft: {sorted(unknown)}")
    before = {name: getattr(version, name) for name in fields}
    for name, value in fields.items():
        setattr(version, name, value.strip() if isinstance(value, str) else value)
    changes = {name: (old, getattr(version, name)) for name, old in before.items() if old != getattr(version, name)}
    version.assumed = [name for name in version.assumed if name not in changes]  # somebody has now said it
    _sound(version)
    version.save()
    if components is not None:
        components = sound_components(components, version.assessed)
        held = list(version.components.values("kind", "name", "weight", "pass_mark", "rubric"))
        if held != components:
            version.components.all().delete()
            _write_components(version, components)
            changes["components"] = (_parts_in_words(held), _parts_in_words(components))
    elif not version.assessed and version.components.filter(weight__gt=0).exists():
        raise Refused.of("assessed", _("It has parts of an assessment; take these off first."), "components")
    if taught is not None:
        held = dict(version.taught.values_list("competency", "level"))
        if held != taught:
            _sound_levels(taught)
            version.taught.all().delete()
            _write_taught(version, taught)
            names = dict(Competency.objects.values_list("pk", "code"))
            changes["taught"] = tuple(", ".join(f"{names[pk]} {n}" for pk, n in sorted(d.items())) for d in (held, taught))
    if changes:
        trail.record(actor, "changed", version, changes)
    return version


def set_components(actor, *, version, components):
    """The parts of the assessment of a draft, as a whole."""
    return change_draft(actor, version=version, components=components)


def _parts_in_words(parts):
    return "; ".join(f"{part['name']} {part['weight']}%" for part in parts)


def _sound(version):
    if not Decimal("0.5") <= Decimal(str(version.days)) <= 200:
        raise Refused.of("days", _("Give half a day to 200 days."), "days")
    try:
        version.clean_fields(exclude=["course", "assumed", "competencies", "published_by", "drafted_by", "published_on"])
        version.validate_constraints()
    except ValidationError as wrong:
        fields = {name if name in curriculum.FIELDS else "__all__": list(texts) for name, texts in wrong.message_dict.items()}
        raise Refused(next(iter(fields.values()))[0], code="invalid", fields=fields)


def sound_components(parts, assessed=True):
    """The parts as they are stored; refused with a sentence where they make no assessment."""
    parts = [
        {
            "kind": part["kind"],
            "name": part["name"].strip(),
            "weight": 0 if part["kind"] == Kind.PRE_TEST else part.get("weight") or 0,
            "pass_mark": part.get("pass_mark"),
            "rubric": [{"name": row["name"].strip(), "most": row["most"]} for row in part.get("rubric") or []],
        }
        for part in parts
    ]

    def no(sentence):
        return Refused.of("components", sentence, "components")

    if len(parts) > MOST_PARTS:
        raise no(_("An assessment has at most %(n)s parts.") % {"n": MOST_PARTS})
    names = [part["name"].casefold() for part in parts]
    if not all(names) or len(set(names)) < len(names):
        raise no(_("Give each part a name of its own."))
    counted = [part for part in parts if part["kind"] != Kind.PRE_TEST]
    if counted and not assessed:
        raise no(_("Attendance alone decides this course, so no part of an assessment can count."))
    if any(not 1 <= part["weight"] <= 100 for part in counted):
        raise no(_("Each part but a test before the course counts 1 to 100%."))
    total = sum(part["weight"] for part in counted)
    if counted and total != 100:
        raise no(_("The weights add up to %(n)s%%; make it 100%%.") % {"n": total})
    if sum(part["kind"] == Kind.PRE_TEST for part in parts) > 1:
        raise no(_("There is one test before the course at most."))
    if len(counted) < len(parts) and not any(part["kind"] == Kind.TEST for part in counted):
        raise no(_("A test before the course shows the gain beside a test after it; add that one."))
    if any(part["pass_mark"] is not None and not 0 <= part["pass_mark"] <= 100 for part in parts):
        raise no(_("A pass mark is 0 to 100."))
    for part in parts:
        if any(not row["name"] or not 0 < row["most"] <= 1000 for row in part["rubric"]):
            raise no(_("Each criterion has a name and its highest points."))
    return parts


def _sound_levels(taught):
    if any(level not in (1, 2, 3) for level in taught.values()):
        raise Refused.of("taught", _("A level is 1, 2 or 3."), "level")
    if Competency.objects.filter(pk__in=taught).count() != len(taught):
        raise Refused.of("taught", _("There is no such competency."), "competency")


@transaction.atomic
def publish(actor, *, version):
    """From today new cohorts are of this version, and nobody ever changes it. Those before it are retired: cohorts that were
    planned keep theirs."""
    version = _draft(actor, version)
    before = version.course.versions.filter(number__lt=version.number).order_by("-number").first()
    if before and not curriculum.differences(before, version):
        raise Refused(_("It says the same as version %(n)s. Change something first.") % {"n": before.number}, code="same")
    if before and not version.changes:
        raise Refused.of("changes", _("Say what changed since version %(n)s.") % {"n": before.number}, "changes")
    sound_components(list(version.components.values("kind", "name", "weight", "pass_mark", "rubric")), version.assessed)
    earlier = list(version.course.versions.filter(state=State.PUBLISHED).select_for_update())
    for one in earlier:
        one.course, one.state = version.course, State.RETIRED
        one.save(update_fields=["state"])
        trail.record(
            actor, "retired", one, {"state": (State.PUBLISHED, State.RETIRED)}, f"version {version.number} was published"
        )
    version.state, version.published_on, version.published_by = State.PUBLISHED, actor.today, actor.user
    version.save(update_fields=["state", "published_on", "published_by"])
    said = {"state": (State.DRAFT, State.PUBLISHED), "published_on": (None, version.published_on)}
    trail.record(actor, "published", version, said, version.changes)
    return version


@transaction.atomic
def discard(actor, *, version):
    """Takes a draft away, with its parts."""
    version = _draft(actor, version)
    trail.record(actor, "discarded", version)
    materials.discard(version)
    version.components.all().delete()
    version.taught.all().delete()
    version.delete()


@transaction.atomic
def retire(actor, *, version, reason):
    """New cohorts can no longer be of this version. Cohorts, completions and certificates that name it stand."""
    version = _held(actor, version, State.PUBLISHED, _("Version %(n)s is %(state)s; only a published one is retired."))
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is no longer taught."), "reason")
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    trail.record(actor, "retired", version, {"state": (State.PUBLISHED, State.RETIRED)}, reason.strip())
    return version
