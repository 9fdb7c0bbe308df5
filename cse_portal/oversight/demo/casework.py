"""From submitted to decided in the demonstration: reports, the lead's recommendation, the technical review, the panel's votes. Contents,
hashes and signatures are the services' own; only the days are invented."""

import datetime as dt

from cse_portal.lib import clock
from standards.models import Audit, AuditReport, PanelVote, Recommendation, TechnicalReview
from standards.services import independence, reports

CHECKED = "The sample, the evidence and the grades of the findings were read; the recommendation follows from them."
FINE = "Every principle is in place at the offices visited, and the findings are answered."
NOT_YET = "Majors are open; they are to be closed before anything is certified."


class Casework:
    def __init__(self, world):
        self.world, users = world, world.users
        self.reviewer = users["secretariat2@demo.example"]
        self.panel = [users[f"panel{n}@demo.example"] for n in ("", "2", "3")]

    def draft(self, audit, on, comments_by):
        """Issued to the auditee that day; the audit is in the state `report` from then on."""
        self._issue(audit, AuditReport.Kind.DRAFT, on, comments_by)
        audit.state = Audit.State.REPORT
        audit.save(update_fields=["state"])

    def final(self, audit, on):
        self._issue(audit, AuditReport.Kind.FINAL, on)

    def _issue(self, audit, kind, on, comments_by=None):
        said = reports.content(audit, kind, on)
        sha256 = reports.digest(said["report"])
        key, signature = reports.sign(sha256)
        AuditReport.objects.create(
            audit=audit, kind=kind, content=said, sha256=sha256, key=key, signature=signature, issued_by=audit.submitted_by,
            issued_at=self.world.at(on, 11), comments_by=comments_by,
        )  # fmt: skip

    def recommend(self, audit, on, certify=True):
        Recommendation.objects.create(
            audit=audit,
            outcome="certify" if certify else "refuse",
            reasons=FINE if certify else NOT_YET,
            made_by=audit.submitted_by,
            made_at=self.world.at(on, 10),
        )

    def review(self, audit, on):
        TechnicalReview.objects.create(
            audit=audit, outcome="passed", notes=CHECKED, reviewed_by=self.reviewer, reviewed_at=self.world.at(on, 14)
        )

    def vote(self, audit, on, outcome, members, number=1):
        PanelVote.objects.bulk_create(
            PanelVote(
                audit=audit,
                round=number,
                user=user,
                outcome=outcome,
                reasons=FINE if outcome == "certify" else NOT_YET,
                at=self.world.at(on, 9 + n),
            )
            for n, user in enumerate(members)
        )

    def checks(self, audit):
        return [check for user in self.panel for check in independence.checks(user, audit)]

    def before_the_panel(self, audit, on, certify=True):
        """All that comes before the votes, in the four weeks up to that day."""
        submitted = clock.civil(audit.submitted_at)
        days = max((on - submitted).days, 0)
        draft, comments, final, recommended, reviewed = (submitted + dt.timedelta(days=days * n // 10) for n in (1, 5, 6, 7, 8))
        self.draft(audit, draft, comments)
        self.final(audit, final)
        self.recommend(audit, recommended, certify)
        self.review(audit, reviewed)
