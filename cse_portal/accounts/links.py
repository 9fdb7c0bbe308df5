"""Links that let the owner of an address set a password."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse


def set_password_url(user):
    """Works once, for PASSWORD_RESET_TIMEOUT seconds (7 days)."""
    key = default_token_generator.make_token(user)
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


def sign_in_url():
    return settings.SITE_URL + reverse("account_login")
