"""The score sheet: ratings, evidence, what is missing, and the submission that freezes it."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Conflict, Refused
from standards import policies, scoring
from standards.models import Audit, AuditSite, Element, Evidence, Rating, RatingConflict

from . import beginning, corrective, editions, findings, impartiality, stage1
from . import evidence as incoming


@dataclass
class Sheet:
    """A site's sheet as it stands. `missing`: [(problem, codes)] that stop the submission."""

    site: AuditSite
    rules: scoring.Rules
    elements: list
    ratings: dict  # element id -> Rating
    evidence: dict  # element id -> [Evidence]
    result: scoring.Result
    missing: list


def read_sheet(site, edition):
    """Four queries, whatever the number of elements."""
    elements = editions.elements_of(edition, site.applies_to, site.audit.elements_asked)
    ratings = {r.element_id: r for r in Rating.objects.filter(site=site).select_related("rated_by", "na_approved_by")}
    evidence = {}
    for piece in Evidence.objects.held().filter(site=site).select_related("added_by"):
        evidence.setdefault(piece.element_id, []).append(piece)
    sheet = _sheet(site, edition, elements, ratings, evidence)
    differ = RatingConflict.objects.filter(site=site, settled_at=None).order_by("element__position").values_list("element__code", flat=True)
    if codes := tuple(dict.fromkeys(differ)):
        sheet.missing.append(("conflict", codes))
    return sheet


def elements_of(site):
    """The elements rated at a site."""
    return editions.elements_of(site.audit.edition_id, site.applies_to, site.audit.elements_asked)


def asked(audits):
    """{audit id: how many elements are rated over all its sites}: two queries, whatever the number of audits."""
    elements, places = defaultdict(list), defaultdict(list)
    found = Element.objects.filter(criterion__principle__edition__in={audit.edition_id for audit in audits})
    for edition, code, place in found.values_list("criterion__principle__edition", "code", "applies_to"):
        elements[edition].append((code, place))
    for site in AuditSite.objects.filter(audit__in=audits).select_related(None):
        places[site.audit_id].append(site.applies_to)
    return {
        audit.pk: sum(
            place in (at, Element.AppliesTo.BOTH)
            for at in places[audit.pk]
            for code, place in elements[audit.edition_id]
            if audit.elements_asked is None or code in audit.elements_asked
        )
        for audit in audits
    }


def _sheet(site, edition, elements, ratings, evidence):
    rules, items = editions.rules_of(edition), editions.items(elements)
    values = {e.code: ratings[e.pk].value for e in elements if e.pk in ratings}
    approved = {e.code for e in elements if e.pk in ratings and ratings[e.pk].na_approved_by_id}
    missing = scoring.incomplete(items, values, rules, approved)
    bare = tuple(e.code for e in elements if values.get(e.code, "NA") != "NA" and e.pk not in evidence)
    if bare:
        missing.append(("no_evidence", bare))
    return Sheet(site, rules, elements, ratings, evidence, scoring.score_site(items, values, rules), missing)


def locked(actor, audit_id):
    """The audit under lock, for a member of the team who may rate it; Refused once it is submitted."""
    audit = Audit.objects.locked(audit_id)
    if not audit.is_open:
        raise Refused(_("This audit was submitted; its sheet no longer changes."), code="submitted")
    if not policies.may_rate(actor, audit):
        raise Refused(_("Members of the team rate, once they have declared to have no interest."), code="not_yours")
    return audit


@transaction.atomic
def record(actor, *, site, element, client_ref, base_revision=0, value="", justification="", pieces=(), seen=(), by=None):
    """Saves the rating of an element (none when `value` is empty) and adds evidence. The same `client_ref` again changes
    nothing; a revision other than the one on record is a Conflict that carries what stands there, unless it was saved under one
    of the references `seen`: the sender's own, whose answer it never had. `by`: who rated, where another person settles it. A plain save takes eight queries."""
    audit = locked(actor, site.audit_id)
    site.audit = audit
    elements = elements_of(site)
    if element not in elements:
        raise Refused(_("This element is not rated here."), code="not_in_the_sheet")
    ratings = {r.element_id: r for r in Rating.objects.filter(site=site).select_related("rated_by")}
    rating, changed = ratings.get(element.pk), False
    if value and not _known(rating, client_ref, value, justification.strip()):
        held = rating.revision if rating else 0
        if base_revision != held and not (rating and rating.client_refs and rating.client_refs[-1] in seen):
            raise Conflict(_("Someone else saved this element meanwhile. Nothing of yours was written over it."), theirs=as_saved(rating))
        _check(audit, ratings, elements, element, value, justification.strip())
        impartiality.require_assessor(by or actor.user, audit, clock.today())
        rating = ratings[element.pk] = _rate(actor, audit, site, element, rating, client_ref, value, justification.strip(), by)
        changed = True
    if pieces and not changed:
        impartiality.require_assessor(actor.user, audit, clock.today())
    if audit.state in Audit.BEFORE_STAGE_2 and (changed or pieces):
        beginning.check(audit)
    added = incoming.add_all(actor, lambda: Evidence(site=site, element=element), pieces, client_ref)
    if (changed or added) and audit.state in Audit.BEFORE_STAGE_2:
        before, audit.state = audit.state, Audit.State.STAGE_2
        audit.save(update_fields=["state"])
        trail.record(actor, "began stage 2", audit, {"state": (before, audit.state)})
    if changed:
        findings.follow(actor, audit, _sheet(site, audit.edition, elements, ratings, {}))
    return rating


def _known(rating, client_ref, value, justification):
    return rating and (client_ref and client_ref in rating.client_refs or (rating.value, rating.justification) == (value, justification))


def _rate(actor, audit, site, element, rating, client_ref, value, justification, by):
    approver = actor.user if value == Rating.Value.NOT_APPLICABLE and policies.may_lead(actor, audit) else None
    before = (rating.value, rating.justification) if rating else (None, None)
    rating = rating or Rating(site=site, element=element, revision=0)
    rating.site, rating.element = site, element
    rating.value, rating.justification, rating.na_approved_by = value, justification, approver
    rating.revision += 1
    rating.client_refs = [*rating.client_refs, client_ref]
    rating.rated_by, rating.rated_at = by or actor.user, clock.now()
    rating.save(force_insert=rating.pk is None, force_update=rating.pk is not None)
    trail.record(actor, "rated", rating, {"rating": (before[0], value), "justification": (before[1], justification)})
    return rating


def as_saved(rating):
    """A rating as the other side of a conflict shows it."""
    if rating is None:
        return None
    return {
        "value": rating.value,
        "justification": rating.justification,
        "revision": rating.revision,
        "rated_by": str(rating.rated_by),
        "rated_at": rating.rated_at.isoformat(),
    }


def _check(audit, ratings, elements, element, value, justification):
    if value not in Rating.Value.values:
        raise Refused.of("value", _("Choose one of the ratings."))
    if value in audit.edition.rules["justify"] and not justification:
        raise Refused.of("justification", _("Say what you found: this rating needs it."))
    if value == Rating.Value.NOT_APPLICABLE:
        rules = editions.rules_of(audit.edition)
        if element.critical and not rules.na_critical:
            raise Refused.of("value", _("A critical element always applies."))
        others = sum(r.value == value for pk, r in ratings.items() if pk != element.pk)
        limit = scoring.na_limit(elements, rules)
        if others + 1 > limit:
            sentence = ngettext("At most %(n)s element here may be not applicable.", "At most %(n)s elements here may be not applicable.", limit)
            raise Refused.of("value", sentence % {"n": limit})


@transaction.atomic
def remove_evidence(actor, evidence):
    """Taken off the sheet by whoever added it or the lead; it stays on record as removed."""
    locked(actor, evidence.site.audit_id)
    evidence = Evidence.objects.select_for_update(of=["self"]).select_related("site__audit", "element").get(pk=evidence.pk)
    if not evidence.removed_at and not policies.may_remove_evidence(actor, evidence):
        raise Refused(_("Evidence is removed by whoever added it, or by the lead auditor."), code="not_yours")
    return incoming.take_back(actor, evidence)


@transaction.atomic
def approve_not_applicable(actor, *, site, element):
    """The lead agrees that the element does not apply here."""
    audit = locked(actor, site.audit_id)
    if not policies.may_lead(actor, audit):
        raise Refused(_("The lead auditor approves what does not apply."), code="not_yours")
    rating = Rating.objects.select_related("site__audit", "element").filter(site=site, element=element, value=Rating.Value.NOT_APPLICABLE).first()
    if rating is None:
        raise Refused(_("This element is not marked as not applicable."), code="not_marked")
    if rating.na_approved_by_id is None:
        rating.na_approved_by = actor.user
        rating.save(update_fields=["na_approved_by"])
        trail.record(actor, "approved not applicable", rating)
    return rating


def sheets(audit):
    """The sheets of all sites, in their order."""
    return [read_sheet(site, audit.edition) for site in audit.sites.all()]


@transaction.atomic
def submit(actor, audit):
    """Freezes the audit: every element rated, with evidence. The score is fixed for ever. Again: nothing happens."""
    held = Audit.objects.locked(audit.pk)
    if held.state in Audit.SUBMITTED and actor.user and held.submitted_by_id == actor.user.pk:
        return held
    audit = locked(actor, audit.pk)
    if not policies.may_lead(actor, audit):
        raise Refused(_("The lead auditor submits the audit."), code="not_yours")
    read = sheets(audit)
    left = sum(len(codes) for sheet in read for _problem, codes in sheet.missing)
    if left:
        sentence = ngettext("%(n)s thing is left to do before the audit can be submitted.", "%(n)s things are left to do before the audit can be submitted.", left)
        raise Refused(sentence % {"n": left}, code="incomplete")
    impartiality.require_team(audit)
    stage1.require_closing(audit)
    for sheet in read:
        findings.follow(actor, audit, sheet)
    findings.number_anew(actor, audit)
    today = clock.today()
    findings.rest_on_evidence(audit)
    corrective.begin(actor, audit, today)
    before = audit.state
    audit.result = summary({sheet.site.pk: findings.judged(sheet) for sheet in read}, read[0].rules, today)
    audit.state, audit.submitted_by, audit.submitted_at = Audit.State.SUBMITTED, actor.user, clock.now()
    audit.save(update_fields=["result", "state", "submitted_by", "submitted_at"])
    trail.record(actor, "submitted audit", audit, {"state": (before, audit.state), "level": (None, audit.result["level"])})
    return audit


def summary(results, rules, on):
    """Stored scoring of an audit: {"on", "level" (its sites' lowest), "sites": {site id: result}}."""
    return {
        "on": on.isoformat(),
        "level": scoring.lowest((r.level for r in results.values()), rules),
        "sites": {str(pk): result.as_json() for pk, result in results.items()},
    }


def results_of(stored):
    """{site id: Result} of a stored scoring."""
    return {int(pk): scoring.Result.from_json(data) for pk, data in (stored or {"sites": {}})["sites"].items()}
