"""An MDA applies; the secretariat accepts by planning the audit, or refuses. Whoever applied does not decide."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Application, Audit
from standards.services import applications
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
SAID = {"scope_text": "Licensing of hatcheries", "contact": "Ruth Chebet, 0700 000000"}


@pytest.fixture
def sent(champion, livestock):
    return applications.send(scope(champion), applications.draft(scope(champion), organisation=livestock, **SAID))


def test_the_champion_drafts_changes_and_sends_through_the_pages(champion, secretariat, livestock, signed_in):
    browser = signed_in(champion)
    browser.post(reverse("standards:new_application"), {"organisation": "SDLD", "scope_text": "Licensing", "contact": "Ruth"})
    made = Application.objects.get()
    assert made.state == "draft" and made.applied_by is None
    assert signed_in(secretariat).get(made.get_absolute_url()).status_code == 404  # a draft is the MDA's
    browser.post(reverse("standards:change_application", args=[made.pk]), SAID)
    browser.post(reverse("standards:send_application", args=[made.pk]))
    made.refresh_from_db()
    assert made.state == "sent" and made.applied_by == champion.user and made.scope_text == SAID["scope_text"]
    assert Notice.objects.get(key__startswith="application-sent").to == secretariat.user.email
    assert browser.get(reverse("standards:change_application", args=[made.pk])).status_code == 403
    assert "Licensing of hatcheries" in signed_in(secretariat).get(reverse("standards:applications")).content.decode()


def test_accepting_plans_the_audit_filled_in_from_the_application(
    secretariat, sent, livestock, edition, amina, brian, signed_in, champion
):
    make.posting(brian.user.officer, livestock, make.days_ago(400))
    browser, address = signed_in(secretariat), reverse("standards:accept_application", args=[sent.pk])
    page = browser.get(address).content.decode()
    assert "Licensing of hatcheries" in page and 'name="organisation"' not in page
    offered = page[page.index('id="id_lead"') : page.index("Show who may be named")]
    assert str(amina.user) in offered and str(brian.user) not in offered, "offered are those who may be named"
    assert f"{brian.user} serves in {livestock}" in page, "and beside the others stands why not"
    day = make.days_ahead(20).isoformat()
    plan = {
        "edition": edition.pk,
        "starts_on": day,
        "ends_on": day,
        "lead": amina.user.pk,
        "scope_text": "Licensing of hatcheries",
    }
    looked = browser.post(address, plan | {"look": "1"})
    assert looked.status_code == 200 and looked.context["judged"].starts_on.isoformat() == day and not Audit.objects.exists()
    assert browser.post(address, plan).status_code == 302
    sent.refresh_from_db()
    audit = Audit.objects.get()
    assert sent.state == "accepted" and sent.audit == audit and sent.decided_by == secretariat.user
    assert audit.scope_text == "Licensing of hatcheries" and audit.kind == "certification"
    assert Notice.objects.filter(key__startswith="application-accepted", to=champion.user.email).exists()
    assert browser.post(address, plan).status_code in (403, 409)


def test_an_audit_of_something_else_is_not_an_acceptance(secretariat, sent, immigration, edition, amina):
    asked = {
        "organisation": immigration,
        "edition": edition,
        "lead": amina.user,
        "starts_on": make.days_ahead(20),
        "ends_on": make.days_ahead(21),
    }
    with pytest.raises(Refused):
        applications.accept(scope(secretariat), sent, **asked)
    assert not Audit.objects.exists()


def test_the_mda_has_days_to_assess_itself_before_the_visit(secretariat, sent, livestock, edition, amina):
    days = {"starts_on": make.days_ago(1), "ends_on": make.days_ahead(2)}
    with pytest.raises(Refused) as no:
        applications.accept(scope(secretariat), sent, organisation=livestock, edition=edition, lead=amina.user, **days)
    assert "starts_on" in no.value.fields and not Audit.objects.exists()


def test_one_that_stands_is_to_be_renewed(secretariat, sent, livestock, edition, amina, brian, panel):
    first = steps.decided(steps.submitted(livestock, edition, amina), panel)
    days = {"starts_on": make.days_ahead(40), "ends_on": make.days_ahead(41)}
    audit = applications.accept(scope(secretariat), sent, organisation=livestock, edition=edition, lead=brian.user, **days)
    assert audit.kind == "recertification" and audit.certification == first.certification


def test_refused_with_a_reason(secretariat, sent, signed_in, principal_secretary):
    browser = signed_in(secretariat)
    assert browser.post(reverse("standards:refuse_application", args=[sent.pk]), {"reason": ""}).status_code == 200
    browser.post(reverse("standards:refuse_application", args=[sent.pk]), {"reason": "Apply after the reorganisation."})
    sent.refresh_from_db()
    assert sent.state == "refused" and sent.decision_reason == "Apply after the reorganisation."
    assert "Apply after" in signed_in(principal_secretary).get(sent.get_absolute_url()).content.decode()


def test_whoever_applied_does_not_decide(champion, sent, signed_in):
    """The champion is also of the secretariat: refused by policy, service and database."""
    both = make.member("secretariat", "", "", of_user=champion.user)
    assert signed_in(both).get(reverse("standards:refuse_application", args=[sent.pk])).status_code == 403
    with pytest.raises(Refused) as refusal:
        applications.refuse(scope(both), sent, reason="Mine.")
    assert refusal.value.code == "applied"
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.update(decided_by=champion.user)


def test_one_open_application_a_subject_and_a_way_out(champion, sent, livestock):
    with pytest.raises(Refused) as refusal:
        applications.draft(scope(champion), organisation=livestock, **SAID)
    assert refusal.value.code == "open"
    applications.withdraw(scope(champion), sent)
    assert applications.draft(scope(champion), organisation=livestock, **SAID).state == "draft"


def test_only_for_the_own_mda_and_its_centres(champion, grace, odhiambo, livestock, immigration, sent, signed_in, gpo):
    for hat, mda in ((champion, immigration), (grace, livestock)):
        with pytest.raises(Refused):
            applications.draft(scope(hat), organisation=mda, **SAID)
    applications.withdraw(scope(champion), sent)
    with pytest.raises(Refused) as refusal:
        applications.draft(scope(champion), organisation=livestock, centres=[gpo], **SAID)
    assert "centres" in refusal.value.fields
    assert signed_in(odhiambo).get(sent.get_absolute_url()).status_code == 404
    assert signed_in(grace).get(sent.get_absolute_url()).status_code == 200


def test_the_sample_is_drawn_from_what_was_applied_for(champion, secretariat, livestock, edition, amina):
    from standards.services import sampling

    centres = [make.huduma_centre(f"HC-{n}", f"Centre {n}", organisation=livestock) for n in range(6)]
    asked = applications.send(
        scope(champion), applications.draft(scope(champion), organisation=livestock, centres=centres[:4], **SAID)
    )
    days = {"starts_on": make.days_ahead(20), "ends_on": make.days_ahead(21)}
    audit = applications.accept(scope(secretariat), asked, organisation=livestock, edition=edition, lead=amina.user, **days)
    sample = sampling.draw(scope(secretariat), audit)
    assert len(sample.frame) == 4 and len(sample.chosen) == 2


def test_by_api(champion, secretariat, livestock, signed_in):
    mda, keepers = signed_in(champion), signed_in(secretariat)
    made = mda.post("/api/v1/applications/", {"organisation": "SDLD"} | SAID, "application/json")
    assert made.status_code == 201
    pk = made.json()["id"]
    assert mda.post(f"/api/v1/applications/{pk}/send/", {}, "application/json").json()["state"] == "sent"
    assert keepers.get("/api/v1/applications/?state=sent").json()["results"][0]["id"] == pk
    assert (
        keepers.post(f"/api/v1/applications/{pk}/refuse/", {"reason": "Not yet."}, "application/json").json()["state"]
        == "refused"
    )
    assert mda.post(f"/api/v1/applications/{pk}/withdraw/", {}, "application/json").status_code == 403


def test_homes_say_what_waits(champion, secretariat, livestock, signed_in):
    made = applications.draft(scope(champion), organisation=livestock, **SAID)
    assert "Send the application" in signed_in(champion).get("/").content.decode()
    applications.send(scope(champion), made)
    assert "Send the application" not in signed_in(champion).get("/").content.decode()
    assert "Decide on an application" in signed_in(secretariat).get("/").content.decode()
