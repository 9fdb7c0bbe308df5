"""What follows a final decision: the certification, its history and the surveillance that watches over it."""

import secrets

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import surveillance
from standards.models import Audit, Certification, CertificationEvent, CertificationSite, Decision, Element, Finding, Surveillance
from training import certificates
from training.services import awards

from . import editions, standing
from .numbers import next_number


@transaction.atomic
def follow(actor, audit, decision, results, level, scope_text=""):
    """After a decision on the locked audit. A surveillance or an audit at short notice keeps or questions what is certified; any
    other, decided for, certifies: the Certification, else None. `results`: {site: scoring.Result}; `level`: their lowest;
    `scope_text`: the services as printed."""
    if audit.kind in (Audit.Kind.SURVEILLANCE, Audit.Kind.SHORT_NOTICE):
        if decision.outcome != Decision.Outcome.DEFER:
            standing.surveilled(actor, audit, passed=decision.outcome == Decision.Outcome.CERTIFY)
        return None
    if decision.outcome != Decision.Outcome.CERTIFY:
        return None
    return certify(actor, audit, decision, results, level, clock.today(), scope_text)


def certify(actor, audit, decision, results, level, today, scope_text):
    """The certification of a decision to certify, for as long as the edition says. What the same office held gives way to it; a
    recertification in time, neither early nor late, runs on from the day the one before expires."""
    process = editions.process_of(audit.edition)
    held = _held(audit)
    renews = held if held and standing.renewable(held, today, process) else None
    in_time = renews and audit.kind == Audit.Kind.RECERTIFICATION and today >= standing.renewal_opens(renews, process)
    runs_from = renews.expires_on if in_time else today
    made = Certification(
        decision=decision, organisation=audit.organisation, centre=audit.centre, holder=str(audit.subject), level=level, issued_on=today,
        number=next_number("HSEQS", today.year, 4), expires_on=clock.add_months(runs_from, process.valid_months),
        scope_text=scope_text, renews=renews,
    )  # fmt: skip
    made.key, made.payload = sign(made, audit.edition)
    made.save(force_insert=True)
    CertificationSite.objects.bulk_create(
        [CertificationSite(certification=made, site=site, level=result.level) for site, result in results.items()]
    )
    trail.record(
        actor, "certified", made, {"level": (None, level), "expires": (None, made.expires_on), "audit": (None, audit.ref)}
    )
    with translation.override("en"):
        words = _("Level: %(level)s") % {"level": made.get_level_display()}
    standing.note(actor, made, CertificationEvent.Kind.AWARDED, words, today)
    if renews:
        standing.give_way(actor, renews, made, today)
    watch(made, audit.edition)
    return made


def _held(audit):
    """What the office holds and the new certification takes the place of, locked."""
    same = Certification.objects.select_for_update(of=["self"]).filter(
        organisation=audit.organisation_id, centre=audit.centre_id, state__in=Certification.STANDING, renewed_by=None
    )
    if audit.kind == Audit.Kind.RECERTIFICATION and audit.certification_id:
        held = Certification.objects.select_for_update(of=["self"]).get(pk=audit.certification_id)
        if held.state not in Certification.STANDING:
            raise Refused(
                _("The certification to be renewed no longer stands; a new audit for certification is planned."),
                code="not_standing",
            )
        return held
    return same.order_by("-issued_on", "-pk").first()


def watch(certification, edition, *, seed=None, after=None):
    """The surveillances to come (due after the day, if one is said), each with its elements drawn from a seed of its own."""
    process = editions.process_of(edition)
    places = {"centre" if site.site.centre_id else "mda" for site in certification.sites.select_related("site")}
    elements = {e.code: e.critical for place in places for e in editions.elements_of(edition, place)}
    open_codes = open_elements(certification)
    rows, before = [], set()
    for month in process.surveillance_months:
        due = clock.add_months(certification.issued_on, month)
        if due >= certification.expires_on or (after and due <= after):
            continue
        drawn_from = f"{seed}/{month}" if seed else secrets.token_hex(16)
        codes = surveillance.choose(
            elements, share=process.share_of_rest, seed=drawn_from, open_findings=open_codes, before=before
        )
        before |= set(codes)
        rows.append(Surveillance(certification=certification, month=month, due_on=due, seed=drawn_from, elements=codes))
    return Surveillance.objects.bulk_create(rows)


def open_elements(certification):
    """Codes of elements with a finding that is not closed, of the audits that led to the certification or watched over it."""
    found = Finding.objects.exclude(state__in=Finding.CLOSED).filter(audit__in=audits_of(certification))
    return set(Element.objects.filter(findings__in=found).values_list("code", flat=True))


def audits_of(certification):
    return Audit.objects.filter(pk=certification.decision.audit_id) | Audit.objects.filter(certification=certification)


def sign(certification, edition):
    """(key row, signed payload) in the format of a certificate of training; the version field carries the stars."""
    row, secret = awards.signing_key(certification.issued_on)
    return row, certificates.sign(facts(certification, edition, row.kid), secret)


def facts(certification, edition, kid):
    """What is printed and signed."""
    return certificates.Facts(
        number=certification.number, code=certification.code, holder=certification.holder, course_code="HSEQS", course_title=str(edition),
        version=certification.stars, issued_on=certification.issued_on, expires_on=certification.expires_on, kid=kid,
    )  # fmt: skip


def history(certification):
    """Certifications of the same holder, latest first."""
    same = Certification.objects.filter(organisation=certification.organisation_id, centre=certification.centre_id)
    return same.select_related("organisation", "centre").order_by("-issued_on", "-pk")
