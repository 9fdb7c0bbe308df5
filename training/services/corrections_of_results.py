"""Results after the cohort is closed: one person asks, another decides, and the outcome is decided anew."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import completion, policies
from training.models import AssessmentResult, Cohort, Correction, Enrolment

from . import awards
from .assessment import DECIDED, name_of
from .moderation import tell
from .results import check_component, key, latest, supersede


def of_results():
    """Corrections of results, not of marks."""
    return Correction.objects.filter(session=None, score__isnull=False)


def to_decide(scope):
    """Those asked for in cohorts that the scope moderates, oldest first; each knows whether it is the scope's own."""
    asked = of_results().visible_to(scope).filter(state=Correction.State.ASKED)
    asked = asked.select_related("enrolment__cohort", "enrolment__officer", "component", "asked_by").order_by("pk")
    rows = list(asked) if policies.may_moderate(scope) else []
    for row in rows:
        row.name, row.mine = name_of(row.component), row.asked_by_id == scope.user.pk
    return rows


@transaction.atomic
def ask(actor, *, enrolment, component=None, score, reason):
    """Asks that a released result of a closed cohort be changed; nothing changes until another person agrees."""
    cohort, seat = _locked(enrolment)
    if not policies.may_record_results(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, ask for a correction."), code="not_allowed")
    if cohort.state != Cohort.State.CLOSED or seat.state not in DECIDED:
        raise Refused(_("%(cohort)s is not closed: record the result itself.") % {"cohort": cohort.code}, code="not_closed")
    check_component(cohort.course_version, component)
    stands = latest(component, [seat.pk])[0].get(seat.pk)
    if not 0 <= score <= 100:
        raise Refused.of("score", _("A score is between 0 and 100."), "score")
    if not reason.strip():
        raise Refused.of("reason", _("Say why the result is wrong."), "reason")
    if stands and stands.score == score:
        raise Refused.of("score", _("That is the score that stands."), "same")
    if of_results().filter(enrolment=seat, component=component, state=Correction.State.ASKED).exists():
        raise Refused(_("A correction of this result waits to be decided."), code="asked_already")
    asked = Correction.objects.create(
        enrolment=seat,
        component=component,
        score=score,
        was=completion.plain(stands.score) if stands else "",
        reason=reason.strip()[:300],
        asked_by=actor.user,
        asked_at=clock.now(),
    )
    trail.record(actor, "asked for correction", seat, {key(component): (asked.was or None, score)}, asked.reason)
    return asked


@transaction.atomic
def decide(actor, *, correction, agreed, reason=""):
    """Another person agrees or refuses. Agreed: the new result stands, the old is kept, the outcome is decided again."""
    cohort, seat = _locked(correction.enrolment)
    correction = Correction.objects.select_for_update(of=("self",)).select_related("component").get(pk=correction.pk)
    if not policies.may_moderate(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, decide a correction."), code="not_allowed")
    if correction.state != Correction.State.ASKED:
        return correction
    if actor.user and correction.asked_by_id == actor.user.pk:
        raise Refused(_("Whoever asked for a correction does not decide it."), code="own_work")
    if not agreed and not reason.strip():
        sentence = _("Say why the correction is refused.")
        raise Refused.of("reason", sentence, "reason")
    correction.state = Correction.State.MADE if agreed else Correction.State.REFUSED
    correction.decided_by, correction.decided_at, correction.decision_reason = actor.user, clock.now(), reason.strip()[:300]
    correction.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    trail.record(
        actor, "decided correction", seat, {"state": (Correction.State.ASKED, correction.state)}, correction.decision_reason
    )
    if agreed:
        make(actor, seat, correction)
    return correction


def make(actor, seat, correction):
    """Lets the agreed score stand; the cohort is locked and closed. On appeal it is the decider's own, else the asker's."""
    component, appealed = correction.component, correction.asked_by_id == seat.officer.user_id
    standing = latest(component, [seat.pk])[0]
    supersede(list(standing.values()), correction.decided_at)
    row = AssessmentResult.objects.create(
        enrolment=seat,
        component=component,
        score=correction.score,
        state=AssessmentResult.State.RELEASED,
        reason=correction.reason[:200],
        recorded_by=correction.decided_by if appealed else correction.asked_by,
        recorded_at=correction.asked_at,
        moderated_by=None if appealed else correction.decided_by,
        moderated_at=None if appealed else correction.decided_at,
        released_at=correction.decided_at,
    )
    trail.record(actor, "corrected result", seat, {key(component): (correction.was or None, correction.score)}, correction.reason)
    tell(seat.cohort, [row], {row.pk: standing[seat.pk]} if standing else {})
    awards.decide_again(actor, seat, correction.reason)


def _locked(enrolment):
    cohort = Cohort.objects.select_for_update(of=("self",)).select_related("course_version").get(pk=enrolment.cohort_id)
    return cohort, Enrolment.objects.select_for_update(of=("self",)).select_related("officer", "cohort").get(pk=enrolment.pk)
