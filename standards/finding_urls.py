"""Findings and corrective action."""

from django.urls import path

from .views import findings, overdue

ONE = "audits/<str:ref>/findings/<int:number>/"

urlpatterns = [
    path("findings/", findings.FindingList.as_view(), name="findings"),
    path("findings/overdue/", overdue.OverdueList.as_view(), name="overdue_findings"),
    path("audits/<str:ref>/sites/<int:site>/raise/", findings.RaiseFinding.as_view(), name="raise_finding"),
    path(ONE, findings.FindingPage.as_view(), name="finding"),
    path(f"{ONE}grade/", findings.Regrade.as_view(), name="finding_grade"),
    path(f"{ONE}take-back/", findings.TakeBack.as_view(), name="finding_take_back"),
    path(f"{ONE}acknowledge/", findings.Acknowledge.as_view(), name="finding_acknowledge"),
    path(f"{ONE}dispute/", findings.DisputeIt.as_view(), name="finding_dispute"),
    path(f"{ONE}decide/", findings.DecideDispute.as_view(), name="finding_decide"),
    path(f"{ONE}reply/", findings.ReplyTo.as_view(), name="finding_reply"),
    path(f"{ONE}plan/", findings.SendPlan.as_view(), name="finding_plan"),
    path(f"{ONE}review/", findings.ReviewPlan.as_view(), name="finding_review"),
    path(f"{ONE}evidence/", findings.SendEvidence.as_view(), name="finding_evidence"),
    path(f"{ONE}verify/", findings.Verify.as_view(), name="finding_verify"),
    path(f"{ONE}effect/", findings.CheckEffect.as_view(), name="finding_effect"),
    path(f"{ONE}visit/", findings.SetVisit.as_view(), name="finding_visit"),
    path(f"{ONE}nominate/", findings.NominateFor.as_view(), name="finding_nominate"),
]
