"""The code on the hall's screen: read by a phone from the picture, turned without a reload, good for one turn."""

import datetime as dt
import io
import re

import pytest
import zxingcpp
from PIL import Image

from cse_portal.lib import clock
from tests import browser
from tests import factories as make
from tests.journeys.test_marking_without_network import sign_in
from training import hall_code
from training.models import Attendance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _loop(monkeypatch):
    """Playwright runs an event loop in this thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def hall(embu, kiprono, wanjiru, learner):
    """A session that runs now, with Wanjiru in it."""
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, trainer=kiprono)
    minutes = dt.timedelta(minutes=10)
    cohort.sessions.update(starts_at=clock.now() - minutes, ends_at=clock.now() + minutes)
    make.seat(cohort, wanjiru)
    return cohort


def read(tab):
    """The address in the QR code that the screen shows."""
    tab.wait_for_selector(".hall-qr svg")
    return zxingcpp.read_barcode(Image.open(io.BytesIO(tab.screenshot()))).text


def test_an_officer_scans_signs_in_and_is_here(live_server, hall, settings, monkeypatch):
    from playwright.sync_api import sync_playwright

    settings.SITE_URL = live_server.url
    monkeypatch.setattr(hall_code, "TURN", 8)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
        screen = chromium.new_context(base_url=live_server.url).new_page()
        sign_in(screen, "kiprono@ksg.example")
        screen.goto(f"/cohorts/{hall.code}/sessions/1/check-in/")
        screen.evaluate("window.same = true")
        first = read(screen)
        phone = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 800}).new_page()
        phone.goto(read(screen))
        with phone.expect_navigation():
            phone.locator("main").get_by_role("link", name="Sign in").click()
        phone.locator("input[name=login]").fill("wanjiru@livestock.go.ke")
        phone.locator("input[name=password]").fill("correct horse battery")
        with phone.expect_navigation():
            phone.locator("main").get_by_role("button", name="Sign in").first.click()
        with phone.expect_navigation():
            phone.get_by_role("button", name="I am here").click()
        assert "Wanjiru Kamau: present" in phone.locator("main").inner_text()
        assert Attendance.objects.get().source == "qr"
        screen.get_by_text("1 of 1").wait_for()
        shown = {first}
        while len(shown) < 3:  # the code before the present one still opens
            screen.wait_for_timeout(500)
            shown.add(read(screen))
        assert screen.evaluate("window.same")
        late = chromium.new_context(base_url=live_server.url).new_page()
        late.goto(first)  # a picture sent to a friend
        assert re.search("This code has passed", late.locator("main").inner_text())
        chromium.close()
