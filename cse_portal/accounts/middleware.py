"""Some roles may not work without a second factor; idle sessions end."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from allauth.mfa.utils import is_mfa_enabled
from cse_portal.lib import clock

ALLOWED = ("/accounts/", "/static/", "/i18n/", "/healthz", "/readyz", "/verify/")


class RequireSecondFactor:
    """Ends idle sessions; sends a user whose role needs a second factor to set one up before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated:
            seconds = clock.now().timestamp()
            last = request.session.get("last_seen", seconds)
            if seconds - last > settings.SESSION_IDLE_SECONDS:
                logout(request)
                messages.info(request, _("You were signed out because nothing happened for a while. Sign in to go on."))
                return redirect(settings.LOGIN_URL)
            if seconds - last > 60 or "last_seen" not in request.session:
                request.session["last_seen"] = seconds
            if (
                settings.MFA_REQUIRED
                and user.mfa_required
                and not request.path.startswith(ALLOWED)
                and not is_mfa_enabled(user)
            ):
                messages.warning(request, _("Your role needs a second step at sign-in. Set it up to go on."))
                return redirect("mfa_index")
        return self.get_response(request)
