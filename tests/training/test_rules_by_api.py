"""Rule changes, waivers and prior training by the API: the same services and refusals as the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from centres.services import tokens
from tests import factories as make
from training import tasks
from training.compliance import spans, status
from training.models import PriorTraining, Waiver

pytestmark = pytest.mark.django_db
TODAY = make.days_ago(0)


@pytest.fixture
def api(scope_of):
    """api(hat) -> call(method, path, data) with that hat's token."""

    def of(hat):
        _token, secret = tokens.make(scope_of(hat), membership=hat, name="test")
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def call(method, path, data=None, **kinds):
            kinds = kinds or ({"content_type": "application/json"} if method == "post" else {})
            return getattr(client, method)(f"/api/v1/{path}", data, **({} if kinds.get("multipart") else kinds))

        return call

    return of


def status_of(officer):
    return status.of_officers([officer.pk], TODAY)[officer.pk].status


def test_a_change_of_rules_from_draft_to_undone(api, coordinator, hops, grace, wanjiru):
    make.version()
    make.cadre("FRT")
    spans.rebuild()
    call = api(coordinator)
    line = {"act": "add", "cadre": "FRT", "course": "CSE-FRT-01", "first": f"{TODAY}", "due_within_days": 30}
    missing = call("post", "rule-changes/", {"title": "T", "lines": [{"act": "end"}]})
    assert missing.status_code == 400
    made = call("post", "rule-changes/", {"title": "Frontline", "authority": "C 4", "lines": [line]})
    assert made.status_code == 201 and made.json()["state"] == "draft"
    page = f"rule-changes/{made.json()['ref']}/"
    effect = call("post", page + "preview/", {}).json()["effect"]
    assert (effect["kind"], effect["newly"], effect["error"]["newly"]) == ("exact", 1, 0)
    assert api(hops)("get", page).json()["effect"]["newly"] == 1
    assert api(grace)("get", page).status_code == 404
    assert api(hops)("post", page + "publish/").status_code == 403
    assert call("post", page + "publish/").json()["state"] == "publishing"
    tasks.continue_rule_changes()
    shown = api(grace)("get", page).json()
    assert shown["state"] == "published" and shown["effect"] is None and status_of(wanjiru) == "due"
    assert call("post", page + "undo/", {"reason": "Wrong"}).json()["state"] == "undoing"
    tasks.continue_rule_changes()
    assert call("get", "requirements/").json()["results"][0]["undone"] is True and status_of(wanjiru) == "not_required"


def test_a_refused_line_leaves_no_draft_behind(api, coordinator):
    make.requirement()
    line = {"act": "add", "cadre": "FRT", "course": "CSE-FRT-01", "first": f"{TODAY}", "due_within_days": 30}
    make.version()
    answer = api(coordinator)("post", "rule-changes/", {"title": "Twice", "lines": [line]})
    assert answer.status_code == 409 and answer.json()["code"] == "duplicate"
    assert api(coordinator)("get", "rule-changes/").json()["results"] == []


def test_waivers(api, grace, principal_secretary, odhiambo, coordinator, wanjiru, hassan):
    make.requirement()
    call = api(grace)
    given = {"first_day": f"{TODAY}", "last_day": f"{make.days_ahead(9)}", "reason": "Leave"}
    assert call("post", "waivers/", given | {"officers": [hassan.ref]}).status_code == 400
    assert call("post", "waivers/", given | {"officers": [wanjiru.ref]}).json() == {"asked": 1, "skipped": []}
    again = call("post", "waivers/", given | {"officers": [wanjiru.ref]}).json()
    assert again["asked"] == 0 and again["skipped"][0]["officer"] == wanjiru.ref
    page = f"waivers/{Waiver.objects.get().pk}/"
    assert call("post", page + "approve/", {}).status_code == 403
    assert api(odhiambo)("get", page).status_code == 404
    assert api(principal_secretary)("post", page + "approve/", {}).json()["state"] == "approved"
    assert status_of(wanjiru) == "waived"
    assert call("post", page + "end/", {"on": f"{TODAY}", "reason": "Back"}).json()["state"] == "withdrawn"
    assert len(api(coordinator)("get", "waivers/?state=withdrawn").json()["results"]) == 1


def test_prior_training(api, grace, coordinator, odhiambo, wanjiru):
    make.requirement()
    make.version()
    call = api(grace)
    given = {"officer": wanjiru.ref, "course": "CSE-FRT-01", "provider": "KIM", "title": "Care", "on": f"{make.days_ago(9)}"}
    made = call("post", "prior-training/", given | {"evidence": SimpleUploadedFile("c.pdf", b"%PDF-1.4 x")}, multipart=True)
    assert made.status_code == 201, made.content
    page = f"prior-training/{PriorTraining.objects.get().pk}/"
    assert call("post", page + "verify/", {}).status_code == 403
    assert api(odhiambo)("get", page + "evidence/").status_code == 404
    assert b"".join(call("get", page + "evidence/").streaming_content) == b"%PDF-1.4 x"
    assert api(coordinator)("post", page + "verify/", {}).json()["state"] == "verified" and status_of(wanjiru) == "current"
    assert api(coordinator)("post", page + "withdraw/", {"reason": "Forged"}).json()["state"] == "withdrawn"
