"""The audit report: the draft that the auditee comments on, its comments, and the final one; hashed and signed at issue."""

import hashlib
import json

from django.db import transaction
from django.utils.translation import gettext as _

from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, AuditReport, Reply
from training import certificates
from training.services import awards

from . import editions


def content(audit):
    """What the report says, as data."""
    findings = audit.findings.order_by("number")
    return {
        "audit": audit.ref,
        "subject": str(audit.subject),
        "edition": audit.edition.version,
        "result": audit.result,
        "findings": [{"label": f.label, "grade": f.grade, "statement": f.statement, "state": f.state} for f in findings],
        "replies": [{"text": r.text, "by": str(r.made_by)} for r in audit.replies.filter(finding=None).select_related("made_by")],
    }


def canonical(data):
    """Bytes of JSON in one spelling (RFC 8785 for data of texts and whole numbers)."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@transaction.atomic
def issue_draft(actor, audit):
    """The lead issues the draft to the auditee, who has working days to comment. Again: the one issued."""
    audit = _locked(audit)
    if not policies.may_report(actor, audit):
        raise Refused(_("The lead auditor issues the report of a submitted audit."), code="not_yours")
    held = audit.reports.filter(kind=AuditReport.Kind.DRAFT).first()
    if held:
        return held
    process = editions.process_of(audit.edition)
    made = _issue(actor, audit, AuditReport.Kind.DRAFT, working_days.later(clock.today(), process.comments_working_days))
    audit.state = Audit.State.REPORT
    audit.save(update_fields=["state"])
    trail.record(actor, "issued draft report", audit, {"state": (Audit.State.SUBMITTED, audit.state), "comments_by": (None, made.comments_by)})
    return made


@transaction.atomic
def comment(actor, audit, *, text):
    """The auditee's comments on the draft report, until the final one is issued."""
    audit = _locked(audit)
    if not policies.may_comment(actor, audit):
        raise Refused(_("The MDA comments on its draft report."), code="not_yours")
    if not text.strip():
        raise Refused(_("Write the comments."), fields={"text": [_("Write the comments.")]})
    if audit.reports.filter(kind=AuditReport.Kind.FINAL).exists():
        raise Refused(_("The final report is issued; it is no longer commented on."), code="final")
    reply = Reply.objects.create(audit=audit, text=text.strip(), made_by=actor.user, made_at=clock.now())
    trail.record(actor, "commented on the draft report", reply)
    return reply


@transaction.atomic
def issue_final(actor, audit):
    """The final report, once the auditee has commented or its days are over. Again: the one issued."""
    audit = _locked(audit)
    if not policies.may_report(actor, audit):
        raise Refused(_("The lead auditor issues the report of a submitted audit."), code="not_yours")
    held = audit.reports.filter(kind=AuditReport.Kind.FINAL).first()
    if held:
        return held
    draft = audit.reports.filter(kind=AuditReport.Kind.DRAFT).first()
    if draft is None:
        raise Refused(_("The draft report is issued first."), code="no_draft")
    if clock.today() <= draft.comments_by and not audit.replies.filter(finding=None).exists():
        raise Refused(_("The MDA may still comment on the draft report."), code="comments_open")
    made = _issue(actor, audit, AuditReport.Kind.FINAL)
    trail.record(actor, "issued report", audit, {"sha256": (None, made.sha256)})
    return made


def _locked(audit):
    return Audit.objects.select_for_update(of=["self"]).select_related("organisation", "centre", "edition").get(pk=audit.pk)


def _issue(actor, audit, kind, comments_by=None):
    said = content(audit)
    digest = hashlib.sha256(canonical(said)).digest()
    key, secret = awards.signing_key(clock.today())
    return AuditReport.objects.create(
        audit=audit, kind=kind, content=said, sha256=digest.hex(), key=key, signature=certificates.encode(secret.sign(digest)),
        issued_by=actor.user, issued_at=clock.now(), comments_by=comments_by,
    )  # fmt: skip
