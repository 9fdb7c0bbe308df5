"""Stage 1, the audit plan and the meetings: recorded by the team, read by the MDA, kept."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Audit, Meeting
from standards.services import stage1
from tests import factories as make

from . import steps
from .steps import rate, scope

pytestmark = pytest.mark.django_db
NINE, TEN, NOON = dt.time(9), dt.time(10), dt.time(12)


def page(name, *args):
    return reverse(f"standards:{name}", args=args)


def visit(hat, audit, site, starts=NINE, ends=TEN, **more):
    said = {"on": audit.starts_on, "activity": "Queue and counters", "auditors": ()} | more
    return stage1.add_visit(scope(hat), audit, site=site, starts=starts, ends=ends, **said)


def test_the_desk_review_is_told_to_the_mda_and_done_again_when_not_ready(signed_in, audit, amina, champion):
    client = signed_in(amina)
    refused = client.post(page("stage_1", audit.ref), {"ready": "no", "read": "Charter.", "concerns": ""})
    assert refused.status_code == 409 and "keeps the MDA from being ready" in refused.content.decode()
    answer = client.post(page("stage_1", audit.ref), {"ready": "no", "read": "Charter.", "concerns": "No complaint register."})
    assert answer.status_code == 302
    audit.refresh_from_db()
    assert audit.state == Audit.State.STAGE_1
    assert "No complaint register." in Notice.objects.get(key__startswith=f"stage-1:{audit.ref}").body
    assert "Not ready" in client.get(audit.get_absolute_url()).content.decode()
    assert client.post(page("stage_1", audit.ref), {"ready": "yes", "read": "Register of 2026."}).status_code == 302
    assert [r.ready for r in audit.stage_1_reviews.all()] == [True, False]
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_stage1review SET ready = true")


def test_what_was_found_ready_is_opened_again_by_the_lead_with_a_reason(signed_in, audit, amina, brian, secretariat):
    stage1.review(scope(amina), audit, ready=True, read="Charter.")
    body, url = {"ready": "no", "read": "Register of 2026.", "concerns": "Half of it is empty."}, page("stage_1", audit.ref)
    assert signed_in(brian).get(url).status_code == 403
    lead = signed_in(amina)
    assert "Open stage 1 again" in lead.get(audit.get_absolute_url()).content.decode()
    assert "Stage 1 was found ready" in lead.get(url).content.decode()
    assert lead.post(url, body).status_code == 200 and audit.stage_1_reviews.count() == 1, "not without a reason"
    assert lead.post(url, body | {"reason": "The register came late."}).status_code == 302
    assert "The register came late." in lead.get(url).content.decode()
    assert "Review the documents" in lead.get("/").content.decode(), "and it is to be done on the home"
    record = signed_in(secretariat).get(f"/trail/audit/{audit.ref}/?verb=opened+again").content.decode()
    assert "Stage 1 opened again" in record and "The register came late." in record


def test_the_plan_is_written_sent_and_read_by_the_mda(signed_in, audit, site, amina, brian, champion, odhiambo):
    client = signed_in(amina)
    member = audit.team.get(user=brian.user)
    body = {
        "site": site.pk,
        "on": f"{audit.starts_on:%Y-%m-%d}",
        "starts": "09:00",
        "ends": "10:30",
        "activity": "Opening meeting",
        "auditors": [member.pk],
    }
    assert client.post(page("audit_plan", audit.ref), body).status_code == 302
    assert signed_in(champion).post(page("audit_plan", audit.ref), body).status_code == 403
    assert client.post(page("send_audit_plan", audit.ref)).status_code == 302
    assert Notice.objects.filter(key__startswith=f"audit-plan:{audit.ref}", to=champion.user.email).count() == 1
    read = signed_in(champion).get(page("audit_plan", audit.ref)).content.decode()
    assert "Opening meeting" in read and "09:00–10:30" in read and "Brian Lokwang" in read and "Add a line" not in read
    assert signed_in(odhiambo).get(page("audit_plan", audit.ref)).status_code == 404
    assert client.post(page("remove_visit", audit.ref, audit.visits.get().pk)).status_code == 302
    assert client.post(page("send_audit_plan", audit.ref)).status_code == 409


def test_a_plan_holds_together(livestock, edition, gpo, amina, brian):
    audit = steps.plan(livestock, edition, amina, brian, centres=[gpo])
    steps.declare(audit, amina, brian)
    office, centre = audit.sites.order_by("centre_id")
    lead = audit.team.get(user=amina.user)
    visit(amina, audit, office, auditors=[lead])
    for wrong, field in (
        ({"site": centre, "auditors": [lead]}, "auditors"),
        ({"starts": TEN, "ends": NINE}, "ends"),
        ({"on": make.days_ahead(90)}, "on"),
    ):
        with pytest.raises(Refused) as refusal:
            visit(amina, audit, wrong.pop("site", office), **wrong)
        assert field in refusal.value.fields
    visit(amina, audit, centre, starts=TEN, ends=NOON, auditors=[lead])
    other = steps.plan(livestock, edition, brian)
    with pytest.raises(Refused):
        visit(amina, audit, other.sites.get())


def test_a_visit_at_short_notice_is_not_announced(audit, site, amina, champion, signed_in):
    visit(amina, audit, site)
    Audit.objects.filter(pk=audit.pk).update(kind=Audit.Kind.SHORT_NOTICE)
    with pytest.raises(Refused) as refusal:
        stage1.send_plan(scope(amina), audit)
    assert refusal.value.code == "short_notice"
    assert signed_in(champion).get(page("audit_plan", audit.ref)).status_code == 404
    assert signed_in(champion).get("/api/v1/visits/").json()["results"] == []


def test_the_closing_meeting_shows_the_findings_and_is_signed(signed_in, audit, site, amina, champion):
    rate(amina, site, "1.1.1", "N", "Nobody greets.")
    client = signed_in(amina)
    shown = client.get(page("record_meeting", audit.ref, "closing")).content.decode()
    assert "Nobody greets." in shown
    body = {
        "on": f"{make.days_ago(0):%Y-%m-%d}",
        "present": "Jonathan Mueke, Principal Secretary",
        "notes": "",
        "signed_for_auditee": "",
    }
    unsigned = client.post(page("record_meeting", audit.ref, "closing"), body)
    assert unsigned.status_code == 409 and "who signed" in unsigned.content.decode()
    assert (
        client.post(page("record_meeting", audit.ref, "closing"), body | {"signed_for_auditee": "Jonathan Mueke, PS"}).status_code
        == 302
    )
    assert "Jonathan Mueke, PS" in signed_in(champion).get(audit.get_absolute_url()).content.decode()
    assert client.get(page("record_meeting", audit.ref, "lunch")).status_code == 404
    assert Meeting.objects.get().recorded_by == amina.user
    opened = client.post(page("record_meeting", audit.ref, "opening"), body | {"on": f"{make.days_ago(2):%Y-%m-%d}"})
    assert opened.status_code == 302
    early = body | {"on": f"{make.days_ago(3):%Y-%m-%d}", "signed_for_auditee": "Jonathan Mueke, PS"}
    assert "not before the opening meeting" in client.post(page("record_meeting", audit.ref, "closing"), early).content.decode()


def test_an_audit_is_submitted_after_its_closing_meeting(signed_in, audit, site, amina):
    for code in steps.elements(site):
        rate(amina, site, code)
    client, submit = signed_in(amina), page("submit", audit.ref)
    shown = client.get(submit).content.decode()
    assert "The closing meeting is not recorded" in shown and "The opening meeting is not recorded" in shown
    assert page("record_meeting", audit.ref, "closing") in shown and "disabled" in shown
    assert client.post(submit).status_code == 409
    steps.closing_held(amina, audit)
    shown = client.get(submit).content.decode()
    assert "The closing meeting" not in shown and "The opening meeting is not recorded" in shown
    assert client.post(submit).status_code == 302


def test_plan_and_meetings_close_with_the_audit(submitted, amina):
    with pytest.raises(Refused):
        visit(amina, submitted, submitted.sites.get())
    with pytest.raises(Refused):
        stage1.record_meeting(
            scope(amina), submitted, kind="closing", on=make.days_ago(0), present="All", signed_for_auditee="PS"
        )


def test_a_line_of_the_plan_by_api(signed_in, audit, site, amina, brian, champion, secretariat):
    body = {
        "audit": audit.ref,
        "site": site.pk,
        "on": f"{audit.starts_on:%Y-%m-%d}",
        "starts": "09:00",
        "ends": "10:00",
        "activity": "Counters",
        "auditors": [brian.user.email],
    }
    made = signed_in(amina).post("/api/v1/visits/", body, content_type="application/json")
    assert made.status_code == 201 and made.json()["auditors"] == ["Brian Lokwang"]
    assert [
        signed_in(hat).post("/api/v1/visits/", body, content_type="application/json").status_code
        for hat in (champion, secretariat)
    ] == [403, 403]
    assert len(signed_in(champion).get("/api/v1/visits/", {"audit": audit.ref}).json()["results"]) == 1
