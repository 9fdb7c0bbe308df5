"""What a device sends from an audit: each change by itself, once, never over what somebody else saved."""

import hashlib
import io
import json
from uuid import uuid4

import pytest
from django.urls import reverse
from PIL import Image

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Evidence, Rating, RatingConflict, SelfAssessment, SelfRating
from standards.services import audits, beginning, conflicts
from tests import factories as make

from . import steps


def address(name, site):
    return reverse(f"standards:{name}", args=[site.audit.ref, site.pk])


def change(element="1.1.1", value="M", words="Seen.", base=0, **more):
    return {"client_ref": str(uuid4()), "element": element, "value": value, "justification": words, "base_revision": base} | more


def send(client, site, *changes):
    response = client.post(address("sync", site), json.dumps({"changes": changes}), content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()


def states(said):
    return [answer["state"] for answer in said["answers"]]


def photo():
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(held, "JPEG")
    return held.getvalue()


def send_photo(client, site, content, sha256=None, ref=None):
    piece = {"kind": "photo", "sha256": sha256 or hashlib.sha256(content).hexdigest(), "collected_on": None}
    said = {"client_ref": ref or str(uuid4()), "element": "1.1.1", "evidence": piece}
    upload = io.BytesIO(content)
    upload.name = "board.jpg"
    return client.post(address("sync", site), {"change": json.dumps(said), "upload": upload}).json()


def test_the_pack_holds_all_that_rating_needs(audit, site, amina, signed_in):
    steps.rate(amina, site, "1.1.1", "P", "Half greet.")
    pack = signed_in(amina).get(address("pack", site)).json()
    assert [e["code"] for e in pack["elements"]] == list(steps.elements(site))
    assert pack["elements"][0]["requirement"] == "Every customer is greeted and listened to."
    assert pack["ratings"]["1.1.1"] | {"rated_at": ""} == {
        "value": "P", "justification": "Half greet.", "revision": 1, "rated_by": "Amina Noor", "rated_at": "", "approved": False,
    }  # fmt: skip
    assert pack["evidence"]["1.1.1"][0]["note"] == "Seen at three counters." and pack["findings"][0]["elements"] == ["1.1.1"]
    assert pack["rules"]["points"]["P"] == "0.5" and pack["reader"]


def test_the_pack_of_a_whole_edition_is_small(livestock, amina, signed_in):
    audit = steps.plan(livestock, steps.full_edition(), amina)
    steps.declare(audit, amina)
    answer = signed_in(amina).get(address("pack", audit.sites.get()))
    assert len(answer.json()["elements"]) == 41 and len(answer.content) < 200_000


def test_only_members_who_declared_get_it(livestock, edition, amina, brian, secretariat, champion, signed_in):
    audit = steps.plan(livestock, edition, amina)
    site = audit.sites.get()
    assert signed_in(amina).get(address("pack", site)).status_code == 403
    assert signed_in(brian).get(address("pack", site)).status_code == 404
    assert signed_in(secretariat).get(address("pack", site)).status_code == 403
    assert signed_in(champion).post(address("sync", site)).status_code in (403, 404)


def test_changes_are_saved_once(audit, site, amina, signed_in):
    client = signed_in(amina)
    one, other = change(), change("2.1.1", "N", "No badge.")
    said = send(client, site, one, other)
    assert states(said) == ["saved", "saved"], said
    assert said["answers"][1]["standing"]["revision"] == 1
    assert {code for finding in said["findings"] for code in finding["elements"]} == {"2.1.1"} and said["figures"]["majors"]
    before = list(Rating.objects.values()), Entry.objects.count()
    assert states(send(client, site, one, other)) == ["same", "same"]
    assert (list(Rating.objects.values()), Entry.objects.count()) == before


def test_a_change_is_refused_by_itself(audit, site, amina, signed_in):
    said = send(
        signed_in(amina),
        site,
        change(value="N", words=""),
        change("9.9.9"),
        change("2.1.1", "X"),
        {"nonsense": 1},
        change("2.1.1"),
    )
    assert states(said) == ["refused"] * 4 + ["saved"]
    assert "needs it" in said["answers"][0]["detail"] and said["answers"][1]["code"] == "not_in_the_sheet"


def test_whoever_had_not_seen_the_other_is_kept_beside(audit, site, amina, brian, signed_in):
    steps.rate(brian, site, "1.1.1", "M", "All greet.")
    mine = change(value="N", words="None greets.", base=0)
    said = send(signed_in(amina), site, mine)
    assert (
        states(said) == ["conflict"]
        and said["answers"][0]["standing"]["rated_by"] == str(brian.user)
        and said["conflicts"] == ["1.1.1"]
    )
    assert Rating.objects.get().value == "M"
    kept = RatingConflict.objects.get()
    assert (kept.value, kept.justification, kept.made_by) == ("N", "None greets.", amina.user)
    assert states(send(signed_in(amina), site, mine)) == ["conflict"] and RatingConflict.objects.count() == 1


def test_the_same_rating_of_two_is_no_conflict(audit, site, amina, brian, signed_in):
    steps.rate(brian, site, "1.1.1", "M", "All greet.")
    assert states(send(signed_in(amina), site, change(words="All greet."))) == ["saved"]
    assert not RatingConflict.objects.exists()


def test_a_device_whose_answer_was_lost_goes_on_from_its_own_save(audit, site, amina, brian, signed_in):
    client, first = signed_in(amina), change(words="One counter.")
    send(client, site, first)
    later = change(words="Two counters.", base=0, seen=[first["client_ref"]])
    assert states(send(client, site, later)) == ["saved"]
    assert Rating.objects.get().revision == 2
    steps.rate(brian, site, "1.1.1", "P", "Half.")
    again = change(words="Three counters.", base=0, seen=[first["client_ref"], later["client_ref"]])
    assert states(send(client, site, again)) == ["conflict"]


@pytest.fixture
def conflict(audit, site, amina, brian, signed_in):
    steps.rate_all(brian, audit)
    send(signed_in(amina), site, change(value="N", words="None greets.", base=0))
    return RatingConflict.objects.get()


def test_a_conflict_blocks_the_submission_until_settled(audit, site, amina, conflict, signed_in):
    with pytest.raises(Refused) as refusal:
        audits.submit(steps.scope(amina), audit)
    assert refusal.value.code == "incomplete"
    client = signed_in(amina)
    assert "Two auditors rated 1 element differently" in client.get(audit.get_absolute_url()).content.decode()
    page = client.get(reverse("standards:rating_conflicts", args=[audit.ref])).content.decode()
    assert "None greets." in page and "Amina Noor" in page and "Seen." in page
    client.post(reverse("standards:settle_rating", args=[audit.ref, conflict.pk]), {"taken": "0"})
    assert Rating.objects.get(element=conflict.element).value == "M"
    conflict.refresh_from_db()
    assert conflict.taken is False and conflict.settled_by == amina.user and conflict.justification == "None greets."
    audits.submit(steps.scope(amina), audit)


def test_the_one_taken_holds_under_the_name_of_who_made_it(audit, site, amina, brian, conflict, signed_in):
    client = signed_in(brian)
    address = reverse("standards:settle_rating", args=[audit.ref, conflict.pk])
    client.post(address, {"taken": "1"})
    held = Rating.objects.get(element=conflict.element)
    assert (held.value, held.rated_by, held.revision) == ("N", amina.user, 2)
    assert audit.findings.filter(elements=conflict.element).exists()
    entry = Entry.objects.filter(verb="rated").latest("id")
    assert entry.actor_name == str(brian.user) and entry.changes["rating"] == ["M", "N"]
    assert client.post(address, {"taken": "1"}).status_code == 302
    assert client.post(address, {"taken": "0"}).status_code == 409


def test_a_photo_arrives_once_as_it_left_the_device(audit, site, amina, signed_in):
    client, content, ref = signed_in(amina), photo(), str(uuid4())
    (answer,) = send_photo(client, site, content, ref=ref)["answers"]
    assert answer["state"] == "saved" and answer["kept"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert send_photo(client, site, content, ref=ref)["answers"][0]["state"] == "same"
    held = Evidence.objects.get()
    assert held.kind == "photo" and held.file.read() == content


def test_a_photo_changed_on_its_way_is_refused(audit, site, amina, signed_in):
    (answer,) = send_photo(signed_in(amina), site, photo(), sha256="0" * 64)["answers"]
    assert (answer["state"], answer["code"]) == ("refused", "hash_differs")
    assert not Evidence.objects.exists()


def test_evidence_is_noted_and_taken_back(audit, site, amina, signed_in):
    client = signed_in(amina)
    note = {"client_ref": "n1", "element": "1.1.1", "evidence": {"kind": "interview", "note": "Asked five.", "n": 5}}
    (answer,) = send(client, site, note)["answers"]
    assert answer["state"] == "saved" and answer["kept"]["n"] == 5
    back = {"client_ref": "n2", "element": "1.1.1", "take_back": answer["kept"]["id"]}
    assert states(send(client, site, back, back)) == ["saved", "same"]
    assert Evidence.objects.get().removed_at


def test_after_submission_nothing_more_is_taken(audit, site, amina, signed_in):
    steps.rate_all(amina, audit)
    audits.submit(steps.scope(amina), audit)
    said = send(signed_in(amina), site, change(value="E", words="Late.", base=1))
    assert states(said) == ["refused"] and said["answers"][0]["code"] == "submitted"


def test_the_page_leads_on_without_script(audit, site, amina, champion, signed_in):
    page = signed_in(amina).get(address("work", site)).content.decode()
    assert f'href="/audits/{audit.ref}/sites/{site.pk}/2.1.1/"' in page and "data-work" in page
    assert "<noscript>" in page and "The sheet is being loaded" in page and "data-pass>80%" in page
    assert f"data-left>{len(steps.elements(site)) - site.ratings.count()}</span>" in page, "true figures before the pack is there"
    assert address("work", site) in signed_in(amina).get(address("sheet", site)).content.decode()


def test_what_keeps_stage_2_from_beginning_is_said_and_nothing_is_lost(livestock, edition, amina, secretariat, signed_in):
    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    SelfAssessment.objects.create(audit=audit, due_on=make.days_ahead(5), opened_at=clock.now())
    client, site, one = signed_in(amina), audit.sites.get(), change()
    assert "has not submitted its self-assessment" in client.get(address("work", site)).content.decode()
    assert send(client, site, one)["answers"][0]["code"] == "not_ready"
    beginning.begin(steps.scope(amina), audit, reason="The visit was announced.")
    assert states(send(client, site, one)) == ["saved"]


def test_other_programs_do_the_same(audit, site, amina, brian, signed_in):
    client, route = signed_in(amina), f"/api/v1/audits/{audit.ref}/sites/{site.pk}"
    assert client.get(f"{route}/pack/").json()["elements"][0]["code"] == "1.1.1"
    steps.rate(brian, site, "1.1.1", "P", "Half.")
    said = client.post(f"{route}/sync/", {"changes": [change(), change("2.1.1")]}, content_type="application/json").json()
    assert states(said) == ["conflict", "saved"]
    upload = io.BytesIO(photo())
    upload.name = "board.jpg"
    one = {"client_ref": "p", "element": "1.1.1", "evidence": {"kind": "photo"}}
    assert states(client.post(f"{route}/sync/", {"change": json.dumps(one), "upload": upload}).json()) == ["saved"]
    assert client.post(f"{route}/sync/", {"nothing": 1}, content_type="application/json").status_code == 400
    (waiting,) = client.get("/api/v1/rating-conflicts/").json()["results"]
    settled = client.post(
        f"/api/v1/rating-conflicts/{waiting['id']}/settle/", {"taken": True}, content_type="application/json"
    ).json()
    assert settled["taken"] is True and settled["settled_by"] == str(amina.user)
    assert Rating.objects.get(element__code="1.1.1").value == "M"


def test_a_conflict_is_not_kept_after_submission(audit, site, amina, brian, signed_in):
    steps.rate_all(brian, audit)
    audits.submit(steps.scope(amina), audit)
    with pytest.raises(Refused):
        conflicts.keep(
            steps.scope(amina), site=site, element=steps.elements(site)["1.1.1"], client_ref="late", value="N",
            justification="Late.", base_revision=0, made_at=None,
        )  # fmt: skip


def test_the_pack_shows_what_the_mda_says_once_submitted(audit, site, amina, champion, signed_in):
    element = steps.elements(site)["1.1.1"]
    SelfRating.objects.create(
        site=site, element=element, value="E", note="Measured monthly.", rated_by=champion.user, rated_at=clock.now()
    )
    held = SelfAssessment.objects.create(audit=audit, due_on=make.days_ahead(5), opened_at=clock.now())
    client = signed_in(amina)
    assert client.get(address("pack", site)).json()["elements"][0]["self"] is None
    held.submitted_by, held.submitted_at, held.result = champion.user, clock.now(), {}
    held.save()
    assert client.get(address("pack", site)).json()["elements"][0]["self"] == {
        "value": "E",
        "note": "Measured monthly.",
        "evidence": [],
    }
