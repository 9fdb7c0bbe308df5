"""API v1: one router over the routes that each app offers."""

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

import centres.api
import cse_portal.oversight.api
import standards.api
import training.api


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema tells of tokens."""

    target_class = "cse_portal.lib.api.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return build_bearer_security_scheme_object("Authorization", "Bearer")


router = DefaultRouter()
for app in (centres.api, training.api, standards.api, cse_portal.oversight.api):
    for prefix, viewset, basename in app.routes:
        router.register(prefix, viewset, basename=basename)

urlpatterns = [
    *router.urls,
    path("schema/", SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[]), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", permission_classes=[], authentication_classes=[]), name="docs"),
]
