"""Roles are given by invitation, by those who may, for their own place; and end at once."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from centres.access import Scope
from centres.models import Membership
from centres.services import people, tokens
from cse_portal.accounts.models import User
from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make

NEW = {"name": "Mary Achieng", "email": "Mary@Livestock.go.ke"}


def invite(client, role, **fields):
    return client.post(reverse("centres:invite"), NEW | {"role": role} | fields)


def link_in(notice):
    return re.search(r"http\S+", notice.body)[0].replace("http://127.0.0.1:8000", "")


@pytest.mark.parametrize("role", ["hr_officer", "authorised_officer", "service_champion"])
def test_an_hr_officer_invites_for_the_own_mda(signed_in, grace, livestock, role):
    answer = invite(signed_in(grace), role, organisation=livestock.pk)
    assert answer.status_code == 302
    hat = Membership.objects.get(user__email="mary@livestock.go.ke")
    assert (hat.role, hat.organisation, hat.invited_by) == (role, livestock, grace.user)
    notice = Notice.objects.get(to="mary@livestock.go.ke")
    assert "Grace Njeri invites you" in notice.body
    entry = Entry.objects.get(verb="granted role")
    assert (entry.actor, entry.hat, entry.hat_place) == ("grace@livestock.go.ke", "hr_officer", str(livestock))


def test_and_for_those_below_it(signed_in, principal_secretary, dairy_board):
    assert invite(signed_in(principal_secretary), "hr_officer", organisation=dairy_board.pk).status_code == 302
    assert Membership.objects.filter(organisation=dairy_board).count() == 1


@pytest.mark.parametrize("role", ["hr_officer", "auditor", "administrator", "hops", "trainer", "learner"])
def test_but_neither_for_another_mda_nor_a_national_role(signed_in, grace, livestock, immigration, role):
    client = signed_in(grace)
    assert invite(client, role, organisation=immigration.pk).status_code == 200  # the form, with an error
    if role != "hr_officer":
        assert invite(client, role, organisation=livestock.pk).status_code == 200
    assert not User.objects.filter(email="mary@livestock.go.ke").exists()


def test_the_rule_holds_below_the_form_too(scope_of, grace, immigration):
    with pytest.raises(Refused, match="your own MDA"):
        people.invite(scope_of(grace), **NEW, role="hr_officer", organisation=immigration)
    with pytest.raises(Refused):
        people.invite(scope_of(grace), **NEW, role="auditor")
    assert not Membership.objects.exclude(pk=grace.pk).exists()


@pytest.mark.parametrize(
    "role", ["champion", "centre_manager", "coordinator", "kiprono", "amina", "secretariat", "panel", "hops", "learner"]
)
def test_others_invite_nobody(request, signed_in, role):
    client = signed_in(request.getfixturevalue(role))
    assert client.get(reverse("centres:people")).status_code == 403
    assert invite(client, "auditor").status_code == 403


def test_an_administrator_gives_any_role_and_the_strong_ones_need_a_second_step(signed_in, administrator, gpo):
    client = signed_in(administrator)
    assert invite(client, "auditor").status_code == 302
    assert User.objects.get(email="mary@livestock.go.ke").mfa_required
    assert (
        client.post(
            reverse("centres:invite"), {"name": "Ali", "email": "ali@gpo.example", "role": "centre_manager", "centre": gpo.pk}
        ).status_code
        == 302
    )
    assert not User.objects.get(email="ali@gpo.example").mfa_required


@pytest.mark.parametrize(
    "role, sentence",
    [("hr_officer", "Say for which MDA"), ("centre_manager", "Say for which centre"), ("learner", "not one of the available")],
)
def test_a_role_names_its_place(signed_in, administrator, role, sentence):
    assert sentence in invite(signed_in(administrator), role).content.decode()


def test_a_national_role_has_none(signed_in, administrator, livestock):
    assert (
        "This role belongs to no MDA" in invite(signed_in(administrator), "auditor", organisation=livestock.pk).content.decode()
    )


def test_the_link_sets_a_password_once_and_signs_in(signed_in, anyone, grace, livestock):
    invite(signed_in(grace), "service_champion", organisation=livestock.pk)
    link = link_in(Notice.objects.get(to="mary@livestock.go.ke"))
    page = anyone.get(link, follow=True)
    assert "Choose a password" in page.content.decode()
    chosen = {"password1": "nyota tatu angani", "password2": "nyota tatu angani"}
    done = anyone.post(page.request["PATH_INFO"], chosen, follow=True)
    assert done.wsgi_request.user.email == "mary@livestock.go.ke"
    assert done.wsgi_request.scope.role == "service_champion"
    anyone.logout()
    assert "no longer works" in anyone.get(link, follow=True).content.decode()


def test_the_link_works_for_a_week(signed_in, anyone, grace, livestock, settings):
    assert settings.PASSWORD_RESET_TIMEOUT == 7 * 24 * 3600
    invite(signed_in(grace), "service_champion", organisation=livestock.pk)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "no longer works" in anyone.get(link_in(Notice.objects.get()), follow=True).content.decode()


def test_an_invitation_is_sent_again_until_the_password_is_set(signed_in, grace, champion, livestock):
    client = signed_in(grace)
    invite(client, "hr_officer", organisation=livestock.pk)
    hat = Membership.objects.get(user__email="mary@livestock.go.ke")
    assert client.post(reverse("centres:resend_invitation", args=[hat.pk])).status_code == 302
    assert Notice.objects.filter(to="mary@livestock.go.ke").count() == 2
    assert client.post(reverse("centres:resend_invitation", args=[champion.pk])).status_code == 409


def test_who_has_an_account_gets_the_role_and_a_notice_but_no_link_to_a_password(signed_in, grace, odhiambo, livestock):
    answer = signed_in(grace).post(
        reverse("centres:invite"),
        {"name": "Whatever", "email": "Odhiambo@immigration.go.ke", "role": "hr_officer", "organisation": livestock.pk},
    )
    assert answer.status_code == 302
    assert {hat.organisation.code for hat in odhiambo.user.memberships.all()} == {"SDLD", "SDICS"}
    notice = Notice.objects.get()
    assert "gave you a role" in notice.body and "reset" not in notice.body
    odhiambo.user.refresh_from_db()
    assert odhiambo.user.name == "Peter Odhiambo"


def test_nobody_gets_a_role_twice(signed_in, grace, champion, livestock):
    again = {"email": "champion@livestock.go.ke", "organisation": livestock.pk}
    assert "already has this role" in invite(signed_in(grace), "service_champion", **again).content.decode()


def test_nobody_gives_or_takes_the_own_role(signed_in, grace, administrator, livestock):
    own = {"email": "grace@livestock.go.ke", "organisation": livestock.pk}
    assert "Someone else must give you a role" in invite(signed_in(grace), "authorised_officer", **own).content.decode()
    assert signed_in(grace).post(reverse("centres:end_membership", args=[grace.pk])).status_code == 403
    assert invite(signed_in(administrator), "auditor", email="admin@huduma.example").status_code == 409
    assert administrator.user.memberships.count() == 1


def test_the_list_says_who_has_what_role_since_when(signed_in, grace, champion, odhiambo, livestock):
    client = signed_in(grace)
    invite(client, "hr_officer", organisation=livestock.pk)
    page = client.get(reverse("centres:people"))
    rows = {str(row.user): row.state for row in page.context["page_obj"]}
    assert rows == {"Grace Njeri": "active", "Ruth Chebet": "active", "Mary Achieng": "invited"}
    assert [str(r.user) for r in client.get(reverse("centres:people"), {"state": "invited"}).context["page_obj"]] == [
        "Mary Achieng"
    ]
    assert [str(r.user) for r in client.get(reverse("centres:people"), {"q": "cheb"}).context["page_obj"]] == ["Ruth Chebet"]
    assert "Odhiambo" not in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_costs_the_same_for_few_and_many(signed_in, administrator, django_assert_num_queries, livestock, rows):
    for n in range(rows):
        make.member("service_champion", f"c{n}@livestock.go.ke", f"Champion {n}", livestock)
    client = signed_in(administrator)
    client.get(reverse("centres:people"))
    with django_assert_num_queries(5):  # session, user, roles held; count, rows
        client.get(reverse("centres:people"))


def test_an_ended_role_is_lost_with_the_next_click(signed_in, grace, champion):
    hers = signed_in(champion)
    hers.get("/help/")
    page = signed_in(grace).get(reverse("centres:end_membership", args=[champion.pk]))
    assert "Ruth Chebet will no longer act as" in page.content.decode()
    assert signed_in(grace).post(reverse("centres:end_membership", args=[champion.pk]), {"reason": "moved"}).status_code == 302
    champion.refresh_from_db()
    assert champion.during.upper is not None and "ended" in {
        r.state for r in Membership.objects.with_state(champion.during.upper)
    }
    gone = hers.get(reverse("centres:tokens"))
    assert gone.status_code == 403 and "no office has given you a role" in gone.content.decode()
    assert Entry.objects.get(verb="ended role").note == "moved"


def test_so_is_one_given_and_ended_on_the_same_day(signed_in, grace, livestock):
    client = signed_in(grace)
    invite(client, "hr_officer", organisation=livestock.pk)
    hat = Membership.objects.get(user__email="mary@livestock.go.ke")
    assert client.post(reverse("centres:end_membership", args=[hat.pk])).status_code == 302
    assert people.hats(hat.user, make.days_ago(0)) == []
    assert client.get(reverse("centres:people"), {"state": "ended"}).context["total"] == 1


def test_a_stranger_cannot_end_a_role(signed_in, odhiambo, champion):
    assert signed_in(odhiambo).post(reverse("centres:end_membership", args=[champion.pk])).status_code == 404
    champion.refresh_from_db()
    assert champion.during.upper is None


def test_the_second_step_is_no_longer_asked_for_when_the_last_role_that_needs_it_ends(scope_of, administrator):
    hat = people.invite(scope_of(administrator), **NEW, role="auditor")
    other = people.invite(scope_of(administrator), **NEW, role="panel")
    people.end_membership(scope_of(administrator), hat)
    assert User.objects.get(pk=hat.user_id).mfa_required
    people.end_membership(scope_of(administrator), other)
    assert not User.objects.get(pk=hat.user_id).mfa_required


# API tokens.
def test_a_token_acts_under_its_role_until_it_is_revoked(signed_in, anyone, grace):
    client = signed_in(grace)
    page = client.post(reverse("centres:tokens"), {"name": "payroll", "days": 30})
    secret = page.context["secret"]
    assert page.status_code == 201 and secret in page.content.decode()
    assert secret not in client.get(reverse("centres:tokens")).content.decode()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    answer = anyone.get("/api/v1/", **bearer)
    assert answer.status_code == 200 and answer.wsgi_request.scope.membership == grace
    token = grace.tokens.get()
    assert secret not in token.digest
    client.post(reverse("centres:revoke_token", args=[token.pk]))
    refused = anyone.get("/api/v1/", **bearer)
    assert refused.status_code == 401 and refused.json()["code"] == "bad_token"


def test_a_token_dies_with_its_role_and_its_time(anyone, scope_of, administrator, grace):
    token, secret = tokens.make(scope_of(grace), membership=grace, days=1)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert anyone.get("/api/v1/", **bearer).status_code == 200
    token.expires_at = make.at(make.days_ago(1))
    token.save()
    assert anyone.get("/api/v1/", **bearer).status_code == 401
    _, secret = tokens.make(scope_of(grace), membership=grace)
    people.end_membership(scope_of(administrator), grace)
    assert anyone.get("/api/v1/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_nobody_makes_a_token_for_someone_elses_role(scope_of, grace, odhiambo):
    with pytest.raises(Refused):
        tokens.make(scope_of(grace), membership=odhiambo)


def test_the_command_prints_a_token_once(anyone, grace, administrator, capsys):
    make.member("administrator", "", "", of_user=grace.user)
    with pytest.raises(CommandError, match="administrator, hr_officer"):
        call_command("api_token", "grace@livestock.go.ke")
    call_command("api_token", "grace@livestock.go.ke", "--role", "hr_officer")
    secret = capsys.readouterr().out.strip()
    answer = anyone.get("/api/v1/", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert answer.status_code == 200 and answer.wsgi_request.scope.role == "hr_officer"
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("api_token", "nobody@example.org")


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_person_at_once_make_one_account_with_one_role():
    livestock = make.organisation("SDLD", "State Department for Livestock Development")
    actor = Scope(user=(hat := make.member("hr_officer", "grace@livestock.go.ke", "Grace Njeri", livestock)).user, membership=hat)

    def attempt(_):
        try:
            people.invite(actor, **NEW, role="hr_officer", organisation=livestock)
            return "invited"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == ["has_role"] * 5 + ["invited"]
    assert User.objects.filter(email="mary@livestock.go.ke").count() == 1


def test_the_roles_document_is_current():
    call_command("roles_doc", "--check")


def test_every_rule_says_who_may():
    from cse_portal.oversight.management.commands.roles_doc import APPS, rules_of

    assert [rule.__qualname__ for app, _ in APPS for rule in rules_of(app) if not rule.__doc__] == []


def test_a_system_task_has_no_hat():
    assert Scope.system_task("night").hat == ""
