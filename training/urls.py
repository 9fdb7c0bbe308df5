"""Pages of this app."""

from django.urls import path

from .views import attendance, certificates, cohorts, courses, enrolment, officers

app_name = "training"
urlpatterns = [
    path("courses/", courses.CourseList.as_view(), name="courses"),
    path("courses/<str:code>/", courses.CoursePage.as_view(), name="course"),
    path("cohorts/", cohorts.CohortList.as_view(), name="cohorts"),
    path("cohorts/open/", cohorts.OpenCohort.as_view(), name="open_cohort"),
    path("cohorts/<str:code>/", cohorts.CohortPage.as_view(), name="cohort"),
    path("cohorts/<str:code>/change/", cohorts.ChangeCohort.as_view(), name="change_cohort"),
    path("cohorts/<str:code>/sessions/", cohorts.Sessions.as_view(), name="sessions"),
    path("cohorts/<str:code>/publish/", cohorts.PublishCohort.as_view(), name="publish_cohort"),
    path("cohorts/<str:code>/cancel/", cohorts.CancelCohort.as_view(), name="cancel_cohort"),
    path("cohorts/<str:code>/enrol/", enrolment.Enrol.as_view(), name="enrol"),
    path("cohorts/<str:code>/withdraw/<str:ref>/", enrolment.Withdraw.as_view(), name="withdraw"),
    path("cohorts/<str:code>/sessions/<int:number>/", attendance.Register.as_view(), name="register"),
    path("cohorts/<str:code>/results/", attendance.Results.as_view(), name="results"),
    path("cohorts/<str:code>/close/", attendance.Close.as_view(), name="close_cohort"),
    path("my/training/", officers.MyTraining.as_view(), name="my_training"),
    path("officers/", officers.OfficerList.as_view(), name="officers"),
    path("officers/<str:ref>/", officers.OfficerPage.as_view(), name="officer"),
    path("certificates/<str:number>.pdf", certificates.Document.as_view(), name="certificate"),
    path("certificates/<str:number>/revoke/", certificates.Revoke.as_view(), name="revoke"),
    path("verify/", certificates.Verify.as_view(), name="verify"),
    path("verify/<str:code>/", certificates.Verify.as_view(), name="verify"),
]
