"""The independent decision on an audit, and the certification that follows from it."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from standards import policies, reasons, scoring
from standards.models import Audit, Certification, CertificationSite, Decision, Rating
from training import certificates
from training.services import awards

from . import audits, editions, findings, programme
from .numbers import next_number

TOLD = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


def assess(audit, measures=None):
    """{site: Result} for the decision: the submitted ratings, with the plans accepted and the findings open that day.
    `measures`: satisfaction and timeliness as scoring takes them; without them the best level is Commended."""
    rules, answers = editions.rules_of(audit.edition), findings.answers(audit)
    ratings = {}
    for rating in Rating.objects.filter(site__audit=audit).select_related("element"):
        ratings.setdefault(rating.site_id, {})[rating.element.code] = rating.value
    results, sheets = {}, {}
    for site in audit.sites.select_related("centre"):
        if site.applies_to not in sheets:
            sheets[site.applies_to] = editions.items(editions.elements_of(audit.edition, site.applies_to))
        items = sheets[site.applies_to]
        majors, plans = answers.get(site.pk, (0, frozenset()))
        results[site] = scoring.score_site(items, ratings.get(site.pk, {}), rules, plans_accepted=plans, open_majors=majors, measures=measures)
    return results


@transaction.atomic
def decide(actor, audit, *, outcome, reasons_given, measures=None):
    """Certifies, refuses or defers. Certifying issues the certification at once, at the lowest level of the audit's sites."""
    audit = Audit.objects.select_for_update(of=["self"]).select_related("organisation", "centre", "edition").get(pk=audit.pk)
    _check(actor, audit)
    if not reasons_given.strip():
        raise Refused(_("Give the reasons: they go to the MDA."), fields={"reasons": [_("Give the reasons: they go to the MDA.")]})
    results = assess(audit, measures)
    rules, today = editions.rules_of(audit.edition), clock.today()
    stored = audits.summary({site.pk: result for site, result in results.items()}, rules, today)
    if outcome == Decision.Outcome.CERTIFY and stored["level"] == scoring.NOT_YET:
        sentence = _("This audit does not reach the first level: the checks that are not met block a certification.")
        raise Refused(sentence, code="below_threshold", fields={"outcome": [sentence]})
    decision = Decision.objects.create(
        audit=audit, outcome=outcome, reasons=reasons_given.strip(), result=stored, decided_by=actor.user, decided_at=clock.now()
    )
    if outcome != Decision.Outcome.DEFER:
        audit.state = Audit.State.DECIDED
        audit.save(update_fields=["state"])
    trail.record(actor, "decided", decision, {"outcome": (None, outcome), "level": (None, stored["level"])}, note=decision.reasons)
    made = _certify(actor, audit, decision, results, stored["level"], today) if outcome == Decision.Outcome.CERTIFY else None
    _tell(audit, decision, made)
    return decision


def _check(actor, audit):
    if audit.state == Audit.State.DECIDED:
        raise Refused(_("This audit is decided."), code="decided")
    if audit.state != Audit.State.SUBMITTED:
        raise Refused(_("An audit is decided once it is submitted."), code="not_submitted")
    if actor.role == Role.PANEL and policies.took_part(actor.user, audit):
        raise Refused(_("You took part in this audit; someone else decides it."), code="took_part")
    if not policies.may_decide(actor, audit):
        raise Refused(_("A member of the certification panel decides."), code="not_yours")
    centres = [site.centre for site in audit.sites.select_related("centre") if site.centre]
    reason = programme.interest_of(actor.user, audit.organisation, centres, audit.starts_on, clock.today(), audit.edition.rules.get("cooling_off_months", 0))
    if reason:
        raise Refused(_("%(reason)s Someone else decides.") % {"reason": reason}, code="interest")


def _certify(actor, audit, decision, results, level, today):
    made = Certification(
        decision=decision, organisation=audit.organisation, centre=audit.centre, holder=str(audit.subject), level=level, issued_on=today,
        number=next_number("HSEQS", today.year, 4), expires_on=clock.add_months(today, audit.edition.rules["valid_months"]),
    )  # fmt: skip
    made.key, made.payload = sign(made, audit.edition)
    made.save(force_insert=True)
    CertificationSite.objects.bulk_create([CertificationSite(certification=made, site=site, level=result.level) for site, result in results.items()])
    trail.record(actor, "certified", made, {"level": (None, level), "expires": (None, made.expires_on), "audit": (None, audit.ref)})
    return made


def sign(certification, edition):
    """(key row, signed payload) in the format of a certificate of training; the version field carries the stars."""
    row, secret = awards.signing_key(certification.issued_on)
    facts = certificates.Facts(
        number=certification.number, code=certification.code, holder=certification.holder, course_code="HSEQS", course_title=str(edition),
        version=certification.stars, issued_on=certification.issued_on, expires_on=certification.expires_on, kid=row.kid,
    )  # fmt: skip
    return row, certificates.sign(facts, secret)


def _tell(audit, decision, certification):
    """HR and authorised officers of the MDA, and the manager of a centre that was audited alone, each once a decision."""
    today = clock.today()
    told = Membership.objects.on(today).filter(role__in=TOLD, organisation=audit.organisation)
    if audit.centre_id:
        told = told | Membership.objects.on(today).filter(role=Role.CENTRE_MANAGER, centre=audit.centre)
    users = {hat.user_id: hat.user for hat in told.select_related("user") if hat.user.is_active}
    notices = []
    for user in users.values():
        with translation.override(user.language):
            notices.append(
                outbox.notice(
                    key=f"audit-decision:{decision.pk}:{user.pk}",
                    to=user.email,
                    subject=_("Decision on audit %(ref)s: %(outcome)s") % {"ref": audit.ref, "outcome": decision.get_outcome_display()},
                    body=_body(user, audit, decision, certification),
                    language=user.language,
                    about=decision,
                )
            )
    outbox.queue_many(notices)


def _body(user, audit, decision, certification):
    lines = [
        _("Hello %(name)s,") % {"name": user},
        _("The certification panel has decided on the audit of %(subject)s: %(outcome)s.") % {"subject": audit.subject, "outcome": decision.get_outcome_display()},
    ]
    if certification:
        last_day = certification.expires_on - dt.timedelta(days=1)
        lines.append(
            _("Level: %(level)s, %(stars)s stars. Certificate %(number)s, valid until %(day)s.")
            % {"level": reasons.level_word(certification.level), "stars": certification.stars, "number": certification.number, "day": certificates.long_day(last_day)}
        )
        lines.append(settings.SITE_URL.rstrip("/") + reverse("standards:certification", args=[certification.code]))
    lines.append(_("Reasons: %(reasons)s") % {"reasons": decision.reasons})
    lines.append(_("The audit is in the portal: %(url)s") % {"url": settings.SITE_URL.rstrip("/") + audit.get_absolute_url()})
    return "\n\n".join(lines)


def history(certification):
    """Certifications of the same holder, latest first."""
    same = Certification.objects.filter(organisation=certification.organisation_id, centre=certification.centre_id)
    return same.select_related("organisation", "centre").order_by("-issued_on", "-pk")
