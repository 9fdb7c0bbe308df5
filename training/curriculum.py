"""A course version in words, and what differs between two: the one comparison that pages, the API and publishing read."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .models import CourseVersion, Level
from .models.framework import AssessmentComponent

# The fields of a version that a draft may change.
FIELDS = [
    "mode", "days", "summary", "competencies", "assessment", "assessed", "moderated", "pass_mark", "minimum_attendance", "capacity",
    "validity_months",
]  # fmt: skip


@dataclass(frozen=True)
class Difference:
    label: str
    before: str
    after: str


def validity(months):
    return _("No certificate") if months == 0 else _("%(n)s months") % {"n": months} if months else ""


def label(field):
    return {
        "mode": _("Mode"),
        "days": _("Days"),
        "summary": _("What it covers"),
        "competencies": _("What is learned"),
        "assessment": _("Assessment"),
        "assessed": pgettext("course", "Decided by"),
        "moderated": _("Results"),
        "pass_mark": _("Pass mark"),
        "minimum_attendance": _("Attendance needed"),
        "capacity": _("Places in a cohort"),
        "validity_months": _("Certificate valid"),
    }[field]


def words(version, field):
    """The value of a field as people read it."""
    value = getattr(version, field)
    if field == "mode":
        return str(CourseVersion.Mode(value).label)
    if field == "days":
        return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
    if field == "competencies":
        return "; ".join(value)
    if field == "assessed":
        return _("Assessment and attendance") if value else _("Attendance alone")
    if field == "moderated":
        return _("Checked by a second person before release") if value else _("Released as they are entered")
    if field == "minimum_attendance":
        return f"{value}%"
    if field == "validity_months":
        return validity(value)
    return str(value)


def component_words(part):
    said = [str(AssessmentComponent.Kind(part.kind).label)]
    said.append(_("counts %(n)s%%") % {"n": part.weight} if part.weight else _("counts nothing"))
    if part.pass_mark is not None:
        said.append(_("pass mark %(n)s") % {"n": part.pass_mark})
    said += [f"{row['name']} {row['most']}" for row in part.rubric]
    return ", ".join(said)


def differences(before, after):
    """[Difference] of two versions of a course, with their parts. Four queries at most."""
    found = [
        Difference(label(field), words(before, field), words(after, field))
        for field in FIELDS
        if getattr(before, field) != getattr(after, field)
    ]
    parts = [{c.name: component_words(c) for c in version.components.all()} for version in (before, after)]
    found += _of_parts(_("Part of the assessment"), *parts)
    levels = [
        {t.competency.name: str(Level(t.level).label) for t in version.taught.select_related("competency")}
        for version in (before, after)
    ]
    return found + _of_parts(_("Competency"), *levels)


def _of_parts(what, old, new):
    names = [*old, *(name for name in new if name not in old)]
    return [
        Difference(f"{what}: {name}", old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name)
    ]
