"""Applications: an MDA asks to be certified; the secretariat accepts by planning the audit, or refuses. Whoever asked does not decide."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Organisation, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Application, Audit, Certification

from . import programme, sampling, selfassessment, telling

State = Application.State


@transaction.atomic
def draft(actor, *, organisation, centre=None, **said):
    """Opens a draft of an MDA, or of one centre that it runs; `said` as `change` takes it."""
    if not policies.may_apply(actor) or not actor.covers(organisation.pk):
        raise Refused(_("A service champion or the authorised officer applies for the own MDA."), code="not_yours")
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)  # two who draft at once take turns
    if Application.objects.filter(organisation=organisation, centre=centre, state__in=[State.DRAFT, State.SENT]).exists():
        raise Refused.of(
            "organisation", _("%(subject)s has an application that is not decided.") % {"subject": centre or organisation}, "open"
        )
    made = Application(organisation=organisation, centre=centre)
    _write(actor, made, **said)
    trail.record(actor, "drafted", made)
    return made


@transaction.atomic
def change(actor, application, **said):
    """Changes a draft: scope_text, contact, wished_from, note, centres."""
    application = _locked(application)
    if not policies.may_change_application(actor, application):
        raise Refused(_("An application is changed as a draft, by those who may send it."), code="not_yours")
    _write(actor, application, **said)
    trail.record(actor, "changed", application)
    return application


def _write(actor, application, *, scope_text, contact, wished_from=None, note="", centres=()):
    if not scope_text.strip():
        raise Refused.of("scope_text", _("Name the services, as the certificate is to name them."))
    if not contact.strip():
        raise Refused.of("contact", _("Say whom the secretariat may ask."))
    asked = [*centres, *([application.centre] if application.centre else [])]
    below = organisations_below(application.organisation_id, actor.today)
    if foreign := [c for c in asked if c.organisation_id not in below]:
        raise Refused.of("centres", _("%(centre)s is not run by %(mda)s.") % {"centre": foreign[0], "mda": application.organisation})
    application.scope_text, application.contact = scope_text.strip(), contact.strip()
    application.wished_from, application.note = wished_from, note.strip()
    application.save()
    application.centres.set([] if application.centre else centres)


@transaction.atomic
def send(actor, application):
    """Sends a draft to the secretariat; from then on it does not change."""
    application = _locked(application)
    if application.state == State.SENT:
        return application
    if not policies.may_change_application(actor, application):
        raise Refused(_("An application is sent by the service champion or the authorised officer."), code="not_yours")
    application.state, application.applied_by, application.applied_at = State.SENT, actor.user, clock.now()
    application.save(update_fields=["state", "applied_by", "applied_at"])
    trail.record(actor, "sent", application, {"state": (State.DRAFT, State.SENT)})
    words = {"subject": application, "scope": application.scope_text}
    telling.those(
        application,
        Role.SECRETARIAT,
        f"application-sent:{application.pk}",
        lambda: _("%(subject)s applies for certification") % words,
        lambda: _("%(subject)s applies for certification: %(scope)s.") % words,
        application.get_absolute_url(),
    )
    return application


@transaction.atomic
def withdraw(actor, application):
    """The MDA takes it back while it is not decided."""
    application = _locked(application)
    if application.state == State.WITHDRAWN:
        return application
    if not policies.may_withdraw_application(actor, application):
        raise Refused(_("Only an application that is not decided is withdrawn."), code="not_yours")
    was, application.state = application.state, State.WITHDRAWN
    application.save(update_fields=["state"])
    trail.record(actor, "withdrew", application, {"state": (was, State.WITHDRAWN)})
    return application


@transaction.atomic
def refuse(actor, application, *, reason):
    application = _decidable(actor, application)
    if not reason.strip():
        raise Refused.of("reason", _("Say why."))
    _decide(actor, application, State.REFUSED, reason.strip())
    words = {"subject": application, "reason": application.decision_reason}
    telling.auditee(
        application,
        f"application-refused:{application.pk}",
        lambda: _("The application of %(subject)s is not accepted") % words,
        lambda: _("The certification secretariat does not accept the application of %(subject)s.\n\nReason: %(reason)s") % words,
        application.get_absolute_url(),
    )
    return application


def standing_certification(organisation, centre=None):
    """The certification of an MDA, or of one centre, that another audit would renew, or None."""
    held = Certification.objects.filter(organisation=organisation, centre=centre)
    return held.standing().order_by("-expires_on").first()


def centres_of(application):
    """The centres applied for."""
    return sampling.centres_of(application.organisation_id, application, clock.today())


@transaction.atomic
def accept(actor, application, *, reason="", **asked):
    """Accepts it by planning its audit: `asked` as programme.plan takes it. A certification that stands is to be renewed."""
    application = _decidable(actor, application)
    if asked["starts_on"] < actor.today:
        raise Refused.of("starts_on", _("Choose days to come."))
    standing = standing_certification(application.organisation, application.centre)
    kind = Audit.Kind.RECERTIFICATION if standing else Audit.Kind.CERTIFICATION
    audit = programme.plan(actor, **({"kind": kind, "certification": standing, "scope_text": application.scope_text} | asked))
    if (audit.organisation_id, audit.centre_id) != (application.organisation_id, application.centre_id):
        raise Refused.of("organisation", _("This application is of %(subject)s.") % {"subject": application})
    allowed = set(centres_of(application).values_list("pk", flat=True))
    if application.centre_id is None and not set(audit.sites.exclude(centre=None).values_list("centre", flat=True)) <= allowed:
        raise Refused.of("centres", _("Only centres that were applied for are audited."))
    selfassessment.begin(actor, audit)
    audit.refresh_from_db(fields=["state"])
    application.audit = audit
    _decide(actor, application, State.ACCEPTED, reason.strip())
    words = {"subject": application, "ref": audit.ref}
    telling.auditee(
        application,
        f"application-accepted:{application.pk}",
        lambda: _("The application of %(subject)s is accepted") % words,
        lambda: _("The certification secretariat accepts the application of %(subject)s. Its audit is %(ref)s.") % words,
        reverse("standards:audit", args=[audit.ref]),
    )
    return audit


def _decidable(actor, application):
    application = _locked(application)
    if application.applied_by_id and actor.user is not None and application.applied_by_id == actor.user.pk:
        raise Refused(_("Whoever applied does not decide."), code="applied")
    if application.state != State.SENT:
        raise Refused(_("Only an application that was sent is decided."), code="not_sent")
    if not policies.may_decide_application(actor, application):
        raise Refused(_("The certification secretariat decides on applications."), code="not_yours")
    return application


def _decide(actor, application, state, reason):
    application.state, application.decision_reason = state, reason
    application.decided_by, application.decided_at = actor.user, clock.now()
    application.save(update_fields=["state", "decision_reason", "decided_by", "decided_at", "audit"])
    trail.record(
        actor, "accepted" if state == State.ACCEPTED else "refused", application, {"state": (State.SENT, state)}, note=reason
    )


def _locked(application):
    return Application.objects.select_for_update(of=["self"]).select_related("organisation", "centre").get(pk=application.pk)
