"""An audit on site without network, on a tablet of 820 px: ratings and photos are kept, survive a reload and a browser that dies,
and arrive once, as the device had them."""

import hashlib
import io
import os
import re
import signal
from pathlib import Path

import pytest
from PIL import Image

from standards.models import Evidence, Rating, RatingConflict
from tests import browser
from tests.standards import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
TABLET = {"width": 820, "height": 1180}
SENT = re.compile("All sent")
KEPT = """async () => {
    const db = await new Promise((done) => { const asked = indexedDB.open('cse-audit', 1); asked.onsuccess = () => done(asked.result); });
    const asked = db.transaction('changes').objectStore('changes').getAll();
    const found = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    db.close();
    return found.map(({ file, ...one }) => ({ ...one, size: file ? file.size : null }));
}"""


@pytest.fixture(autouse=True)
def _loop(monkeypatch):
    """Playwright runs an event loop in this thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def site(livestock, amina, brian):
    """Livestock's head office, 41 elements: Amina leads, Brian is on the team."""
    audit = steps.plan(livestock, steps.full_edition(), amina, brian)
    steps.declare(audit, amina, brian)
    return audit.sites.get()


@pytest.fixture
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture
def device(playwright, live_server, tmp_path):
    """device(name) -> a tab of the tablet of that name; the same name again is the same tablet, with what it kept."""
    contexts = {}

    def start(name="tablet"):
        folder = tmp_path / name
        context = playwright.chromium.launch_persistent_context(
            str(folder), executable_path=browser.find(), args=browser.ARGS, base_url=live_server.url, viewport=TABLET, has_touch=True
        )  # fmt: skip
        context.set_default_timeout(15000)
        contexts[name] = context
        tab = context.pages[0]
        tab.wrong, tab.folder = [], folder
        tab.on("console", lambda said: tab.wrong.append(said.text) if "Content Security Policy" in said.text else None)
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        return tab

    yield start
    for context in contexts.values():
        assert [wrong for page in context.pages for wrong in getattr(page, "wrong", [])] == []
        context.close()


def sign_in(tab, email):
    tab.goto("/accounts/login/")
    tab.locator("input[name=login]").fill(email)
    tab.locator("input[name=password]").fill(PASSWORD)
    with tab.expect_navigation():
        tab.locator("main").get_by_role("button", name=re.compile("^Sign in$")).first.click()


def sign_in_again(tab):
    """A browser that dies young has not written its cookies down: the page says so, keeps, and sends after the sign-in."""
    with tab.expect_navigation():
        tab.get_by_role("link", name="Sign in to send").click()
    tab.locator("input[name=login]").fill("amina@huduma.example")
    tab.locator("input[name=password]").fill(PASSWORD)
    tab.locator("main").get_by_role("button", name=re.compile("^Sign in$")).first.click()
    ready(tab)


def open_work(tab, site):
    tab.goto(f"/audits/{site.audit.ref}/sites/{site.pk}/work/")
    return ready(tab)


def ready(tab):
    tab.wait_for_selector("[data-work][data-ready]")
    return tab


def taken_along(tab):
    tab.wait_for_selector("[data-work][data-kept]")  # the worker has the page, its files and the pack
    return tab


def rate(tab, code, value, words=""):
    tab.locator("[data-pick]").select_option(code)
    tab.locator("h2.big-h", has_text=code).wait_for()
    tab.locator(f"[data-form] [data-option={value}]").click()
    if words:
        tab.get_by_label("What you found").fill(words)


def photograph(tab, picture):
    pieces = tab.locator("[data-evidence] li")
    before = pieces.count()
    tab.locator("[data-photo]").set_input_files({"name": "board.jpg", "mimeType": "image/jpeg", "buffer": picture})
    pieces.nth(before).wait_for()


def picture(colour):
    """A photo as a tablet takes it: larger than what is kept."""
    held = io.BytesIO()
    Image.effect_noise((2400, 1800), 40).convert("RGB").point(lambda n: n * colour // 255).save(held, "JPEG", quality=90)
    return held.getvalue()


def left(tab, n):
    tab.wait_for_selector(f"[data-work][data-left='{n}']")


def kill(tab):
    """The battery dies: the processes of this tablet, told by its own folder, end without a word."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                said = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if f"--user-data-dir={tab.folder}" in said and not any(word.startswith("--type=") for word in said):
                os.kill(int(entry.name), signal.SIGKILL)
    tab.context.wait_for_event("close") if tab.context.pages else None


def codes(site):
    return list(steps.elements(site))


def test_twelve_ratings_and_two_photos_outlive_the_browser_and_arrive_once(device, site, amina, brian):
    tab = device()
    sign_in(tab, "amina@huduma.example")
    taken_along(open_work(tab, site))
    tab.get_by_text("Ready for work without network").wait_for()
    tab.context.set_offline(True)
    chosen = codes(site)[:12]
    for n, code in enumerate(chosen):
        rate(tab, code, "N" if n == 3 else "M", f"Seen at counter {n}.")
        if n in (0, 5):
            photograph(tab, picture(200 + n))
    left(tab, 14)
    tab.get_by_text(re.compile("Offline. Saved on this device at")).wait_for()

    tab.reload()  # still without network
    ready(tab)
    left(tab, 14)
    assert tab.locator("aside [data-rated]").inner_text() == "12"
    held = tab.evaluate(KEPT)
    hashes = {one["client_ref"]: one["sha256"] for one in held if one["what"] == "evidence"}
    assert len(hashes) == 2 and all(one["size"] for one in held if one["what"] == "evidence")
    kill(tab)

    tab = device()
    tab.context.set_offline(True)
    open_work(tab, site)
    left(tab, 14)
    tab.locator("[data-pick]").select_option(chosen[5])
    tab.locator("[data-evidence] img").wait_for()
    assert tab.get_by_label("What you found").input_value() == "Seen at counter 5."
    assert not Rating.objects.exists() and not Evidence.objects.exists()
    steps.rate(brian, site, chosen[2], "P", "Only half of them.")  # a colleague, meanwhile, online

    tab.context.set_offline(False)
    sign_in_again(tab)
    left(tab, 0)
    tab.get_by_text("Two auditors rated differently.").wait_for()
    tab.locator("[data-pick]").select_option(chosen[2])
    tab.locator("[data-clash]").wait_for()
    assert tab.get_by_label("What you found").input_value() == "Only half of them."
    stands = dict(Rating.objects.values_list("element__code", "value"))
    assert stands == {code: "N" if n == 3 else "P" if n == 2 else "M" for n, code in enumerate(chosen)}
    kept = RatingConflict.objects.get()
    assert (kept.element.code, kept.value, kept.justification) == (chosen[2], "M", "Seen at counter 2.")
    photos = {piece.client_ref.partition("/")[0]: piece for piece in Evidence.objects.filter(kind="photo")}
    assert {ref: piece.sha256 for ref, piece in photos.items()} == hashes
    for piece in photos.values():
        content = piece.file.read()
        assert hashlib.sha256(content).hexdigest() == piece.sha256
        assert max(Image.open(io.BytesIO(content)).size) == 1600
    assert all(one["size"] is None for one in tab.evaluate(KEPT))  # let go once confirmed

    tab.reload()
    ready(tab)
    assert (
        Rating.objects.count() == 12
        and Evidence.objects.filter(kind="photo").count() == 2
        and RatingConflict.objects.count() == 1
    )
    with tab.expect_navigation():
        tab.locator("[data-sync=conflict]").get_by_role("link", name="See both").click()
    text = tab.locator("main").inner_text()
    assert "Only half of them." in text and "Seen at counter 2." in text and "Amina Noor" in text and str(brian.user) in text


def test_signed_out_or_another_person_the_work_waits(device, site, amina, brian):
    tab = device()
    sign_in(tab, "amina@huduma.example")
    taken_along(open_work(tab, site))
    tab.context.set_offline(True)
    rate(tab, codes(site)[0], "M", "Seen.")
    left(tab, 1)
    tab.context.clear_cookies()
    tab.context.set_offline(False)
    tab.get_by_role("link", name="Sign in to send").wait_for()
    sign_in(tab, "brian@huduma.example")
    taken_along(open_work(tab, site))
    tab.get_by_text("Somebody else's work on this audit waits").wait_for()
    assert not Rating.objects.exists()
    tab.context.clear_cookies()
    sign_in(tab, "amina@huduma.example")
    open_work(tab, site)
    left(tab, 0)
    assert Rating.objects.get().rated_by == amina.user


def test_what_is_typed_is_saved_by_itself(device, site, amina):
    tab = device()
    sign_in(tab, "amina@huduma.example")
    open_work(tab, site)
    rate(tab, codes(site)[0], "N")
    tab.get_by_text("Say what you found: this rating needs it.").wait_for()
    tab.get_by_text("Kept on this device until complete:").wait_for()
    left(tab, 0)  # not sent without its reason
    tab.get_by_label("What you found").fill("Nobody greets.")
    tab.get_by_text(SENT).wait_for()
    held = Rating.objects.get()
    assert (held.value, held.justification) == ("N", "Nobody greets.")
    tab.locator("[data-findings] section").first.wait_for()
    tab.get_by_label("What you found").fill("Nobody greets, at any counter.")
    for _ in range(60):
        if Rating.objects.get().revision == 2:
            return
        tab.wait_for_timeout(100)
    pytest.fail("the second save did not arrive")


def test_two_who_type_at_once_both_stay(device, site, amina, brian):
    tab = device()
    sign_in(tab, "amina@huduma.example")
    open_work(tab, site)
    first = codes(site)[0]
    rate(tab, first, "M", "All greet.")
    tab.get_by_text(SENT).wait_for()
    steps.rate(brian, site, first, "P", "Half greet.")
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the page looks again while she writes
    tab.wait_for_timeout(600)
    tab.get_by_label("What you found").fill("All greet, at every counter.")
    tab.locator("[data-clash]").wait_for()
    assert (Rating.objects.get().value, RatingConflict.objects.get().justification) == ("P", "All greet, at every counter.")
    assert tab.get_by_label("What you found").input_value() == "Half greet."


def test_without_script_each_element_has_its_page(playwright, live_server, site, amina):
    started = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
    tab = started.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, java_script_enabled=False
    ).new_page()
    sign_in(tab, "amina@huduma.example")
    tab.goto(f"/audits/{site.audit.ref}/sites/{site.pk}/work/")
    with tab.expect_navigation():
        tab.locator(".rail").get_by_role("link", name=re.compile(re.escape(codes(site)[0]))).click()
    assert tab.get_by_role("button", name=re.compile("^Save")).count()
    started.close()
