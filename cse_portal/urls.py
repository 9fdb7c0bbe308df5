"""Every address of the portal."""

from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView, TemplateView

from cse_portal.accounts.language import set_language
from cse_portal.lib.worker import service_worker

handler400 = "cse_portal.lib.api.unreadable"
handler404 = "cse_portal.lib.api.no_such_address"
urlpatterns = [
    path("", include("cse_portal.oversight.urls")),
    path("", include("centres.urls")),
    path("", include("training.urls")),
    path("", include("standards.urls")),
    path("", include("cse_portal.notices.urls")),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("cse_portal/icons/mark.svg")), name="favicon"),  # asked for where no page names one
    path("sw.js", service_worker, name="service_worker"),
    path("help/", TemplateView.as_view(template_name="pages/help.html"), name="help"),
    path("privacy/", TemplateView.as_view(template_name="pages/privacy.html"), name="privacy"),
    path("accessibility/", TemplateView.as_view(template_name="pages/accessibility.html"), name="accessibility"),
    path("accounts/", include("cse_portal.accounts.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("api/v1/", include(("cse_portal.api", "api"))),
]
