"""Where the assessment of a cohort stands: the one reading of results that outcomes, pages, exports and the API share."""

from collections import defaultdict

from django.utils.translation import gettext as _

from training import assessment
from training.models import AssessmentComponent, AssessmentResult, Enrolment

FINAL = None  # the one score of a version that has no components
DECIDED = [Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED]
HELD_TO_THE_END = [*Enrolment.SEATED, *DECIDED]


def components(version):
    """The parts of a version's assessment, in order; [] where one final score is recorded, or none."""
    return list(AssessmentComponent.objects.filter(course_version=version))


def parts(components):
    return [assessment.Part(c.pk, c.name, c.weight, c.pass_mark) for c in components]


def name_of(component):
    return component.name if component else _("Final score")


def score_by_part(results):
    """{enrolment id: {component id or None: score}}"""
    found = defaultdict(dict)
    for enrolment, component, score in results.values_list("enrolment", "component", "score"):
        found[enrolment][component] = score
    return found


def standing_scores(cohort, enrolments=None):
    """{enrolment id: assessment.Standing} of these (ids), or of everyone who held a seat to the end; from released results
    alone."""
    version = cohort.course_version
    counted = parts(components(version))
    if not counted:
        counted = [assessment.Part(FINAL, _("Final score"), 100)]
    if enrolments is None:
        enrolments = list(cohort.enrolments.filter(state__in=HELD_TO_THE_END).values_list("pk", flat=True))
    scores = score_by_part(AssessmentResult.objects.standing().filter(enrolment__in=enrolments))
    found = {}
    for pk in enrolments:
        of = scores.get(pk, {})
        if FINAL in of and len(counted) > 1:  # recorded as one score before its parts were told apart
            found[pk] = assessment.Standing(of[FINAL])
        else:
            found[pk] = assessment.overall(counted, of)
    return found


def unreleased(cohort):
    """Counted parts of the assessment that are not released: with a result in the making, or without any. [names]"""
    version = cohort.course_version
    if not version.assessed:
        return []
    results = AssessmentResult.objects.filter(enrolment__cohort=cohort, enrolment__state__in=Enrolment.SEATED, superseded_at=None)
    states = set(results.values_list("component", "state").distinct())
    making = {component for component, state in states if state != AssessmentResult.State.RELEASED}
    if not making and not version.moderated:
        return []
    done = {component for component, state in states if state == AssessmentResult.State.RELEASED}
    if version.moderated and not states and not cohort.enrolments.filter(state__in=Enrolment.SEATED).exists():
        return []
    wanting = [c for c in components(version) if c.weight] or [FINAL]
    keyed = [(c.pk if c else None, c) for c in wanting]
    return [name_of(c) for pk, c in keyed if pk in making or (version.moderated and pk not in done)]


def both_tests(cohorts):
    """{enrolment id: (score before, score in the last test)} of who sat both, or None where no such pair was given. `cohorts`:
    a queryset."""
    tests = AssessmentComponent.objects.filter(
        course_version__cohorts__in=cohorts, kind__in=[AssessmentComponent.Kind.PRE_TEST, AssessmentComponent.Kind.TEST]
    )
    before, after = {}, {}  # course version -> component
    for component in tests.order_by("number").distinct():
        (before if component.kind == AssessmentComponent.Kind.PRE_TEST else after)[component.course_version_id] = component.pk
    both = {(before[v], after[v]) for v in before if v in after}
    if not both:
        return None
    wanted = {key for pair in both for key in pair}
    results = AssessmentResult.objects.standing().filter(enrolment__cohort__in=cohorts, component__in=wanted)
    return {
        enrolment: (scores[a], scores[b])
        for enrolment, scores in score_by_part(results).items()
        for a, b in both
        if a in scores and b in scores
    }


def gain_of(cohorts):
    """The gain between the test before and the last test of cohorts (a queryset), learners matched one to one: a Gain, or
    None where no such pair of tests was given."""
    pairs = both_tests(cohorts)
    return None if pairs is None else assessment.gain(pairs.values())


def items_of(cohort):
    """[(component, [assessment.Item])] of those marked by criterion or item, from released results."""
    points = defaultdict(list)
    found = AssessmentResult.objects.standing().filter(enrolment__cohort=cohort).exclude(points=[])
    for component, got in found.values_list("component", "points"):
        points[component].append(got)
    return [(c, assessment.items(c.rubric, points[c.pk])) for c in components(cohort.course_version) if c.rubric and points[c.pk]]
