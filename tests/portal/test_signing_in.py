"""Signing in: by e-mail, by a second step where the role needs one, for a while; acting under one hat at a time."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from centres.models import Membership
from cse_portal.activity.models import Entry
from cse_portal.notices.models import Notice
from tests import factories as make

PASSWORD = "correct horse battery"
HOME_OF_TOKENS = "/account/tokens/"


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def is_signed_in(client):
    return client.get(HOME_OF_TOKENS).status_code == 200


@pytest.fixture
def with_app(amina, settings):
    """Amina, an auditor, with an authenticator app and recovery codes: (hat, secret, codes)."""
    settings.MFA_REQUIRED = True
    amina.user.mfa_required = True
    amina.user.save()
    secret = generate_totp_secret()
    TOTP.activate(amina.user, secret)
    codes = RecoveryCodes.activate(amina.user).get_unused_codes()
    return amina, secret, codes


# By e-mail and password.
def test_by_email_in_any_case(anyone, grace):
    answer = sign_in(anyone, "Grace@Livestock.go.ke")
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert is_signed_in(anyone)


@pytest.mark.parametrize("email", ["grace@livestock.go.ke", "nobody@livestock.go.ke"])
def test_a_wrong_password_and_an_unknown_person_read_the_same(anyone, grace, email):
    answer = sign_in(anyone, email, "wrong")
    assert "The email or the password is not right" in answer.content.decode()


def test_nobody_opens_an_account_uninvited(anyone, db):
    for answer in (
        anyone.get(reverse("account_signup")),
        anyone.post(reverse("account_signup"), {"email": "x@example.org", "password1": PASSWORD}),
    ):
        assert "Accounts are by invitation" in answer.content.decode()
    from cse_portal.accounts.models import User

    assert not User.objects.exists()


def test_a_closed_account_stays_out(anyone, grace):
    grace.user.is_active = False
    grace.user.save()
    sign_in(anyone, grace.user.email)
    assert not is_signed_in(anyone)


def test_five_wrong_passwords_lock_the_name_for_a_while(anyone, grace):
    for _ in range(5):
        sign_in(anyone, grace.user.email, "wrong")
    locked = sign_in(anyone, grace.user.email)
    assert "Too many tries" in locked.content.decode()
    assert not is_signed_in(anyone)
    other = Client(REMOTE_ADDR="10.0.0.9")
    assert "Too many tries" in sign_in(other, grace.user.email).content.decode()


def test_ten_wrong_passwords_lock_the_address(anyone, grace, odhiambo):
    for n in range(10):
        sign_in(anyone, f"guess{n}@livestock.go.ke", "wrong")
    assert "Too many tries" in sign_in(anyone, odhiambo.user.email).content.decode()
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9"), odhiambo.user.email).status_code == 302


def test_a_forgotten_password_is_set_by_a_link_that_goes_through_the_outbox(anyone, grace):
    anyone.post(reverse("account_reset_password"), {"email": grace.user.email})
    unknown = anyone.post(reverse("account_reset_password"), {"email": "nobody@livestock.go.ke"})
    assert unknown["Location"] == reverse("account_reset_password_done")
    notice = Notice.objects.get()
    link = re.search(r"http://testserver(\S+)", notice.body)[1]
    page = anyone.get(link, follow=True)
    anyone.post(page.request["PATH_INFO"], {"password1": "nyota tatu angani", "password2": "nyota tatu angani"})
    assert is_signed_in(anyone)
    assert sign_in(Client(), grace.user.email).status_code == 200  # the old password


@pytest.mark.parametrize("password", ["short", "123456789012", "grace@livestock", "password1234"])
def test_weak_passwords_are_refused(anyone, grace, password):
    sign_in(anyone, grace.user.email)
    answer = anyone.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": password, "password2": password}
    )
    grace.user.refresh_from_db()
    assert answer.status_code == 200 and grace.user.check_password(PASSWORD)


# The second step.
def test_a_role_that_needs_it_cannot_work_without(anyone, amina, settings):
    settings.MFA_REQUIRED = True
    amina.user.mfa_required = True
    amina.user.save()
    sign_in(anyone, amina.user.email)
    assert anyone.get(HOME_OF_TOKENS)["Location"] == reverse("mfa_index")
    assert anyone.get(reverse("mfa_index")).status_code == 200
    api = anyone.get("/api/v1/")
    assert api.status_code == 403 and api.json()["code"] == "second_factor_needed"


def test_recovery_codes_alone_are_no_second_step(anyone, amina, settings):
    settings.MFA_REQUIRED = True
    amina.user.mfa_required = True
    amina.user.save()
    RecoveryCodes.activate(amina.user)
    anyone.force_login(amina.user)
    assert anyone.get(HOME_OF_TOKENS).status_code == 302


def test_the_demonstration_may_switch_it_off(anyone, amina):
    amina.user.mfa_required = True
    amina.user.save()
    sign_in(anyone, amina.user.email)
    assert is_signed_in(anyone)


def test_setting_up_an_app_gives_recovery_codes_and_opens_the_house(anyone, amina, settings):
    settings.MFA_REQUIRED = True
    amina.user.mfa_required = True
    amina.user.save()
    sign_in(anyone, amina.user.email)
    page = anyone.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    done = anyone.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)
    assert len(done.context["unused_codes"]) == 10
    assert is_signed_in(anyone)


def test_then_a_code_is_asked_for(anyone, with_app):
    amina, secret, _ = with_app
    assert sign_in(anyone, amina.user.email)["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(anyone)
    wrong = anyone.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "That code is not right" in wrong.content.decode()
    anyone.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(anyone)


def test_a_code_works_once(with_app, settings):
    settings.MFA_TOTP_TOLERANCE = 1  # its half minute may end while the test signs in
    amina, secret, _ = with_app
    first, second = Client(), Client()
    code = code_of(secret)
    for browser in (first, second):
        sign_in(browser, amina.user.email)
        browser.post(reverse("mfa_authenticate"), {"code": code})
    assert is_signed_in(first) and not is_signed_in(second)


def test_a_recovery_code_signs_in_once(with_app):
    amina, _, codes = with_app
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser, amina.user.email)
        browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert is_signed_in(first) and not is_signed_in(second)


def test_a_new_password_does_not_go_round_the_second_step(anyone, with_app):
    amina, _, _ = with_app
    anyone.post(reverse("account_reset_password"), {"email": amina.user.email})
    link = re.search(r"http://testserver(\S+)", Notice.objects.get().body)[1]
    page = anyone.get(link, follow=True)
    answer = anyone.post(page.request["PATH_INFO"], {"password1": "nyota tatu angani", "password2": "nyota tatu angani"})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_signed_in(anyone)


def test_codes_are_guessed_a_few_times_only(anyone, with_app):
    amina, secret, _ = with_app
    sign_in(anyone, amina.user.email)
    for n in range(12):
        answer = anyone.post(reverse("mfa_authenticate"), {"code": f"{n:06d}"})
    assert answer.status_code == 429 or "Too many" in answer.content.decode()
    anyone.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert not is_signed_in(anyone)


def test_who_turns_it_off_cannot_go_on_working(anyone, with_app):
    amina, secret, _ = with_app
    sign_in(anyone, amina.user.email)
    anyone.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    Authenticator.objects.filter(user=amina.user).delete()
    assert anyone.get(HOME_OF_TOKENS)["Location"] == reverse("mfa_index")


# Sessions end.
def test_an_idle_session_ends(signed_in, grace, settings):
    client = signed_in(grace)
    assert is_signed_in(client)
    session = client.session
    session["last_seen"] = time.time() - settings.SESSION_IDLE_SECONDS - 1
    session.save()
    answer = client.get(HOME_OF_TOKENS, follow=True)
    assert "You were signed out" in answer.content.decode() and answer.redirect_chain[0][0].endswith(f"?next={HOME_OF_TOKENS}")
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_a_busy_one_ends_after_twelve_hours(signed_in, grace, settings):
    client = signed_in(grace)
    is_signed_in(client)
    session = client.session
    session["signed_in_at"] = time.time() - 12 * 3600 - 1
    session.save()
    assert client.get("/api/v1/").json()["code"] == "signed_out"
    assert not is_signed_in(client)


def test_work_keeps_a_session_alive(signed_in, grace, settings):
    client = signed_in(grace)
    is_signed_in(client)
    session = client.session
    session["last_seen"] = time.time() - settings.SESSION_IDLE_SECONDS + 60
    session.save()
    assert is_signed_in(client)
    assert client.session["last_seen"] > time.time() - 60


def test_a_new_password_ends_the_other_sessions(grace):
    here, there = Client(), Client()
    for browser in (here, there):
        sign_in(browser, grace.user.email)
    new = {"oldpassword": PASSWORD, "password1": "nyota tatu angani", "password2": "nyota tatu angani"}
    here.post(reverse("account_change_password"), new)
    assert is_signed_in(here) and not is_signed_in(there)


# One hat at a time.
def test_the_hat_is_chosen_in_the_account_menu(signed_in, grace, immigration):
    auditor = make.member("auditor", "", "", of_user=grace.user)
    client = signed_in(grace)
    menu = client.get(HOME_OF_TOKENS).context["hats"]
    assert [(h["label"], h["current"]) for h in menu] == [
        ("Auditor", False),
        ("HR officer, State Department for Livestock Development", True),
    ]
    assert client.post(reverse("centres:hat"), {"membership": auditor.pk})["Location"] == "/"
    assert client.get(HOME_OF_TOKENS).context["scope"].role == "auditor"


def test_several_hats_are_no_union_of_powers(signed_in, grace, livestock):
    auditor = make.member("auditor", "", "", of_user=grace.user)
    client = signed_in(grace)
    assert client.get(reverse("centres:people")).status_code == 200
    client.post(reverse("centres:hat"), {"membership": auditor.pk})
    assert client.get(reverse("centres:people")).status_code == 403
    assert client.post(reverse("centres:invite"), {}).status_code == 403


def test_two_mdas_are_seen_one_at_a_time(signed_in, grace, champion, immigration):
    make.member("service_champion", "other@immigration.go.ke", "Faiza Ali", immigration)
    there = make.member("hr_officer", "", "", immigration, of_user=grace.user)
    client = signed_in(grace)
    here_page = client.get(reverse("centres:people")).content.decode()
    assert "Ruth Chebet" in here_page and "Faiza Ali" not in here_page
    client.post(reverse("centres:hat"), {"membership": there.pk})
    there_page = client.get(reverse("centres:people")).content.decode()
    assert "Ruth Chebet" not in there_page and "Faiza Ali" in there_page


def test_nobody_wears_anothers_hat_nor_one_that_ended(signed_in, grace, amina):
    old = make.member("panel", "", "", of_user=grace.user)
    Membership.objects.filter(pk=old.pk).update(during=make.DateRange(make.days_ago(9), make.days_ago(1)))
    client = signed_in(grace)
    for hat in (amina, old):
        assert client.post(reverse("centres:hat"), {"membership": hat.pk}).status_code == 404
    assert client.post(reverse("centres:hat"), {"membership": "x"}).status_code == 404


def test_a_role_granted_meanwhile_changes_nothing_until_chosen(anyone, grace):
    sign_in(anyone, grace.user.email)
    assert anyone.get(HOME_OF_TOKENS).context["scope"].role == "hr_officer"
    make.member("administrator", "", "", of_user=grace.user)
    assert anyone.get(HOME_OF_TOKENS).context["scope"].role == "hr_officer"


def test_one_that_ends_gives_way_to_the_next_and_says_so(signed_in, grace):
    auditor = make.member("auditor", "", "", of_user=grace.user)
    client = signed_in(auditor)
    assert client.get(HOME_OF_TOKENS).context["scope"].role == "auditor"
    Membership.objects.filter(pk=auditor.pk).update(during=make.DateRange(make.days_ago(9), make.days_ago(0)))
    page = client.get(HOME_OF_TOKENS)
    assert page.context["scope"].role == "hr_officer" and "has ended. You now act as" in page.content.decode()


def test_without_a_hat_one_is_told_whom_to_ask(anyone, db):
    make.user("new@example.org", "New")
    sign_in(anyone, "new@example.org")
    page = anyone.get(HOME_OF_TOKENS)
    assert page.status_code == 403 and "Ask the HR officer of your MDA" in page.content.decode()


def test_the_trail_keeps_the_hat(signed_in, grace, livestock):
    auditor = make.member("auditor", "", "", of_user=grace.user)
    client = signed_in(grace)
    client.post(HOME_OF_TOKENS, {"name": "a", "days": 30})
    client.post(reverse("centres:hat"), {"membership": auditor.pk})
    client.post(HOME_OF_TOKENS, {"name": "b", "days": 30})
    assert list(Entry.objects.order_by("id").values_list("hat", "hat_place")) == [("hr_officer", str(livestock)), ("auditor", "")]


def test_public_pages_cost_no_query(anyone, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert anyone.get("/help/").status_code == 200
        assert anyone.get(reverse("account_login")).status_code == 200


# The navigation.
def test_every_entry_of_the_navigation_leads_somewhere():
    from cse_portal.oversight.navigation import NAV

    for entries in NAV.values():
        for _label, name in entries:
            assert reverse(name).startswith("/")
