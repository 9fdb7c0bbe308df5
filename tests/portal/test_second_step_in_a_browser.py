"""The second step as people meet it: an authenticator app, recovery codes and passkeys, in Chromium."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests import browser
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"


@pytest.fixture
def tab(monkeypatch):
    """A page of Chromium that fails the test on any script error or breach of the content security policy."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
        page = chromium.new_context().new_page()
        page.set_default_timeout(10_000)
        said = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        chromium.close()
    assert [line for line in said if "403" not in line] == []


@pytest.fixture
def auditor(settings, db):
    settings.MFA_REQUIRED = True
    hat = make.member("auditor", "amina@huduma.example", "Amina Noor")
    hat.user.mfa_required = True
    hat.user.save()
    return hat


def sign_in(tab, server):
    tab.goto(server.url + "/accounts/login/")
    tab.get_by_label("Work email").fill("amina@huduma.example")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(tab, server):
    tab.goto(server.url + "/accounts/logout/")
    tab.locator("main").get_by_role("button", name="Sign out").click()
    tab.wait_for_url(server.url + "/")


def works(tab, server):
    return tab.goto(server.url + "/account/tokens/").status == 200 and "/account/tokens/" in tab.url


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def set_up_app(tab, server):
    """Sets up the app after the first sign-in; returns (secret, recovery codes)."""
    sign_in(tab, server)
    tab.goto(server.url + "/accounts/2fa/totp/activate/")
    secret = tab.locator(".secret").inner_text().strip()
    tab.get_by_label("6-digit code").fill(code_of(secret))
    tab.get_by_role("button", name="Turn on").click()
    tab.get_by_role("heading", name="Recovery codes").wait_for()
    return secret, tab.locator(".codes li").all_inner_texts()


def test_an_app_and_a_recovery_code(live_server, tab, auditor):
    sign_in(tab, live_server)
    assert not works(tab, live_server) and "/accounts/2fa/" in tab.url
    sign_out(tab, live_server)
    _secret, codes = set_up_app(tab, live_server)
    assert len(codes) == 10 and works(tab, live_server)
    sign_out(tab, live_server)
    sign_in(tab, live_server)
    tab.get_by_label("6-digit code or recovery code").fill(codes[0])
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(live_server.url + "/")
    assert works(tab, live_server)


def test_a_passkey_signs_in_without_a_password(live_server, tab, auditor):
    device = tab.context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send(
        "WebAuthn.addVirtualAuthenticator", {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}}
    )
    sign_in(tab, live_server)
    tab.goto(live_server.url + "/accounts/2fa/webauthn/add/")
    tab.get_by_label("A name to know it by").fill("My laptop")
    tab.get_by_label("Let it sign me in without a password (a passkey)").check()
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.get_by_role("heading", name="Recovery codes").wait_for()
    assert works(tab, live_server)
    tab.goto(live_server.url + "/accounts/2fa/webauthn/")
    assert tab.get_by_role("row", name="My laptop").is_visible()
    sign_out(tab, live_server)
    # Without a password.
    tab.goto(live_server.url + "/accounts/login/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(live_server.url + "/")
    assert works(tab, live_server)
    sign_out(tab, live_server)
    # As the second step after the password.
    sign_in(tab, live_server)
    tab.get_by_role("button", name="Use a passkey or security key").click()
    tab.wait_for_url(live_server.url + "/")
    assert works(tab, live_server)
