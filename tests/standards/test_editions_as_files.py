"""An edition goes out as a file and comes back the same; a bad file is told what is wrong and where, and nothing is written."""

import json

import pytest

from cse_portal.activity.models import Entry
from cse_portal.lib import tabular
from cse_portal.lib.errors import Conflict, Refused
from standards import edition_file
from standards.models import Edition, Element
from standards.services import edition_drafts, editions

from . import steps

pytestmark = pytest.mark.django_db


def written(tmp_path, document, kind="yaml"):
    path = tmp_path / f"edition.{kind}"
    if kind == "yaml":
        path.write_text(edition_file.to_yaml(document), encoding="utf-8")
    else:
        tabular.write_book(str(path), edition_file.to_sheets(document))
    return path


def brought_back(tmp_path, edition, kind, version="again"):
    path = written(tmp_path, edition_file.document(edition), kind)
    document, _difference, _mark = edition_drafts.read(steps.SYSTEM, path, version)
    return edition_drafts.take(steps.SYSTEM, document)


@pytest.mark.parametrize("kind", ["yaml", "xlsx"])
def test_the_full_edition_comes_back_identical(tmp_path, kind):
    edition = steps.full_edition()
    back = brought_back(tmp_path, edition, kind)
    assert back.state == "draft" and back.published_on is None
    assert edition_file.document(back) == edition_file.document(edition) | {"edition": "again"}
    assert back.rules == edition.rules
    fields = ["code", "title", "requirement", "guidance", "evidence_types", "critical", "applies_to", "weight", "position"]
    fields += ["criterion__code", "criterion__name", "criterion__principle__code", "criterion__principle__name"]
    assert list(Element.objects.of(back).values_list(*fields)) == list(Element.objects.of(edition).values_list(*fields))
    assert Element.objects.of(back).count() == 55


@pytest.mark.parametrize("kind", ["yaml", "xlsx"])
def test_awkward_text_and_the_mapping_come_back_too(tmp_path, edition, kind):
    draft = edition_drafts.clone(steps.SYSTEM, edition, version="awkward")
    odd = {"requirement": "=1+1\n- “quoted”: yes # no\n'0.70'", "guidance": "", "evidence_types": ["null", "1.10", "état"], "weight": 0}
    edition_drafts.save_element(steps.SYSTEM, draft, odd, code="1.1.2")
    edition_drafts.remove_element(steps.SYSTEM, draft, "2.1.1")
    draft.mappings.filter(old__code="3.1.1").update(new=None, note="Dropped: nobody reads it")
    before = edition_file.document(draft)
    assert before["mapping"][-1]["new"] is None or any(row["new"] is None for row in before["mapping"])
    back = brought_back(tmp_path, draft, kind)
    assert edition_file.document(back) == before | {"edition": "again"}


def test_taking_corrects_the_draft_in_place_and_the_trail_says_how(tmp_path, edition):
    draft = edition_drafts.clone(steps.SYSTEM, edition, version="next")
    kept = Element.objects.of(draft).get(code="1.1.1").pk
    document = edition_file.document(draft)
    document["elements"][0] |= {"weight": 3, "critical": False}
    del document["elements"][1]
    document["mapping"] = [row | {"new": None} if row["new"] == "1.1.2" else row for row in document["mapping"]]
    document["rules"]["levels"][0]["score"] = "0.85"
    path = written(tmp_path, document)
    read, difference, mark = edition_drafts.read(steps.SYSTEM, path)
    assert [row["code"] for row in difference.elements.dropped] == ["1.1.2"]
    assert [(c.code, [x.field for x in c.changes]) for c in difference.elements.changed] == [("1.1.1", ["critical", "weight"])]
    assert [(c.field, c.old, c.new) for c in difference.rules] == [("levels.certified.score", "0.80", "0.85")]
    assert Element.objects.of(draft).count() == len(document["elements"]) + 1
    edition_drafts.take(steps.SYSTEM, read, seen=mark)
    assert Element.objects.of(draft).get(code="1.1.1").weight == 3 and Element.objects.of(draft).get(code="1.1.1").pk == kept
    assert edition_file.document(draft.__class__.objects.get(pk=draft.pk)) == document
    told = Entry.objects.get(verb="changed draft", ref="next")
    assert told.changes["rules levels.certified.score"] == ["0.80", "0.85"] and told.changes["elements dropped"] == [None, "1.1.2"]
    assert Entry.objects.get(verb="changed element").changes == {"critical": [True, False], "weight": [2, 3]}
    with pytest.raises(Conflict):
        edition_drafts.take(steps.SYSTEM, read | {"source": "x"}, seen=mark)


def test_a_published_edition_is_not_corrected(tmp_path, edition):
    path = written(tmp_path, edition_file.document(edition))
    with pytest.raises(Refused) as refusal:
        edition_drafts.read(steps.SYSTEM, path)
    assert refusal.value.code == "not_a_draft"
    with pytest.raises(Refused):
        edition_drafts.take(steps.SYSTEM, edition_file.document(edition))


def test_only_those_who_keep_the_standard_import(tmp_path, edition, amina, panel):
    for hat in (amina, panel):
        with pytest.raises(Refused):
            edition_drafts.read(steps.scope(hat), written(tmp_path, edition_file.document(edition)), "mine")
        with pytest.raises(Refused):
            edition_drafts.take(steps.scope(hat), edition_file.document(edition) | {"edition": "mine"})
    assert not Edition.objects.filter(version="mine").exists()


BAD = {
    "element: 1.1.1 has no title": (lambda d: d["elements"][0].pop("title"), "title: A value is missing"),
    "weight": (lambda d: d["elements"][2].update(weight=-3), "weight: “-3” is no weight. Write a whole number from 0 to 100."),
    "place": (lambda d: d["elements"][1].update(applies_to="county"), "applies_to: “county” is no place. Write both, mda or centre."),
    "criterion": (lambda d: d["elements"][1].update(criterion="9.9"), "criterion: 9.9 is not in the edition."),
    "twice": (lambda d: d["elements"][1].update(code="1.1.1"), "code: 1.1.1 stands there twice. Keep one."),
    "long": (lambda d: d["principles"][0].update(name="x" * 101), "name: The text is longer than 100 characters."),
    "field": (lambda d: d["elements"][0].update(wieght=3), "wieght: There is no such field."),
    "share": (lambda d: d["rules"]["levels"][0].update(score="80"), "levels.certified.score: “80” is no share. Write a number from 0 to 1"),
    "ladder": (lambda d: d["rules"]["levels"][1].update(score="0.5"), "levels.commended.score: A higher level asks for no less"),
    "quorum": (lambda d: d["rules"]["panel"].update(quorum=0), "panel.quorum: “0” is not right here. Write a whole number from 1 to 15."),
    "rule": (lambda d: d["rules"].update(colour="green"), "colour: There is no such rule."),
    "points": (lambda d: d["rules"]["points"].update(P="0"), None),
    "order of points": (lambda d: d["rules"]["points"].update(N="0.9"), "points: Points rise"),
    "months": (lambda d: d["rules"]["surveillance"].update(months=[24, 12]), "surveillance.months: Write the numbers in rising order"),
    "grade": (lambda d: d["rules"]["findings"][0].update(grade="huge"), "findings.critical_not_met.grade: Write major, minor or observation."),
    "conduct": (lambda d: d["rules"].update(conduct_criteria=["7.7"]), "conduct_criteria: 7.7: the edition has no such criterion."),
    "part": (lambda d: d.pop("criteria"), "criteria: This part is missing or empty."),
    "mapping": (lambda d: d.update(mapping=[{"edition": "0", "old": "1.1.1", "new": None, "note": ""}]), "0 1.1.1 is no element of an earlier published edition here."),
}  # fmt: skip


@pytest.fixture(scope="module")
def sample():
    """A document of rules and two criteria."""
    rules = json.loads((editions.FILES / "rules.json").read_text()) | {"conduct_criteria": ["1.1"]}
    element = {"criterion": "1.1", "title": "T", "requirement": "R", "guidance": "", "evidence_types": ["photo"], "critical": False, "applies_to": "both", "weight": 1}
    return {
        "edition": "sample", "source": "", "rules": rules,
        "principles": [{"code": "P1", "name": "Passion"}],
        "criteria": [{"code": "1.1", "principle": "P1", "name": "Courtesy"}],
        "elements": [{"code": f"1.1.{n}"} | element for n in (1, 2, 3)],
        "mapping": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_what_where_and_the_remedy(tmp_path, sample, name):
    break_it, said = BAD[name]
    document = json.loads(json.dumps(sample))
    break_it(document)
    path = written(tmp_path, document)
    if said is None:
        assert edition_drafts.read(steps.SYSTEM, path)
        return
    with pytest.raises(Refused) as refusal:
        edition_drafts.take(steps.SYSTEM, edition_drafts.read(steps.SYSTEM, path)[0])
    (sentences,) = refusal.value.fields.values()
    assert any(said in sentence for sentence in sentences), sentences
    assert name in ("part", "mapping") or "Line " in sentences[0]
    assert not Edition.objects.exists()


def test_a_bad_workbook_names_sheet_and_row(tmp_path, sample):
    document = json.loads(json.dumps(sample))
    document["elements"][1]["weight"] = "heavy"
    document["rules"]["panel"]["quorum"] = 99
    with pytest.raises(Refused) as refusal:
        edition_drafts.read(steps.SYSTEM, written(tmp_path, document, "xlsx"))
    weight, quorum = refusal.value.fields["file"]
    assert weight.startswith("Sheet Elements, row 3, weight: “heavy” is no weight.")
    assert quorum.startswith("Sheet Rules, row ") and "panel.quorum: “99” is not right here." in quorum
    tabular.write_book(str(tmp_path / "no.xlsx"), [tabular.Sheet("Staff", ["a"], [["b"]])])
    with pytest.raises(Refused) as refusal:
        edition_drafts.read(steps.SYSTEM, tmp_path / "no.xlsx")
    assert refusal.value.code == "no_sheet"


BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 110))


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "bad_yaml"), (b"\xff\x00\x80", "wrong_type"), (b"a: [1", "bad_yaml"), (b"- 1\n- 2", "bad_yaml"), (b"a: 1\na: 2", "twice"),
        (b"a: &x [1, *x]", "bad_yaml"), (BOMB, "too_large"), (b"[" * 20000, "bad_yaml"), (b"edition: !!python/object/apply:os.system ['true']", "bad_edition"),
        (b"PK\x03\x04 no zip", "bad_xlsx"), (b"x" * (edition_file.LARGEST + 1), "too_large"), (b"edition: x\n---\nedition: y", "bad_yaml"),
    ],
)  # fmt: skip
def test_no_file_of_another_kind_is_taken(tmp_path, content, code):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Refused) as refusal:
        edition_drafts.read(steps.SYSTEM, path)
    assert refusal.value.code == code


def test_numbers_typed_by_hand_are_read_as_they_stand(tmp_path, sample):
    text = edition_file.to_yaml(sample).replace("'0.70'", "0.70").replace("'1.1'", "1.1").replace("critical: false", "critical: No")
    path = tmp_path / "typed.yaml"
    path.write_text(text.replace("\n", "\r\n"))
    document, _difference, _mark = edition_drafts.read(steps.SYSTEM, path)
    assert document == sample


def test_a_draft_changed_here_is_no_longer_the_reference_files(db):
    editions.load_draft(steps.SYSTEM)
    draft = Edition.objects.get(version="0.1-draft")
    edition_drafts.save_element(steps.SYSTEM, draft, {"weight": 5}, code="2.1.1")
    editions.load_draft(steps.SYSTEM)
    assert Element.objects.of(draft).get(code="2.1.1").weight == 5
