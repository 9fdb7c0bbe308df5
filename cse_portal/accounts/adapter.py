"""allauth, as the portal uses it: accounts are made by invitation only, and its messages go where all others go."""

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cse_portal.lib import clock

WRONG_CODE = _("That code is not right, or it was used already. Wait for the next one.")


class InvitationOnly(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "email_password_mismatch": _("The email or the password is not right."),
        "enter_current_password": _("Type the password you have now."),
        "incorrect_password": _("The password is not right."),
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "rate_limited": _("Too many tries. Wait five minutes, then try again."),
        "same_as_current": _("Choose one that differs from the one you have now."),
    }
    # Set by the app that keeps the outbox: post(kind, user, to, subject, body, language).
    post = None

    def is_open_for_signup(self, request):
        return False

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who signed in within five minutes is not asked for the password again."""
        began = self.request.session.get("signed_in_at", 0)
        return clock.now().timestamp() - began > app_settings.REAUTHENTICATION_TIMEOUT and super().is_reauthentication_required(
            app=app, **kwargs
        )

    def format_email_subject(self, subject):
        return str(subject)

    def send_mail(self, template_prefix, email, context):
        user = context.get("user")
        language = getattr(user, "language", "en")
        with translation.override(language):
            message = self.render_mail(template_prefix, email, context)
        kind = template_prefix.rsplit("/", 1)[-1]
        type(self).post(kind=kind, user=user, to=email, subject=message.subject, body=message.body, language=language)


class SecondStep(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}
