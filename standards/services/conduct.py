"""Findings on the conduct of staff: which officers of the place lack their training, and which cohorts have seats for them."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Cadre, Officer
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import FindingNomination
from training.compliance import people
from training.models import ComplianceSpan, CourseEquivalence, RequirementScope
from training.services import nominations, placing

from . import editions

FRONTLINE = "FRT"
SHOWN = 5  # cohorts


@dataclass
class Proposal:
    """`wanting`: frontline officers of the place whose training is not up to date; `seated`: of these in a cohort to come.
    `names`: officers without a seat, for their HR officer only; `done`: nominated because of this finding."""

    wanting: int
    seated: int
    cohorts: list
    names: list = field(default_factory=list)
    done: int = 0
    nominates: bool = False


def concerns(finding):
    """Whether one of its elements belongs to a criterion about the conduct of staff."""
    criteria = editions.process_of(finding.audit.edition).conduct_criteria
    return finding.is_nonconformity and any(e.criterion.code in criteria for e in finding.elements.all())


def lacking(finding, on):
    """Spans of the day of the frontline officers of the finding's place who are due or overdue."""
    spans = ComplianceSpan.objects.on(on).filter(
        cadre_id__in=_cadres(), status__in=[people.code("due"), people.code("overdue")]
    )
    if finding.site.centre_id:
        return spans.filter(people.at_centre(finding.site.centre_id, on))
    return spans.filter(organisation_id=finding.audit.organisation_id)


def _cadres():
    return list(Cadre.objects.filter(code=FRONTLINE).values_list("pk", flat=True))


def _courses(on):
    """Courses required of frontline officers, and those accepted in their place."""
    required = set(RequirementScope.objects.filter(draft=0, cadre_id__in=_cadres(), during__contains=on).values_list("course_id", flat=True))
    return required | set(CourseEquivalence.objects.filter(course__in=required).values_list("accepted", flat=True))


def proposal(scope, finding):
    """The Proposal as the scope may see it; None where the finding is not about conduct. Names are for the MDA's own HR officer."""
    if not concerns(finding):
        return None
    on = scope.today
    spans = lacking(finding, on)
    nominates = policies.may_nominate_for_finding(scope, finding)
    if nominates:
        spans = spans.visible_to(scope)
    without = list(spans.exclude(people.has_seat(on)).values_list("officer_id", flat=True))
    wanting = spans.count()
    cohorts = list(placing.open_cohorts(scope).filter(course_version__course__in=_courses(on))[:SHOWN]) if wanting else []
    names = list(Officer.objects.visible_to(scope).filter(pk__in=without).order_by("surname", "first_name")) if nominates else []
    return Proposal(wanting, wanting - len(without), cohorts, names, finding.nominations.count(), nominates and bool(names and cohorts))


@transaction.atomic
def nominate(actor, finding, *, cohort, officers):
    """Nominates officers (ids) of the place to the cohort, and writes down that the finding is why."""
    if not policies.may_nominate_for_finding(actor, finding):
        raise Refused(_("The HR officer of the MDA nominates."), code="not_yours")
    if not concerns(finding):
        raise Refused(_("This finding is not about the conduct of staff."), code="not_about_conduct")
    own = set(lacking(finding, actor.today).visible_to(actor).filter(officer__in=list(officers)).values_list("officer_id", flat=True))
    if not own:
        sentence = _("Choose at least one officer.")
        raise Refused.of("officers", sentence, "nobody")
    made = nominations.nominate(actor, cohort=cohort, officers=own)
    now = clock.now()
    FindingNomination.objects.bulk_create(
        [FindingNomination(finding=finding, enrolment=e, made_by=actor.user, made_at=now) for e in made.seated + made.waiting],
        ignore_conflicts=True,
    )
    trail.record(actor, "nominated for finding", finding, {"cohort": (None, cohort.code), "officers": (None, len(made.seated + made.waiting))})
    return made


def officers_of(scope, refs):
    """Ids of the officers in sight with these refs."""
    return list(Officer.objects.visible_to(scope).filter(ref__in=refs).values_list("pk", flat=True))
