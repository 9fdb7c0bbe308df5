"""The audit report: the draft that the auditee comments on, its comments, the final one, and addenda; hashed and signed at issue.

What it says is in `report_content`, how it is drawn in `report_documents`.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, AuditReport, Reply, ReportAddendum
from training import certificates
from training.services import awards, drawing

from . import editions, report_documents, telling
from .report_content import content, digest


@transaction.atomic
def issue_draft(actor, audit):
    """The lead issues the draft to the auditee, who has working days to comment. Again: the one issued."""
    audit, held = _to_report(actor, audit, AuditReport.Kind.DRAFT)
    if held:
        return held
    process = editions.process_of(audit.edition)
    made = _issue(actor, audit, AuditReport.Kind.DRAFT, working_days.later(clock.today(), process.comments_working_days))
    audit.state = Audit.State.REPORT
    audit.save(update_fields=["state"])
    trail.record(actor, "issued draft report", audit, {"state": (Audit.State.SUBMITTED, audit.state), "comments_by": (None, made.comments_by)})
    telling.auditee(
        audit,
        f"draft-report:{audit.ref}",
        lambda: _("Draft report of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("The draft report of the audit of %(subject)s is in the portal. Comments are taken until %(day)s.")
        % {"subject": audit.subject, "day": certificates.long_day(made.comments_by)},
        made.get_absolute_url(),
    )
    return made


@transaction.atomic
def comment(actor, audit, *, text):
    """The auditee's comments on the draft report, until the final one is issued."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_comment(actor, audit):
        raise Refused(_("The MDA comments on its draft report."), code="not_yours")
    if not text.strip():
        raise Refused.of("text", _("Write the comments."))
    if audit.reports.filter(kind=AuditReport.Kind.FINAL).exists():
        raise Refused(_("The final report is issued; it is no longer commented on."), code="final")
    reply = Reply.objects.create(audit=audit, text=text.strip(), made_by=actor.user, made_at=clock.now())
    trail.record(actor, "commented on the draft report", reply)
    telling.team(
        audit,
        f"report-comment:{reply.pk}",
        lambda: _("Comments on the draft report of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("%(subject)s has commented on the draft report. The final report can be issued.") % {"subject": audit.subject},
        audit.get_absolute_url(),
    )
    return reply


@transaction.atomic
def issue_final(actor, audit):
    """The final report, once the auditee has commented or its days are over. Again: the one issued."""
    audit, held = _to_report(actor, audit, AuditReport.Kind.FINAL)
    if held:
        return held
    draft = audit.reports.filter(kind=AuditReport.Kind.DRAFT).first()
    if draft is None:
        raise Refused(_("The draft report is issued first."), code="no_draft")
    if comments_open(audit, draft):
        raise Refused(_("The MDA may still comment on the draft report, until %(day)s.") % {"day": certificates.long_day(draft.comments_by)}, code="comments_open")
    made = _issue(actor, audit, AuditReport.Kind.FINAL)
    trail.record(actor, "issued report", audit, {"sha256": (None, made.sha256)})
    telling.auditee(
        audit,
        f"final-report:{audit.ref}",
        lambda: _("Report of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("The report of the audit of %(subject)s is issued and signed. The certification panel decides next.") % {"subject": audit.subject},
        made.get_absolute_url(),
    )
    return made


def comments_open(audit, draft):
    """Whether the final report still waits for the MDA: it has not commented on the draft, and its days are not over."""
    return clock.today() <= draft.comments_by and not has_commented(audit)


def has_commented(audit):
    """Whether somebody who speaks for the MDA has commented on the draft: a word of one of its sites does not end its days."""
    speaks = Membership.objects.on(clock.today()).filter(role__in=policies.ANSWERERS, user=OuterRef("made_by"))
    place = Q(organisation=audit.organisation)
    if audit.centre_id:
        place |= Q(role=Role.CENTRE_MANAGER, centre=audit.centre)
    return audit.replies.filter(Exists(speaks.filter(place)), finding=None).exists()


def _to_report(actor, audit, kind):
    """(the audit under lock, its report of that kind if it is issued) for whoever may report."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_report(actor, audit):
        raise Refused(_("The lead auditor issues the report of a submitted audit."), code="not_yours")
    return audit, audit.reports.filter(kind=kind).first()


def _issue(actor, audit, kind, comments_by=None):
    said = content(audit, kind, clock.today())
    sha256 = digest(said["report"])
    key, signature = sign(sha256)
    return AuditReport.objects.create(
        audit=audit, kind=kind, content=said, sha256=sha256, key=key, signature=signature, issued_by=actor.user, issued_at=clock.now(), comments_by=comments_by,
    )  # fmt: skip


def sign(sha256):
    """(key row, signature): Ed25519 over the 32 bytes of the hash."""
    key, secret = awards.signing_key(clock.today())
    return key, certificates.encode(secret.sign(bytes.fromhex(sha256)))


def _good(row, said):
    """Whether what a row says is what was signed."""
    return digest(said) == row.sha256 and certificates.signed(row.key.public_key, bytes.fromhex(row.sha256), row.signature)


def is_genuine(report):
    """Report and annex are those that were signed, and so is every addendum."""
    said = report.content
    return (
        _good(report, said["report"])
        and digest(said["annex"]) == said["report"]["annex_sha256"]
        and all(_good(addendum, addendum_content(addendum)) for addendum in report.addenda.select_related("key", "made_by"))
    )


# Addenda.


def addendum_content(addendum):
    """What of an addendum is signed; it names the report by its hash."""
    return {
        "report_sha256": addendum.report.sha256,
        "number": addendum.number,
        "text": addendum.text,
        "by": str(addendum.made_by),
        "at": addendum.made_at.isoformat(timespec="seconds"),
    }


@transaction.atomic
def add_addendum(actor, report, *, text):
    """What is added to an issued final report; the report itself stays as it is."""
    audit = Audit.objects.locked(report.audit.pk)
    if not policies.may_add_addendum(actor, audit):
        raise Refused(_("The lead auditor and the secretariat add to an issued report."), code="not_yours")
    if report.kind != AuditReport.Kind.FINAL:
        raise Refused(_("Addenda are made to the final report."), code="draft")
    if not text.strip():
        raise Refused.of("text", _("Write what is added."))
    number = report.addenda.count() + 1
    made = ReportAddendum(report=report, number=number, text=text.strip(), made_by=actor.user, made_at=clock.now())
    made.sha256 = digest(addendum_content(made))
    made.key, made.signature = sign(made.sha256)
    made.save(force_insert=True)
    trail.record(actor, "added to the report", made, {"sha256": (None, made.sha256)})
    telling.auditee(
        audit,
        f"report-addendum:{made.pk}",
        lambda: _("Addendum to the report of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("Something was added to the report of the audit of %(subject)s.") % {"subject": audit.subject},
        report.get_absolute_url(),
    )
    return made


# Copies.


def seal(report):
    """What every copy prints of the signature."""
    return {
        "title": str(report.get_kind_display()),
        "issued": report.issued_at.isoformat(timespec="seconds"),
        "sha256": report.sha256,
        "kid": report.key.kid,
        "signature": report.signature,
    }


def copy(report, kind, *, annex=False):
    """Bytes of the report as pdf or xlsx; with `annex`, the confidential part as well. Addenda so far are in every copy."""
    addenda = [
        [str(a.number), a.text, str(a.made_by), a.made_at.isoformat(timespec="seconds")] for a in report.addenda.select_related("made_by")
    ]
    if not annex and not addenda and (held := drawing.kept(report.document if kind == "pdf" else report.workbook)):
        return held
    draw = report_documents.pdf if kind == "pdf" else report_documents.workbook
    said = report.content
    return draw(said["report"], seal(report), annex=said["annex"] if annex else None, addenda=addenda)


def draw_waiting(limit=200):
    """Draws the documents of reports that have none yet; safe side by side: returns how many."""
    done = 0
    while done < limit and _draw_one():
        done += 1
    return done


@transaction.atomic
def _draw_one():
    report = AuditReport.objects.select_for_update(skip_locked=True, of=("self",)).filter(drawn_at=None).select_related("audit", "key").first()
    if report is None:
        return False
    name = f"reports/{report.issued_at:%Y}/{report.audit.ref}-{report.kind}-{report.number}"
    for kind, field in (("pdf", report.document), ("xlsx", report.workbook)):
        drawn = copy(report, kind)
        field.name = f"{name}.{kind}"
        drawing.keep(field.name, drawn)
    report.drawn_at = clock.now()
    report.save(update_fields=["document", "workbook", "drawn_at"])
    return True


def as_json(report, *, annex=False):
    """The report for programs: the signed content and what proves it."""
    return {
        **seal(report),
        "audit": report.audit.ref,
        "kind": report.kind,
        "number": report.number,
        "public_key": report.key.public_key,
        "report": report.content["report"],
        "annex": report.content["annex"] if annex else None,
        "addenda": [{**addendum_content(a), "sha256": a.sha256, "signature": a.signature, "kid": a.key.kid} for a in report.addenda.select_related("made_by", "key")],
        "address": reverse("standards:report", args=[report.audit.ref, report.kind, report.number]),
    }
