"""Reports of audits, and what audits say together."""

from django.urls import path

from .views import analytics, reports

urlpatterns = [
    path("standard/analytics/", analytics.Analytics.as_view(), name="analytics"),
    path("standard/analytics/<str:tab>/", analytics.Analytics.as_view(), name="analytics"),
    path("audits/<str:ref>/report/draft/", reports.IssueDraft.as_view(), name="issue_draft"),
    path("audits/<str:ref>/report/final/", reports.IssueFinal.as_view(), name="issue_final"),
    path("audits/<str:ref>/report/comment/", reports.CommentOnDraft.as_view(), name="comment_on_draft"),
    path("audits/<str:ref>/reports/<str:kind>/<int:number>/", reports.ReportPage.as_view(), name="report"),
    path("audits/<str:ref>/reports/<str:kind>/<int:number>/addendum/", reports.AddAddendum.as_view(), name="add_addendum"),
    path("audits/<str:ref>/reports/<str:kind>/<int:number>.<str:form>", reports.ReportCopy.as_view(), name="report_copy"),
]
