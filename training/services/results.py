"""Results of assessment: recorded as drafts, or released at once where the course needs no second person."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import assessment, policies
from training.models import AssessmentResult, Enrolment

from .assessment import components, name_of
from .locks import locked

State = AssessmentResult.State


@transaction.atomic
def record_results(actor, *, cohort, scores, component=None, points=None, reason=""):
    """Records results of one part: `scores` {enrolment id: Decimal of 0 to 100}, `points` {enrolment id: [points by
    criterion]}, which make the score. A change keeps the old row; where results are moderated, a change of a released one
    needs a reason, and what stands counts until the new one is released. Returns how many changed."""
    cohort = locked(actor, cohort, policies.may_record_results, _("Only the trainers of this cohort record its results."))
    version, points = cohort.course_version, points or {}
    check_component(version, component)
    if cohort.starts_on > clock.today():
        raise Refused(
            _("%(cohort)s begins on %(day)s.") % {"cohort": cohort.code, "day": long_day(cohort.starts_on)}, code="not_begun"
        )
    scores = scores | {pk: score_of(component, got) for pk, got in points.items()}
    if any(not 0 <= score <= 100 for score in scores.values()):
        raise Refused(_("A score is between 0 and 100."), code="score")
    seated = seats(cohort)
    if set(scores) - set(seated):
        raise Refused(
            _("Someone scored here has no seat in %(cohort)s any more. Open the page again.") % {"cohort": cohort.code},
            code="no_seat",
        )
    standing, making = latest(component, list(scores))
    changed = {pk: s for pk, s in scores.items() if differs(making.get(pk) or standing.get(pk), s, points.get(pk))}
    if not changed:
        return 0
    again = [pk for pk in changed if pk in standing and differs(standing[pk], changed[pk], points.get(pk))]
    if version.moderated and again and not reason.strip():
        sentence = ngettext(
            "%(n)s result is released already. Say why it changes.",
            "%(n)s results are released already. Say why they change.",
            len(again),
        ) % {"n": len(again)}
        raise Refused.of("reason", sentence, "reason")
    at, state = clock.now(), State.DRAFT if version.moderated else State.RELEASED
    supersede([making[pk] for pk in changed if pk in making], at)
    if not version.moderated:
        supersede([standing[pk] for pk in changed if pk in standing], at)
    AssessmentResult.objects.bulk_create(
        AssessmentResult(
            enrolment_id=pk,
            component=component,
            score=score,
            points=[float(p) for p in points.get(pk, [])],
            state=state,
            reason=reason.strip()[:200] if pk in again else "",
            recorded_by=actor.user,
            recorded_at=at,
            released_at=None if version.moderated else at,
        )
        for pk, score in changed.items()
        if not version.moderated or pk in again or pk not in standing  # the same as what stands: the draft is withdrawn
    )
    was = standing | making
    verb = "drafted result" if version.moderated else "recorded result"
    trail.record_many(
        [
            trail.entry(actor, verb, seated[pk], {key(component): (was[pk].score if pk in was else None, score)}, reason.strip())
            for pk, score in changed.items()
        ]
    )
    return len(changed)


def check_component(version, component):
    """The part named must be one of the version's; no part only where it has none."""
    if not version.assessed:
        raise Refused(_("This course has no assessment; attendance alone decides."), code="not_assessed")
    known = components(version)
    if component not in (known or [None]):
        raise Refused(
            _("Say which part of the assessment: %(parts)s.") % {"parts": ", ".join(c.name for c in known)}
            if known
            else _("This course has one final score and no parts."),
            code="component",
        )


def score_of(component, points):
    try:
        return assessment.points_to_score(points, component.rubric if component else [])
    except (ValueError, ArithmeticError) as wrong:
        rubric = component.rubric if component else []
        at = wrong.args[0] if wrong.args and isinstance(wrong.args[0], int) else 0
        if at >= len(rubric):
            raise Refused(_("Give points for each of the %(n)s criteria.") % {"n": len(rubric)}, code="points") from None
        raise Refused(
            _("%(criterion)s: points from 0 to %(most)s.") % {"criterion": rubric[at]["name"], "most": rubric[at]["most"]},
            code="points",
            fields={f"points-{at}": [_("From 0 to %(most)s.") % {"most": rubric[at]["most"]}]},
        ) from None


def key(component):
    """How the trail names the part."""
    return component.name if component else "score"


def seats(cohort):
    """{enrolment id: Enrolment} of those expected in the hall."""
    return {e.pk: e for e in cohort.enrolments.filter(state__in=Enrolment.SEATED).select_related("officer", "cohort")}


def latest(component, enrolments):
    """({enrolment id: released row that stands}, {enrolment id: row in the making}) of one part."""
    rows = AssessmentResult.objects.filter(enrolment__in=enrolments, component=component, superseded_at=None)
    standing, making = {}, {}
    for row in rows:
        (standing if row.state == State.RELEASED else making)[row.enrolment_id] = row
    return standing, making


def differs(row, score, points=None):
    return row is None or row.score != score or (points is not None and row.points != [float(p) for p in points])


def supersede(rows, at):
    AssessmentResult.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=at)


@transaction.atomic
def send_again(actor, *, cohort, component=None):
    """Drafts that were sent back stand as they are: they wait for a second person again."""
    cohort = locked(actor, cohort, policies.may_record_results, _("Only the trainers of this cohort record its results."))
    back = AssessmentResult.objects.in_the_making().filter(enrolment__cohort=cohort, component=component).exclude(sent_back="")
    n = back.update(sent_back="")
    if n:
        trail.record(actor, "sent results again", cohort, {"component": (None, name_of(component)), "results": (None, n)})
    return n
