"""What comes before a course, and what counts in its place. A change of what counts changes the status of those who hold it."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Posting
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from training import policies
from training.compliance import spans
from training.models import Completion, Course, CourseEquivalence, CoursePrerequisite, Requirement

# Verbs of the trail; the loader of the reference files reads them: what a page has set is no longer the files'.
SET_PREREQUISITES = "set prerequisites"
SET_EQUIVALENTS = "set equivalents"


def _changed(actor, course, accepted, model, verb):
    """Makes `accepted` the courses that `model` links to `course`: (codes added, codes removed). The course is locked."""
    if not policies.may_change_framework(actor):
        raise Refused(_("Coordinators change the courses."), code="not_allowed")
    course = Course.objects.select_for_update().get(pk=course.pk)
    wanted = {c.pk: c for c in accepted}
    if course.pk in wanted:
        raise Refused(
            _("A course cannot stand before itself or in its own place."),
            code="itself",
            fields={"accepted": [_("A course cannot stand before itself or in its own place.")]},
        )
    held = {row.accepted_id: row for row in model.objects.filter(course=course).select_related("accepted")}
    new, gone = [c for pk, c in wanted.items() if pk not in held], [row for pk, row in held.items() if pk not in wanted]
    if new or gone:
        model.objects.filter(pk__in=[row.pk for row in gone]).delete()
        model.objects.bulk_create(model(course=course, accepted=c) for c in new)
        before = ", ".join(sorted(row.accepted.code for row in held.values()))
        trail.record(actor, verb, course, {"accepted": (before, ", ".join(sorted(c.code for c in wanted.values())))})
    return {c.pk for c in new} | {row.accepted_id for row in gone}


@transaction.atomic
def set_prerequisites(actor, *, course, accepted):
    """Any one of these courses, unexpired on the first day, opens the course; none: open to everyone."""
    touched = _changed(actor, course, accepted, CoursePrerequisite, SET_PREREQUISITES)
    if touched:
        _no_circle()
    return bool(touched)


def _no_circle():
    """Refused where every way into a course would lead through itself."""
    before = {}
    for pk, first in CoursePrerequisite.objects.values_list("course", "accepted"):
        before.setdefault(pk, set()).add(first)
    reachable, grew = set(Course.objects.exclude(pk__in=before).values_list("pk", flat=True)), True
    while grew:
        more = {pk for pk, ways in before.items() if pk not in reachable and ways & reachable}
        reachable, grew = reachable | more, bool(more)
    if stuck := Course.objects.exclude(pk__in=reachable).order_by("code").first():
        sentence = _("Then nobody could ever begin %(course)s: what comes before it needs it first.") % {"course": stuck.title}
        raise Refused.of("accepted", sentence, "circle")


@transaction.atomic
def set_equivalents(actor, *, course, accepted):
    """A completion of one of these courses satisfies a requirement of `course`. Who holds one of those added or removed, and
    was ever in a cadre of which `course` is required, is judged anew."""
    touched = _changed(actor, course, accepted, CourseEquivalence, SET_EQUIVALENTS)
    if touched:
        cadres = Requirement.objects.filter(course=course, in_force__isempty=False).values("cadre")
        holders = Completion.objects.filter(course_version__course__in=touched).values("officer")
        bound = Posting.objects.filter(cadre__in=cadres, officer__in=holders).order_by()
        spans.refresh(bound.values_list("officer", flat=True).distinct())
    return bool(touched)
