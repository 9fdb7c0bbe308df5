"""Requirements, waivers and prior training through the pages people use."""


import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories as make
from tests.reading import said
from training import tasks
from training.compliance import spans, status
from training.models import PriorTraining, Requirement, RequirementChange, Waiver

pytestmark = pytest.mark.django_db
TODAY = make.days_ago(0)
PDF = b"%PDF-1.7\n" + b"certificate " * 20


def d(day):
    return day.isoformat()


def status_of(officer, on=TODAY):
    return status.of_officers([officer.pk], on)[officer.pk].status


def follow(client, *args, **kwargs):
    response = client.post(*args, **kwargs, follow=True)
    assert response.status_code == 200, said(response)
    return response


# Rules.


def test_a_coordinator_drafts_tries_publishes_and_undoes(
    coordinator, signed_in, wanjiru, livestock, django_capture_on_commit_callbacks
):
    make.version()
    make.cadre("FRT")
    spans.rebuild()
    client = signed_in(coordinator)
    follow(client, "/requirements/changes/draft/", {"title": "Livestock first", "authority": ""})
    change = RequirementChange.objects.get()
    page = f"/requirements/changes/{change.ref}/"
    rule = {"cadre": "FRT", "course": "CSE-FRT-01", "organisation": "SDLD", "first": d(TODAY), "until": "", "due_within_days": 30}
    wrong = client.post(page + "require/", rule | {"until": d(make.days_ago(3))})
    assert wrong.status_code == 409 and "It ends before it begins" in said(wrong) and 'value="30"' in wrong.content.decode()
    assert "due within 30 days" in said(follow(client, page + "require/", rule))
    tried = said(follow(client, page + "preview/", {"on": ""}))
    assert "1 newly due or overdue, 0 no longer; 0 become overdue" in tried and "Counted exactly" in tried
    assert "Livestock" in client.get(page + "?export=csv").getvalue().decode()
    assert status_of(wanjiru) == "not_required"
    assert "By whose authority" in said(client.get(page + "publish/"))
    assert client.post(page + "publish/", {"title": "Livestock first", "authority": ""}).status_code == 200  # asked for again
    follow(client, page + "publish/", {"title": "Livestock first", "authority": "Circular 4"})
    assert "being applied: 0 of 1 officers" in said(client.get("/requirements/"))
    tasks.continue_rule_changes()
    assert status_of(wanjiru) == "due" and "being applied" not in said(client.get("/requirements/"))
    assert "Circular 4" in said(client.get(Requirement.objects.get().get_absolute_url()))
    follow(client, page + "undo/", {"reason": "Wrong MDA"})
    tasks.continue_rule_changes()
    assert status_of(wanjiru) == "not_required" and "Undone" in said(client.get(page))
    assert "It was published and undone".lower() in said(client.get(Requirement.objects.get().get_absolute_url())).lower()


def test_a_new_edition_from_the_page_of_the_rule(coordinator, signed_in, wanjiru):
    rule = make.requirement()
    make.version()
    client = signed_in(coordinator)
    assert f"do=edition&amp;rule={rule.pk}" in client.get(rule.get_absolute_url()).content.decode()
    response = client.post(f"/requirements/changes/draft/?do=edition&rule={rule.pk}", {"title": "Less time", "authority": "C 5"})
    form = client.get(response["Location"])
    assert form.status_code == 200 and f'value="{rule.pk}" selected' in form.content.decode()
    page = follow(client, response["Location"], {"requirement": rule.pk, "on": d(make.days_ahead(10)), "due_within_days": 30})
    assert RequirementChange.objects.get().lines.count() == 2 and "no longer required from" in said(page)


def test_drafts_are_for_those_who_make_rules_and_published_changes_for_all(
    coordinator, hops, grace, learner, signed_in, scope_of
):
    from training.services import requirements

    change = requirements.draft(scope_of(coordinator), title="A secret draft", authority="C")
    page = change.get_absolute_url()
    assert signed_in(hops).get(page).status_code == 200
    assert signed_in(grace).get(page).status_code == 404
    assert "A secret draft" not in said(signed_in(grace).get("/requirements/changes/"))
    requirements.require(
        scope_of(coordinator), change=change, cadre=make.cadre("FRT"), course=make.version().course, organisation=None, first=TODAY,
        until=None, due_within_days=90,
    )  # fmt: skip
    requirements.publish(scope_of(coordinator), change=change)
    assert signed_in(learner).get(page).status_code == 200
    assert signed_in(hops).post(page + "discard/").status_code == 403
    assert signed_in(grace).post(page + "preview/").status_code == 403


def test_requirements_as_of_a_day_and_binding_in_an_mda(grace, signed_in, livestock, dairy_board, immigration):
    make.requirement(in_force=make.DateRange(make.days_ago(500), make.days_ago(100)), authority="Old circular")
    make.requirement("TEC", "CSE-TEC-01", organisation=livestock, authority="Livestock circular")
    client = signed_in(grace)
    now = said(client.get("/requirements/"))
    assert "Livestock circular" in now and "Old circular" not in now
    assert "Old circular" in said(client.get(f"/requirements/?on={d(make.days_ago(200))}"))
    assert "Old circular" in said(client.get("/requirements/?history=on"))
    assert "Livestock circular" in said(client.get("/requirements/?organisation=KDB"))
    assert "Livestock circular" not in said(client.get("/requirements/?organisation=SDICS"))
    assert client.get("/requirements/?on=nonsense").status_code == 200
    export = b"".join(client.get("/requirements/?history=on&export=csv").streaming_content).decode()
    assert len(export.splitlines()) == 3


# Waivers.


def test_hr_asks_and_the_authorised_officer_decides(grace, principal_secretary, signed_in, wanjiru):
    make.requirement()
    client = signed_in(grace)
    assert wanjiru.ref in client.get(f"/waivers/ask/?officer={wanjiru.ref}").content.decode()
    given = {"officers": wanjiru.personal_no, "first": d(TODAY), "last": d(make.days_ahead(30)), "reason": "Drought response"}
    page = follow(client, "/waivers/ask/", given)
    waiver = Waiver.objects.get()
    assert "It waits for one of these: Jonathan Mueke" in said(page)
    assert client.get(f"/waivers/{waiver.pk}/decide/").status_code == 403
    assert "waits for your decision" not in said(client.get("/"))
    assert "1 waiver waits for your decision" in said(signed_in(principal_secretary).get("/"))
    again = client.post("/waivers/ask/", given)
    assert again.status_code == 409 and "asked for already" in said(again)
    boss = signed_in(principal_secretary)
    assert "Wanjiru" in said(boss.get("/waivers/?state=requested"))
    refused = boss.post(f"/waivers/{waiver.pk}/decide/", {"outcome": "refuse", "reason": ""})
    assert refused.status_code == 409 and "Say why it is refused" in said(refused)
    assert "In force" in said(follow(boss, f"/waivers/{waiver.pk}/decide/", {"outcome": "approve", "reason": ""}))
    assert status_of(wanjiru) == "waived"
    follow(client, f"/waivers/{waiver.pk}/end/", {"on": d(make.days_ahead(1)), "reason": "Back"})
    assert status_of(wanjiru) == "waived" and status_of(wanjiru, make.days_ahead(1)) == "due"


def test_many_are_asked_for_and_approved_by_ticking(grace, principal_secretary, signed_in, wanjiru, hassan, livestock):
    other = make.officer(livestock, "Otieno")
    given = {"first": "20 Nov 2027", "last": "20/12/2027", "reason": "Leave"}
    stranger = signed_in(grace).post("/waivers/ask/", given | {"officers": f"{wanjiru.ref}\n{hassan.personal_no}"})
    assert f"Nobody in your MDA is “{hassan.personal_no}”" in said(stranger) and not Waiver.objects.exists()
    assert "2 waivers are asked for" in said(
        follow(signed_in(grace), "/waivers/ask/", given | {"officers": f"{wanjiru.ref}\n{other.ref}"})
    )
    boss = signed_in(principal_secretary)
    ids = list(Waiver.objects.values_list("pk", flat=True))
    assert "2 waivers are approved" in said(follow(boss, "/waivers/approve/", {"waiver": ids}))
    assert boss.post("/waivers/approve/", {}).status_code == 409
    assert "Approved, not begun" in said(boss.get("/waivers/?state=ahead"))


def test_waivers_of_other_mdas_are_not_seen(grace, odhiambo, signed_in, wanjiru, scope_of):
    from training.services import waivers

    waiver = waivers.request(scope_of(grace), officer=wanjiru, first=TODAY, last=make.days_ahead(3), reason="Leave")
    assert signed_in(odhiambo).get(waiver.get_absolute_url()).status_code == 404
    assert "Wanjiru" not in said(signed_in(odhiambo).get("/waivers/"))
    export = b"".join(signed_in(grace).get("/waivers/?export=csv").streaming_content).decode()
    assert "Wanjiru Kamau" in export and "Requested" in export


# Prior training.


def evidence(name="certificate.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def test_a_learner_claims_and_a_coordinator_verifies(learner, coordinator, odhiambo, signed_in, wanjiru):
    make.requirement()
    version = make.version()
    client = signed_in(learner)
    given = {
        "course_version": version.pk,
        "provider": "KIM",
        "title": "Customer care",
        "on": d(make.days_ago(60)),
        "last_day": "",
    }
    wrong = client.post("/prior-training/record/", given | {"evidence": evidence("x.pdf", b"not a pdf")})
    assert wrong.status_code == 409 and "PDF, JPEG or PNG" in said(wrong)
    assert "waits for a coordinator" in said(follow(client, "/prior-training/record/", given | {"evidence": evidence()}))
    prior = PriorTraining.objects.get()
    page = prior.get_absolute_url()
    assert "1 record of training elsewhere waits to be verified" in said(signed_in(coordinator).get("/"))
    assert client.get(page + "verify/").status_code == 403
    assert signed_in(odhiambo).get(page + "evidence/").status_code == 404
    file = signed_in(coordinator).get(page + "evidence/")
    assert b"".join(file.streaming_content) == PDF
    assert file["Content-Type"] == "application/pdf" and file["Content-Disposition"].startswith("attachment")
    assert "Recognised" in said(follow(signed_in(coordinator), page + "verify/", {"outcome": "verify", "reason": ""}))
    assert status_of(wanjiru) == "current"
    follow(signed_in(coordinator), page + "withdraw/", {"reason": "Forged"})
    assert status_of(wanjiru) == "overdue" and "Forged" in said(client.get(page))


def test_hr_records_for_an_officer_of_the_mda_only(grace, signed_in, wanjiru, hassan):
    given = {
        "course_version": make.version().pk,
        "provider": "KIM",
        "title": "Care",
        "on": d(make.days_ago(60)),
        "last_day": d(make.days_ahead(99)),
    }
    stranger = signed_in(grace).post("/prior-training/record/", given | {"officer": hassan.ref, "evidence": evidence()})
    assert "Nobody in your MDA" in said(stranger)
    follow(signed_in(grace), "/prior-training/record/", given | {"officer": wanjiru.ref, "evidence": evidence()})
    assert PriorTraining.objects.get().until == make.days_ahead(100)
    assert "Wanjiru" in said(signed_in(grace).get("/prior-training/?state=claimed"))


@pytest.mark.slow
@pytest.mark.parametrize("page", ["/requirements/", "/requirements/changes/", "/waivers/", "/prior-training/"])
def test_lists_cost_the_same_at_any_length(
    page, coordinator, grace, scope_of, signed_in, livestock, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from training.services import prior_training, requirements, waivers

    client, costs, esther, hr = signed_in(coordinator), [], scope_of(coordinator), scope_of(grace)
    client.get(page)
    for n, more in enumerate((1, 2, 20)):
        for m in range(more):
            officer = make.officer(livestock, f"Officer{n}-{m}")
            version = make.version(f"C-{n}-{m}")
            make.requirement(code=f"C-{n}-{m}")
            requirements.draft(esther, title=f"Draft {n}-{m}")
            waivers.request(hr, officer=officer, first=TODAY, last=make.days_ahead(9), reason="Leave")
            prior_training.record(
                hr,
                officer=officer,
                course_version=version,
                provider="KIM",
                title="Care",
                on=make.days_ago(9),
                evidence=evidence(),
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2], costs
