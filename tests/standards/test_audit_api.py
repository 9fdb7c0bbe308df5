"""The API is a second door to the same rooms."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cse_portal.lib import clock
from standards.models import Rating
from standards.services import audits
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
JSON = "application/json"


def rate(client, audit, site, **more):
    body = {"audit": audit.ref, "site": site.pk, "element": "1.1.1", "value": "M", "justification": "Seen.", "client_ref": "phone-1", "base_revision": 0}
    body |= {"evidence": [{"kind": "interview", "note": "Three clerks asked.", "n": 3}]}
    return client.post("/api/v1/ratings/", body | more, content_type=JSON)


def test_rating_again_with_the_same_reference_changes_nothing(signed_in, audit, site, amina):
    client = signed_in(amina)
    first, again = rate(client, audit, site), rate(client, audit, site)
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert first.json()["revision"] == 1 and site.evidence.get().n == 3


def test_a_stale_save_is_a_conflict_that_shows_theirs(signed_in, audit, site, amina, brian):
    rate(signed_in(amina), audit, site)
    answer = rate(signed_in(brian), audit, site, value="N", client_ref="phone-2")
    assert answer.status_code == 409 and answer.json()["code"] == "conflict" and answer.json()["theirs"]["value"] == "M"
    assert Rating.objects.get().value == "M"


def test_a_rule_says_no_with_code_and_field(signed_in, audit, site, amina):
    answer = rate(signed_in(amina), audit, site, value="E", justification="")
    assert answer.status_code == 409 and "justification" in answer.json()["fields"]
    assert rate(signed_in(amina), audit, site, value="X").status_code == 400


def test_strangers_and_colleagues(signed_in, anyone, audit, site, grace, odhiambo, panel, hops):
    assert [rate(signed_in(hat), audit, site).status_code for hat in (odhiambo, grace, panel, hops)] == [404, 403, 403, 403]
    assert anyone.get("/api/v1/audits/").status_code in (401, 403)
    other = make.member("auditor", "other@huduma.example", "Other Auditor")
    assert rate(signed_in(other), audit, site).status_code == 404
    assert signed_in(other).get("/api/v1/audits/").json()["results"] == []


def test_submit_decide_and_read_the_register(signed_in, anyone, audit, site, amina, panel, grace):
    client = signed_in(amina)
    assert client.post(f"/api/v1/audits/{audit.ref}/submit/").status_code == 409
    for code in steps.elements(site):
        steps.rate(amina, site, code)
    assert client.post(f"/api/v1/audits/{audit.ref}/submit/").json()["code"] == "no_closing"
    meeting = {"kind": "closing", "on": clock.today().isoformat(), "present": "Permanent secretary, team"}
    assert client.post(f"/api/v1/audits/{audit.ref}/meetings/", meeting, content_type=JSON).status_code == 409, "nobody signed"
    meeting["signed_for_auditee"] = "Jonathan Mueke, Principal Secretary"
    assert client.post(f"/api/v1/audits/{audit.ref}/meetings/", meeting, content_type=JSON).json()["kind"] == "closing"
    assert client.post(f"/api/v1/audits/{audit.ref}/submit/").json()["state"] == "submitted"
    mine = signed_in(grace).get(f"/api/v1/audits/{audit.ref}/").json()
    assert mine["state"] == "submitted" and mine["level"] is None and mine["result"] is None
    decide = {"audit": audit.ref, "outcome": "certify", "reasons": "All pass."}
    assert signed_in(panel).post("/api/v1/decisions/", decide, content_type=JSON).status_code == 403, "the report comes first"
    steps.before_the_panel(audit)
    assert signed_in(panel).post("/api/v1/decisions/", decide, content_type=JSON).json()["code"] == "no_quorum"
    for hat in steps.panel_of(panel):
        assert signed_in(hat).post("/api/v1/votes/", decide, content_type=JSON).status_code == 201
    answer = signed_in(panel).post("/api/v1/decisions/", decide, content_type=JSON)
    assert answer.status_code == 201
    (entry,) = anyone.get("/api/v1/certifications/").json()["results"]
    assert entry["number"] == answer.json()["certification"] and entry["state"] == "in_force" and entry["stars"] == 3
    one = anyone.get(f"/api/v1/certifications/{entry['code']}/").json()
    assert [(site["centre"], site["level"], site["left_on"]) for site in one["sites"]] == [(None, "certified", None)]
    assert [event["kind"] for event in one["events"]] == ["awarded"]
    assert signed_in(grace).get(f"/api/v1/audits/{audit.ref}/").json()["level"] == "certified"


def test_the_auditor_who_led_cannot_decide_by_api(signed_in, submitted, amina):
    steps.before_the_panel(submitted)
    hat = make.member("panel", "", "", of_user=amina.user)
    for door in ("votes", "decisions"):
        answer = signed_in(hat).post(f"/api/v1/{door}/", {"audit": submitted.ref, "outcome": "certify", "reasons": "Mine."}, content_type=JSON)
        assert answer.status_code == 403
    assert not submitted.decisions.exists() and not submitted.votes.exists()


def test_an_edition_comes_with_its_elements(anyone, edition):
    (listed,) = anyone.get("/api/v1/standards/").json()["results"]
    one = anyone.get(f"/api/v1/standards/{listed['id']}/").json()
    assert one["version"] == "test 1" and len(one["elements"]) == 7 and one["principles"]["P1"] == "Passion to serve"
    assert anyone.get(f"/api/v1/standards/{edition.drawn_from.pk}/").status_code == 404


def test_findings_are_read_by_those_who_answer_them(signed_in, audit, amina, grace, odhiambo, hops):
    steps.rate_all(amina, audit, _2_1_1="P")
    assert signed_in(grace).get("/api/v1/findings/").json()["results"] == []
    audits.submit(scope(amina), audit)
    assert len(signed_in(grace).get("/api/v1/findings/").json()["results"]) == 2
    assert signed_in(odhiambo).get("/api/v1/findings/").json()["results"] == []
    assert signed_in(hops).get("/api/v1/findings/").status_code == 403
    assert signed_in(grace).get("/api/v1/ratings/").json()["results"] == []


@pytest.mark.slow
@pytest.mark.parametrize("route", ["audits", "ratings", "findings", "decisions", "certifications"])
def test_lists_cost_the_same_for_one_and_for_several(signed_in, livestock, edition, amina, panel, secretariat, route):
    client, spent = signed_in(secretariat), set()
    for _ in range(3):
        if route == "findings":
            steps.submitted(livestock, edition, amina, _2_1_1="P")
        else:
            steps.decided(steps.submitted(livestock, edition, amina), panel)
        client.get(f"/api/v1/{route}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/api/v1/{route}/").json()["results"]
        spent.add(len(queries))
    assert len(spent) == 1, spent


def test_recommended_and_reviewed_by_api(signed_in, submitted, amina, secretariat, panel, grace):
    steps.reported(submitted)
    said = {"audit": submitted.ref, "outcome": "certify", "reasons": "The file shows it."}
    assert signed_in(secretariat).post("/api/v1/recommendations/", said, content_type=JSON).status_code == 403
    assert signed_in(amina).post("/api/v1/recommendations/", said, content_type=JSON).json()["made_by"] == "Amina Noor"
    assert signed_in(amina).post("/api/v1/recommendations/", said, content_type=JSON).json()["code"] == "recommended"
    passed = {"audit": submitted.ref, "outcome": "passed", "notes": "Complete."}
    assert signed_in(secretariat).post("/api/v1/reviews/", passed, content_type=JSON).status_code == 201
    assert [len(signed_in(panel).get(f"/api/v1/{route}/").json()["results"]) for route in ("recommendations", "reviews", "votes")] == [1, 1, 0]
    assert [signed_in(grace).get(f"/api/v1/{route}/").status_code for route in ("recommendations", "reviews", "votes")] == [403] * 3
