"""A curriculum is drafted, published for good, and replaced by the next; what was earned under it stands as it was."""

import io
import threading
import zipfile
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make
from training import curriculum, eligibility
from training.cohort_forms import OpenCohortForm
from training.compliance import spans, status
from training.models import (
    AssessmentComponent,
    Certificate,
    Competency,
    Completion,
    CourseMaterial,
    CourseVersion,
    SigningKey,
    TaughtCompetency,
)
from training.services import course_links, framework, materials

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n% handout\n"


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def today():
    return clock.today()


@pytest.fixture
def inclusion(db):
    return Competency.objects.create(code="C02", name="Courtesy and inclusion", sequence=2)


@pytest.fixture
def first(inclusion):
    """Version 1, as the reference file gives it: a test and a role play."""
    version = make.version(moderated=True)
    TaughtCompetency.objects.create(course_version=version, competency=inclusion, level=3)
    for n, (kind, name, weight) in enumerate(
        [("pre_test", "Before", 0), ("test", "Test", 50), ("practical", "Role play", 50)], 1
    ):
        AssessmentComponent.objects.create(course_version=version, number=n, kind=kind, name=name, weight=weight)
    return version


def upload(content=PDF, name="Handout.pdf"):
    return SimpleUploadedFile(name, content)


def part(kind="test", name="Test", weight=100, **more):
    return {"kind": kind, "name": name, "weight": weight, "pass_mark": None, "rubric": []} | more


def published(actor, course, **fields):
    draft = framework.draft_version(actor, course=course)
    framework.change_draft(actor, version=draft, **({"days": Decimal(4), "changes": "A day shorter."} | fields))
    return framework.publish(actor, version=draft)


# Drafting.


def test_a_draft_says_what_the_latest_says(esther, first, inclusion):
    materials.add(esther, version=first, title="Handout", file=upload())
    draft = framework.draft_version(esther, course=first.course)
    assert (draft.number, draft.state, draft.drafted_by) == (2, "draft", esther.user)
    assert list(draft.components.values_list("number", "kind", "name", "weight")) == [
        (1, "pre_test", "Before", 0), (2, "test", "Test", 50), (3, "practical", "Role play", 50),
    ]  # fmt: skip
    assert list(draft.taught.values_list("competency", "level")) == [(inclusion.pk, 3)]
    assert [m.title for m in draft.materials.all()] == ["Handout"]
    assert curriculum.differences(first, draft) == []


def test_there_is_one_draft_of_a_course(esther, first):
    framework.draft_version(esther, course=first.course)
    with pytest.raises(Refused, match="Version 2 is drafted already"):
        framework.draft_version(esther, course=first.course)


def test_only_coordinators_draft(first, kiprono, grace, scope_of):
    for member in (kiprono, grace):
        with pytest.raises(Refused, match="Coordinators"):
            framework.draft_version(scope_of(member), course=first.course)


def test_what_somebody_has_said_is_no_longer_assumed(esther, first):
    CourseVersion.objects.filter(pk=first.pk).update(assumed=["pass_mark", "capacity"])
    draft = framework.draft_version(esther, course=first.course)
    draft = framework.change_draft(esther, version=draft, pass_mark=65)
    assert draft.assumed == ["capacity"]


@pytest.mark.parametrize(
    "parts, sentence",
    [
        ([part(weight=60), part("practical", "Role play", 30)], "add up to 90%"),
        ([part(weight=100), part("practical", "Role play", 0)], "counts 1 to 100%"),
        ([part("pre_test", "Before", 0), part("practical", "Role play", 100)], "shows the gain beside a test after it"),
        ([part("pre_test", "A", 0), part("pre_test", "B", 0), part()], "one test before the course"),
        ([part(), part("practical", " test ", 0)], "a name of its own"),
        ([part(pass_mark=101)], "0 to 100"),
        ([part(rubric=[{"name": "Courtesy", "most": 0}])], "highest points"),
    ],
)
def test_parts_make_an_assessment_or_are_refused(esther, first, parts, sentence):
    draft = framework.draft_version(esther, course=first.course)
    with pytest.raises(Refused, match=sentence):
        framework.set_components(esther, version=draft, components=parts)
    assert draft.components.count() == 3


def test_attendance_alone_has_no_parts_that_count(esther, first):
    draft = framework.draft_version(esther, course=first.course)
    with pytest.raises(Refused, match="parts of an assessment"):
        framework.change_draft(esther, version=draft, assessed=False)
    framework.change_draft(esther, version=draft, assessed=False, components=[])
    assert not draft.components.exists()


def test_numbers_that_make_no_sense_are_refused(esther, first):
    draft = framework.draft_version(esther, course=first.course)
    for wrong in ({"pass_mark": 101}, {"minimum_attendance": 120}, {"days": Decimal(0)}, {"capacity": 0}):
        with pytest.raises(Refused), transaction.atomic():
            framework.change_draft(esther, version=draft, **wrong)


# Publishing.


def test_publishing_retires_the_one_before_and_says_who(esther, first):
    second = published(esther, first.course)
    first.refresh_from_db()
    assert (second.state, second.published_on, second.published_by) == ("published", esther.today, esther.user)
    assert first.state == "retired"
    assert list(CourseVersion.objects.taught()) == [second]
    assert set(Entry.objects.filter(kind="course_version").values_list("verb", flat=True)) == {
        "drafted", "changed", "published", "retired",
    }  # fmt: skip


def test_publishing_needs_a_difference_and_words_for_it(esther, first):
    draft = framework.draft_version(esther, course=first.course)
    with pytest.raises(Refused, match="says the same as version 1"):
        framework.publish(esther, version=draft)
    framework.change_draft(esther, version=draft, days=Decimal(4))
    with pytest.raises(Refused, match="Say what changed since version 1"):
        framework.publish(esther, version=draft)


def test_a_published_version_is_not_edited_by_any_service(esther, first):
    second = published(esther, first.course)
    for act in (
        lambda: framework.change_draft(esther, version=second, pass_mark=50),
        lambda: framework.set_components(esther, version=second, components=[]),
        lambda: framework.publish(esther, version=second),
        lambda: framework.discard(esther, version=second),
        lambda: framework.change_draft(esther, version=first, pass_mark=50),
    ):
        with pytest.raises(Refused, match="stays as it is"):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE training_courseversion SET pass_mark = 40 WHERE id = %s",
        "UPDATE training_courseversion SET state = 'draft' WHERE id = %s",
        "UPDATE training_courseversion SET published_on = NULL WHERE id = %s",
        "DELETE FROM training_courseversion WHERE id = %s",
        "UPDATE training_assessmentcomponent SET weight = 10 WHERE course_version_id = %s AND weight > 0",
        "DELETE FROM training_assessmentcomponent WHERE course_version_id = %s",
        "DELETE FROM training_taughtcompetency WHERE course_version_id = %s",
        "INSERT INTO training_assessmentcomponent (course_version_id, number, kind, name, weight, rubric) VALUES (%s, 9, 'test', 'More', 10, '[]')",
    ],
)
def test_the_database_refuses_to_edit_a_published_version(esther, first, statement):
    second = published(esther, first.course)
    with (
        pytest.raises(IntegrityError, match="is published; draft the next one"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [second.pk])


def test_the_database_keeps_a_version_in_use_that_no_act_published(first):
    make.cohort(of=first)
    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        CourseVersion.objects.filter(pk=first.pk).update(pass_mark=40)


def test_a_new_version_rewrites_no_completion_and_no_certificate(esther, first, wanjiru, today):
    earned = make.completion(wanjiru, of=first)
    key = SigningKey.objects.create(kid="k1", public_key="x", first_used_on=today)
    certificate = Certificate.objects.create(
        completion=earned, number="CSE-2026-000001", holder="Wanjiru Kamau", course_code="CSE-FRT-01", course_title=first.course.title,
        issued_on=earned.on, expires_on=earned.until, key=key, payload="signed",
    )  # fmt: skip
    before = (certificate.course_title, certificate.expires_on, certificate.completion.until, certificate.payload)
    second = published(esther, first.course, validity_months=12, pass_mark=95)
    certificate = Certificate.objects.get(pk=certificate.pk)
    completion = Completion.objects.get(pk=certificate.completion_id)
    assert completion.course_version == first != second
    assert (certificate.course_title, certificate.expires_on, completion.until, certificate.payload) == before


def test_cohorts_that_were_planned_keep_their_version_and_new_ones_take_the_next(esther, first):
    planned = make.cohort(of=first)
    second = published(esther, first.course)
    draft = framework.draft_version(esther, course=first.course)
    planned.refresh_from_db()
    assert planned.course_version == first
    offered = set(OpenCohortForm().fields["course_version"].queryset)
    assert second in offered and first not in offered and draft not in offered


def test_a_discarded_draft_leaves_nothing_but_the_trail(esther, first, django_capture_on_commit_callbacks):
    shared = materials.add(esther, version=first, title="Handout", file=upload())
    draft = framework.draft_version(esther, course=first.course)
    own = materials.add(esther, version=draft, title="Own", file=upload(PDF + b"2"))
    with django_capture_on_commit_callbacks(execute=True):
        framework.discard(esther, version=draft)
    assert list(first.course.versions.all()) == [first]
    assert shared.file.storage.exists(shared.file.name) and not own.file.storage.exists(own.file.name)
    assert Entry.objects.filter(verb="discarded", ref="CSE-FRT-01/2").exists()
    with pytest.raises(Refused, match="discarded meanwhile"):
        framework.publish(esther, version=draft)


def test_retiring_says_why_and_ends_new_cohorts(esther, first):
    with pytest.raises(Refused, match="Say why"):
        framework.retire(esther, version=first, reason=" ")
    framework.retire(esther, version=first, reason="The law changed.")
    assert not CourseVersion.objects.taught().exists()


def test_differences_are_told_field_by_field(esther, first, inclusion):
    draft = framework.draft_version(esther, course=first.course)
    draft = framework.change_draft(
        esther, version=draft, days=Decimal("4.5"), validity_months=0, taught={inclusion.pk: 2},
        components=[part("pre_test", "Before", 0), part("test", "Test", 70, pass_mark=50), part("practical", "Calls", 30, rubric=[{"name": "Greeting", "most": 10}])],
    )  # fmt: skip
    found = {d.label: (d.before, d.after) for d in curriculum.differences(first, draft)}
    assert found == {
        "Days": ("5", "4.5"),
        "Certificate valid": ("24 months", "No certificate"),
        "Part of the assessment: Test": ("Test, counts 50%", "Test, counts 70%, pass mark 50"),
        "Part of the assessment: Role play": ("Practical, counts 50%", ""),
        "Part of the assessment: Calls": ("", "Practical, counts 30%, Greeting 10"),
        "Competency: Courtesy and inclusion": ("Able to lead", "Able"),
    }


# Materials.


def docx(macros=False):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("word/document.xml", "<w/>")
        if macros:
            file.writestr("word/vbaProject.bin", "x")
    return held.getvalue()


def test_materials_are_added_to_a_published_version_and_withdrawn(esther, first):
    second = published(esther, first.course)
    made = materials.add(esther, version=second, title="Handout", file=upload())
    with pytest.raises(Refused, match="among the materials already"):
        materials.add(esther, version=second, title="Again", file=upload())
    with pytest.raises(Refused, match="has this title"):
        materials.add(esther, version=second, title="handout", file=upload(PDF + b"2"))
    materials.withdraw(esther, material=made)
    made.refresh_from_db()
    assert made.withdrawn_at and made.file.storage.exists(made.file.name)
    materials.add(esther, version=second, title="Handout", file=upload(PDF + b"2"))


@pytest.mark.parametrize(
    "content, name",
    [(b"MZ\x90\x00", "setup.pdf"), (b"<html><script>", "page.txt"), (docx(macros=True), "notes.docx"), (b"", "empty.pdf")],
)
def test_a_material_is_what_its_bytes_say(esther, first, content, name):
    with pytest.raises(Refused, match="none of them"):
        materials.add(esther, version=first, title="Handout", file=upload(content, name))


def test_a_material_is_not_too_large(esther, first, settings):
    settings.MATERIAL_MAX_BYTES = 1024 * 1024
    with pytest.raises(Refused, match="larger than 1 MB"):
        materials.add(esther, version=first, title="Handout", file=upload(PDF + b"x" * 1024 * 1024))


def test_who_sees_which_materials(esther, first, kiprono, grace, scope_of):
    for title, trainers in (("Handout", False), ("Answers", True), ("Old", False)):
        materials.add(esther, version=first, title=title, file=upload(PDF + title.encode()), trainers_only=trainers)
    materials.withdraw(esther, material=CourseMaterial.objects.get(title="Old"))
    draft = framework.draft_version(esther, course=first.course)
    seen = {
        member: {m.title for m in CourseMaterial.objects.filter(course_version=first).visible_to(scope_of(member))}
        for member in (kiprono, grace)
    }
    assert seen == {kiprono: {"Handout", "Answers"}, grace: {"Handout"}}
    assert not draft.materials.visible_to(scope_of(kiprono)).exists()
    assert first.materials.visible_to(esther).count() == 3


# What comes before, and what counts in its place.


@pytest.fixture
def assessor(first):
    make.cadre("SQA")
    return make.course("CSE-SQA-01", "Service Quality Assessor", cadre_code="SQA")


def test_any_one_accepted_course_unexpired_on_the_first_day_opens_a_course(esther, first, assessor, wanjiru, livestock, today):
    online, technical = make.version("CSE-FRT-02"), make.version("CSE-TEC-01", "TEC")
    course_links.set_prerequisites(esther, course=assessor, accepted=[first.course, technical.course])
    course_links.set_equivalents(esther, course=first.course, accepted=[online.course])
    holder, lapsed, other, twin = (make.officer(livestock, "Officer", f"N{n}") for n in range(4))
    for officer, version, until in (
        (holder, technical, make.days_ahead(11)), (lapsed, first, make.days_ahead(10)), (twin, online, None),
    ):  # fmt: skip
        Completion.objects.create(officer=officer, course_version=version, on=today, until=until)
    lacking = eligibility.lacking_prerequisites([holder, lapsed, other, twin], assessor, make.days_ahead(10))
    assert set(lacking) == {lapsed.pk, other.pk}
    assert "no longer hold on the first day" in lacking[lapsed.pk] and "does not hold" in lacking[other.pk]
    assert eligibility.lacking_prerequisites([other], first.course, today) == {}


def test_nobody_is_locked_out_by_a_circle(esther, first, assessor):
    with pytest.raises(Refused, match="before itself"):
        course_links.set_prerequisites(esther, course=assessor, accepted=[assessor])
    course_links.set_prerequisites(esther, course=assessor, accepted=[first.course])
    with pytest.raises(Refused, match="nobody could ever begin"):
        course_links.set_prerequisites(esther, course=first.course, accepted=[assessor])


def test_what_counts_in_the_place_of_a_course_changes_who_is_up_to_date(esther, first, wanjiru, today):
    make.requirement(due_within_days=0)
    online = make.version("CSE-FRT-02")
    Completion.objects.create(officer=wanjiru, course_version=online, on=today)
    course_links.set_equivalents(esther, course=first.course, accepted=[online.course])
    assert status.of_officers([wanjiru.pk], today)[wanjiru.pk].status == "current"
    course_links.set_equivalents(esther, course=first.course, accepted=[])
    assert status.of_officers([wanjiru.pk], today)[wanjiru.pk].status == "overdue"


def test_a_new_version_counts_where_its_course_is_required(esther, first, wanjiru, today):
    make.requirement(due_within_days=0)
    second = published(esther, first.course)
    Completion.objects.create(officer=wanjiru, course_version=second, on=today)
    spans.refresh([wanjiru.pk])
    assert status.of_officers([wanjiru.pk], today)[wanjiru.pk].status == "current"


# At once.


def at_once(*acts):
    """What each act gave or refused, begun together in transactions of their own."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        gate.wait(10)
        try:
            found[n] = act()
        except Refused as refusal:
            found[n] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_at_once_make_one_draft_and_never_edit_what_is_published(esther, first):
    draft = partial(framework.draft_version, esther, course=first.course)
    made = at_once(draft, draft, draft)
    assert sorted(type(one).__name__ for one in made) == ["CourseVersion", "Refused", "Refused"]
    version = framework.change_draft(
        esther, version=next(v for v in made if not isinstance(v, Refused)), changes="Shorter.", days=4
    )
    publish = partial(framework.publish, esther, version=version)
    changes = [partial(framework.change_draft, esther, version=version, pass_mark=mark) for mark in (61, 62)]
    done = at_once(publish, publish, *changes)
    assert sum(not isinstance(one, Refused) for one in done[:2]) == 1
    version.refresh_from_db()
    saved = [one.pass_mark for one in done[2:] if not isinstance(one, Refused)]
    assert version.state == "published" and version.pass_mark in (saved or [60])
    assert CourseVersion.objects.taught().count() == 1
