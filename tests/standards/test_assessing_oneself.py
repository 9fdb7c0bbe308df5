"""The MDA rates itself before the audit: asked, rated with what shows it, submitted and frozen, then beside the auditors' view."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal.lib.errors import Conflict, Refused
from cse_portal.notices.models import Notice
from standards import policies
from standards.models import Audit, SelfAssessment, SelfRating, SubmittedEvidence
from standards.services import beginning, record, selfassessment, stage1
from standards.services.evidence import Piece
from tests import factories as make
from tests.pictures import png

from . import steps
from .steps import rate, scope

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"standards:{name}", args=args)


@pytest.fixture
def asked(audit, champion, principal_secretary, secretariat):
    """Livestock is asked to assess itself."""
    selfassessment.begin(scope(secretariat), audit)
    audit.refresh_from_db()
    return audit


def say(hat, site, code, value="M", note="Done since 2024.", **more):
    held = SelfRating.objects.filter(site=site, element__code=code).first()
    more = {"base_revision": held.revision if held else 0} | more
    return selfassessment.rate(scope(hat), site=site, element=steps.elements(site)[code], value=value, note=note, **more)


def say_all(hat, audit, **exceptions):
    for site in audit.sites.all():
        for code in steps.elements(site):
            say(hat, site, code, exceptions.get("_" + code.replace(".", "_"), "M"))


@pytest.fixture
def assessed(asked, champion):
    say_all(champion, asked, _1_1_1="E", _2_1_1="P")
    selfassessment.submit(scope(champion), asked)
    asked.refresh_from_db()
    return asked


def test_from_the_request_to_the_gap_through_pages(signed_in, audit, site, secretariat, champion, principal_secretary, amina):
    office = signed_in(secretariat)
    hub = office.get(audit.get_absolute_url()).content.decode()
    assert "Ask for a self-assessment" in hub
    assert office.post(page("open_self_assessment", audit.ref), {"due_on": f"{make.days_ahead(20):%Y-%m-%d}"}).status_code == 302
    assert Notice.objects.filter(key__startswith=f"self-assessment:{audit.ref}").count() == 2, "champion and authorised officer"
    ours = signed_in(champion)
    assert audit.ref in ours.get(page("self_assessments")).content.decode()
    assert "Not rated yet" in ours.get(page("self_assessment", audit.ref)).content.decode()
    first = page("self_rate", audit.ref, site.pk, "1.1.1")
    form = ours.get(first).context["form"]
    body = {"client_ref": form["client_ref"].value(), "base_revision": 0, "value": "E", "says": "Measured monthly.", "next": "1"}
    answer = ours.post(first, body | {"upload": SimpleUploadedFile("counter.png", png(), content_type="image/png")})
    assert answer.status_code == 302 and answer["Location"] != first
    assert ours.post(first, body | {"base_revision": 1}).status_code == 302, "sent twice: saved once"
    assert SelfRating.objects.get().revision == 1
    piece = SubmittedEvidence.objects.get()
    assert piece.kind == "photo" and "counter.png" in ours.get(first).content.decode()
    refused = ours.post(page("submit_self_assessment", audit.ref))
    assert refused.status_code == 409 and "left to do" in refused.content.decode()
    say_all(champion, audit, _1_1_1="E")
    assert "cannot be undone" in ours.get(page("submit_self_assessment", audit.ref)).content.decode()
    assert ours.post(page("submit_self_assessment", audit.ref)).status_code == 302
    audit.refresh_from_db()
    assert audit.state == Audit.State.STAGE_1
    assert ours.post(first, body | {"base_revision": 2, "value": "N"}).status_code == 403
    team = signed_in(amina)
    assert "Measured monthly." not in team.get(page("rate", audit.ref, site.pk, "2.1.1")).content.decode()
    assert "Review the documents" in team.get("/").content.decode()
    stage1.review(scope(amina), audit, ready=True, read="Charter, register.")
    assert "Review the documents" not in team.get("/").content.decode()
    beside = team.get(page("rate", audit.ref, site.pk, "1.1.1")).content.decode()
    assert "The MDA says" in beside and "Exemplary" in beside
    file = page("submitted_evidence", audit.ref, piece.pk)
    assert b"".join(team.get(file).streaming_content) == b"".join(ours.get(file).streaming_content) == png()
    rate(amina, site, "1.1.1", "P", "Half of the counters.")
    gap = team.get(page("gap", audit.ref)).content.decode()
    assert "1 elements compared" in gap and "1 lower by the auditors" in gap
    assert ours.get(page("gap", audit.ref)).status_code == 403, "the auditors' ratings open to the MDA after the decision"


def test_only_the_mda_s_champion_and_authorised_officer_rate_it(
    signed_in, asked, site, champion, principal_secretary, grace, odhiambo, amina, secretariat
):
    say(principal_secretary, site, "1.1.1")
    for hat in (grace, amina, secretariat):
        with pytest.raises(Refused) as refusal:
            say(hat, site, "2.1.1")
        assert refusal.value.code == "not_yours"
    url = page("self_assessment", asked.ref)
    stranger = make.member("service_champion", "champion@immigration.go.ke", "Asha Omar", odhiambo.organisation)
    assert [signed_in(hat).get(url).status_code for hat in (champion, grace, stranger, odhiambo)] == [200, 200, 404, 404]
    assert [signed_in(hat).get(url).status_code for hat in (amina, secretariat)] == [403, 403], "read once submitted"
    assert [signed_in(hat).get(page("self_rate", asked.ref, site.pk, "1.1.1")).status_code for hat in (grace, stranger)] == [
        403,
        404,
    ]


def test_something_shows_every_rating(asked, site, champion):
    say(champion, site, "1.1.1", "M", "")
    with pytest.raises(Refused) as refusal:
        say(champion, site, "2.1.1", "P", "")
    assert "note" in refusal.value.fields
    missing = dict(selfassessment.sheets(asked)[0].missing)
    assert missing["no_proof"] == ("1.1.1",) and len(missing["unrated"]) == 5
    say(champion, site, "1.1.1", "", "", pieces=[Piece("data", "Queue figures of May.", 400)])
    assert "no_proof" not in dict(selfassessment.sheets(asked)[0].missing)


def test_a_stale_save_is_a_conflict(asked, site, champion, principal_secretary):
    say(champion, site, "1.1.1", "M")
    with pytest.raises(Conflict) as conflict:
        say(principal_secretary, site, "1.1.1", "P", "Not everywhere.", base_revision=0)
    assert conflict.value.theirs["rated_by"] == "Ruth Chebet"
    assert say(principal_secretary, site, "1.1.1", "P", "Not everywhere.", base_revision=1).revision == 2


def test_evidence_is_taken_back_until_submission(signed_in, asked, site, champion):
    say(champion, site, "1.1.1", pieces=[Piece("file", upload=SimpleUploadedFile("a.png", png()))])
    piece = SubmittedEvidence.objects.get()
    assert signed_in(champion).post(page("remove_self_evidence", asked.ref, piece.pk)).status_code == 302
    assert not SubmittedEvidence.objects.held().exists()
    assert signed_in(champion).get(page("submitted_evidence", asked.ref, piece.pk)).status_code == 404
    say(champion, site, "2.1.1", pieces=[Piece("data", "Of May.")])
    say_all(champion, asked, _1_1_1="E")
    selfassessment.submit(scope(champion), asked)
    held = SubmittedEvidence.objects.held().get()
    assert signed_in(champion).post(page("remove_self_evidence", asked.ref, held.pk)).status_code == 403


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE standards_selfrating SET value = 'E'",
        "DELETE FROM standards_selfrating",
        "UPDATE standards_selfassessment SET result = '{}'",
        "UPDATE standards_selfassessment SET submitted_at = NULL",
        "DELETE FROM standards_selfassessment",
        "UPDATE standards_submittedevidence SET removed_at = now()",
        "UPDATE standards_submittedevidence SET note = 'Better.'",
        "DELETE FROM standards_submittedevidence",
        """INSERT INTO standards_submittedevidence (kind, note, file, file_name, media_type, sha256, collected_on, received_at,
            added_by_id, client_ref, revision, audit_id, site_id, element_id)
        SELECT 'data', 'Late.', '', '', '', '', now(), now(), added_by_id, '', 1, audit_id, site_id, element_id FROM standards_submittedevidence""",
    ],
)
def test_the_database_keeps_what_was_submitted(asked, site, champion, sql):
    say_all(champion, asked)
    say(champion, site, "1.1.1", "", "", pieces=[Piece("data", "Of May.")])
    selfassessment.submit(scope(champion), asked)
    with (
        pytest.raises(DatabaseError, match="not changed|not rewritten|not deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_whoever_submitted_it_took_part(assessed, champion):
    assert policies.took_part(champion.user, assessed)


def test_reminders_once_before_and_once_after_the_last_day(asked, champion):
    held = selfassessment.of(asked)
    before = Notice.objects.count()
    for day in (held.due_on, held.due_on, make.days_ahead(400), make.days_ahead(401)):
        selfassessment.remind(day)
    found = Notice.objects.filter(to=champion.user.email, key__startswith="self-assessment-")
    assert found.count() == 2 and Notice.objects.count() > before
    assert selfassessment.remind(make.days_ago(40)) == 0


def test_the_page_takes_the_same_queries_at_any_length(signed_in, asked, site, champion):
    client, counts = signed_in(champion), []
    client.get(page("self_assessment", asked.ref))
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page("self_assessment", asked.ref)).status_code == 200
        counts.append(len(queries))
        say_all(champion, asked)
        say(champion, site, "1.1.1", "", "", pieces=[Piece("data", "Of May."), Piece("data", "Of June.")])
    assert counts[0] == counts[1]


# What stands in the way of the visit.
def test_the_visit_waits_for_the_self_assessment_or_the_lead_s_reason(signed_in, asked, site, amina, brian):
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "1.1.1")
    assert refusal.value.code == "not_ready" and not site.ratings.exists() and not site.evidence.exists()
    assert signed_in(brian).get(page("begin_stage_2", asked.ref)).status_code == 403
    lead = signed_in(amina)
    assert "Begin the visit all the same" in lead.get(asked.get_absolute_url()).content.decode()
    assert lead.post(page("begin_stage_2", asked.ref), {"reason": ""}).status_code == 200
    assert (
        lead.post(page("begin_stage_2", asked.ref), {"reason": "The visit was fixed with the Cabinet Secretary."}).status_code
        == 302
    )
    asked.refresh_from_db()
    assert asked.state == Audit.State.STAGE_2
    assert rate(amina, site, "1.1.1").value == "M"


def test_after_a_ready_review_the_first_rating_begins_stage_2(assessed, site, amina, champion):
    with pytest.raises(Refused):
        rate(amina, site, "1.1.1")
    stage1.review(scope(amina), assessed, ready=False, read="Charter.", concerns="No register.")
    with pytest.raises(Refused):
        rate(amina, site, "1.1.1")
    stage1.review(scope(amina), assessed, ready=True, read="Charter, register.")
    assert beginning.obstacle(assessed) == ""
    rate(amina, site, "1.1.1")
    assessed.refresh_from_db()
    assert assessed.state == Audit.State.STAGE_2


def test_an_audit_that_was_asked_for_nothing_begins_with_its_first_rating(audit, site, amina):
    rate(amina, site, "1.1.1")
    audit.refresh_from_db()
    assert audit.state == Audit.State.STAGE_2


def test_never_at_short_notice(audit, secretariat):
    Audit.objects.filter(pk=audit.pk).update(kind=Audit.Kind.SHORT_NOTICE)
    with pytest.raises(Refused):
        selfassessment.begin(scope(secretariat), audit)


def test_a_centres_manager_reads_the_part_of_the_own_centre(livestock, gpo, edition, amina, champion, secretariat, centre_manager, signed_in):
    audit = steps.plan(livestock, edition, amina, centres=[gpo])
    selfassessment.begin(scope(secretariat), audit)
    office, counter = audit.sites.order_by("pk")
    for site in (office, counter):
        say(champion, site, next(iter(steps.elements(site))), note=f"Shown at {site}.")
    client, url = signed_in(centre_manager), selfassessment.address(audit)
    assert [row["site"] for row in client.get(url).context["sites"]] == [counter]
    assert [r["site"] for r in client.get(f"/api/v1/self-assessments/{audit.ref}/").json()["ratings"]] == [counter.pk]
    assert "Shown at Head office" not in client.get(url).content.decode() and "Shown at" in client.get(url).content.decode()
    read = lambda hat: record.entries(scope(hat), audit).filter(kind="self_rating").count()  # noqa: E731
    assert (read(centre_manager), read(champion)) == (1, 2)


# By API, and what is sent.
def test_rated_and_submitted_by_api(signed_in, asked, site, champion, amina, odhiambo):
    client, url = signed_in(champion), f"/api/v1/self-assessments/{asked.ref}/"
    for code in steps.elements(site):
        body = {"site": site.pk, "element": code, "value": "M", "note": "Done.", "client_ref": f"r-{code}"}
        answer = client.post(url + "rate/", body, content_type="application/json")
        assert answer.status_code == 200 and answer.json()["revision"] == 1
    stale = client.post(url + "rate/", body | {"value": "P"}, content_type="application/json")
    assert stale.status_code == 409 and stale.json()["theirs"]["value"] == "M"
    sent = client.post(
        url + "rate/", {"site": site.pk, "element": "1.1.1", "client_ref": "f", "uploads": [SimpleUploadedFile("a.png", png())]}
    )
    assert sent.status_code == 200
    (piece,) = client.get("/api/v1/submitted-evidence/", {"audit": asked.ref}).json()["results"]
    assert piece["file_name"] == "a.png" and len(piece["sha256"]) == 64 and piece["outside"] is False
    assert signed_in(amina).get(url).json()["ratings"] is None, "read once submitted"
    assert client.post(url + "submit/").json()["result"]["level"] == "certified"
    assert client.post(f"/api/v1/submitted-evidence/{piece['id']}/take_back/").status_code == 403
    assert len(signed_in(amina).get(url).json()["ratings"]) == len(steps.elements(site))
    file = signed_in(amina).get(f"/api/v1/submitted-evidence/{piece['id']}/file/")
    assert b"".join(file.streaming_content) == png() and file["Content-Disposition"].startswith("attachment")
    assert signed_in(odhiambo).get(url).status_code == 404
    assert signed_in(odhiambo).get("/api/v1/submitted-evidence/").json()["results"] == []


def test_the_mda_sees_all_that_it_sent(signed_in, asked, site, champion, odhiambo):
    say(champion, site, "1.1.1", pieces=[Piece("file", upload=SimpleUploadedFile("minutes-of-may.png", png()))])
    first = SubmittedEvidence.objects.get()
    say(
        champion,
        site,
        "1.1.1",
        pieces=[Piece("file", upload=SimpleUploadedFile("minutes-of-may.png", png((b"tEXt", b"c\0later"))), replaces=first.pk)],
    )
    say(champion, site, "2.1.1", pieces=[Piece("data", "Queues of May.", 400)])
    selfassessment.take_back(scope(champion), SubmittedEvidence.objects.get(kind="data"))
    shown = signed_in(champion).get(page("evidence_sent")).content.decode()
    assert "Replaced by a later revision" in shown and "Taken back" in shown and "revision 2" in shown
    assert "minutes-of-may" not in signed_in(odhiambo).get(page("evidence_sent")).content.decode()


def test_it_waits_at_the_home_of_the_champion(signed_in, asked, champion, principal_secretary, grace):
    words = f"Self-assessment before audit {asked.ref}"
    assert [words in signed_in(hat).get("/").content.decode() for hat in (champion, principal_secretary, grace)] == [
        True,
        True,
        False,
    ]


def test_an_overdue_one_is_on_the_secretariat_s_list(signed_in, asked, secretariat):
    words = "Self-assessment overdue: State Department for Livestock Development"
    assert words not in signed_in(secretariat).get("/").content.decode()
    SelfAssessment.objects.update(due_on=make.days_ago(2))
    assert words in signed_in(secretariat).get("/").content.decode()


def test_what_the_mda_gathers_is_its_own_until_it_submits(asked, site, champion, amina, secretariat, panel):
    say_all(champion, asked)
    say(champion, site, "1.1.1", "", "", pieces=[Piece("data", "Of May.")])
    readers = (amina, secretariat, panel)
    assert not any(SubmittedEvidence.objects.visible_to(scope(hat)).exists() for hat in readers)
    assert SubmittedEvidence.objects.visible_to(scope(champion)).exists()
    selfassessment.submit(scope(champion), asked)
    assert all(SubmittedEvidence.objects.visible_to(scope(hat)).exists() for hat in readers)
