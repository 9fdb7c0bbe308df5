"""The demonstration: invented data that load once, the same each time, and a home for every role."""

import contextlib
import datetime as dt
import html
import io
import re

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from centres.models import Membership, Officer, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.oversight import demo
from cse_portal.oversight.figures import Figures
from cse_portal.oversight.homes.home import HARM
from standards.models import Audit, Certification, Edition
from training.compliance import status
from training.models import Certificate, Cohort

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Loaded once for all tests here, and rolled back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_reference", verbosity=0, stdout=io.StringIO())
        yield demo.load(600, 7, clock.today())
        transaction.set_rollback(True)


def rows():
    """What the maker decided, without keys that the database gives."""
    return (
        list(
            Officer.objects.order_by("ref", "postings__during").values_list(
                "ref", "surname", "personal_no", "postings__organisation__code", "postings__during"
            )
        ),
        list(Certificate.objects.order_by("number").values_list("number", "code", "holder", "expires_on", "state")),
        list(Cohort.objects.order_by("code").values_list("code", "starts_on", "state")),
        list(Audit.objects.order_by("ref").values_list("ref", "organisation__code", "state", "result__level")),
        list(Certification.objects.order_by("number").values_list("number", "code", "level", "state")),
    )


class Undo(Exception):
    pass


def test_the_same_seed_makes_the_same_rows(db):
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    made = []
    for seed in (7, 7, 8):
        with contextlib.suppress(Undo), transaction.atomic():
            demo.load(200, seed, clock.today())
            made.append(rows())
            raise Undo
    assert made[0] == made[1] != made[2]


def test_it_holds_every_state(loaded):
    assert Officer.objects.count() == 600
    states = set(Cohort.objects.values_list("state", flat=True))
    assert states >= {"closed", "running", "confirmed", "open", "planned", "cancelled"}
    assert set(Audit.objects.values_list("state", flat=True)) == {"planned", "self_assessment", "stage_1", "stage_2", "submitted", "report", "decided", "lapsed"}
    held = Certification.objects.in_force(clock.today())
    assert set(held.values_list("level", flat=True)) == {"certified", "commended", "excellence"}
    assert {c.state_as_of(clock.today()) for c in Certification.objects.all()} == {
        "in_force",
        "expired",
        "suspended",
        "withdrawn",
    }
    gone = Certification.objects.get(state="suspended")
    before, after = gone.state_on - dt.timedelta(days=1), gone.state_on
    assert gone in Figures(before).certifications and gone not in Figures(after).certifications
    assert Edition.objects.get(state="published").version == "0.1 (demonstration)"
    assert Certificate.objects.exists() and not Certificate.objects.filter(drawn_at=None).exists(), "nothing waits to be drawn"
    found = {state for *_rest, state, _n in status.counts(clock.today())}
    assert found >= {"current", "due", "overdue", "excused"}


def test_a_portal_with_people_is_left_alone(loaded):
    with pytest.raises(Refused):
        demo.load(600, 7, clock.today())
    said = io.StringIO()
    call_command("load_demo", stdout=said)
    assert "nothing was loaded" in said.getvalue() and "hr@demo.example" in said.getvalue()


def test_every_role_has_an_account_that_opens_its_home(loaded):
    assert {account.role for account in demo.accounts()} == {role.label for role in Role}
    for account in demo.accounts():
        user = User.objects.get(email=account.email)
        assert user.check_password(account.password)
        client = Client()
        client.force_login(user)
        page = client.get("/", follow=True)
        assert page.status_code == 200, account.email
    assert Membership.objects.on(clock.today()).filter(role=Role.HR_OFFICER, organisation__code="SDLD").exists()


def test_homes_hold_work(loaded):
    def home(email):
        client = Client()
        client.force_login(User.objects.get(email=email))
        return client.get("/").context["home"]

    for email in ("hr@demo.example", "coordinator@demo.example", "secretariat@demo.example"):
        tones = [HARM.index(row["tone"]) for row in home(email).todo]
        assert tones and tones == sorted(tones), "the most urgent first, whatever is overdue on this day"
    (session, marked, seats, url), *_rest = home("trainer@demo.example").sessions
    assert (
        session.starts_at.astimezone(dt.timezone(dt.timedelta(hours=3))).date() == clock.today() and seats and not marked and url
    )
    assert home("coordinator@demo.example").todo
    assert home("auditor@demo.example").todo
    assert home("panel@demo.example").todo and home("secretariat@demo.example").todo
    assert home("champion@demo.example").audits[2]


def test_the_learner_has_something_due_and_something_held(loaded):
    officer = Officer.objects.get(user__email="learner@demo.example")
    assert status.of_officers([officer.pk], clock.today())[officer.pk].status == "due"
    assert officer.enrolments.filter(cohort__starts_on__gt=clock.today()).exists()


def test_the_sign_in_page_lists_the_accounts_in_a_demonstration_only(loaded, settings):
    assert "hr@demo.example" not in Client().get("/accounts/login/").content.decode()
    settings.DEMO = True
    assert "hr@demo.example" in Client().get("/accounts/login/").content.decode()


def test_every_link_of_a_home_leads_somewhere_the_role_may_go(loaded):
    for account in demo.accounts():
        client = Client()
        client.force_login(User.objects.get(email=account.email))
        body = client.get("/", follow=True).content.decode()
        main = body[body.index('<nav class="nav"') : body.index("</main>")]
        for address in sorted(set(re.findall(r'href="(/[^"#]*)"', main))):
            if "export=" not in address:
                assert client.get(html.unescape(address), follow=True).status_code == 200, f"{account.role}: {address}"
