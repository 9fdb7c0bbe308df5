"""Corrections that an officer asks for: the own MDA decides, the register follows, certificates are issued anew."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Officer
from centres.services import officers as register
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import policies
from training.models import CorrectionRequest

from . import awards, proof
from .reaching import lock_officers, notice_to

NAMES = ("first_name", "other_names", "surname")
FIELDS = (*NAMES, "gender", "personal_no", "email", "phone")
PROVED = {*NAMES, "personal_no"}  # corrected against a document
State = CorrectionRequest.State


@transaction.atomic
def ask(actor, *, values, reason, evidence=None):
    """The officer asks for `values` {field: as it should be}; what is as on record already is left out."""
    officer = actor.officer
    if officer is None or not policies.may_ask_for_correction(actor):
        raise Refused(_("Only the officer asks for a correction of the own record."), code="not_allowed")
    officer = lock_officers([officer.pk])[officer.pk]
    wrong = {
        name: [getattr(officer, name), values[name].strip()]
        for name in FIELDS
        if name in values and values[name].strip() != getattr(officer, name)
    }
    if not wrong:
        raise Refused(_("Change what is wrong; all of this is on record already."), code="nothing")
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is wrong."), "reason")
    if PROVED & set(wrong) and not evidence:
        raise Refused.of("evidence", _("A name or a personal number is corrected against a document: choose the file."), "evidence")
    if officer.correction_requests.filter(state=State.ASKED).exists():
        raise Refused(_("You have asked for a correction already. Withdraw it first, to ask for another."), code="asked")
    made = CorrectionRequest(officer=officer, fields=wrong, reason=reason.strip(), asked_at=clock.now())
    if evidence:
        file, _digest = proof.read(evidence)
        made.evidence.save(file.name, file, save=False)
    made.save(force_insert=True)
    trail.record(actor, "asked for a correction", made, wrong, made.reason)
    return made


@transaction.atomic
def make(actor, *, request, reason=""):
    """The register is corrected as asked; once a name changed, standing certificates are issued anew. Again: nothing more."""
    request, changed = _decided(actor, request, State.MADE, reason)
    if not changed:
        return request
    values = {name: pair[1] for name, pair in request.fields.items()}
    officer = register.correct(actor, officer=request.officer, **values)
    if set(NAMES) & set(values):
        _account_follows(actor, officer)
        awards.reissue(actor, officer=officer)
    request.officer = officer
    _tell(request)
    return request


@transaction.atomic
def refuse(actor, *, request, reason):
    """Nothing is corrected, and the officer is told why."""
    if not reason.strip():
        raise Refused.of("reason", _("Say why it is not corrected."), "reason")
    request, changed = _decided(actor, request, State.REFUSED, reason)
    if changed:
        _tell(request)
    return request


@transaction.atomic
def withdraw(actor, *, request):
    """The officer takes the own request back."""
    request = _held(actor, request)
    if not policies.may_withdraw_correction(actor, request):
        raise Refused(_("Only who asked withdraws the request, while nobody has decided."), code="not_allowed")
    request.state = State.WITHDRAWN
    request.save(update_fields=["state"])
    trail.record(actor, "withdrew", request, {"state": (State.ASKED, State.WITHDRAWN)})
    return request


def to_decide(scope):
    """What waits for this person: never one's own."""
    if not policies.may_decide_correction(scope):
        return CorrectionRequest.objects.none()
    return CorrectionRequest.objects.visible_to(scope).filter(state=State.ASKED).exclude(officer__user=scope.user)


def open_evidence(request):
    """(file, media type, the name to save it under)."""
    return proof.opened(request.evidence, f"correction-{request.pk}")


def _held(actor, request):
    """The request under lock, its officer locked first."""
    lock_officers([request.officer_id])
    found = CorrectionRequest.objects.visible_to(actor).select_for_update(of=("self",)).select_related("officer__user")
    found = found.filter(pk=request.pk).first()
    if found is None:
        raise Refused(_("This request is not yours to see."), code="not_yours")
    return found


def _decided(actor, request, state, reason):
    """(the request, whether it changed)"""
    request = _held(actor, request)
    if request.state == state:
        return request, False
    if request.state != State.ASKED:
        raise Refused(_("This request is %(state)s already.") % {"state": request.get_state_display().lower()}, code="decided")
    if not policies.may_decide_correction(actor, request):
        raise Refused(_("An HR or authorised officer of the MDA decides, never on the own record."), code="not_allowed")
    request.state, request.decision_reason = state, reason.strip()
    request.decided_by, request.decided_at = actor.user, clock.now()
    request.save(update_fields=["state", "decision_reason", "decided_by", "decided_at"])
    verb = "made the correction" if state == State.MADE else "refused"
    trail.record(actor, verb, request, {"state": (State.ASKED, state)}, request.decision_reason)
    return request, True


def _account_follows(actor, officer):
    """Who signs in is called as the register says."""
    user = officer.user
    if user and user.name != officer.full_name:
        was, user.name = user.name, officer.full_name
        user.save(update_fields=["name"])
        trail.record(actor, "name corrected", user, {"name": (was, user.name)})


def words(fields):
    """[(label, as it is, as it should be)] of a request's fields, for a person."""
    genders = dict(Officer.Gender.choices)
    for name in FIELDS:
        if name in fields:
            pair = [genders.get(v, v) if name == "gender" else v for v in fields[name]]
            yield Officer._meta.get_field(name).verbose_name, *pair


def _tell(request):
    officer = request.officer
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        lines = "\n".join(f"{label}: {new or '–'}" for label, _old, new in words(request.fields))
        said = {"name": officer, "lines": lines, "reason": request.decision_reason}
        if request.state == State.MADE:
            subject = _("Your record is corrected")
            body = _("%(name)s,\n\nthe register now says:\n%(lines)s") % said
            if set(NAMES) & set(request.fields):
                body += "\n\n" + _("Certificates in force are issued anew in this name; the old ones are superseded.")
        else:
            subject = _("Your record is not corrected")
            body = _("%(name)s,\n\nyou asked for:\n%(lines)s\n\nIt was not corrected.\nReason: %(reason)s") % said
    outbox.queue_many(notice_to(officer, f"correction-{request.state}:{request.pk}", subject, body, request, language))
