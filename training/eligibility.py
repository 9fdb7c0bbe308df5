"""Who may sit in a course, and why not: what an officer must hold on its first day."""

from django.db.models import Q
from django.utils.translation import gettext as _

from training.models import Completion, CourseEquivalence, CoursePrerequisite


def opened_by(course):
    """The courses of which any one opens `course`; none: it is open to everyone."""
    return [
        row.accepted
        for row in CoursePrerequisite.objects.filter(course=course).select_related("accepted").order_by("accepted__code")
    ]


def lacking_prerequisites(officers, course, on):
    """{officer id: why the officer may not sit in the course on the day}, of those who lack what must come before it.

    Any one of its prerequisites opens a course, or what is accepted in the place of one; it must be unexpired on `on`.
    Four queries at most, for any number of officers (an iterable of officers).
    """
    accepted = opened_by(course)
    if not accepted:
        return {}
    counting = {c.pk for c in accepted}
    counting |= set(CourseEquivalence.objects.filter(course__in=counting).values_list("accepted", flat=True))
    ids = [officer.pk for officer in officers]
    held = Completion.objects.filter(officer__in=ids, course_version__course__in=counting)
    standing = held.held_on(on).filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))
    having = set(standing.values_list("officer", flat=True))
    without = [pk for pk in ids if pk not in having]
    if not without:
        return {}
    once = set(held.filter(officer__in=without, on__lte=on).values_list("officer", flat=True))
    names = _(" or ").join(c.title for c in accepted)
    never = _("%(course)s comes after %(needed)s, which the officer does not hold.") % {"course": course.title, "needed": names}
    lapsed = _("%(course)s comes after %(needed)s, which the officer will no longer hold on the first day.") % {
        "course": course.title,
        "needed": names,
    }
    return {pk: lapsed if pk in once else never for pk in without}
