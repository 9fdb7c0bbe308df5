"""The MDA rates itself on the sheets that the auditors will fill: opened by the secretariat, frozen when submitted."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Conflict, Refused
from cse_portal.lib.templatetags.cse import long_day
from standards import policies, scoring
from standards.models import Audit, AuditSite, Rating, SelfAssessment, SelfRating, SubmittedEvidence

from . import audits, editions, telling
from . import evidence as incoming


@dataclass
class SelfSheet:
    """A site as its MDA sees it. `missing`: [(problem, codes)] that stop the submission; problems as of scoring, and `no_proof`."""

    site: AuditSite
    rules: scoring.Rules
    elements: list
    ratings: dict  # element id -> SelfRating
    evidence: dict  # element id -> [SubmittedEvidence]
    result: scoring.Result
    missing: list


def read_sheet(site, audit):
    """Three queries, whatever the number of elements."""
    rules = editions.rules_of(audit.edition)
    elements = editions.elements_of(audit.edition, site.applies_to, audit.elements_asked)
    ratings = {r.element_id: r for r in SelfRating.objects.filter(site=site).select_related("rated_by")}
    pieces = {}
    for piece in SubmittedEvidence.objects.held().filter(site=site, element__isnull=False).select_related("added_by"):
        pieces.setdefault(piece.element_id, []).append(piece)
    items = editions.items(elements)
    values = {e.code: ratings[e.pk].value for e in elements if e.pk in ratings}
    missing = scoring.incomplete(items, values, rules, values)
    bare = tuple(e.code for e in elements if e.pk in ratings and not ratings[e.pk].note and e.pk not in pieces)
    if bare:
        missing.append(("no_proof", bare))
    # Nobody accepts plans before the audit: what is partly met is judged as if its plan were.
    return SelfSheet(site, rules, elements, ratings, pieces, scoring.score_site(items, values, rules, plans_accepted=values), missing)


def sheets(audit, scope=None):
    """Of every site, or of those open to the scope."""
    found = []
    for site in audit.sites.open_to(scope) if scope else audit.sites.all():
        site.audit = audit
        found.append(read_sheet(site, audit))
    return found


def of(audit):
    """The self-assessment of the audit, or None."""
    return SelfAssessment.objects.filter(audit=audit).select_related("submitted_by").first()


def due_day(audit, on):
    """As many days as the edition gives; at the latest the day before the visit, or at once where that has passed."""
    due = on + dt.timedelta(days=editions.process_of(audit.edition).self_assessment_days)
    return max(on, min(due, audit.starts_on - dt.timedelta(days=1)))


@transaction.atomic
def begin(actor, audit, due_on=None):
    """Asks the MDA to assess itself; the audit waits in this state. Again: nothing happens."""
    audit = Audit.objects.locked(audit.pk)
    if held := of(audit):
        return held
    if not policies.may_open_self_assessment(actor, audit):
        raise Refused(_("The secretariat asks for a self-assessment, before the audit is on site and never at short notice."), code="not_yours")
    today = clock.today()
    due_on = due_on or due_day(audit, today)
    if due_on < today:
        raise Refused.of("due_on", _("The last day lies in the past."))
    made = SelfAssessment.objects.create(audit=audit, due_on=due_on, opened_at=clock.now())
    before, audit.state = audit.state, Audit.State.SELF_ASSESSMENT
    audit.save(update_fields=["state"])
    trail.record(actor, "opened self-assessment", audit, {"state": (before, audit.state), "due": (None, due_on)})
    telling.auditee(
        audit, f"self-assessment:{audit.ref}",
        lambda: _("Assess your own services: audit %(ref)s") % {"ref": audit.ref},
        lambda: _("%(subject)s is asked to assess itself before audit %(ref)s, by %(day)s. The auditors read it before they come.") % {"subject": audit.subject, "ref": audit.ref, "day": long_day(due_on)},
        address(audit), roles=policies.APPLICANTS,
    )  # fmt: skip
    return made


def address(audit):
    return reverse("standards:self_assessment", args=[audit.ref])


def _locked(actor, audit_id):
    audit = Audit.objects.locked(audit_id)
    held = SelfAssessment.objects.select_for_update().filter(audit=audit).first()
    if held is None or held.submitted_at or audit.state != Audit.State.SELF_ASSESSMENT:
        raise Refused(_("This self-assessment no longer changes."), code="submitted")
    if not policies.may_self_assess(actor, audit):
        raise Refused(_("The service champion or the authorised officer of the MDA assesses it."), code="not_yours")
    return audit, held


@transaction.atomic
def rate(actor, *, site, element, value="", note="", base_revision=0, pieces=(), client_ref=""):
    """Saves what the MDA says of an element and adds its evidence. A revision other than the one on record is a Conflict."""
    audit, _held = _locked(actor, site.audit_id)
    site.audit = audit
    if element not in editions.elements_of(audit.edition_id, site.applies_to, audit.elements_asked):
        raise Refused(_("This element is not rated here."), code="not_in_the_sheet")
    rating = SelfRating.objects.filter(site=site, element=element).select_related("rated_by").first()
    note = note.strip()
    if value and (rating is None or (rating.value, rating.note) != (value, note)):
        held = rating.revision if rating else 0
        if base_revision != held:
            raise Conflict(_("Someone else saved this element meanwhile. Nothing of yours was written over it."), theirs=as_saved(rating))
        rating = _rate(actor, audit, site, element, rating, value, note)
    incoming.add_all(actor, lambda: SubmittedEvidence(audit=audit, site=site, element=element), pieces, client_ref)
    return rating


def _rate(actor, audit, site, element, rating, value, note):
    if value not in Rating.Value.values:
        raise Refused.of("value", _("Choose one of the ratings."))
    if value == Rating.Value.NOT_APPLICABLE and element.critical and not editions.rules_of(audit.edition).na_critical:
        raise Refused.of("value", _("A critical element always applies."))
    if value in audit.edition.rules["justify"] and not note:
        raise Refused.of("note", _("Say why: this rating needs it."))
    before = (rating.value, rating.note) if rating else (None, None)
    rating = rating or SelfRating(site=site, element=element, revision=0)
    rating.site, rating.element, rating.value, rating.note = site, element, value, note
    rating.revision += 1
    rating.rated_by, rating.rated_at = actor.user, clock.now()
    rating.save()
    trail.record(actor, "self-rated", rating, {"rating": (before[0], value), "note": (before[1], note)})
    return rating


def as_saved(rating):
    """A self-rating as the other side of a conflict shows it."""
    if rating is None:
        return None
    return {"value": rating.value, "note": rating.note, "revision": rating.revision, "rated_by": str(rating.rated_by), "rated_at": rating.rated_at.isoformat()}


@transaction.atomic
def take_back(actor, piece):
    """Evidence of a self-assessment that is not submitted yet."""
    _locked(actor, piece.audit_id)
    held = SubmittedEvidence.objects.select_for_update(of=["self"]).select_related("element").get(pk=piece.pk)
    return incoming.take_back(actor, held)


@transaction.atomic
def submit(actor, audit):
    """Freezes the self-assessment; stage 1 begins. Again by the same person: nothing happens."""
    held = of(audit)
    if held and held.submitted_at and actor.user and held.submitted_by_id == actor.user.pk:
        return held
    audit, held = _locked(actor, audit.pk)
    read = sheets(audit)
    left = sum(len(codes) for sheet in read for _problem, codes in sheet.missing)
    if left:
        sentence = ngettext("%(n)s thing is left to do before the self-assessment can be submitted.", "%(n)s things are left to do before the self-assessment can be submitted.", left)
        raise Refused(sentence % {"n": left}, code="incomplete")
    held.result = audits.summary({sheet.site.pk: sheet.result for sheet in read}, read[0].rules, clock.today())
    held.submitted_by, held.submitted_at = actor.user, clock.now()
    held.save(update_fields=["result", "submitted_by", "submitted_at"])
    audit.state = Audit.State.STAGE_1
    audit.save(update_fields=["state"])
    told = {"state": (Audit.State.SELF_ASSESSMENT, audit.state), "level": (None, held.result["level"])}
    trail.record(actor, "submitted self-assessment", audit, told)
    words = (
        f"self-assessed:{audit.ref}",
        lambda: _("Self-assessment submitted: audit %(ref)s") % {"ref": audit.ref},
        lambda: _("%(subject)s has submitted its self-assessment. The desk review of stage 1 can begin.") % {"subject": audit.subject},
        audit.get_absolute_url(),
    )
    telling.those(audit, Role.SECRETARIAT, *words)
    telling.team(audit, *words)
    return held


@transaction.atomic
def remind(on):
    """Night task: a week before the last day, and the day after it. One notice a person and reason. Returns how many audits."""
    soon = on + dt.timedelta(days=7)
    waiting = SelfAssessment.objects.filter(submitted_at=None, audit__state=Audit.State.SELF_ASSESSMENT, due_on__lte=soon)
    found = list(waiting.select_related("audit__organisation", "audit__centre"))
    for held in found:
        audit, late = held.audit, held.due_on < on
        telling.auditee(
            audit, f"self-assessment-{'late' if late else 'soon'}:{audit.ref}",
            lambda audit=audit: _("Self-assessment of audit %(ref)s is waiting") % {"ref": audit.ref},
            lambda held=held, late=late: (_("It was due on %(day)s. Without it the auditors come unprepared.") if late else _("It is due on %(day)s.")) % {"day": long_day(held.due_on)},
            address(audit), roles=policies.APPLICANTS,
        )  # fmt: skip
    return len(found)


# What the auditors make of it.
def said(audit, site, element):
    """{rating, evidence} of the MDA on one element, once submitted; None when it said nothing."""
    rating = SelfRating.objects.filter(site=site, element=element, site__audit__self_assessment__submitted_at__isnull=False).first()
    if rating is None:
        return None
    pieces = SubmittedEvidence.objects.held().filter(site=site, element=element)
    return {"rating": rating, "evidence": incoming.mark(list(pieces), audit)}


def gap(audit, scope):
    """[(site, [criterion row])] after both sides rated: rows {criterion, elements: [{element, self, auditor, gap}], self_percent, auditor_percent, differ}
    with the share met by criterion; `differ` counts the elements where the two differ."""
    found = []
    ratings = {(r.site_id, r.element_id): r for r in Rating.objects.filter(site__audit=audit)}
    mine = {(r.site_id, r.element_id): r for r in SelfRating.objects.filter(site__audit=audit)}
    for site in audit.sites.open_to(scope):
        groups = {}
        for element in editions.elements_of(audit.edition, site.applies_to, audit.elements_asked):
            groups.setdefault(element.criterion, []).append(element)
        found.append((site, [_gap_of(c, elements, site, mine, ratings) for c, elements in groups.items()]))
    return found


def _gap_of(criterion, elements, site, mine, ratings):
    rows = [{"element": e, "self": mine.get((site.pk, e.pk)), "auditor": ratings.get((site.pk, e.pk))} for e in elements]
    for row in rows:
        row["gap"] = difference(row["self"], row["auditor"])
    return {
        "criterion": criterion,
        "elements": rows,
        "self_percent": share([r["self"] for r in rows]),
        "auditor_percent": share([r["auditor"] for r in rows]),
        "differ": sum(bool(r["gap"]) for r in rows),
    }


ORDER = {"N": 0, "P": 1, "M": 2, "E": 3}


def difference(mine, theirs):
    """Steps by which the auditor is above (+) or below (-) what the MDA said; None where one of them gave no grade."""
    if mine is None or theirs is None or "NA" in (mine.value, theirs.value):
        return None
    return ORDER[theirs.value] - ORDER[mine.value]


def share(ratings):
    """Met or exemplary of those that apply, 0 to 100; None when none does."""
    rated = [r.value for r in ratings if r is not None and r.value != "NA"]
    return 100 * sum(value in ("M", "E") for value in rated) / len(rated) if rated else None
