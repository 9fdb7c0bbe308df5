"""Every page in English, as each kind of reader, and those of which there is no door: nothing of what `tests.axe` asks is wrong."""

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tests import factories as make
from tests.axe import faults_of, of_every_page, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.slow]


def test_every_page_in_english():
    faults = of_every_page("en", 1280)
    assert not faults, "\n".join(faults)


def test_the_error_pages(rf: RequestFactory, grace, scope_of):
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'"
    pages = {}
    for code in ("400", "403", "403_csrf", "404", "409", "413", "429", "500"):
        request = rf.get("/somewhere/")
        request.user, request.scope, request.hats = grace.user, scope_of(grace), [grace]
        pages[code] = ("/somewhere/", render_to_string(f"{code}.html", {"code": "E-7F2A"}, request), policy)
        pages[f"{code} bare"] = ("/somewhere/", render_to_string(f"{code}.html"), policy)
    faults = faults_of(pages)
    assert not faults, "\n".join(faults)


def test_the_second_step_of_sign_in(db, settings):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    user = make.user("amina@huduma.example", "Amina Noor", "correct horse battery")
    make.member("auditor", user.email, user.name, of_user=user)
    client = Client()

    def sign_in():
        return client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"}, follow=True)

    def code(secret):
        return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    pages = {}

    def look(name, path):
        response = client.get(path)
        assert response.status_code == 200, name
        pages[name] = page_of(response, path.split("?")[0])
        return response

    sign_in()
    look("security, nothing set up", "/accounts/2fa/")
    look("confirm that it is you", "/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/")
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    secret = look("set up an app", "/accounts/2fa/totp/activate/").context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)
    pages["recovery codes"] = page_of(done, "/accounts/2fa/recovery-codes/")
    assert done.status_code == 200
    look("security, app on", "/accounts/2fa/")
    look("turn the app off", "/accounts/2fa/totp/deactivate/")
    look("new recovery codes", "/accounts/2fa/recovery-codes/generate/")
    look("add a passkey", "/accounts/2fa/webauthn/add/")
    client.post("/accounts/logout/")
    second = sign_in()
    assert second.request["PATH_INFO"] == "/accounts/2fa/authenticate/"
    pages["second step"] = page_of(second, "/accounts/2fa/authenticate/")
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    pages["second step, wrong code"] = page_of(wrong, "/accounts/2fa/authenticate/")
    faults = faults_of(pages)
    assert not faults, "\n".join(faults)
