"""Sessions end when idle or old; some roles may not work without a second factor."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from cse_portal.lib import clock

API = "/api/"
ALLOWED = ("/accounts/", "/static/", "/i18n/", "/healthz", "/readyz", "/verify/")
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def refusal(code, detail, status):
    return JsonResponse({"code": code, "detail": detail, "fields": {}}, status=status)


class RequireSecondFactor:
    """Ends sessions idle for SESSION_IDLE_SECONDS or older than SESSION_LONGEST_SECONDS; sends a user whose role needs
    a second factor to set one up before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated:
            if self.is_over(request.session):
                return self.end(request)
            if (
                settings.MFA_REQUIRED
                and user.mfa_required
                and not request.path.startswith(ALLOWED)
                and not is_mfa_enabled(user, FACTORS)
            ):
                sentence = _("Your role needs a second step at sign-in. Set it up to go on.")
                if request.path.startswith(API):
                    return refusal("second_factor_needed", sentence, 403)
                messages.warning(request, sentence)
                return redirect("mfa_index")
        return self.get_response(request)

    @staticmethod
    def is_over(session):
        """Notes the minute of this request, and says whether the session came to its end before it."""
        now = clock.now().timestamp()
        began, last = session.setdefault("signed_in_at", now), session.get("last_seen", now)
        if now - last > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_LONGEST_SECONDS:
            return True
        if now - last > 60 or "last_seen" not in session:
            session["last_seen"] = now
        return False

    @staticmethod
    def end(request):
        logout(request)
        sentence = _("You were signed out because nothing happened for a while, or because 12 hours passed. Sign in to go on.")
        if request.path.startswith(API):
            return refusal("signed_out", sentence, 401)
        messages.info(request, sentence)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
