"""A gate without network: the check page, once opened, tells a good signature from a forged one in airplane mode."""

import re

import pytest

from tests import browser
from tests import factories as make
from tests.training import hall
from training.services import certificate_acts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 800}


@pytest.fixture(autouse=True)
def _loop(monkeypatch):
    """Playwright runs an event loop in this thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def issued(embu, livestock, coordinator, scope_of):
    return hall.closed(scope_of(coordinator), livestock, 2)


@pytest.fixture
def phone(live_server):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
        context = started.new_context(base_url=live_server.url, viewport=PHONE, has_touch=True, is_mobile=True)
        context.set_default_timeout(15000)
        tab = context.new_page()
        tab.wrong = []
        tab.on("console", lambda said: tab.wrong.append(said.text) if "Content Security Policy" in said.text else None)
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        yield tab
        assert tab.wrong == []
        started.close()


def scan(tab, certificate, payload=None):
    """Opens the address of the QR code as a phone's camera does; what the signature says."""
    tab.goto("about:blank")
    tab.goto(f"/verify/{certificate.code}/#{payload or certificate.payload}")
    tab.wait_for_selector("#signed[data-verdict]")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return tab.locator("#signed").get_attribute("data-verdict")


def test_the_page_works_in_airplane_mode(phone, issued, coordinator, scope_of):
    one, two = issued
    phone.goto("/verify/")
    assert phone.locator("#signed").is_hidden()
    phone.wait_for_selector("#signed[data-kept]", state="attached")
    phone.wait_for_timeout(500)  # the worker puts the page and its files away
    assert scan(phone, one) == "good"
    assert phone.locator("section.result").first.inner_text().startswith("This certificate is valid")

    phone.context.set_offline(True)
    assert scan(phone, two) == "offline"
    said = phone.locator("#signed").inner_text()
    assert "The signature is good; the state is not known" in said and two.holder in said and two.number in said
    assert re.search(r"State not known since: \d{1,2} \w+ \d{4}", said)
    wrong = two.payload[:40] + ("A" if two.payload[40] != "A" else "B") + two.payload[41:]
    assert scan(phone, two, wrong) == "forged"
    assert "was not signed by" in phone.locator("#signed").inner_text()
    assert scan(phone, one, two.payload) == "forged"  # another's signed code under this one's address
    phone.goto("/verify/")
    phone.locator("#id_code").fill(f"https://portal.example/verify/{one.code}/#{one.payload}")
    phone.get_by_role("button", name="Check", exact=True).click()
    phone.wait_for_selector("#signed[data-verdict=offline]")
    assert one.number in phone.locator("#signed").inner_text()

    phone.context.set_offline(False)
    another = make.member("coordinator", "another@ksg.example", "Another Coordinator")
    act = certificate_acts.ask(scope_of(coordinator), kind="revoke", first=one.number, reason="Forged sheet")
    certificate_acts.decide(scope_of(another), act=act, agree=True)
    assert scan(phone, one) == "good"  # the signature is; the state beside it says the rest
    assert phone.locator("section.result").first.inner_text().startswith("This certificate is revoked")
