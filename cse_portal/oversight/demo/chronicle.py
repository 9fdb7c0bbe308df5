"""What the trail says of the invented audits: the demonstration writes most of them in bulk, so their turns are told afterwards."""

from centres.access import Scope
from centres.models import Membership, Role
from cse_portal.activity import trail
from standards.models import (
    Audit,
    AuditReport,
    CertificationEvent,
    Decision,
    PanelVote,
    Recommendation,
    TeamMember,
    TechnicalReview,
)


class Chronicle:
    """Rows of the trail, each at its own hour, written in that order."""

    def __init__(self):
        held = Membership.objects.select_related("user", "organisation", "centre")
        self.hats = {(m.user_id, m.role): m for m in held.filter(role__in=(Role.AUDITOR, Role.SECRETARIAT, Role.PANEL))}
        self.rows = []

    def told(self, at, user, role, verb, subject, changes=None, note=""):
        hat = self.hats.get((user.pk, role)) if user else None
        actor = Scope(user=user, membership=hat) if user else Scope.system_task("load_demo")
        row = trail.entry(actor, verb, subject, changes, note)
        row.at = at
        self.rows.append(row)

    def write(self):
        self.rows.sort(key=lambda row: row.at)
        return trail.record_many(self.rows)


def tell():
    made, of = Chronicle(), ("audit__organisation", "audit__centre")
    for member in TeamMember.objects.filter(declared_at__isnull=False, interest=False).select_related("user", *of):
        made.told(member.declared_at, member.user, Role.AUDITOR, "declared no interest", member.audit)
    for audit in Audit.objects.filter(submitted_at__isnull=False).select_related("organisation", "centre", "submitted_by"):
        level = {"state": (Audit.State.STAGE_2, Audit.State.SUBMITTED), "level": (None, audit.result["level"])}
        made.told(audit.submitted_at, audit.submitted_by, Role.AUDITOR, "submitted audit", audit, level)
    for report in AuditReport.objects.select_related("issued_by", *of):
        verb = "issued report" if report.kind == AuditReport.Kind.FINAL else "issued draft report"
        made.told(report.issued_at, report.issued_by, Role.AUDITOR, verb, report.audit)
    for one in Recommendation.objects.select_related("made_by", *of):
        made.told(
            one.made_at, one.made_by, Role.AUDITOR, "recommended", one, {"recommendation": (None, one.outcome)}, one.reasons
        )
    for one in TechnicalReview.objects.select_related("reviewed_by", *of):
        made.told(one.reviewed_at, one.reviewed_by, Role.SECRETARIAT, "reviewed", one, {"review": (None, one.outcome)}, one.notes)
    for one in PanelVote.objects.select_related("user", *of):
        made.told(
            one.at, one.user, Role.PANEL, "recommended to the decision", one, {"recommendation": (None, one.outcome)}, one.reasons
        )
    for one in Decision.objects.select_related("decided_by", *of):
        said = {"outcome": (None, one.outcome), "level": (None, one.result["level"])}
        made.told(one.decided_at, one.decided_by, Role.PANEL, "decided", one, said, one.reasons)
    for one in CertificationEvent.objects.select_related("actor", "certification"):
        said = {"state": (one.before or None, one.after)}
        made.told(one.recorded_at, one.actor, Role.PANEL, one.kind.replace("_", " "), one.certification, said, one.public_text)
    return made.write()
