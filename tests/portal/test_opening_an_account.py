"""A learner opens the account: the number, a code, a password; and nobody learns whether a number exists."""

import re
import time

from django.test import Client
from django.urls import reverse

from centres.models import Officer
from cse_portal.activity.models import Entry
from cse_portal.notices.models import Notice
from tests import factories as make

HOME_OF_TOKENS = "/account/tokens/"


def ask_code(client, organisation, number):
    return client.post(reverse("centres:activate"), {"organisation": organisation.pk, "personal_no": number})


def sent_code(notice):
    return re.search(r"\b(\d{6})\b", notice.body)[1]


def test_a_learner_opens_the_account_with_the_number_and_a_code(anyone, livestock):
    officer = make.officer(livestock, personal_no="0023456789", email="wanjiru@example.org")
    ask_code(anyone, livestock, "23 456 789")
    notice = Notice.objects.get()
    assert (notice.to, notice.channel, notice.about_ref) == ("wanjiru@example.org", "email", "")
    assert anyone.post(reverse("centres:activate_code"), {"code": sent_code(notice)})["Location"] == reverse(
        "centres:activate_password"
    )
    weak = anyone.post(reverse("centres:activate_password"), {"password": "password1234"})
    assert "too common" in weak.content.decode()
    anyone.post(reverse("centres:activate_password"), {"password": "nyota tatu angani"})
    officer.refresh_from_db()
    page = anyone.get(HOME_OF_TOKENS)
    assert page.context["scope"].role == "learner" and page.context["scope"].officer == officer
    entry = Entry.objects.get(verb="opened account")
    assert (entry.actor, entry.hat, entry.ref) == ("wanjiru@example.org", "learner", officer.ref)
    again = {"login": "wanjiru@example.org", "password": "nyota tatu angani"}
    assert Client().post(reverse("account_login"), again).status_code == 302


def test_the_page_never_says_whether_a_number_exists(livestock, immigration):
    make.officer(livestock, personal_no="23456789")
    make.officer(livestock, personal_no="23456790", email="")
    pages = []
    for organisation, number in [
        (livestock, "23456789"),
        (livestock, "99999999"),
        (immigration, "23456789"),
        (livestock, "23456790"),
        (livestock, "abc"),
    ]:
        client = Client()
        first = ask_code(client, organisation, number)
        second = client.get(first["Location"])
        wrong = client.post(reverse("centres:activate_code"), {"code": "000000"})
        pages.append((first.status_code, first["Location"], without_token(second), wrong.status_code, without_token(wrong)))
    assert len(set(pages)) == 1
    assert Notice.objects.count() == 1


def without_token(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())


def test_a_code_is_tried_five_times(anyone, livestock):
    make.officer(livestock, personal_no="23456789", email="wanjiru@example.org")
    ask_code(anyone, livestock, "23456789")
    right = sent_code(Notice.objects.get())
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert anyone.post(reverse("centres:activate_code"), {"code": wrong}).status_code == 409
    answer = anyone.post(reverse("centres:activate_code"), {"code": right}, follow=True)
    assert "wrong five times" in answer.content.decode()
    assert anyone.get(reverse("centres:activate_password"))["Location"] == reverse("centres:activate")


def test_a_code_lives_fifteen_minutes(anyone, livestock, monkeypatch):
    from centres.services import activation

    monkeypatch.setattr(activation, "CODE_SECONDS", 1)
    make.officer(livestock, personal_no="23456789", email="wanjiru@example.org")
    ask_code(anyone, livestock, "23456789")
    time.sleep(1.2)
    assert anyone.post(reverse("centres:activate_code"), {"code": sent_code(Notice.objects.get())})["Location"] == reverse(
        "centres:activate"
    )


def test_codes_for_one_number_are_sent_three_times_only(livestock):
    make.officer(livestock, personal_no="23456789", email="wanjiru@example.org")
    answers = [ask_code(Client(REMOTE_ADDR=f"10.0.0.{n}"), livestock, "23456789").status_code for n in range(5)]
    assert answers == [302, 302, 302, 429, 429]
    assert Notice.objects.count() == 3


def test_another_browser_cannot_use_the_code(anyone, livestock):
    make.officer(livestock, personal_no="23456789", email="wanjiru@example.org")
    ask_code(anyone, livestock, "23456789")
    other = Client()
    ask_code(other, livestock, "11111111")
    assert other.post(reverse("centres:activate_code"), {"code": sent_code(Notice.objects.get())}).status_code == 409


def test_with_only_a_phone_on_file_the_code_goes_by_sms_and_the_address_is_proven(anyone, livestock):
    officer = make.officer(livestock, personal_no="23456789", email="", phone="+254712345678")
    ask_code(anyone, livestock, "23456789")
    sms = Notice.objects.get()
    assert (sms.channel, sms.to) == ("sms", "+254712345678")
    assert anyone.post(reverse("centres:activate_code"), {"code": sent_code(sms)})["Location"] == reverse(
        "centres:activate_email"
    )
    anyone.post(reverse("centres:activate_email"), {"email": "Own@example.org"})
    mail = Notice.objects.get(channel="email")
    assert anyone.post(reverse("centres:activate_code"), {"code": sent_code(mail)})["Location"] == reverse(
        "centres:activate_password"
    )
    anyone.post(reverse("centres:activate_password"), {"password": "nyota tatu angani"})
    officer.refresh_from_db()
    assert officer.user.email == "own@example.org"


def test_who_has_an_account_gets_the_training_into_it(anyone, grace, livestock):
    officer = make.officer(livestock, "Grace", "Njeri", personal_no="23456789", email="Grace@livestock.go.ke")
    ask_code(anyone, livestock, "23456789")
    answer = anyone.post(reverse("centres:activate_code"), {"code": sent_code(Notice.objects.get())})
    assert answer["Location"] == reverse("account_login") and anyone.get(HOME_OF_TOKENS).status_code == 302
    officer.refresh_from_db()
    assert officer.user == grace.user
    assert set(grace.user.memberships.values_list("role", flat=True)) == {"hr_officer", "learner"}


def test_an_open_account_is_told_so_by_mail_only(anyone, learner, wanjiru, livestock):
    assert ask_code(anyone, livestock, wanjiru.personal_no).status_code == 302
    assert "already" in Notice.objects.get(to=learner.user.email).subject
    assert Officer.objects.filter(user__isnull=False).count() == 1


def test_an_address_shared_by_two_officers_opens_one_account(livestock):
    for number in ("23456789", "23456790"):
        make.officer(livestock, personal_no=number, email="desk@example.org")
    first, second = Client(), Client()
    for client, number in ((first, "23456789"), (second, "23456790")):
        ask_code(client, livestock, number)
        code = sent_code(Notice.objects.first())
        answer = client.post(reverse("centres:activate_code"), {"code": code})
        if client is first:
            client.post(reverse("centres:activate_password"), {"password": "nyota tatu angani"})
    assert "belongs to another account" in answer.content.decode()
