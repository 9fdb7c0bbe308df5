"""The secretariat plans an audit and names a team without an interest; each auditor declares before the sheet opens."""

import pytest

from centres.models import Posting
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards import policies
from standards.models import Audit, Rating
from standards.services import editions, programme
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db


def plan(actor, organisation, edition, lead, *members, **more):
    asked = {
        "organisation": organisation, "edition": edition, "lead": lead.user, "members": [m.user for m in members],
        "starts_on": make.days_ahead(5), "ends_on": make.days_ahead(6),
    }  # fmt: skip
    return programme.plan(scope(actor), **asked | more)


def test_the_secretariat_plans_an_audit_of_a_head_office(secretariat, livestock, edition, amina, brian):
    audit = plan(secretariat, livestock, edition, amina, brian)
    assert audit.ref == f"AU-{make.clock.today().year}-0001" and audit.state == "planned"
    assert [s.applies_to for s in audit.sites.all()] == ["mda"]
    assert audit.team.get(is_lead=True).user == amina.user and audit.team.count() == 2
    assert sorted(Notice.objects.filter(key__startswith="audit-team").values_list("to", flat=True)) == ["amina@huduma.example", "brian@huduma.example"]
    assert plan(secretariat, livestock, edition, amina).ref.endswith("0002")


def test_one_centre_alone_is_itself_certified(secretariat, livestock, edition, amina, gpo):
    audit = plan(secretariat, livestock, edition, amina, head_office=False, centres=[gpo])
    assert audit.centre == gpo and audit.subject == gpo
    both = plan(secretariat, livestock, edition, amina, centres=[gpo])
    assert both.centre is None and [s.applies_to for s in both.sites.all()] == ["mda", "centre"]


def test_others_do_not_plan(grace, amina, panel, hops, administrator, livestock, edition):
    for hat in (grace, amina, panel, hops, administrator):
        with pytest.raises(Refused):
            plan(hat, livestock, edition, amina)
    assert not Audit.objects.exists()


def test_a_draft_or_retired_edition_is_not_audited_under(secretariat, livestock, edition, amina):
    for one in (edition.drawn_from, editions.retire(steps.SYSTEM, edition, on=make.days_ago(0))):
        with pytest.raises(Refused) as refusal:
            plan(secretariat, livestock, one, amina)
        assert "edition" in refusal.value.fields


def test_a_centre_of_another_mda_is_refused(secretariat, livestock, immigration, edition, amina):
    theirs = make.huduma_centre("HC-X", organisation=immigration)
    with pytest.raises(Refused):
        plan(secretariat, livestock, edition, amina, centres=[theirs])


def test_only_auditors_are_named(secretariat, livestock, edition, amina, kiprono):
    with pytest.raises(Refused) as refusal:
        plan(secretariat, livestock, edition, kiprono)
    assert refusal.value.code == "not_an_auditor" and "lead" in refusal.value.fields
    with pytest.raises(Refused):
        plan(secretariat, livestock, edition, amina, kiprono)
    assert not Audit.objects.exists()


@pytest.mark.parametrize("posted_to", ["livestock", "dairy_board"])
def test_an_auditor_does_not_audit_the_own_mda_or_one_above_the_own(request, secretariat, livestock, edition, amina, posted_to):
    make.posting(amina.user.officer, request.getfixturevalue(posted_to))
    with pytest.raises(Refused) as refusal:
        plan(secretariat, livestock, edition, amina)
    assert refusal.value.code == "interest"


def test_nor_one_left_less_than_two_years_ago(secretariat, livestock, immigration, edition, amina):
    make.posting(amina.user.officer, livestock, make.days_ago(3000))

    def left(days):
        Posting.objects.update(during=(make.days_ago(3000), make.days_ago(days)))

    left(600)
    with pytest.raises(Refused):
        plan(secretariat, livestock, edition, amina)
    left(800)
    assert plan(secretariat, livestock, edition, amina)


def test_nor_one_the_auditor_acts_for_under_another_hat(secretariat, livestock, edition, amina):
    make.member("service_champion", "", "", livestock, of_user=amina.user)
    with pytest.raises(Refused):
        plan(secretariat, livestock, edition, amina)


def test_an_auditor_of_another_mda_is_welcome(secretariat, livestock, immigration, edition, amina):
    make.posting(amina.user.officer, immigration)
    assert plan(secretariat, livestock, edition, amina)


# Declaring.
def test_the_sheet_opens_once_the_auditor_declares_to_have_no_interest(livestock, edition, amina):
    audit = steps.plan(livestock, edition, amina)
    site = audit.sites.get()
    assert not policies.may_read_sheet(scope(amina), audit)
    with pytest.raises(Refused):
        steps.rate(amina, site, "1.1.1")
    steps.declare(audit, amina)
    assert steps.rate(amina, site, "1.1.1").revision == 1
    assert list(Rating.objects.visible_to(scope(amina))) != []


def test_an_auditor_with_an_interest_never_opens_it_and_the_secretariat_is_told(secretariat, livestock, edition, amina, brian):
    audit = plan(secretariat, livestock, edition, amina, brian)
    with pytest.raises(Refused):
        programme.declare(scope(brian), audit, interest=True)
    programme.declare(scope(brian), audit, interest=True, declaration="My sister works there.")
    assert Notice.objects.get(key__startswith="audit-interest").to == secretariat.user.email
    with pytest.raises(Refused):
        steps.rate(brian, audit.sites.get(), "1.1.1")
    with pytest.raises(Refused):
        programme.declare(scope(brian), audit, interest=False)
    programme.name_team(scope(secretariat), audit, lead=amina.user)
    assert audit.team.count() == 1


def test_whoever_has_worked_on_it_stays_on_the_team(secretariat, audit, site, amina, brian):
    steps.rate(brian, site, "1.1.1")
    with pytest.raises(Refused):
        programme.name_team(scope(secretariat), audit, lead=amina.user)
    programme.name_team(scope(secretariat), audit, lead=brian.user, members=[amina.user])
    assert audit.team.get(is_lead=True).user == brian.user


# The kind, through the page.
def test_the_page_plans_at_short_notice_or_to_renew_what_stands(secretariat, livestock, edition, amina, brian, panel, signed_in):
    browser, day = signed_in(secretariat), make.days_ahead(20).isoformat()
    sent = {"organisation": "SDLD", "head_office": "on", "edition": edition.pk, "starts_on": day, "ends_on": day, "lead": amina.user.pk}
    page = browser.post("/audits/plan/", sent | {"kind": "short_notice", "look": "1"})
    assert [str(row["line"]) for row in page.context["choices"]] == [str(amina.user), str(brian.user)] and f'value="{amina.user.pk}" selected' in page.content.decode()
    assert browser.get("/audits/plan/").context["choices"] is None, "nothing is known before the MDA is chosen"
    assert browser.post("/audits/plan/", sent | {"kind": "short_notice"}).status_code == 302
    assert Audit.objects.get().kind == "short_notice"
    refused = browser.post("/audits/plan/", sent | {"kind": "recertification"})
    assert refused.status_code == 200 and "No certification stands" in refused.content.decode()
    made = steps.decided(steps.submitted(livestock, edition, brian), panel)
    assert browser.post("/audits/plan/", sent | {"kind": "recertification"}).status_code == 302
    assert Audit.objects.get(kind="recertification").certification == made.certification
    assert browser.post("/audits/plan/", sent).status_code == 302  # as before, without saying the kind
