"""Addresses of results, their moderation and corrections."""

from django.urls import path

from .views import moderation, result_corrections, results

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
]
