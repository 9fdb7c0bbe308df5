"""Closing cohorts: outcomes with their reasons, completions and certificates; and deciding one outcome again after a correction."""

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import completion, policies
from training.compliance import spans
from training.models import Attendance, Certificate, Cohort, Completion, Enrolment, SeatOffer

from . import evaluation
from .assessment import standing_scores, unreleased
from .issuing import issue
from .reaching import lock_officers, notice_to
from .register import in_conflict

State = Enrolment.State
DECIDED = [State.COMPLETED, State.NOT_COMPLETED]
WITHOUT_ANSWER = [State.NOMINATED, State.OFFERED, State.WAITLISTED]


def outcomes(cohort, only=None):
    """[(Enrolment, Outcome or None where a session is not marked)] of the officers with a seat in the hall, by name.
    `only`: ids of enrolments, where not all are asked for."""
    seats = cohort.enrolments.filter(state__in=[*Enrolment.SEATED, *DECIDED])
    if only is not None:
        seats = seats.filter(pk__in=only)
    seats = list(
        seats.select_related("officer__user", "organisation", "cohort").order_by("officer__surname", "officer__first_name", "pk")
    )
    sessions = list(cohort.sessions.filter(cancelled_at=None).values_list("pk", flat=True))
    found = Attendance.objects.filter(session__in=sessions, enrolment__in=[seat.pk for seat in seats])
    marks = {(e, s): m for e, s, m in found.values_list("enrolment", "session", "mark")}
    scores = standing_scores(cohort, [seat.pk for seat in seats])
    version = cohort.course_version
    rule = completion.Rule(version.minimum_attendance, version.pass_mark if version.assessed else None)
    decided = []
    for seat in seats:
        held = [marks.get((seat.pk, s)) for s in sessions]
        if None in held:
            decided.append((seat, None))
        else:
            stands = scores[seat.pk]
            below = stands.below if version.assessed else ()
            decided.append((seat, completion.outcome(held, stands.score, rule, stands.missing, below)))
    return decided


def unmarked(cohort):
    """Sessions in which someone expected in the hall is not marked, by number."""
    seats = set(cohort.enrolments.filter(state__in=Enrolment.SEATED).values_list("pk", flat=True))
    marked = {}
    for session, enrolment in Attendance.objects.filter(session__cohort=cohort).values_list("session", "enrolment"):
        marked.setdefault(session, set()).add(enrolment)
    return [s for s in cohort.sessions.filter(cancelled_at=None) if seats - marked.get(s.pk, set())]


@transaction.atomic
def close_cohort(actor, *, cohort):
    """Decides each outcome, records completions and issues certificates; a closed cohort is left as it is."""
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if not policies.may_close(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, close it."), code="not_allowed")
    if cohort.state == Cohort.State.CLOSED:
        return cohort
    today = clock.today()
    if cohort.state == Cohort.State.CANCELLED:
        raise Refused(_("%(cohort)s was cancelled.") % {"cohort": cohort.code}, code="cancelled")
    if cohort.ends_on > today:
        raise Refused(
            _("%(cohort)s ends on %(day)s; it is closed from then.") % {"cohort": cohort.code, "day": long_day(cohort.ends_on)},
            code="not_ended",
        )
    if in_conflict(cohort).exists():
        raise Refused(_("Marks in conflict wait to be settled."), code="in_conflict")
    if open_sessions := unmarked(cohort):
        numbers = ", ".join(str(s.number) for s in open_sessions)
        sentence = ngettext(
            "Session %(n)s is not marked for everyone.", "Sessions %(n)s are not marked for everyone.", len(open_sessions)
        ) % {"n": numbers}
        raise Refused(sentence, code="unmarked")
    if waiting := unreleased(cohort):
        raise Refused(
            _("Not released yet: %(parts)s. The cohort is closed once its results are.") % {"parts": ", ".join(waiting)},
            code="not_released",
        )
    decided = outcomes(cohort)
    lock_officers([seat.officer_id for seat, _o in decided])
    _withdraw_unanswered(actor, cohort)
    before = {seat.pk: seat.state for seat, _o in decided}
    for seat, said in decided:
        seat.state, seat.outcome_reason = _state(said), said.why
    Enrolment.objects.bulk_update([seat for seat, _o in decided], ["state", "outcome_reason"])
    was, cohort.state, cohort.closed_on = cohort.state, Cohort.State.CLOSED, today
    cohort.save(update_fields=["state", "closed_on"])
    version = cohort.course_version
    completions = Completion.objects.bulk_create(
        Completion(officer=seat.officer, course_version=version, enrolment=seat, on=today, until=_until(version, today))
        for seat, said in decided
        if said.completed
    )
    trail.record(
        actor, "closed", cohort, {"state": (was, cohort.state), "completed": (None, len(completions)), "of": (None, len(decided))}
    )
    trail.record_many(
        [
            trail.entry(actor, "decided", seat, {"state": (before[seat.pk], seat.state)}, seat.outcome_reason)
            for seat, _o in decided
        ]
    )
    issued = issue(actor, completions, today) if version.validity_months else []
    spans.refresh([c.officer_id for c in completions])
    _tell(cohort, decided, {c.completion.enrolment_id: c for c in issued})
    evaluation.invite(cohort, today)
    return cohort


def _state(outcome):
    return State.COMPLETED if outcome.completed else State.NOT_COMPLETED


def _until(version, on):
    return clock.add_months(on, version.validity_months) if version.validity_months else None


def _withdraw_unanswered(actor, cohort):
    """Who was never approved, never answered an offer or still waits when the cohort is closed, leaves it with the reason."""
    reason = _("The cohort was closed without an approval or an answer")
    seats = list(cohort.enrolments.filter(state__in=WITHOUT_ANSWER).select_related("officer", "cohort").order_by("pk"))
    if not seats:
        return
    cohort.enrolments.filter(pk__in=[seat.pk for seat in seats]).update(state=State.WITHDRAWN, withdrawn_reason=reason)
    open_offers = SeatOffer.objects.filter(enrolment__in=seats, outcome=SeatOffer.Outcome.OPEN)
    open_offers.update(outcome=SeatOffer.Outcome.LAPSED, settled_at=clock.now())
    outbox.cancel(seats, reason)
    trail.record_many([trail.entry(actor, "withdrew", seat, {"state": (seat.state, State.WITHDRAWN)}, reason) for seat in seats])


@transaction.atomic
def decide_again(actor, enrolment, reason):
    """The outcome of one officer of a closed cohort, from the marks and results as they now stand, after a correction that
    two people agreed to. Newly completed: a completion from the day the cohort was closed, and a certificate; no longer
    completed: the completion is withdrawn and its certificates are revoked for that reason. Returns the enrolment."""
    cohort = Cohort.objects.select_for_update().get(pk=enrolment.cohort_id)
    if cohort.state != Cohort.State.CLOSED:
        return enrolment
    lock_officers([enrolment.officer_id])
    [(seat, said)] = outcomes(cohort, only=[enrolment.pk]) or [(None, None)]
    if seat is None or said is None or (seat.state, seat.outcome_reason) == (_state(said), said.why):
        return seat or enrolment
    was, why = seat.state, seat.outcome_reason
    seat.state, seat.outcome_reason = _state(said), said.why
    seat.save(update_fields=["state", "outcome_reason"])
    changes = {"state": (was, seat.state), "outcome_reason": (why, said.why)}
    entry = trail.record(actor, "decided_again", seat, changes, reason)
    if was == seat.state:
        return seat
    certificate = _complete(actor, cohort, seat) if said.completed else _undo(actor, seat, reason)
    spans.refresh([seat.officer_id])
    _tell(cohort, [(seat, said)], {seat.pk: certificate} if said.completed and certificate else {}, again=entry.pk)
    return seat


def _complete(actor, cohort, seat):
    """The completion of a seat, new or standing again, and its certificate if the course gives one."""
    version = cohort.course_version
    done, new = Completion.objects.get_or_create(
        enrolment=seat,
        defaults={
            "officer": seat.officer,
            "course_version": version,
            "on": cohort.closed_on,
            "until": _until(version, cohort.closed_on),
        },
    )
    if not new:
        Completion.objects.filter(pk=done.pk).update(withdrawn_on=None)
    return next(iter(issue(actor, [done], clock.today())), None) if version.validity_months else None


def _undo(actor, seat, reason):
    """The completion of a seat no longer counts from today, and its certificates are revoked."""
    today = clock.today()
    Completion.objects.filter(enrolment=seat, withdrawn_on=None).update(withdrawn_on=today)
    standing = Certificate.objects.select_for_update(of=("self",)).filter(completion__enrolment=seat)
    standing = list(standing.exclude(state=Certificate.State.REVOKED).order_by("pk"))
    trail.record_many(
        [trail.entry(actor, "revoked", c, {"state": (c.state, Certificate.State.REVOKED)}, reason) for c in standing]
    )
    Certificate.objects.filter(pk__in=[c.pk for c in standing]).update(
        state=Certificate.State.REVOKED, state_on=today, state_reason=reason[:300]
    )


def _tell(cohort, decided, issued, again=None):
    """Queues each officer's outcome: certificate ready ({enrolment id: certificate}), completed, or not completed and why."""
    notices = []
    for seat, said in decided:
        certificate = issued.get(seat.pk)
        language = seat.officer.user.language if seat.officer.user else "en"
        with translation.override(language):
            words = {
                "name": seat.officer,
                "course": cohort.course_version.course.title,
                "why": said.why,
                "site": settings.SITE_URL,
            }
            if certificate:
                subject = _("Your certificate is ready: %(course)s") % words
                words |= {"number": certificate.number, "code": certificate.code}
                body = (
                    _(
                        "%(name)s,\n\nyou completed %(course)s. %(why)s\n\nCertificate %(number)s: %(site)s/my/training/\nAnyone can check it: %(site)s/verify/%(code)s/"
                    )
                    % words
                )
            elif said.completed:
                subject = _("Completed: %(course)s") % words
                body = _("%(name)s,\n\nyou completed %(course)s. %(why)s") % words
            elif again:
                subject = _("Not completed, after a correction: %(course)s") % words
                body = (
                    _(
                        "%(name)s,\n\na correction of the record changed your outcome: %(course)s is not completed. %(why)s\n\nA certificate for it is revoked. You may appeal: %(site)s/my/training/"
                    )
                    % words
                )
            else:
                subject = _("Not completed: %(course)s") % words
                body = _("%(name)s,\n\nyou did not complete %(course)s. %(why)s\n\nYour MDA can enrol you again.") % words
        key = f"outcome:enrolment-{seat.pk}" + (f":{again}" if again else "")
        notices += notice_to(seat.officer, key, subject, body, seat, language)
    outbox.queue_many(notices)
