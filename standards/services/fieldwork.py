"""The audit without network: the pack that a device takes along, and the changes it sends when the network is back."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Conflict, Refused
from standards.models import Evidence, Rating, RatingConflict, SelfRating, SubmittedEvidence

from . import audits, conflicts, evidence

SAVED, SAME, CONFLICT, REFUSED = "saved", "same", "conflict", "refused"


@dataclass
class Change:
    """One change made on a device: a rating (`value`), a piece of evidence (`piece`), or evidence taken back (`take_back`, its id).
    `base_revision`: the revision the device knew; `seen`: its own earlier saves of this element whose answers it never had."""

    client_ref: str
    element: str
    value: str = ""
    justification: str = ""
    base_revision: int = 0
    seen: tuple = ()
    made_at: object = None
    piece: evidence.Piece | None = None
    take_back: int | None = None


@dataclass
class Answer:
    """What became of a change. `standing`: the rating that holds now; `kept`: the piece of evidence on record."""

    client_ref: str
    element: str
    state: str
    detail: str = ""
    code: str = ""
    standing: dict | None = None
    kept: dict | None = None


def take_in(actor, site, changes):
    """Takes in each change by itself, in their order: [Answer]. The same `client_ref` again changes nothing."""
    known = _known(site)
    elements = {e.code: e for e in audits.elements_of(site)}
    return [_take_in(actor, site, elements.get(change.element), change, known) for change in changes]


def _known(site):
    """{client reference: its state} of what was taken in before."""
    found = {ref: SAME for refs in Rating.objects.filter(site=site).values_list("client_refs", flat=True) for ref in refs if ref}
    pieces = Evidence.objects.filter(site=site).exclude(client_ref="").values_list("client_ref", flat=True)
    found |= {ref.partition("/")[0]: SAME for ref in pieces}
    waiting = RatingConflict.objects.filter(site=site).values_list("client_ref", "settled_at")
    return found | {ref: SAME if settled else CONFLICT for ref, settled in waiting}


def _take_in(actor, site, element, change, known):
    if element is None:
        return Answer(change.client_ref, change.element, REFUSED, str(_("This element is not rated here.")), "not_in_the_sheet")
    answer = Answer(change.client_ref, change.element, known.get(change.client_ref, SAVED))
    if change.client_ref not in known:
        try:
            _record(actor, site, element, change, answer)
            known[change.client_ref] = CONFLICT if answer.state == CONFLICT else SAME
        except Refused as refusal:
            answer.state, answer.detail, answer.code = REFUSED, str(refusal.message), refusal.code
    of_element = {"site": site, "element": element}
    if change.piece:
        held = Evidence.objects.filter(**of_element, client_ref=f"{change.client_ref}/0").select_related("added_by").first()
        answer.kept = held and piece_of(held, actor)
    elif change.value and answer.standing is None:
        answer.standing = audits.as_saved(Rating.objects.filter(**of_element).select_related("rated_by").first())
    return answer


def _record(actor, site, element, change, answer):
    if change.take_back:
        held = (
            Evidence.objects.filter(pk=change.take_back, site=site, element=element)
            .select_related("site__audit", "element")
            .first()
        )
        return held and audits.remove_evidence(actor, held)
    try:
        rating = audits.record(
            actor, site=site, element=element, client_ref=change.client_ref, base_revision=change.base_revision, value=change.value,
            justification=change.justification, pieces=[change.piece] if change.piece else (), seen=change.seen,
        )  # fmt: skip
        answer.standing = audits.as_saved(rating) if change.value else None
    except Conflict:
        conflicts.keep(
            actor, site=site, element=element, client_ref=change.client_ref, value=change.value, justification=change.justification,
            base_revision=change.base_revision, made_at=change.made_at,
        )  # fmt: skip
        answer.state = CONFLICT


def piece_of(held, actor):
    """A piece of evidence as the pack shows it."""
    return {
        "id": held.pk,
        "client_ref": held.client_ref.partition("/")[0],
        "element": held.element_id,
        "kind": held.kind,
        "note": held.note,
        "n": held.n,
        "name": held.file_name,
        "size": held.size,
        "sha256": held.sha256,
        "picture": held.media_type.startswith("image/"),
        "collected_on": held.collected_on.isoformat(),
        "added_by": str(held.added_by),
        "mine": bool(actor.user) and held.added_by_id == actor.user.pk,
    }


def finding_of(finding):
    """A finding as the pack shows it."""
    return {
        "label": finding.label,
        "grade": finding.grade,
        "rule": finding.rule,
        "state": finding.state,
        "statement": finding.statement,
        "elements": [e.code for e in finding.elements.all()],
    }


def standing(actor, site, sheet=None):
    """The site as it stands, as JSON: ratings, evidence, conflicts that wait, findings and figures so far."""
    sheet = sheet or audits.read_sheet(site, site.audit.edition)
    codes = {e.pk: e.code for e in sheet.elements}
    held = {codes[pk]: [piece_of(piece, actor) for piece in pieces] for pk, pieces in sheet.evidence.items() if pk in codes}
    for code, pieces in held.items():
        for piece in pieces:
            piece["element"] = code
    return {
        "at": clock.now().isoformat(),
        "open": site.audit.is_open,
        "ratings": {
            codes[pk]: audits.as_saved(r) | {"approved": r.na_approved_by_id is not None}
            for pk, r in sheet.ratings.items()
            if pk in codes
        },
        "evidence": held,
        "conflicts": [code for problem, found in sheet.missing if problem == "conflict" for code in found],
        "missing": [{"problem": problem, "elements": list(found)} for problem, found in sheet.missing],
        "findings": [
            finding_of(f) for f in site.audit.findings.filter(site=site).select_related("audit").prefetch_related("elements")
        ],
        "figures": {"majors": sheet.result.majors, "minors": len(sheet.result.findings) - sheet.result.majors},
    }


def pack(actor, site):
    """Everything that rating a site needs, as JSON; well under 5 MB: no files, only their names."""
    sheet = audits.read_sheet(site, site.audit.edition)
    body = standing(actor, site, sheet)
    rules, edition, audit = sheet.rules, site.audit.edition, site.audit
    first = rules.levels[0]
    said = _said(site) if _self_assessed(audit) else {}
    return body | {
        "audit": audit.ref,
        "site": site.pk,
        "subject": str(audit.subject),
        "place": str(site),
        "edition": edition.version,
        "starts_on": audit.starts_on.isoformat(),
        "ends_on": audit.ends_on.isoformat(),
        "team": [{"name": str(m.user), "lead": m.is_lead} for m in audit.team.all()],
        "rules": {
            "points": {value: str(points) for value, points in rules.points.items()},
            "justify": edition.rules["justify"],
            "na_critical": rules.na_critical,
            "score": str(first.score),
            "implementation": str(first.implementation),
        },
        "principles": [{"code": code, "name": name} for code, name in _principles(sheet.elements).items()],
        "elements": [_element(e, said.get(e.pk)) for e in sheet.elements],
    }


def _said(site):
    """{element id: what the MDA says of it}."""
    found = {r.element_id: {"value": r.value, "note": r.note, "evidence": []} for r in SelfRating.objects.filter(site=site)}
    for piece in SubmittedEvidence.objects.held().filter(site=site, finding=None):
        if piece.element_id in found:
            found[piece.element_id]["evidence"].append({"id": piece.pk, "name": str(piece), "file": piece.has_file})
    return found


def _self_assessed(audit):
    held = getattr(audit, "self_assessment", None)
    return bool(held and held.submitted_at)


def _principles(elements):
    return {e.criterion.principle.code: e.criterion.principle.name for e in elements}


def _element(e, said):
    return {
        "code": e.code,
        "title": e.title,
        "requirement": e.requirement,
        "guidance": e.guidance,
        "evidence_types": e.evidence_types,
        "critical": e.critical,
        "weight": e.weight,
        "principle": e.criterion.principle.code,
        "criterion": e.criterion.code,
        "criterion_name": e.criterion.name,
        "self": said,
    }
