"""A hall without network, on a phone of 390 px: marks are kept, survive a reload, and arrive once."""

import datetime as dt
import re

import pytest

from cse_portal.lib import clock
from tests import browser
from tests import factories as make
from training.models import Attendance, AttendanceEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 800}
SENT = re.compile("All sent")


@pytest.fixture(autouse=True)
def _loop(monkeypatch):
    """Playwright runs an event loop in this thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def hall(embu, kiprono, livestock):
    """A session under way with 28 officers and two trainers."""
    cohort = make.cohort(starts_on=make.days_ago(0), days=1, trainer=kiprono)
    other = make.member("trainer", "second@ksg.example", "Second Trainer")
    cohort.trainers.create(user=other.user)
    cohort.session = cohort.sessions.get()
    cohort.session.ends_at = max(cohort.session.ends_at, clock.now())
    cohort.session.save()
    for n in range(28):
        make.seat(cohort, make.officer(livestock, f"Officer{n:02d}", f"Name{n:02d}"))
    return cohort


@pytest.fixture
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)
        yield started
        started.close()


@pytest.fixture
def phone(chromium, live_server, hall):
    """phone(email) -> a tab of a phone of its own, signed in, at the register. Console errors fail the test."""
    contexts = []

    def open_one(email):
        context = chromium.new_context(base_url=live_server.url, viewport=PHONE, has_touch=True, is_mobile=True)
        context.set_default_timeout(15000)
        contexts.append(context)
        tab = context.new_page()
        tab.wrong = []
        tab.on("console", lambda said: tab.wrong.append(said.text) if "Content Security Policy" in said.text else None)
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        sign_in(tab, email)
        return at_register(tab, hall)

    yield open_one
    for context in contexts:
        assert [wrong for page in context.pages for wrong in page.wrong] == []
        context.close()


def sign_in(tab, email):
    tab.goto("/accounts/login/")
    tab.locator("input[name=login]").fill(email)
    tab.locator("input[name=password]").fill(PASSWORD)
    with tab.expect_navigation():
        tab.locator("main").get_by_role("button", name=re.compile("^Sign (in|out)$")).first.click()


def at_register(tab, hall):
    tab.goto(f"/cohorts/{hall.code}/sessions/1/")
    ready(tab)
    tab.wait_for_selector("form[data-kept]")  # the worker has the page and its files
    return tab


def ready(tab):
    tab.wait_for_selector("form[data-ready]")


def choose(tab, surname, mark):
    tab.locator("li[data-seat]", has_text=surname).get_by_text(mark, exact=True).click()


def marked(tab):
    return tab.locator("[data-marked]").inner_text()


def test_28_marks_without_network_arrive_once(phone, hall):
    tab = phone("kiprono@ksg.example")
    tab.context.set_offline(True)
    for n in range(3):
        choose(tab, f"Name{n:02d}", "Late" if n else "Absent")
    tab.get_by_text("Marks are kept on this phone").first.wait_for()
    tab.get_by_role("button", name="Mark all present").click()
    tab.get_by_text(re.compile(r"Kept here\s*28")).wait_for()
    assert not AttendanceEntry.objects.exists()

    tab.reload()  # still without network
    ready(tab)
    assert marked(tab) == "28"
    assert tab.locator("li[data-seat]", has_text="Name00").get_by_role("radio", name="Absent").is_checked()

    tab.context.set_offline(False)
    tab.get_by_text(SENT).wait_for()
    assert Attendance.objects.count() == AttendanceEntry.objects.count() == 28
    assert sorted(Attendance.objects.values_list("mark", flat=True)) == ["absent", "late", "late"] + ["present"] * 25
    assert set(AttendanceEntry.objects.values_list("source", flat=True)) == {"device"}

    tab.reload()
    ready(tab)
    assert marked(tab) == "28"
    assert AttendanceEntry.objects.count() == 28


REPLAY = """async () => {
    const open = () => new Promise((done) => { const asked = indexedDB.open('cse-register', 1); asked.onsuccess = () => done(asked.result); });
    const db = await open();
    const store = db.transaction('marks', 'readwrite').objectStore('marks');
    const all = await new Promise((done) => { const asked = store.getAll(); asked.onsuccess = () => done(asked.result); });
    for (const mark of all) store.put({ ...mark, state: 'waiting' });
    await new Promise((done) => { store.transaction.oncomplete = done; });
    db.close();
    return all.length;
}"""


def test_replaying_the_queue_changes_nothing(phone, hall):
    tab = phone("kiprono@ksg.example")
    tab.context.set_offline(True)
    tab.get_by_role("button", name="Mark all present").click()
    tab.get_by_text(re.compile(r"Kept here\s*28")).wait_for()
    tab.context.set_offline(False)
    tab.get_by_text(SENT).wait_for()
    before = list(AttendanceEntry.objects.values()), list(Attendance.objects.values())
    for _ in range(3):
        assert tab.evaluate(REPLAY) == 28
        with tab.expect_response(lambda r: r.url.endswith("/marks/") and r.request.method == "POST") as posted:
            tab.get_by_role("button", name="Save register").click()
        assert {answer["state"] for answer in posted.value.json()["answers"]} == {"known"}
        tab.get_by_text(SENT).wait_for()
    assert (list(AttendanceEntry.objects.values()), list(Attendance.objects.values())) == before


def test_two_phones_in_conflict_show_both(phone, hall):
    one, other = phone("kiprono@ksg.example"), phone("second@ksg.example")
    for tab in (one, other):
        tab.context.set_offline(True)
    choose(one, "Name00", "Present")
    choose(one, "Name01", "Present")
    choose(other, "Name00", "Absent")
    choose(other, "Name02", "Late")
    one.context.set_offline(False)
    one.get_by_text(SENT).wait_for()
    other.context.set_offline(False)
    other.get_by_text("Somebody else marked differently").wait_for()
    with other.expect_navigation():
        other.get_by_role("link", name="See both", exact=True).click()
    text = other.locator("main").inner_text()
    assert "David Kiprono" in text and "Second Trainer" in text and "Phone without network" in text
    with other.expect_navigation():
        other.get_by_role("button", name=re.compile("It was absent")).click()
    stands = dict(Attendance.objects.values_list("enrolment__officer__surname", "mark"))
    assert stands == {"Name00": "absent", "Name01": "present", "Name02": "late"}
    assert AttendanceEntry.objects.count() == 4  # nothing is lost
    officer = hall.enrolments.get(officer__surname="Name00").officer
    other.goto(f"/cohorts/{hall.code}/marks/{officer.ref}/")
    assert "Replaced later" in other.locator("main").inner_text()


def test_signed_out_meanwhile_the_marks_wait(phone, hall):
    tab = phone("kiprono@ksg.example")
    tab.context.set_offline(True)
    choose(tab, "Name00", "Late")
    choose(tab, "Name00", "Absent")
    choose(tab, "Name00", "Excused")  # in one go: each in sight of the one before
    tab.context.clear_cookies()
    tab.context.set_offline(False)
    tab.get_by_role("link", name="Sign in to send").wait_for()
    assert not AttendanceEntry.objects.exists()
    sign_in(tab, "second@ksg.example")  # somebody else on the same phone sends nothing of his
    tab.goto(f"/cohorts/{hall.code}/sessions/1/")
    tab.get_by_text("Marks of somebody else wait on this phone").wait_for()
    assert not AttendanceEntry.objects.exists()
    tab.wait_for_selector("form[data-kept]")  # else what the worker still fetches brings the old cookie back
    tab.context.clear_cookies()
    sign_in(tab, "kiprono@ksg.example")
    tab.goto(f"/cohorts/{hall.code}/sessions/1/")
    tab.get_by_text(SENT).wait_for()
    stands = Attendance.objects.get()
    assert (stands.marked_by.email, stands.mark) == ("kiprono@ksg.example", "excused")
    assert set(AttendanceEntry.objects.values_list("state", flat=True)) == {"applied"}


KEEP = """async (mark) => {
    const db = await new Promise((done) => { const asked = indexedDB.open('cse-register', 1); asked.onsuccess = () => done(asked.result); });
    const store = db.transaction('marks', 'readwrite').objectStore('marks');
    const { session, reader } = document.querySelector('[data-register]').dataset;
    store.add({ ...mark, session, reader, client_id: crypto.randomUUID(), base: null, state: 'waiting' });
    await new Promise((done) => { store.transaction.oncomplete = done; });
    db.close();
}"""


def test_what_was_marked_in_time_is_sent_from_the_page_of_a_late_session(phone, hall):
    tab = phone("kiprono@ksg.example")
    ago = dt.timedelta(hours=30)
    hall.sessions.update(starts_at=clock.now() - ago - dt.timedelta(hours=4), ends_at=clock.now() - ago)
    tab.reload()
    ready(tab)
    assert tab.get_by_label("Why it is marked now").count()
    in_time = (clock.now() - ago - dt.timedelta(hours=1)).isoformat()
    tab.evaluate(KEEP, {"enrolment": hall.enrolments.first().pk, "mark": "late", "marked_at": in_time})
    tab.reload()
    tab.get_by_text(SENT).wait_for()
    assert Attendance.objects.get().mark == "late"


KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys()) for (const kept of await (await caches.open(name)).keys()) found.push(kept.url);
    return found;
}"""


def test_signing_out_leaves_no_page_behind(phone, hall):
    tab = phone("kiprono@ksg.example")
    assert any("/cohorts/" in url for url in tab.evaluate(KEPT))
    tab.goto("/accounts/logout/")
    with tab.expect_navigation():
        tab.locator("main").get_by_role("button", name=re.compile("^Sign (in|out)$")).first.click()
    for _ in range(50):
        if not any("/cohorts/" in url for url in tab.evaluate(KEPT)):
            return
        tab.wait_for_timeout(100)
    pytest.fail("the page is still kept")


def test_without_script_the_form_does_the_same(chromium, live_server, hall):
    context = chromium.new_context(base_url=live_server.url, viewport=PHONE, java_script_enabled=False)
    tab = context.new_page()
    sign_in(tab, "kiprono@ksg.example")
    tab.goto(f"/cohorts/{hall.code}/sessions/1/")
    choose(tab, "Name00", "Late")
    with tab.expect_navigation():
        tab.get_by_role("button", name="Mark all present").click()
    assert "28 marks are saved" in tab.locator("main").inner_text()
    assert Attendance.objects.count() == 28
    context.close()
