"""Every address of the portal."""

from django.urls import include, path

urlpatterns = [
    path("", include("cse_portal.oversight.urls")),
    path("", include("centres.urls")),
    path("", include("training.urls")),
    path("", include("standards.urls")),
    path("", include("cse_portal.notices.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include(("cse_portal.api", "api"))),
]
