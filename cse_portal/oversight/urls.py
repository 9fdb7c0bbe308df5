"""Pages of oversight."""

from django.urls import path

from .views import health, home, outbox, overview, places, search, targets, trail

app_name = "oversight"
urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("overview/", overview.Overview.as_view(), name="overview"),
    path("search/", search.Search.as_view(), name="search"),
    path("organisations/<str:code>/", places.OrganisationPage.as_view(), name="organisation"),
    path("centres/<str:code>/", places.CentrePage.as_view(), name="centre"),
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
