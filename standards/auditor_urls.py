"""Pages of the auditor register and of calibration."""

from django.urls import path

from .views import auditors, calibrations

urlpatterns = [
    path("auditors/", auditors.AuditorList.as_view(), name="auditors"),
    path("auditors/enter/", auditors.Enter.as_view(), name="enter_auditor"),
    path("auditors/<int:pk>/", auditors.AuditorPage.as_view(), name="auditor"),
    path("auditors/<int:pk>/change/", auditors.ChangeLine.as_view(), name="change_auditor"),
    path("auditors/<int:pk>/pause/", auditors.Pause.as_view(), name="pause_auditor"),
    path("auditors/<int:pk>/resume/", auditors.Resume.as_view(), name="resume_auditor"),
    path("auditors/<int:pk>/engagements/", auditors.Engage.as_view(), name="engage"),
    path("auditors/<int:pk>/engagements/<int:engagement>/", auditors.ChangeEngagement.as_view(), name="change_engagement"),
    path("calibrations/", calibrations.CalibrationList.as_view(), name="calibrations"),
    path("calibrations/make/", calibrations.MakeCase.as_view(), name="make_calibration"),
    path("calibrations/<int:pk>/", calibrations.CasePage.as_view(), name="calibration"),
    path("calibrations/<int:pk>/elements/", calibrations.TellElement.as_view(), name="tell_calibration"),
    path("calibrations/<int:pk>/elements/<str:code>/leave-out/", calibrations.LeaveOut.as_view(), name="leave_out_of_calibration"),
    path("calibrations/<int:pk>/open/", calibrations.OpenCase.as_view(), name="open_calibration"),
    path("calibrations/<int:pk>/rate/", calibrations.Answer.as_view(), name="answer_calibration"),
    path("calibrations/<int:pk>/close/", calibrations.CloseCase.as_view(), name="close_calibration"),
]
