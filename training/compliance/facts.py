"""The dated facts of officers, as rules.py wants them: read once, asked for any day."""

from dataclasses import dataclass, field

from django.db import connection

from centres.models import Excusal, Posting
from training.models import Completion, Course, CourseEquivalence, Waiver

from . import rules

# Where each requirement reaches over time: its MDA and all below it, as the tree was.
BINDINGS = """
WITH RECURSIVE reach (id, organisation_id, during) AS (
    SELECT id, organisation_id, in_force FROM training_requirement WHERE organisation_id IS NOT NULL
    UNION
    SELECT reach.id, l.organisation_id, reach.during * l.during
    FROM reach JOIN centres_reportingline l ON l.parent_id = reach.organisation_id AND l.during && reach.during
)
SELECT p.officer_id, r.course_id, lower(p.during * s.during), upper(p.during * s.during), r.due_within_days, r.id
FROM (SELECT id, organisation_id, during FROM reach UNION ALL SELECT id, NULL, in_force FROM training_requirement WHERE organisation_id IS NULL) s
JOIN training_requirement r ON r.id = s.id
JOIN centres_posting p ON p.cadre_id = r.cadre_id AND (s.organisation_id IS NULL OR s.organisation_id = p.organisation_id) AND p.during && s.during
WHERE p.officer_id = ANY (%s)
"""


@dataclass
class History:
    """One officer's facts; courses are ids."""

    posts: list = field(default_factory=list)
    bindings: list = field(default_factory=list)
    completions: list = field(default_factory=list)
    excusals: list = field(default_factory=list)
    waivers: list = field(default_factory=list)
    accepts: dict = field(default_factory=dict)

    def status(self, on):
        """Status with its reasons, or None on a day out of post."""
        if not any(rules.holds(post, on) for post in self.posts):
            return None
        return rules.status(on, self.bindings, self.completions, self.excusals, self.waivers, self.accepts)

    def stretch(self, course, on):
        """The unbroken days, as a half-open pair, in which the course has bound the officer around that day."""
        bound = [b.days for b in self.bindings if b.course == course]
        off = [o.days for o in (*self.excusals, *self.waivers)]
        return rules.first_day(on, bound, off), rules.first_day_not(on, bound, off)


def of_officers(officer_ids):
    """{officer id: History}, in six queries."""
    ids = list(officer_ids)
    accepts = {}
    for course, accepted in CourseEquivalence.objects.values_list("course", "accepted"):
        accepts.setdefault(course, []).append(accepted)
    found = {pk: History(accepts=accepts) for pk in ids}
    for officer, during in Posting.objects.filter(officer__in=ids).values_list("officer", "during"):
        found[officer].posts.append((during.lower, during.upper))
    for officer, during, pk in Excusal.objects.filter(officer__in=ids).values_list("officer", "during", "pk"):
        found[officer].excusals.append(rules.Off((during.lower, during.upper), pk))
    counted = Waiver.objects.filter(officer__in=ids, state__in=Waiver.COUNTED)
    for officer, during, pk in counted.values_list("officer", "during", "pk"):
        found[officer].waivers.append(rules.Off((during.lower, during.upper), pk))
    with connection.cursor() as cursor:
        cursor.execute(BINDINGS, [ids])
        for officer, course, first, end, days, requirement in cursor.fetchall():
            found[officer].bindings.append(rules.Binding(course, (first, end), days, requirement))
    rows = Completion.objects.filter(officer__in=ids).values_list(
        "officer", "course_version__course", "on", "until", "withdrawn_on", "pk"
    )
    for officer, course, on, until, withdrawn_on, pk in rows:
        end = min((d for d in (until, withdrawn_on) if d is not None), default=None)
        if end is None or on < end:
            found[officer].completions.append(rules.Held(course, on, end, pk))
    return found


def why(state, courses=None):
    """[(Course, fact code, {dates})] of a Status, with the courses fetched."""
    ids = {course for course, _code, _dates in state.why if course} | {
        dates.get("by") for _c, _code, dates in state.why if dates.get("by")
    }
    courses = courses or Course.objects.in_bulk(ids)
    return [
        (courses.get(course), code, dates | ({"by": courses[dates["by"]]} if dates.get("by") else {}))
        for course, code, dates in state.why
    ]
