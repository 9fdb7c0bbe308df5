"""Pages of oversight."""

from django.urls import path

from .views import forecast, health, home, organisations, outbox, overview, places, returns, search, targets, trail

app_name = "oversight"
urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("overview/", overview.Overview.as_view(), name="overview"),
    path("forecast/", forecast.Forecast.as_view(), name="forecast"),
    path("forecast/<str:code>/", forecast.Forecast.as_view(), name="mda_forecast"),
    path("search/", search.Search.as_view(), name="search"),
    path("organisations/<str:code>/", organisations.OrganisationPage.as_view(), name="organisation"),
    path("centres/<str:code>/", places.CentrePage.as_view(), name="centre"),
    path("returns/", returns.ReturnList.as_view(), name="returns"),
    path("returns/remind/", returns.Remind.as_view(), name="remind_of_returns"),
    path("returns/<str:ref>/", returns.ReturnPage.as_view(), name="return"),
    path("returns/<str:ref>/file/", returns.FileReturn.as_view(), name="file_return"),
    path("returns/<str:ref>/sign/", returns.SignReturn.as_view(), name="sign_return"),
    path("returns/<str:ref>/send-back/", returns.SendBackReturn.as_view(), name="send_back_return"),
    path("returns/<str:ref>/restate/", returns.RestateReturn.as_view(), name="restate_return"),
    path("targets/", targets.TargetList.as_view(), name="targets"),
    path("targets/new/", targets.EnterTarget.as_view(), name="new_target"),
    path("targets/<int:pk>/withdraw/", targets.WithdrawTarget.as_view(), name="withdraw_target"),
    path("trail/", trail.Trail.as_view(), name="trail"),
    path("trail/<slug:kind>/<path:ref>/", trail.SubjectTrail.as_view(), name="subject_trail"),
    path("notices/", outbox.Outbox.as_view(), name="notices"),
    path("notices/<int:pk>/retry/", outbox.Retry.as_view(), name="retry_notice"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
