"""Those who keep the Standard draft, change, compare, publish and map editions; a second edition is published without touching code."""

import json

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from standards import edition_file
from standards.models import Edition, Element
from standards.services import edition_drafts, edition_mapping, editions
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db


def clone(edition, version="2.0-draft"):
    return edition_drafts.clone(steps.SYSTEM, edition, version=version)


def publish(draft, version="2.0", **days):
    return editions.publish(steps.SYSTEM, draft, version=version, on=make.days_ago(0), **days)


def test_edition_2_is_a_file_and_no_code(signed_in, secretariat, livestock, immigration, edition, amina, brian, panel):
    """Exported, changed with an editor, imported by page, published by page, planned under; the older audit stays pinned."""
    older = steps.plan(livestock, edition, amina)
    client = signed_in(secretariat)
    text = client.get(reverse("standards:edition_file", args=[edition.pk, "yaml"])).content.decode()
    said = yaml.safe_load(text)
    said["edition"] = "2.0-draft"
    said["elements"][0]["weight"] = 5
    said["elements"].append(said["elements"][-1] | {"code": "3.1.9", "title": "Charters are read", "critical": False})
    said["rules"]["levels"][0] |= {"score": "0.85", "implementation": "0.75"}
    said["rules"]["panel"]["quorum"] = 5
    said["rules"]["deadlines"]["evidence_days"]["major"] = 45
    upload = SimpleUploadedFile("edition 2.yaml", yaml.safe_dump(said, allow_unicode=True).encode())
    page = client.post(reverse("standards:import_edition"), {"file": upload})
    assert page.status_code == 200 and not Edition.objects.filter(version="2.0-draft").exists()
    taken = client.post(reverse("standards:take_edition"), {"document": page.context["carried"], "seen": page.context["seen"]})
    draft = Edition.objects.get(version="2.0-draft")
    assert taken.url == reverse("standards:edition", args=[draft.pk])
    days = {"version": "2.0", "in_force_on": f"{make.days_ago(0):%Y-%m-%d}", "transition_until": f"{make.days_ahead(90):%Y-%m-%d}"}
    assert client.post(reverse("standards:publish", args=[draft.pk]), days).status_code == 302
    second = Edition.objects.get(version="2.0")
    newer = steps.plan(immigration, second, brian)
    older.refresh_from_db()
    assert older.edition == edition and newer.edition == second
    assert editions.rules_of(older.edition).levels[0].score != editions.rules_of(newer.edition).levels[0].score
    assert editions.process_of(newer.edition).quorum == 5 and editions.process_of(older.edition).quorum == 3
    asked = [sorted(e.code for e in editions.elements_of(a.edition, "mda")) for a in (older, newer)]
    assert set(asked[1]) - set(asked[0]) == {"3.1.9"}
    steps.declare(older, amina)
    steps.rate_all(amina, older)
    result = steps.audits.submit(scope(amina), older)
    assert result.edition == edition and result.state == "submitted"


def test_levels_keep_their_names(edition):
    document = edition_file.document(edition) | {"edition": "other names"}
    document["rules"]["levels"][0]["code"] = "bronze"
    with pytest.raises(Refused) as refusal:
        edition_drafts.take(steps.SYSTEM, document)
    assert "certified, commended, excellence" in refusal.value.fields["file"][0]


# Which edition is planned under.
def test_transition_lets_the_edition_before_be_planned_under_until_its_day(edition):
    coming = publish(clone(edition), in_force_on=make.days_ahead(10), transition_until=make.days_ahead(40))
    allowed = {days: [e.version for e in editions.plannable(make.days_ahead(days))] for days in (0, 9, 10, 40, 41)}
    assert allowed == {0: ["test 1"], 9: ["test 1"], 10: ["2.0", "test 1"], 40: ["2.0", "test 1"], 41: ["2.0"]}
    assert editions.in_force(make.days_ahead(9)) == edition and editions.in_force(make.days_ahead(10)) == coming


def test_planning_under_another_edition_is_refused_with_a_sentence(secretariat, livestock, edition, amina):
    coming = publish(clone(edition), in_force_on=make.days_ahead(10))
    with pytest.raises(Refused) as refusal:
        steps.plan(livestock, coming, amina)
    assert "is in force from" in refusal.value.fields["edition"][0]
    now = publish(clone(edition, "3-draft"), "3.0")
    with pytest.raises(Refused) as refusal:
        steps.plan(livestock, edition, amina)
    assert "HSEQS 3.0 is in force" in refusal.value.fields["edition"][0]
    assert steps.plan(livestock, now, amina).edition == now


def test_the_plan_form_offers_only_what_may_be_planned_under(signed_in, secretariat, edition):
    publish(clone(edition), in_force_on=make.days_ahead(10))
    offered = signed_in(secretariat).get(reverse("standards:plan_audit")).context["form"].fields["edition"].queryset
    assert list(offered) == [edition]


def test_days_of_an_edition_follow_each_other(edition):
    draft = clone(edition)
    for days, field in (
        ({"in_force_on": make.days_ago(1)}, "in_force_on"),
        ({"in_force_on": make.days_ahead(5), "transition_until": make.days_ahead(4)}, "transition_until"),
    ):
        with pytest.raises(Refused) as refusal:
            publish(draft, **days)
        assert field in refusal.value.fields
    with pytest.raises(Refused):
        publish(draft, "test 1")


def test_a_draft_with_a_gap_is_not_published(edition):
    draft = clone(edition)
    edition_drafts.remove_element(steps.SYSTEM, draft, "2.1.1")
    with pytest.raises(Refused) as refusal:
        publish(draft)
    assert refusal.value.fields["version"] == ["2.1: This criterion has no element. Add one, or take the criterion out."]


# By page.
def test_a_draft_is_changed_by_page(signed_in, secretariat, edition):
    client, draft = signed_in(secretariat), clone(edition)
    asked = {
        "criterion": "1.1", "title": "Staff greet", "requirement": "All of them.", "guidance": "", "evidence_types": "photo; log",
        "weight": 4, "applies_to": "centre",
    }  # fmt: skip
    assert client.post(reverse("standards:edit_element", args=[draft.pk, "1.1.1"]), asked).status_code == 302
    changed = Element.objects.of(draft).get(code="1.1.1")
    assert (changed.title, changed.weight, changed.critical, changed.evidence_types) == ("Staff greet", 4, False, ["photo", "log"])
    assert client.post(reverse("standards:add_element", args=[draft.pk]), asked | {"code": "1.1.1"}).status_code == 409
    assert client.post(reverse("standards:add_element", args=[draft.pk]), asked | {"code": "1.1.3"}).status_code == 302
    assert [e.code for e in Element.objects.of(draft)][:3] == ["1.1.1", "1.1.2", "1.1.3"]
    client.post(reverse("standards:move_element", args=[draft.pk, "1.1.3"]), {"way": "up"})
    assert [e.code for e in Element.objects.of(draft)][:3] == ["1.1.1", "1.1.3", "1.1.2"]
    client.post(reverse("standards:remove_element", args=[draft.pk, "1.1.3"]))
    assert edition_file.document(draft)["elements"][1:] == edition_file.document(edition)["elements"][1:]
    assert Entry.objects.filter(kind="edition", ref="2.0-draft", verb="changed draft").count() == 4
    page = client.get(reverse("standards:edition", args=[draft.pk]))
    assert "Staff greet" in page.content.decode() and page.context["may_edit"]


def test_a_published_edition_has_no_such_pages(signed_in, secretariat, edition):
    client = signed_in(secretariat)
    assert client.get(reverse("standards:edit_element", args=[edition.pk, "1.1.1"])).status_code == 403
    for name in ("remove_element", "move_element"):
        assert client.post(reverse(f"standards:{name}", args=[edition.pk, "1.1.1"])).status_code == 403
    with pytest.raises(Refused):
        edition_drafts.save_element(steps.SYSTEM, edition, {"weight": 9}, code="1.1.1")


def test_a_bad_upload_is_answered_in_the_form(signed_in, secretariat, edition):
    client = signed_in(secretariat)
    for content, said in ((b"edition: x\nelements: []", "This part is missing or empty"), (b"\x00\x01", "not a YAML file that can be read"), (b"", "does not hold an edition")):
        page = client.post(reverse("standards:import_edition"), {"file": SimpleUploadedFile("../../x.yaml", content)})
        assert page.status_code == 409 and said in page.content.decode()
    assert client.post(reverse("standards:take_edition"), {"document": "{"}).status_code == 409
    assert client.post(reverse("standards:take_edition"), {"document": json.dumps({"elements": [1], "rules": []}), "seen": ""}).status_code == 409
    assert Edition.objects.count() == 2


def test_two_editions_are_compared_in_public(client, edition):
    draft = clone(edition)
    edition_drafts.save_element(steps.SYSTEM, draft, {"weight": 7, "critical": False}, code="1.1.1")
    second = publish(draft)
    page = client.get(reverse("standards:compare_editions"), {"old": edition.pk, "new": second.pk})
    (part,) = page.context["difference"]["parts"]
    assert part["changed"] == [("1.1.1", "Staff greet and listen", [("Critical", "yes", "no"), ("Weight", 2, 7)])]
    hidden = client.get(reverse("standards:compare_editions"), {"old": edition.pk, "new": draft.pk})
    assert "difference" not in hidden.context
    assert client.get(reverse("standards:edition_file", args=[draft.pk, "yaml"])).status_code == 404
    names = [e.version for e in client.get(reverse("standards:editions")).context["object_list"]]
    assert names == ["2.0", "test 1"]


def test_the_public_page_tells_levels_and_rules_in_words(client, edition):
    page = client.get(reverse("standards:standard") + "?text=full").content.decode()
    for words in ("Every customer is greeted and listened to.", "What to look at:", "at least 70% of elements in place in each principle"):
        assert words in page
    for words in ("Critical element not met", "15 working days", "36 months", "Votes that a decision needs"):
        assert words in page
    assert "<details" not in page.split("<main", 1)[1].split("</main>", 1)[0]


# What elements became.
def test_a_clone_knows_what_its_elements_were(edition):
    second = publish(clone(edition))
    assert editions.trend_map(edition, second) == {e.code: [e.code] for e in Element.objects.of(edition)}
    assert editions.trend_map(second, edition) == {}


def test_suggestions_by_title_a_person_decides_the_rest(edition, secretariat):
    document = edition_file.document(edition) | {"edition": "2.0-draft"}
    rows = {row["code"]: row for row in document["elements"]}
    rows["1.1.1"]["title"] = "Something else altogether"
    rows["1.1.2"]["code"] = "1.1.9"
    document["elements"] = [row for row in document["elements"] if row["code"] != "2.1.1"] + [rows["2.1.1"] | {"code": "2.1.5", "title": "New"}]
    draft = edition_drafts.take(steps.SYSTEM, document)
    actor, old = scope(secretariat), {e.code: e for e in Element.objects.of(edition)}
    kept = len(old) - 2
    assert edition_mapping.take_suggestions(actor, draft, edition) == kept
    undecided = {row.old.code: row.suggested for row in edition_mapping.table(draft, edition)[0] if not row.decided}
    assert set(undecided) == {"1.1.1", "2.1.1"} and undecided["1.1.1"][1] == "code" and undecided["2.1.1"] is None
    new = {e.code: e for e in Element.objects.of(draft)}
    edition_mapping.decide(actor, draft, old["1.1.1"], new=[new["1.1.1"], new["2.1.5"]], note="Divided")
    edition_mapping.decide(actor, draft, old["2.1.1"], new=[])
    second = publish(draft)
    trend = editions.trend_map(edition, second)
    assert trend["1.1.1"] == ["1.1.1", "2.1.5"] and trend["1.1.2"] == ["1.1.9"] and trend["2.1.1"] == []
    third = publish(clone(second, "3-draft"), "3.0")
    assert editions.trend_map(edition, third) == trend
    edition_mapping.decide(actor, second, old["2.1.1"], new=[Element.objects.of(second).get(code="2.1.5")])
    assert editions.trend_map(edition, third)["2.1.1"] == ["2.1.5"]
    told = Entry.objects.filter(kind="element_mapping", ref="2.0/2.1.1").latest("pk")
    assert told.changes == {"became": ["dropped", "2.1.5"]} and told.actor_name == str(secretariat.user)


def test_the_mapping_has_its_page(signed_in, secretariat, edition):
    draft = edition_drafts.take(steps.SYSTEM, edition_file.document(edition) | {"edition": "2.0-draft"})
    client, old = signed_in(secretariat), Element.objects.of(edition).get(code="1.1.1")
    page = client.get(reverse("standards:mapping", args=[draft.pk]))
    assert len(page.context["undecided"]) == page.context["sure"] == 7
    new = Element.objects.of(draft).get(code="1.1.2")
    assert client.post(reverse("standards:map_element", args=[draft.pk, old.pk]), {"new": [new.pk], "note": "Renamed"}).status_code == 302
    client.post(reverse("standards:take_suggestions", args=[draft.pk]), {"of": edition.pk})
    assert draft.mappings.count() == 7 and draft.mappings.get(old=old).new == new
    foreign = Element.objects.of(draft).get(code="1.1.1")
    assert client.get(reverse("standards:map_element", args=[draft.pk, foreign.pk])).status_code == 404


def test_others_map_nothing(edition, amina, panel):
    second, old = publish(clone(edition)), Element.objects.of(edition).first()
    for hat in (amina, panel):
        with pytest.raises(Refused):
            edition_mapping.decide(scope(hat), second, old, new=[])
        with pytest.raises(Refused):
            edition_drafts.clone(scope(hat), edition, version="mine")


# Whoever writes.
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE standards_edition SET rules = '{}' WHERE id = %s",
        "UPDATE standards_edition SET in_force_on = '2020-01-01' WHERE id = %s",
        "UPDATE standards_edition SET transition_until = '2040-01-01' WHERE id = %s",
        "UPDATE standards_edition SET version = '9' WHERE id = %s",
        "UPDATE standards_edition SET state = 'draft' WHERE id = %s",
        "DELETE FROM standards_edition WHERE id = %s",
        "UPDATE standards_principle SET name = 'x' WHERE edition_id = %s",
        "INSERT INTO standards_principle (code, name, edition_id) VALUES ('P9', 'x', %s)",
        "UPDATE standards_criterion SET name = 'x' WHERE principle_id IN (SELECT id FROM standards_principle WHERE edition_id = %s)",
        "UPDATE standards_element SET weight = 9 WHERE criterion_id IN (SELECT c.id FROM standards_criterion c JOIN standards_principle p ON p.id = c.principle_id WHERE p.edition_id = %s)",
        "UPDATE standards_element SET critical = false WHERE criterion_id IN (SELECT c.id FROM standards_criterion c JOIN standards_principle p ON p.id = c.principle_id WHERE p.edition_id = %s)",
        "DELETE FROM standards_element WHERE criterion_id IN (SELECT c.id FROM standards_criterion c JOIN standards_principle p ON p.id = c.principle_id WHERE p.edition_id = %s)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("retired", [False, True])
def test_direct_sql_cannot_change_a_published_edition(edition, statement, retired):
    if retired:
        editions.retire(steps.SYSTEM, edition, on=make.days_ago(0))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [edition.pk])


def test_an_element_does_not_move_from_a_draft_into_a_published_edition(edition):
    draft = clone(edition)
    theirs = Element.objects.of(edition).first().criterion_id
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_element SET criterion_id = %s WHERE id = %s", [theirs, Element.objects.of(draft).last().pk])
