"""Pages of the learner and of the coordinator: what one must do, what is held of one, corrections, demand, reports."""

from django.urls import path

from .views import corrections, my_data, my_training

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
]
