"""Self-assessment, stage 1, the audit plan and meetings."""

from django.urls import path

from .views import evidence, selfassessment, stage1

urlpatterns = [
    path("self-assessments/", selfassessment.SelfAssessmentList.as_view(), name="self_assessments"),
    path("self-assessments/<str:ref>/", selfassessment.SelfAssessmentPage.as_view(), name="self_assessment"),
    path("self-assessments/<str:ref>/submit/", selfassessment.SubmitSelfAssessment.as_view(), name="submit_self_assessment"),
    path("self-assessments/<str:ref>/sites/<int:site>/<str:code>/", selfassessment.SelfRate.as_view(), name="self_rate"),
    path("self-assessments/<str:ref>/evidence/<int:pk>/remove/", selfassessment.RemoveSelfEvidence.as_view(), name="remove_self_evidence"),
    path("evidence/", evidence.SentEvidence.as_view(), name="evidence_sent"),
    path("audits/<str:ref>/self-assessment/open/", selfassessment.OpenSelfAssessment.as_view(), name="open_self_assessment"),
    path("audits/<str:ref>/gap/", selfassessment.Gap.as_view(), name="gap"),
    path("audits/<str:ref>/stage-1/", stage1.Stage1.as_view(), name="stage_1"),
    path("audits/<str:ref>/begin/", stage1.Begin.as_view(), name="begin_stage_2"),
    path("audits/<str:ref>/visits/", stage1.AuditPlan.as_view(), name="audit_plan"),
    path("audits/<str:ref>/visits/send/", stage1.SendPlan.as_view(), name="send_audit_plan"),
    path("audits/<str:ref>/visits/<int:pk>/remove/", stage1.RemoveVisit.as_view(), name="remove_visit"),
    path("audits/<str:ref>/meetings/<str:kind>/", stage1.RecordMeeting.as_view(), name="record_meeting"),
]
