"""Addresses of results, their moderation and corrections."""

from django.urls import path

from .views import appeals, evaluation, moderation, result_corrections, results

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
    path("my/results/<int:pk>/", appeals.MyResult.as_view(), name="my_result"),
    path("my/results/<int:pk>/appeal/", appeals.MakeAppeal.as_view(), name="make_appeal"),
    path("appeals/", appeals.AppealList.as_view(), name="appeals"),
    path("appeals/<int:pk>/", appeals.AppealPage.as_view(), name="appeal"),
    path("appeals/<int:pk>/decide/", appeals.DecideAppeal.as_view(), name="decide_appeal"),
    path("appeals/<int:pk>/withdraw/", appeals.WithdrawAppeal.as_view(), name="withdraw_appeal"),
]
