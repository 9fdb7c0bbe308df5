"""Training done elsewhere or before the portal: recorded with its evidence, counted once a second person has verified it."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Officer
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import policies
from training.compliance import spans
from training.models import Completion, PriorTraining

from . import proof
from .reaching import lock_officers, notice_to

State = PriorTraining.State


@transaction.atomic
def record(actor, *, officer, course_version, provider, title, on, evidence, until=None):
    """Keeps the claim and its evidence (an uploaded file); it counts for nothing yet. `until` (the first day on which it no
    longer counts) is otherwise the course version's own validity."""
    if not policies.may_record_prior_training(actor):
        raise Refused(_("An HR officer of the MDA, or the officer, records training done elsewhere."), code="not_allowed")
    lock_officers([officer.pk])
    if not Officer.objects.visible_to(actor).filter(pk=officer.pk).exists():
        raise Refused(_("The officer is no longer in your MDA."), code="not_yours")
    if on > actor.today:
        raise Refused.of("on", _("The day of completion lies in the future."), "dates")
    if until is None and course_version.validity_months:
        until = clock.add_months(on, course_version.validity_months)
    if until is not None and until <= on:
        raise Refused.of("until", _("It must be valid for a day at least after it was completed."), "dates")
    if PriorTraining.objects.filter(
        officer=officer, course_version__course=course_version.course_id, on=on, state__in=PriorTraining.STANDING
    ).exists():
        raise Refused(_("This training of %(name)s is recorded already.") % {"name": officer}, code="recorded")
    made = PriorTraining(
        officer=officer, course_version=course_version, provider=provider.strip(), title=title.strip(), on=on, until=until,
        claimed_by=actor.user, claimed_at=clock.now(),
    )  # fmt: skip
    file, made.evidence_sha256 = proof.read(evidence)
    made.evidence.save(file.name, file, save=False)
    made.save(force_insert=True)
    said = {"course": (None, course_version), "provider": (None, made.provider), "on": (None, on), "until": (None, until)}
    trail.record(actor, "recorded", made, said | {"sha256": (None, made.evidence_sha256)})
    return made


def _held(actor, prior):
    """The record under lock, its officer locked first."""
    lock_officers([prior.officer_id])
    found = PriorTraining.objects.visible_to(actor).select_for_update(of=("self",))
    found = found.select_related("officer__user", "claimed_by", "course_version__course").filter(pk=prior.pk).first()
    if found is None:
        raise Refused(_("This record is not yours to see."), code="not_yours")
    return found


def _decide(actor, prior, state, reason):
    """(the record, whether it changed)"""
    prior = _held(actor, prior)
    if not policies.may_verify_prior_training(actor, prior):
        raise Refused(_("Prior training is verified by a coordinator who did not record it."), code="not_allowed")
    if prior.state == state:
        return prior, False
    if prior.state != State.CLAIMED:
        raise Refused(_("This record is %(state)s already.") % {"state": prior.get_state_display().lower()}, code="decided")
    prior.state, prior.decision_reason = state, reason.strip()
    prior.decided_by, prior.decided_at = actor.user, clock.now()
    prior.save(update_fields=["state", "decision_reason", "decided_by", "decided_at"])
    trail.record(
        actor,
        "verified" if state == State.VERIFIED else "refused",
        prior,
        {"state": (State.CLAIMED, state)},
        prior.decision_reason,
    )
    return prior, True


def to_verify(scope):
    """What waits for this coordinator: not what the same person recorded, nor one's own."""
    if not policies.may_verify_prior_training(scope):
        return PriorTraining.objects.none()
    waiting = PriorTraining.objects.visible_to(scope).filter(state=State.CLAIMED)
    return waiting.exclude(claimed_by=scope.user).exclude(officer__user=scope.user)


@transaction.atomic
def verify(actor, *, prior, reason=""):
    """It counts from the day it was completed. Verifying again does nothing more."""
    prior, changed = _decide(actor, prior, State.VERIFIED, reason)
    if changed:
        Completion.objects.create(
            officer=prior.officer, course_version=prior.course_version, prior=prior, on=prior.on, until=prior.until
        )
        _tell(prior)
        spans.refresh([prior.officer_id])
    return prior


@transaction.atomic
def refuse(actor, *, prior, reason):
    """It does not count; whoever recorded it and the officer are told why."""
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is not recognised."), "reason")
    prior, changed = _decide(actor, prior, State.REFUSED, reason)
    if changed:
        _tell(prior)
    return prior


@transaction.atomic
def withdraw(actor, *, prior, reason):
    """The verification was wrong: from today the training no longer counts."""
    prior = _held(actor, prior)
    if not policies.may_withdraw_verification(actor, prior):
        raise Refused(_("Only a coordinator withdraws a verification."), code="not_allowed")
    if prior.state == State.WITHDRAWN:
        return prior
    if prior.state != State.VERIFIED:
        raise Refused(_("Only verified training is withdrawn."), code="not_verified")
    if not reason.strip():
        raise Refused.of("reason", _("Say why it no longer counts."), "reason")
    prior.state, prior.decision_reason = State.WITHDRAWN, reason.strip()
    prior.save(update_fields=["state", "decision_reason"])
    Completion.objects.filter(prior=prior, withdrawn_on=None).update(withdrawn_on=max(actor.today, prior.on))
    trail.record(actor, "withdrew", prior, {"state": (State.VERIFIED, State.WITHDRAWN)}, prior.decision_reason)
    _tell(prior)
    spans.refresh([prior.officer_id])
    return prior


def _tell(prior):
    """To the officer, and to whoever recorded it where that is another."""
    officer, claimed = prior.officer, prior.claimed_by
    for person, language in _readers(officer, claimed):
        with translation.override(language):
            words = {
                "name": officer,
                "title": prior.title,
                "course": prior.course_version.course,
                "reason": prior.decision_reason,
            }
            if prior.state == State.VERIFIED:
                subject = _("Recognised: %(title)s, %(name)s") % words
                body = _("%(title)s of %(name)s is recognised and counts as %(course)s.") % words
                if prior.until:
                    body += " " + _("Valid until %(day)s.") % {"day": long_day(prior.last_day)}
            elif prior.state == State.REFUSED:
                subject = _("Not recognised: %(title)s, %(name)s") % words
                body = _("%(title)s of %(name)s is not recognised as %(course)s.\nReason: %(reason)s") % words
            else:
                subject = _("No longer recognised: %(title)s, %(name)s") % words
                body = _("%(title)s of %(name)s no longer counts as %(course)s.\nReason: %(reason)s") % words
        key = f"prior-{prior.state}:{prior.pk}"
        if person is officer:
            outbox.queue_many(notice_to(officer, key, subject, body, prior, language))
        else:
            outbox.queue(key=f"{key}:claimed", to=person.email, subject=subject, body=body, language=language, about=prior)


def _readers(officer, claimed):
    yield officer, officer.user.language if officer.user else "en"
    if claimed and claimed.pk != officer.user_id:
        yield claimed, claimed.language


def open_evidence(prior):
    """(file, media type, the name to save it under)."""
    return proof.opened(prior.evidence, f"evidence-{prior.pk}")
