"""Revoking, suspending and reinstating certificates, one or a range of numbers: one coordinator asks, another decides.

While a certificate is suspended its completion does not count; reinstated, it counts as though it had never been suspended
(the ledger still tells what was known on the days between). A completion stops counting only when none of its certificates
is valid any more: revoking paper that was replaced leaves the new paper, and the training, standing.
"""

import re

from django.db import connection, transaction
from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Organisation, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import policies
from training.compliance import spans
from training.models import Certificate, CertificateAct, Completion

from .reaching import lock_officers, notice_to

NUMBER = re.compile(r"CSE-\d{4}-\d{6}")
MOST = 10_000  # certificates in one act
Kind, Act, State = CertificateAct.Kind, CertificateAct.State, Certificate.State
FROM = {  # kind -> states of certificates that it changes
    Kind.REVOKE: [State.VALID, State.SUSPENDED, State.SUPERSEDED],
    Kind.SUSPEND: [State.VALID],
    Kind.REINSTATE: [State.SUSPENDED],
}
TO = {Kind.REVOKE: State.REVOKED, Kind.SUSPEND: State.SUSPENDED, Kind.REINSTATE: State.VALID}
VERBS = {Kind.REVOKE: "revoked", Kind.SUSPEND: "suspended", Kind.REINSTATE: "reinstated"}


def to_decide(scope):
    """Acts that wait for this coordinator."""
    if not policies.may_decide_certificate_act(scope):
        return CertificateAct.objects.none()
    return CertificateAct.objects.visible_to(scope).filter(state=Act.ASKED).exclude(asked_by=scope.user)


def in_range(first, last=""):
    """Certificates numbered from `first` to `last`, both included, of one year; Refused where that is no range."""
    first, last = first.strip().upper(), (last or first).strip().upper()
    for field, number in (("first_number", first), ("last_number", last)):
        if not NUMBER.fullmatch(number):
            sentence = _("Write the number as on the certificate, for example CSE-2026-000123.")
            raise Refused(sentence, code="number", fields={field: [sentence]})
    if first[:8] != last[:8] or last < first:
        sentence = _("The last number comes after the first, in the same year.")
        raise Refused.of("last_number", sentence, "range")
    return Certificate.objects.filter(number__gte=first, number__lte=last).order_by("number")


def preview(kind, first, last=""):
    """{"concerned": queryset of those the act would change, "left": [(state, how many)] it would not, "mdas": [(MDA's name,
    how many)], largest first}."""
    found = in_range(first, last)
    concerned = found.filter(state__in=FROM[kind])
    left = found.exclude(state__in=FROM[kind]).order_by("state").values_list("state").annotate(n=Count("pk"))
    return {"concerned": concerned, "left": list(left), "mdas": by_mda(concerned)}


def by_mda(found):
    """[(name of the MDA where the holder is posted today, or None, how many)], largest first."""
    found = found.order_by().filter(completion__officer__postings__during__contains=clock.today())
    counted = found.values_list("completion__officer__postings__organisation").annotate(n=Count("pk")).order_by("-n")
    names = dict(Organisation.objects.filter(pk__in=[pk for pk, _n in counted]).values_list("pk", "name"))
    return [(names[pk], n) for pk, n in counted]


@transaction.atomic
def ask(actor, *, kind, first, last="", reason):
    """Asks that the certificates numbered so are revoked, suspended or reinstated. Nothing changes until another decides."""
    if not policies.may_ask_certificate_act(actor):
        raise Refused(_("Only a coordinator asks for this."), code="not_allowed")
    kind = Kind(kind)
    if not reason.strip():
        raise Refused.of("reason", _("Say why."), "reason")
    concerned = in_range(first, last).filter(state__in=FROM[kind])
    numbers = list(concerned.values_list("number", "pk")[: MOST + 1])
    if not numbers:
        sentence = {
            Kind.REVOKE: _("No certificate with such a number can be revoked."),
            Kind.SUSPEND: _("No certificate with such a number is valid."),
            Kind.REINSTATE: _("No certificate with such a number is suspended."),
        }[kind]
        raise Refused.of("first_number", sentence, "none")
    if len(numbers) > MOST:
        raise Refused(_("At most %(n)s certificates at a time.") % {"n": MOST}, code="too_many_certificates")
    act = CertificateAct.objects.create(
        kind=kind, first_number=numbers[0][0], last_number=numbers[-1][0], reason=reason.strip(),
        asked_by=actor.user, asked_at=clock.now(),
    )  # fmt: skip
    Through = CertificateAct.certificates.through
    Through.objects.bulk_create([Through(certificateact_id=act.pk, certificate_id=pk) for _n, pk in numbers], batch_size=2000)
    trail.record(actor, "asked", act, {"kind": (None, kind), "certificates": (None, len(numbers))}, act.reason)
    _tell_deciders(act, len(numbers))
    return act


@transaction.atomic
def decide(actor, *, act, agree, reason=""):
    """Does what was asked, for every certificate of the act that it can still change, or refuses it with a reason."""
    act = CertificateAct.objects.select_for_update(of=("self",)).get(pk=act.pk)
    if act.state != Act.ASKED:
        raise Refused(_("This was decided already."), code="decided")
    if not policies.may_decide_certificate_act(actor, act):
        raise Refused(_("Whoever asked does not decide; another coordinator does."), code="not_allowed")
    if not agree and not reason.strip():
        raise Refused.of("reason", _("Say why."), "reason")
    act.state = Act.DONE if agree else Act.REFUSED
    act.decided_by, act.decided_at, act.decision_reason = actor.user, clock.now(), reason.strip()
    act.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    n = _carry_out(actor, act) if agree else 0
    trail.record(actor, "decided", act, {"state": (Act.ASKED, act.state), "changed": (None, n)}, act.decision_reason)
    return act


@transaction.atomic
def withdraw(actor, *, act):
    """Whoever asked takes the request back."""
    act = CertificateAct.objects.select_for_update(of=("self",)).get(pk=act.pk)
    if not policies.may_withdraw_certificate_act(actor, act):
        raise Refused(_("Only who asked withdraws it, while nobody has decided."), code="not_allowed")
    act.state = Act.WITHDRAWN
    act.save(update_fields=["state"])
    trail.record(actor, "withdrew", act, {"state": (Act.ASKED, act.state)})
    return act


def _carry_out(actor, act):
    """States, completions, statuses, trail and notices, each by one statement over the set: how many changed."""
    today = clock.today()
    lock_officers(act.certificates.values("completion__officer"))  # before the certificates, as closing a cohort does
    held = Certificate.objects.select_for_update(of=("self",)).filter(acts=act, state__in=FROM[act.kind])
    held = list(held.select_related("completion__officer__user").order_by("pk"))
    if not held:
        return 0
    ids, done = [c.pk for c in held], [c.completion_id for c in held]
    completions = Completion.objects.filter(pk__in=done)
    if act.kind == Kind.REINSTATE:
        # Only what the suspension took: a completion withdrawn for another reason stays withdrawn.
        since = {c.completion_id: c.state_on for c in held}
        lifted = [pk for pk, day in completions.values_list("pk", "withdrawn_on") if day == since[pk]]
        completions.filter(pk__in=lifted).update(withdrawn_on=None)
    before = {c.pk: c.state for c in held}
    Certificate.objects.filter(pk__in=ids).update(state=TO[act.kind], state_on=today, state_reason=act.reason)
    if act.kind == Kind.REINSTATE:
        _superseded_meanwhile(ids)
    else:
        still = Certificate.objects.filter(completion__in=done, state=State.VALID).values("completion")
        completions.exclude(pk__in=still).filter(withdrawn_on=None).update(withdrawn_on=today)
    spans.refresh({c.completion.officer_id for c in held})
    now = dict(Certificate.objects.filter(pk__in=ids).values_list("pk", "state"))
    trail.record_many([trail.entry(actor, VERBS[act.kind], c, {"state": (before[c.pk], now[c.pk])}, act.reason) for c in held])
    outbox.queue_many(notice for c in held for notice in _told(act, c, today))
    return len(held)


SUPERSEDED_MEANWHILE = """
    UPDATE training_certificate c SET state = 'superseded'
      FROM training_completion d WHERE d.id = c.completion_id AND c.id = ANY(%s) AND EXISTS (
        SELECT 1 FROM training_certificate later JOIN training_completion l ON l.id = later.completion_id
         WHERE l.officer_id = d.officer_id AND later.course_code = c.course_code AND later.state = 'valid' AND later.id > c.id)
"""


def _superseded_meanwhile(ids):
    """A certificate that was renewed while it was suspended comes back as what the newer one made it."""
    with connection.cursor() as cursor:
        cursor.execute(SUPERSEDED_MEANWHILE, [ids])


def _tell_deciders(act, n):
    """The other coordinators are told once that an act waits."""
    hats = Membership.objects.on(clock.today()).filter(role=Role.COORDINATOR).exclude(user=act.asked_by)
    notices = []
    for user in {hat.user for hat in hats.select_related("user")}:
        with translation.override(user.language):
            words = {"act": str(act), "n": n, "reason": act.reason, "by": act.asked_by or "", "name": user}
            subject = _("To be decided: %(act)s") % words
            body = (
                ngettext(
                    "%(name)s,\n\n%(by)s asks: %(act)s, %(n)s certificate.\nReason: %(reason)s",
                    "%(name)s,\n\n%(by)s asks: %(act)s, %(n)s certificates.\nReason: %(reason)s",
                    n,
                )
                % words
            )
        notices.append(
            outbox.notice(
                key=f"asked:act-{act.pk}:{user.pk}", to=user.email, subject=subject, body=body, about=act, language=user.language
            )
        )
    outbox.queue_many(notices)


def _told(act, certificate, day):
    """The notice to the holder."""
    officer = certificate.completion.officer
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        words = {
            "name": certificate.holder,
            "number": certificate.number,
            "course": certificate.course_title,
            "reason": act.reason,
            "day": long_day(day),
        }
        if act.kind == Kind.REVOKE:
            subject = _("Certificate %(number)s is revoked")
            body = _("%(name)s,\n\ncertificate %(number)s, %(course)s, is revoked from %(day)s.\nReason: %(reason)s")
        elif act.kind == Kind.SUSPEND:
            subject = _("Certificate %(number)s is suspended")
            body = _(
                "%(name)s,\n\ncertificate %(number)s, %(course)s, is suspended from %(day)s and does not count meanwhile.\nReason: %(reason)s"
            )
        else:
            subject = _("Certificate %(number)s is reinstated")
            body = _("%(name)s,\n\ncertificate %(number)s, %(course)s, counts again from %(day)s.\nReason: %(reason)s")
        key = f"{VERBS[act.kind]}:certificate-{certificate.pk}:{act.pk}"
        yield from notice_to(officer, key, subject % words, body % words, certificate, language)
