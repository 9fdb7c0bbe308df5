"""The true path, through pages only: a staff file, a cohort with its certificate, an audit with its decision; and the national
figure moves by exactly one officer and one certified MDA. Seven people, in headless Chromium. The days pass by moving the
portal's clock; everything else is as it runs."""

import datetime as dt
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from PIL import Image

from centres.models import Organisation
from cse_portal import celery_app
from cse_portal.lib import clock
from standards.models import Audit
from tests import browser, processes
from tests import factories as make
from tests.standards import steps
from training.models import Certificate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PASSWORD = "correct horse battery"
HEADING = "P/No.,UPN,Surname,First name,Other names,Gender,MDA code,CSE cadre,Job group,Designation,Terms,County code,Centre code,In post since,Email,Phone"
STAFF = [
    "21000042,,Kamau,Wanjiru,,F,SDLD,FRT,H,Clerical Officer,Permanent,047,,2019-05-06,wanjiru@livestock.go.ke,0712 345678",
    "21000043,,Noor,Halima,,F,SDLD,FRT,H,Clerical Officer,Permanent,047,,06/05/2019,,",
    "21000044,,Otieno,Brian,,M,SDLD,TEC,K,ICT Officer,Permanent,047,,6 May 2019,,",
    "21000045,,Broken,Row,,M,SDLD,CHIEF,K,ICT Officer,Permanent,047,,2019-05-06,,",
]


class Days:
    """The portal's clock, moved by hand."""

    def __init__(self, monkeypatch):
        self.shift = dt.timedelta(0)
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + self.shift)
        monkeypatch.setattr(clock, "today", lambda: clock.timezone.localdate(clock.now()))
        self.real_today = clock.timezone.localdate(real())

    def go_to(self, day):
        self.shift = dt.timedelta(days=(day - self.real_today).days)


@pytest.fixture
def days(monkeypatch):
    return Days(monkeypatch)


@pytest.fixture
def worker(tmp_path):
    """A real Celery worker on the test's database and files."""
    celery_app.control.purge()  # what other tests left waiting
    log = (tmp_path / "worker.log").open("w")
    command = [sys.executable, "-m", "celery", "-A", "cse_portal", "worker", "--pool", "solo", "--loglevel", "WARNING"]
    process = subprocess.Popen(command, env=processes.environment(), stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(20)


@pytest.fixture
def people(db):
    """Reference data, the seven at work, and a small published edition of the Standard."""
    call_command("load_reference", verbosity=0)
    livestock = Organisation.objects.get(code="SDLD")
    roles = ["coordinator", "trainer", "secretariat", "auditor", "panel", "hops"]
    for name in ("panel2", "panel3"):
        make.member("panel", f"{name}@people.example", f"The {name}")
    make.member("service_champion", "champion@people.example", "Ruth Chebet", livestock)
    for role in roles:
        hat = make.member(role, f"{role}@people.example", f"The {role}")
        if role == "auditor":
            make.assessor(hat)
    make.member("hr_officer", "hr_officer@people.example", "Grace Njeri", livestock)
    steps.published_edition("journey 1")
    return livestock


@pytest.fixture
def enter(live_server, monkeypatch):
    """`with enter("hops") as tab:` a fresh browser, signed in under that role."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    said = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGS)

        @contextmanager
        def enter(role=None, width=1440):
            context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=live_server.url)
            tab = context.new_page()
            tab.set_default_timeout(30_000)
            tab.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
            tab.on("pageerror", lambda e: said.append(str(e)))
            if role:
                tab.goto("/accounts/login/")
                tab.get_by_label("Work email").fill(f"{role}@people.example")
                tab.get_by_label("Password", exact=True).fill(PASSWORD)
                tab.get_by_role("button", name="Sign in", exact=True).click()
                tab.wait_for_url(re.compile(r"^(?!.*/accounts/)"))
            yield tab
            context.close()

        yield enter
        chromium.close()
    assert [line for line in said if "403" not in line] == [], "script errors, or breaches of the content security policy"


def press(tab, name):
    with tab.expect_navigation():
        tab.locator("main").get_by_role("button", name=name).first.click()


def follow(tab, name):
    with tab.expect_navigation():
        tab.get_by_role("link", name=name).first.click()


def national(enter):
    """{label: number} of the overview's strip, as HOPS reads it."""
    with enter("hops") as tab:
        tab.goto("/overview/")
        strip = tab.locator("dl.figs > div")
        values = {}
        for n in range(strip.count()):
            block = strip.nth(n)
            values[block.locator("dt").inner_text()] = block.locator("dd").inner_text()
        up_to_date = re.search(r"([\d,]+) of ([\d,]+) of whom", values["Up to date"])
        return {
            "up to date": int(up_to_date[1].replace(",", "")),
            "required": int(up_to_date[2].replace(",", "")),
            "in post": int(re.match(r"[\d,]+", values["In post"])[0].replace(",", "")),
            "overdue": int(re.match(r"[\d,]+", values["Overdue"])[0].replace(",", "")),
            "certified": int(re.match(r"[\d,]+", values["MDAs certified"])[0].replace(",", "")),
        }


def test_one_officer_and_one_mda(enter, people, worker, days, tmp_path):
    today = days.real_today
    monday = today - dt.timedelta(days=today.weekday() + 7)
    friday = monday + dt.timedelta(days=4)
    days.go_to(monday - dt.timedelta(days=3))

    # 4. The HR officer files the staff return; the worker reads it.
    staff = tmp_path / "livestock.csv"
    staff.write_text("\n".join([HEADING, *STAFF]))
    with enter("hr_officer") as tab:
        tab.goto("/rosters/new/")
        tab.locator("input[type=file]").set_input_files(staff)
        press(tab, "Upload and check")
        confirm = tab.get_by_role("button", name="Add 3 officers")
        confirm.wait_for(timeout=90_000)
        assert "Write one of EXE, SNR, TEC, FRT, SQA" in tab.content()
        confirm.click()
        tab.get_by_text("3 new, 0 changed, 1 left out").wait_for()
    before = national(enter)
    assert before == {"up to date": 0, "required": 3, "in post": 3, "overdue": 3, "certified": 0}

    # 5. The coordinator opens a cohort, the HR officer enrols, the trainer marks, records and closes.
    with enter("coordinator") as tab:
        tab.goto("/cohorts/open/")
        tab.get_by_label("Course", exact=True).select_option(label="CSE-FRT-01 v1, Frontline Service Excellence")
        tab.get_by_label("Campus").select_option(label="KSG Embu")
        tab.get_by_label("First day").fill(f"{monday:%d/%m/%Y}")
        tab.get_by_label("The trainer").check()
        tab.locator("[name=reason]").fill("Accredited on paper")
        press(tab, "Open the cohort")
        tab.wait_for_url(re.compile(r"/cohorts/[A-Z]+-\d"))
        cohort = tab.url.rstrip("/").rsplit("/", 1)[1]
        if tab.get_by_role("button", name="Open for enrolment").count():
            press(tab, "Open for enrolment")
    with enter("hr_officer") as tab:
        tab.goto(f"/cohorts/{cohort}/enrol/")
        for name in ("Wanjiru Kamau", "Halima Noor"):
            tab.get_by_role("row", name=name).get_by_role("checkbox").check()
        assert tab.get_by_role("row", name="Brian Otieno").count() == 0, "a technical officer does not need the frontline course"
        press(tab, "See what will happen")
        press(tab, "Confirm")
        tab.wait_for_url(re.compile(f"/cohorts/{cohort}/participants/$"))
        assert tab.get_by_role("row", name="Wanjiru Kamau").count()

    days.go_to(friday)
    days.shift += dt.timedelta(hours=23 - clock.timezone.localtime(clock.now()).hour)
    with enter("trainer", width=390) as tab:
        for session in range(1, 11):
            tab.goto(f"/cohorts/{cohort}/sessions/{session}/")
            if session > 2:  # Halima stays away from the third session on
                tab.locator("fieldset", has_text="Halima Noor").get_by_text("Absent").click()
            if tab.get_by_label("Why it is marked now").count():
                tab.get_by_label("Why it is marked now").fill("Marked on paper in the hall")
            tab.get_by_role("button", name="Mark all present").click()
            tab.get_by_text("2 of 2 marked").wait_for()
            tab.get_by_text(re.compile("is saved|are saved|All sent")).first.wait_for()
        tab.goto(f"/cohorts/{cohort}/results/")
        for name, score in (("Wanjiru Kamau", "78"), ("Halima Noor", "88")):
            for box in tab.get_by_role("textbox", name=name).all():
                box.fill(score)
        press(tab, "Record results")
    with enter("coordinator") as tab:  # results are checked by a second person, then released
        for _part in range(tab.goto("/moderation/") and tab.get_by_role("link", name=re.compile(f"^Check .*{cohort}$")).count()):
            tab.goto("/moderation/")
            follow(tab, re.compile(f"^Check .*{cohort}$"))
            for box in tab.locator("main").get_by_role("checkbox").all():
                box.check()
            press(tab, "Moderate these results")
        tab.goto(f"/cohorts/{cohort}/release/")
        press(tab, "Release the results")
    with enter("trainer", width=390) as tab:
        tab.goto(f"/cohorts/{cohort}/close/")
        assert "1 of 2 officers complete" in tab.locator("main").inner_text()
        press(tab, "Close the cohort")
        tab.wait_for_url(re.compile(f"/cohorts/{cohort}/$"))
        number = tab.get_by_role("link", name=re.compile(r"^CSE-\d{4}-\d+$")).first.inner_text()

    # The certificate is checked by someone without an account.
    with enter() as tab:
        tab.goto("/verify/")
        tab.get_by_label("Certificate code").fill(Certificate.objects.get(number=number).code)
        press(tab, "Check")
        tab.get_by_text("Wanjiru Kamau").wait_for()
        main = tab.locator("main").inner_text()
        assert "Valid" in main and number in main and "21000042" not in main

    # 6. The secretariat plans an audit, the auditor rates and submits, the panel decides.
    days.go_to(today)
    with enter("secretariat") as tab:
        tab.goto("/audits/plan/")
        tab.get_by_label("MDA", exact=True).select_option(value="SDLD")
        tab.get_by_label("First day").fill(f"{today:%d/%m/%Y}")
        tab.get_by_label("Last day").fill(f"{today:%d/%m/%Y}")
        tab.get_by_label("Lead auditor").select_option(label="The auditor")
        press(tab, "Plan the audit")
        tab.wait_for_url(re.compile(r"/audits/AU-"))
        audit = tab.url.rstrip("/").rsplit("/", 1)[1]
    photo = tmp_path / "charter.png"
    Image.new("RGB", (40, 30), "white").save(photo)
    with enter("auditor") as tab:
        tab.goto(f"/audits/{audit}/")
        follow(tab, "Declare an interest or none")
        tab.get_by_label("I have no interest in this MDA").check()
        press(tab, "Declare")
        tab.wait_for_url(re.compile(f"/audits/{audit}/$"))
        site = Audit.objects.get(ref=audit).sites.get()
        tab.goto(f"/audits/{audit}/sites/{site.pk}/{next(iter(steps.elements(site)))}/")  # pages without script; the workspace has journeys of its own
        rated = 0
        while tab.locator("fieldset#id_value").count():
            tab.locator("input[name=value][value=M]").check()
            tab.get_by_label("What you found").fill("Seen at three counters.")
            if rated == 0:
                tab.locator("input[type=file]").set_input_files(photo)
            else:
                tab.locator("textarea[name=note]").fill("Observed at the front office.")
            rated += 1
            press(tab, re.compile("^Save"))
            if rated == len(steps.elements(site)):
                break
        tab.goto(f"/audits/{audit}/meetings/closing/")
        tab.get_by_label("Present").fill("Principal Secretary, heads of section, the team")
        tab.get_by_label("Signed for the MDA").fill("Jonathan Mueke, Principal Secretary")
        press(tab, "Record the meeting")
        tab.goto(f"/audits/{audit}/submit/")
        press(tab, "Submit the audit")
        tab.wait_for_url(re.compile(f"/audits/{audit}/$"))
        assert tab.goto(f"/audits/{audit}/decide/").status in (403, 404), "who audited does not decide"
        tab.goto(f"/audits/{audit}/")
        follow(tab, "Issue the draft report")
        press(tab, "Issue the draft report")
    with enter("champion") as tab:
        tab.goto(f"/audits/{audit}/")
        follow(tab, "Comment on the draft report")
        tab.get_by_label("Comments").fill("We agree with what was found.")
        press(tab, "Send the comments")
    with enter("auditor") as tab:
        tab.goto(f"/audits/{audit}/report/final/")
        press(tab, "Issue the final report")
        tab.goto(f"/audits/{audit}/recommend/")
        tab.get_by_label("Certify", exact=True).check()
        tab.get_by_label("Reasons").fill("Every principle is in place.")
        press(tab, re.compile("."))
    with enter("secretariat") as tab:
        tab.goto(f"/audits/{audit}/review/")
        tab.get_by_label("Passed to the panel").check()
        tab.get_by_label("What was checked").fill("The file is complete.")
        press(tab, re.compile("."))
    for member in ("panel2", "panel3", "panel"):
        with enter(member) as tab:
            tab.goto(f"/audits/{audit}/vote/")
            tab.get_by_text(re.compile("^Certify for 36 months")).click()
            tab.get_by_label("Reasons").fill("The report bears it.")
            press(tab, "Record my recommendation")
    with enter("panel") as tab:
        tab.goto("/decisions/")
        follow(tab, re.compile("State Department for Livestock"))
        if "/decide/" not in tab.url:
            follow(tab, "Decide")
        tab.get_by_text(re.compile("^Certify for 36 months")).click()
        tab.get_by_label("Reasons").fill("All principles pass; no nonconformity is open.")
        tab.get_by_label("I have read the case").check()
        press(tab, "Record the decision")
        tab.wait_for_url(re.compile(r"^(?!.*/decide/)"))
    with enter() as tab:
        tab.goto("/certifications/")
        follow(tab, re.compile("State Department for Livestock"))
        tab.get_by_role("heading", name="This certification is in force").wait_for()
        assert tab.get_by_role("row", name=re.compile("^Head office .*Certified")).count() == 1

    # 7. The national figure: one officer more up to date, one MDA certified, and nothing else.
    after = national(enter)
    assert after == before | {"up to date": 1, "overdue": 2, "certified": 1}
    with enter("hops") as tab:
        tab.goto("/organisations/SDLD/")
        text = tab.locator("main").inner_text()
        assert "Wanjiru" not in text and "33.3%" in text
