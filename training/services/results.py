"""Results of assessment."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import AssessmentResult, Enrolment

from .locks import locked


@transaction.atomic
def record_results(actor, *, cohort, scores):
    """Records final scores, 0 to 100: {enrolment id: Decimal}. A correction keeps the old row: returns how many changed."""
    cohort = locked(actor, cohort, policies.may_record_results, _("Only the trainers of this cohort record its results."))
    if not cohort.course_version.assessed:
        raise Refused(_("This course has no assessment; attendance alone decides."), code="not_assessed")
    if cohort.starts_on > clock.today():
        raise Refused(
            _("%(cohort)s begins on %(day)s.") % {"cohort": cohort.code, "day": long_day(cohort.starts_on)}, code="not_begun"
        )
    if any(not 0 <= score <= 100 for score in scores.values()):
        raise Refused(_("A score is between 0 and 100."), code="score")
    seated = {e.pk: e for e in cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer", "cohort")}
    if set(scores) - set(seated):
        raise Refused(
            _("Someone scored here has no seat in %(cohort)s any more. Open the page again.") % {"cohort": cohort.code},
            code="no_seat",
        )
    standing = AssessmentResult.objects.filter(enrolment__in=list(scores), superseded_at=None)
    old = dict(standing.values_list("enrolment", "score"))
    changed = {pk: score for pk, score in scores.items() if old.get(pk) != score}
    if not changed:
        return 0
    at = clock.now()
    standing.filter(enrolment__in=list(changed)).update(superseded_at=at)
    AssessmentResult.objects.bulk_create(
        AssessmentResult(enrolment_id=pk, score=score, recorded_by=actor.user, recorded_at=at) for pk, score in changed.items()
    )
    trail.record_many(
        [trail.entry(actor, "recorded result", seated[pk], {"score": (old.get(pk), score)}) for pk, score in changed.items()]
    )
    return len(changed)
