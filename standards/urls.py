"""Pages of this app."""

from django.urls import path

from . import (
    auditor_urls,
    decision_urls,
    edition_urls,
    finding_urls,
    programme_urls,
    report_urls,
    selfassessment_urls,
    standing_urls,
    workspace_urls,
)
from .views import audits, sheet
from .views import parts as parts  # what an audit's page shows of every room

app_name = "standards"
urlpatterns = [
    *auditor_urls.urlpatterns,
    *edition_urls.urlpatterns,
    *finding_urls.urlpatterns,
    *decision_urls.urlpatterns,
    *selfassessment_urls.urlpatterns,
    *workspace_urls.urlpatterns,
    path("audits/", audits.AuditList.as_view(), name="audits"),
    path("audits/plan/", audits.PlanAudit.as_view(), name="plan_audit"),
    path("audits/<str:ref>/", audits.AuditPage.as_view(), name="audit"),
    path("audits/<str:ref>/team/", audits.NameTeam.as_view(), name="team"),
    path("audits/<str:ref>/declare/", audits.Declare.as_view(), name="declare"),
    path("audits/<str:ref>/submit/", audits.Submit.as_view(), name="submit"),
    path("audits/<str:ref>/sites/<int:site>/", sheet.SheetPage.as_view(), name="sheet"),
    path("audits/<str:ref>/sites/<int:site>/<str:code>/", sheet.RateElement.as_view(), name="rate"),
    path("audits/<str:ref>/sites/<int:site>/<str:code>/approve/", sheet.ApproveNotApplicable.as_view(), name="approve_na"),
    path("audits/<str:ref>/evidence/<int:pk>/", sheet.EvidenceFile.as_view(), name="evidence"),
    path("audits/<str:ref>/evidence/<int:pk>/remove/", sheet.RemoveEvidence.as_view(), name="remove_evidence"),
    path("audits/<str:ref>/submitted-evidence/<int:pk>/", sheet.SubmittedFile.as_view(), name="submitted_evidence"),
    *standing_urls.urlpatterns,
    *programme_urls.urlpatterns,
    *report_urls.urlpatterns,
]
