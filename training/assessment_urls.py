"""Addresses of results, their moderation and corrections."""

from django.urls import path

from .views import evaluation, moderation, result_corrections, results

urlpatterns = [
    path("cohorts/<str:code>/assessment/", results.AssessmentPage.as_view(), name="assessment"),
    path("cohorts/<str:code>/results/", results.Results.as_view(), name="results"),
    path("cohorts/<str:code>/results/<int:number>/again/", results.SendAgain.as_view(), name="send_again"),
    path("cohorts/<str:code>/results/<int:number>/<str:ref>/", results.RubricPage.as_view(), name="rubric"),
    path(
        "cohorts/<str:code>/results/<int:number>/<str:ref>/correct/",
        result_corrections.AskCorrection.as_view(),
        name="correct_result",
    ),
    path("cohorts/<str:code>/moderation/<int:number>/", moderation.Moderate.as_view(), name="moderate"),
    path("cohorts/<str:code>/release/", moderation.Release.as_view(), name="release"),
    path("moderation/", moderation.ModerationQueue.as_view(), name="moderation"),
    path("moderation/corrections/<int:pk>/", result_corrections.DecideCorrection.as_view(), name="decide_result"),
    path("evaluation/<str:token>/", evaluation.Evaluate.as_view(), name="evaluation_link"),
    path("cohorts/<str:code>/evaluate/", evaluation.EvaluateOwn.as_view(), name="evaluate"),
    path("cohorts/<str:code>/evaluation/", evaluation.CohortEvaluation.as_view(), name="evaluation"),
    path("cohorts/<str:code>/evaluation/remind/", evaluation.RemindToEvaluate.as_view(), name="remind_to_evaluate"),
]
