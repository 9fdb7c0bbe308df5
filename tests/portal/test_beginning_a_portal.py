"""A new portal has nobody in it: a command on the server invites the first administrator."""

import io

import pytest
from django.core.management import CommandError, call_command

from centres.models import Membership, Role
from cse_portal.activity.models import Entry


def test_the_first_administrator_sets_a_password_by_the_link_that_is_printed(db, client):
    said = io.StringIO()
    call_command("invite_administrator", "Halima@Portal.example", "Halima Abdi", stdout=said)
    hat = Membership.objects.get()
    assert (hat.role, hat.user.email, hat.user.mfa_required) == (Role.ADMINISTRATOR, "halima@portal.example", True)
    assert Entry.objects.filter(verb="granted role").exists()
    link = said.getvalue().split()[-1]
    page = client.get(link, follow=True)
    assert page.status_code == 200 and b'name="password1"' in page.content
    sent = client.post(page.request["PATH_INFO"], {"password1": "karibu-sana-1963", "password2": "karibu-sana-1963"})
    assert sent.status_code == 302
    hat.user.refresh_from_db()
    assert hat.user.check_password("karibu-sana-1963")

    with pytest.raises(CommandError, match="already has this role"):
        call_command("invite_administrator", "halima@portal.example", "Halima Abdi")
