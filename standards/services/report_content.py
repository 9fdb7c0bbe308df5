"""What an audit report says, as data: every answered field of the audit, in the order of the report.

Two parts. `report` goes to the auditee and is what is signed. `annex` holds what staff told auditors in confidence (notes of
interviews, names of files, who gathered what): for those who audit and decide. The report carries the annex's hash, so one
signature covers both. Codes and civil dates are plain text; instants are UTC in ISO 8601.
"""

import hashlib
import json
from collections import Counter

from standards.models import Evidence, Rating, RatingConflict
from standards.services import editions

SCHEMA = 1


def canonical(data):
    """Bytes of JSON in one spelling: keys in order, no spaces, UTF-8; numbers are whole (RFC 8785 for such data)."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data):
    return hashlib.sha256(canonical(data)).hexdigest()


def content(audit, kind, today):
    """{"report", "annex"} of the audit as it stands."""
    sites = list(audit.sites.all())
    pieces = {site.pk: dict(enumerate(Evidence.objects.held().filter(site=site), 1)) for site in sites}
    numbers = {piece.pk: number for held in pieces.values() for number, piece in held.items()}
    annex = {"audit": audit.ref, "sites": [_confidential(site) for site in sites]}
    report = {
        "schema": SCHEMA,
        "kind": kind,
        "as_of": today.isoformat(),
        "audit": _audit(audit),
        "edition": {"version": audit.edition.version, "published_on": _day(audit.edition.published_on), "source": audit.edition.source},
        "team": [
            {
                "name": str(m.user),
                "lead": m.is_lead,
                "declared_at": _instant(m.declared_at),
                "interest": m.interest,
                "declaration": m.declaration,
            }
            for m in audit.team.order_by("-is_lead", "pk")
        ],
        "stage_1": [
            {"ready": r.ready, "read": r.read, "concerns": r.concerns, "by": str(r.reviewed_by), "at": _instant(r.reviewed_at)}
            for r in audit.stage_1_reviews.select_related("reviewed_by").order_by("pk")
        ],
        "sample": _sample(audit),
        "visits": [
            {
                "site": str(v.site),
                "on": _day(v.on),
                "from": f"{v.starts:%H:%M}",
                "to": f"{v.ends:%H:%M}",
                "activity": v.activity,
                "auditors": [str(m.user) for m in v.auditors.all()],
            }
            for v in audit.visits.select_related("site__centre").prefetch_related("auditors__user")
        ],
        "meetings": [
            {
                "meeting": m.kind,
                "on": _day(m.on),
                "present": m.present,
                "notes": m.notes,
                "signed": m.signed_for_auditee,
                "recorded_by": str(m.recorded_by),
            }
            for m in audit.meetings.select_related("recorded_by").order_by("pk")
        ],
        "methods": _methods(audit),
        "level": audit.result["level"] if audit.result else "",
        "sites": [_site(audit, site, pieces[site.pk]) for site in sites],
        "findings": [_finding(f, numbers) for f in _findings(audit)],
        "replies": [
            {"text": r.text, "by": str(r.made_by), "at": _instant(r.made_at)}
            for r in audit.replies.filter(finding=None).select_related("made_by")
        ],
        "conflicts": [
            {
                "site": str(c.site),
                "element": c.element.code,
                "rating": c.value,
                "justification": c.justification,
                "by": str(c.made_by),
                "taken": c.taken,
            }
            for c in RatingConflict.objects.filter(site__audit=audit).select_related("site__centre", "element", "made_by")
        ],
        "annex_sha256": digest(annex),
    }
    return {"report": report, "annex": annex}


def _day(day):
    return day.isoformat() if day else ""


def _instant(at):
    return at.isoformat(timespec="seconds") if at else ""


def _audit(audit):
    return {
        "ref": audit.ref,
        "kind": audit.kind,
        "organisation": audit.organisation.code,
        "organisation_name": audit.organisation.name,
        "centre": audit.centre.code if audit.centre else "",
        "centre_name": audit.centre.name if audit.centre else "",
        "scope": audit.scope_text,
        "starts_on": _day(audit.starts_on),
        "ends_on": _day(audit.ends_on),
        "submitted_by": str(audit.submitted_by or ""),
        "submitted_at": _instant(audit.submitted_at),
    }


def _sample(audit):
    sample = getattr(audit, "site_sample", None)
    return {"seed": sample.seed, "rule": sample.rule, "frame": sample.frame, "chosen": sample.chosen} if sample else {}


def _methods(audit):
    """How evidence was gathered: by kind, how many pieces, the sum of n, first and last day."""
    held = Evidence.objects.held().filter(site__audit=audit)
    pieces, n, days = Counter(), Counter(), {}
    for kind, number, on in held.order_by("pk").values_list("kind", "n", "collected_on"):
        pieces[kind] += 1
        n[kind] += number or 0
        first, last = days.get(kind, (on, on))
        days[kind] = min(first, on), max(last, on)
    return [
        {"kind": kind, "pieces": pieces[kind], "n": n[kind], "first_on": _day(days[kind][0]), "last_on": _day(days[kind][1])}
        for kind in Evidence.Kind.values
        if kind in pieces
    ]


def _site(audit, site, pieces):
    """`pieces`: {number: evidence} of the site, in the order it came."""
    elements = editions.elements_of(audit.edition, site.applies_to, audit.elements_asked)
    ratings = {r.element_id: r for r in Rating.objects.filter(site=site).select_related("rated_by", "na_approved_by")}
    own = {r.element_id: r for r in site.self_ratings.all()}
    evidence = {}
    for number, piece in pieces.items():
        evidence.setdefault(piece.element_id, []).append(_piece(number, piece))
    result = (audit.result or {"sites": {}})["sites"].get(str(site.pk), {})
    return {
        "site": site.centre.code if site.centre else "",
        "name": str(site),
        "result": result,
        "elements": [_element(e, ratings.get(e.pk), own.get(e.pk), evidence.get(e.pk, [])) for e in elements],
    }


def _element(element, rating, own, evidence):
    return {
        "code": element.code,
        "title": element.title,
        "requirement": element.requirement,
        "principle": element.criterion.principle.name,
        "criterion": element.criterion.name,
        "weight": element.weight,
        "critical": element.critical,
        "rating": rating.value if rating else "",
        "justification": rating.justification if rating else "",
        "not_applicable_approved_by": str(rating.na_approved_by or "") if rating else "",
        "rated_by": str(rating.rated_by or "") if rating else "",
        "rated_at": _instant(rating.rated_at) if rating else "",
        "self_rating": own.value if own else "",
        "self_note": own.note if own else "",
        "evidence": evidence,
    }


def _piece(number, piece):
    """Evidence as the auditee reads it: what kind, how many, when; not who said what."""
    return {
        "number": number,
        "kind": piece.kind,
        "n": piece.n,
        "collected_on": _day(piece.collected_on),
        "covers_from": _day(piece.covers_from),
        "covers_to": _day(piece.covers_to),
        "received_at": _instant(piece.received_at),
        "revision": piece.revision,
        "sha256": piece.sha256,
    }


def _confidential(site):
    return {
        "site": site.centre.code if site.centre else "",
        "name": str(site),
        "evidence": [
            {
                "number": number,
                "element": piece.element.code,
                "kind": piece.kind,
                "note": piece.note,
                "file_name": piece.file_name,
                "media_type": piece.media_type,
                "size": piece.size,
                "added_by": str(piece.added_by),
            }
            for number, piece in enumerate(Evidence.objects.held().filter(site=site).select_related("element", "added_by"), 1)
        ],
    }


def _findings(audit):
    found = audit.findings.select_related("site__centre", "raised_by", "acknowledged_by", "recurs__audit")
    return found.prefetch_related(
        "elements",
        "evidence",
        "disputes__made_by",
        "disputes__decided_by",
        "corrective_actions__submitted_by",
        "corrective_actions__reviewed_by",
        "verifications__verified_by",
        "verifications__re_ratings__element",
        "replies__made_by",
    )


def _finding(finding, numbers):
    """`numbers`: {evidence id: its number at the site}; what was removed since has none."""
    return {
        "finding": finding.label,
        "site": str(finding.site),
        "grade": finding.grade,
        "computed_grade": finding.computed_grade,
        "grade_reason": finding.grade_reason,
        "rule": finding.rule,
        "about": finding.about,
        "elements": [e.code for e in finding.elements.all()],
        "evidence": [f"E{n}" for n in sorted(numbers[e.pk] for e in finding.evidence.all() if e.pk in numbers)],
        "statement": finding.statement,
        "raised_by": str(finding.raised_by or ""),
        "recurs": str(finding.recurs or ""),
        "state": finding.state,
        "answer_by": _day(finding.answer_by),
        "plan_by": _day(finding.plan_by),
        "due_on": _day(finding.due_on),
        "limit_on": _day(finding.limit_on),
        "acknowledged_by": str(finding.acknowledged_by or ""),
        "acknowledged_at": _instant(finding.acknowledged_at),
        "replies": [{"text": r.text, "by": str(r.made_by), "at": _instant(r.made_at)} for r in finding.replies.all()],
        "disputes": [
            {
                "reason": d.reason,
                "by": str(d.made_by),
                "at": _instant(d.made_at),
                "outcome": d.outcome,
                "grade": d.grade,
                "decision_reason": d.decision_reason,
                "decided_by": str(d.decided_by or ""),
                "decided_at": _instant(d.decided_at),
            }
            for d in reversed(finding.disputes.all())
        ],
        "corrective_actions": [
            {
                "correction": a.correction,
                "root_cause": a.root_cause,
                "action": a.action,
                "owner": a.owner,
                "due_on": _day(a.due_on),
                "state": a.state,
                "submitted_by": str(a.submitted_by),
                "submitted_at": _instant(a.submitted_at),
                "reviewed_by": str(a.reviewed_by or ""),
                "reviewed_at": _instant(a.reviewed_at),
                "review_note": a.review_note,
            }
            for a in reversed(finding.corrective_actions.all())
        ],
        "verifications": [
            {
                "of": v.kind,
                "outcome": v.outcome,
                "note": v.note,
                "on": _day(v.on),
                "by": str(v.verified_by),
                "ratings": [{"element": r.element.code, "rating": r.value} for r in v.re_ratings.all()],
            }
            for v in reversed(finding.verifications.all())
        ],
    }
