"""What follows a final decision: the certification, its history and the surveillance that watches over it."""

import secrets

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Centre, Organisation
from cse_portal.activity import trail
from cse_portal.lib import clock
from standards import surveillance
from standards.models import Audit, Certification, CertificationEvent, CertificationSite, Decision, Element, Finding, Surveillance

from . import editions, standing
from .numbers import next_number
from .signing import sign


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
    lock_office(audit)
    held = renews(audit, today)
    held = standing.locked(held) if held else None
    in_time = held and audit.kind == Audit.Kind.RECERTIFICATION and today >= standing.renewal_opens(held, process)
    runs_from = held.expires_on if in_time else today
    made = Certification(
        decision=decision, organisation=audit.organisation, centre=audit.centre, holder=str(audit.subject), level=level, issued_on=today,
        number=next_number("HSEQS", today.year, 4), expires_on=clock.add_months(runs_from, process.valid_months),
        scope_text=scope_text, renews=held,
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
    if held:
        standing.give_way(actor, held, made, today)
    watch(made, audit.edition)
    return made


def lock_office(thing):
    """Awards to the office of this audit or certification, and what brings an earlier one back, wait here for each other."""
    model, pk = (Centre, thing.centre_id) if thing.centre_id else (Organisation, thing.organisation_id)
    model.objects.select_for_update(no_key=True).get(pk=pk)


def ended(audit):
    """Whether the certification that the audit is to renew was withdrawn or renewed meanwhile."""
    return (
        audit.kind == Audit.Kind.RECERTIFICATION
        and audit.certification_id is not None
        and not Certification.objects.standing().filter(pk=audit.certification_id).exists()
    )


def renews(audit, on):
    """What the office holds, or held until lately, and a certification of that day takes the place of; or None."""
    if audit.kind in (Audit.Kind.SURVEILLANCE, Audit.Kind.SHORT_NOTICE):
        return None
    held = Certification.objects.standing().of_office(audit).filter(renewed_by=None).order_by("-expires_on", "-pk").first()
    if held is None and audit.kind == Audit.Kind.RECERTIFICATION:
        held = audit.certification
    return held if held and standing.renewable(held, on, editions.process_of(audit.edition)) else None


def in_place_of(certification):
    """The other one of the same office that stands on days on which this one would; or None."""
    others = Certification.objects.standing().of_office(certification).exclude(pk=certification.pk)
    return others.filter(issued_on__lt=certification.expires_on, expires_on__gt=certification.issued_on).first()


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


def history(certification):
    """Certifications of the same holder, latest first."""
    same = Certification.objects.filter(organisation=certification.organisation_id, centre=certification.centre_id)
    return same.select_related("organisation", "centre").order_by("-issued_on", "-pk")
