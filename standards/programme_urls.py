"""Pages of the programme, applications, measured figures and the sample of sites."""

from django.urls import path

from .views import applications, measures, planned, programme

urlpatterns = [
    path("programme/", programme.ProgrammeList.as_view(), name="programmes"),
    path("programme/new/", programme.DrawUp.as_view(), name="draw_up_programme"),
    path("programme/<str:year>/", programme.ProgrammePage.as_view(), name="programme"),
    path("programme/<str:year>/calendar/", programme.Calendar.as_view(), name="programme_calendar"),
    path("programme/<str:year>/suggest/", programme.Suggest.as_view(), name="suggest_programme"),
    path("programme/<str:year>/weights/", programme.Weigh.as_view(), name="weigh_programme"),
    path("programme/<str:year>/take/", programme.Take.as_view(), name="take_lines"),
    path("programme/<str:year>/adopt/", programme.Adopt.as_view(), name="adopt_programme"),
    path("programme/<str:year>/close/", programme.Close.as_view(), name="close_programme"),
    path("programme/<str:year>/lines/<int:pk>/", programme.DecideLine.as_view(), name="programme_line"),
    path("programme/<str:year>/lines/<int:pk>/plan/", programme.PlanFromLine.as_view(), name="plan_from_line"),
    path("applications/", applications.ApplicationList.as_view(), name="applications"),
    path("applications/new/", applications.NewApplication.as_view(), name="new_application"),
    path("applications/<int:pk>/", applications.ApplicationPage.as_view(), name="application"),
    path("applications/<int:pk>/change/", applications.ChangeApplication.as_view(), name="change_application"),
    path("applications/<int:pk>/send/", applications.SendApplication.as_view(), name="send_application"),
    path("applications/<int:pk>/withdraw/", applications.WithdrawApplication.as_view(), name="withdraw_application"),
    path("applications/<int:pk>/accept/", applications.AcceptApplication.as_view(), name="accept_application"),
    path("applications/<int:pk>/refuse/", applications.RefuseApplication.as_view(), name="refuse_application"),
    path("audits/<str:ref>/days/", planned.MoveAudit.as_view(), name="move_audit"),
    path("audits/<str:ref>/cancel/", planned.CancelAudit.as_view(), name="cancel_audit"),
    path("audits/<str:ref>/draw/", planned.DrawSites.as_view(), name="draw_sites"),
    path("measures/", measures.MeasureList.as_view(), name="measures"),
    path("measures/record/", measures.RecordMeasure.as_view(), name="record_measure"),
    path("measures/<int:pk>/correct/", measures.CorrectMeasure.as_view(), name="correct_measure"),
]
