"""Pages of the learner and of the coordinator: what one must do, what is held of one, corrections, demand, reports."""

from django.urls import path

from .views import corrections, demand, my_data, my_training, reports

urlpatterns = [
    path("my/training/", my_training.MyTraining.as_view(), name="my_training"),
    path("my/record/", my_training.MyRecord.as_view(), name="my_record"),
    path("my/data/", my_data.MyData.as_view(), name="my_data"),
    path("my/data/correct/", corrections.AskForCorrection.as_view(), name="ask_correction"),
    path("my/data/<slug:kind>/", my_data.ExportMyData.as_view(), name="export_my_data"),
    path("corrections/", corrections.CorrectionList.as_view(), name="corrections"),
    path("corrections/<int:pk>/", corrections.CorrectionPage.as_view(), name="correction"),
    path("corrections/<int:pk>/evidence/", corrections.CorrectionEvidence.as_view(), name="correction_evidence"),
    path("corrections/<int:pk>/decide/", corrections.DecideCorrection.as_view(), name="decide_correction"),
    path("corrections/<int:pk>/withdraw/", corrections.WithdrawCorrection.as_view(), name="withdraw_correction"),
    path("demand/", demand.DemandPage.as_view(), name="demand"),
    path("cohorts/<str:code>/report.xlsx", reports.CohortReport.as_view(), name="cohort_report"),
    path("cohorts/<str:code>/messages/", reports.CohortMessages.as_view(), name="cohort_messages"),
    path("officers/<str:ref>/messages/", reports.OfficerMessages.as_view(), name="officer_messages"),
]
