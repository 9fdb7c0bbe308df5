"""Courses, their versions, materials and competencies through the pages and the API that people and programs use."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from centres.access import Scope
from centres.services import tokens
from tests import factories as make
from tests.reading import said
from training.models import AssessmentComponent, CompetencyLevel, Course, CourseMaterial, CourseVersion
from training.services import framework, materials

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n% handout\n"
PAGE = "/courses/CSE-FRT-01/"


@pytest.fixture
def first(db):
    version = make.version()
    AssessmentComponent.objects.create(course_version=version, number=1, kind="test", name="Test", weight=100)
    return version


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


def filled(response, **said):
    """What the draft editor would post, with some of it said otherwise."""
    form, parts, levels = (response.context[name] for name in ("form", "parts", "levels"))
    data = {f.html_name: f.value() for f in [*form, *levels, *(f for row in parts for f in row)]}
    data |= {f.html_name: f.value() for f in parts.management_form}
    return {name: "" if value is None else value for name, value in data.items()} | said


def test_a_coordinator_drafts_edits_and_publishes(coordinator, signed_in, first):
    client = signed_in(coordinator)
    made = client.post(PAGE + "draft/", follow=True)
    assert made.status_code == 200 and "Work on the draft" in said(made)
    wrong = client.post(PAGE + "versions/2/edit/", filled(made, **{"parts-0-weight": "90", "days": "4"}))
    assert (
        wrong.status_code == 409
        and "The weights add up to 90%; make it 100%." in said(wrong)
        and 'value="4"' in wrong.content.decode()
    )
    parts = {
        "parts-0-weight": "60", "parts-1-name": "Role play", "parts-1-kind": "practical", "parts-1-weight": "40",
        "parts-1-rubric": "Greeting: 10\nListening 15",
    }  # fmt: skip
    saved = client.post(PAGE + "versions/2/edit/", filled(made, days="4", changes="A day shorter.", **parts), follow=True)
    assert "The draft is saved." in said(saved)
    page = said(saved)
    assert "Days 5 4" in page and "Part of the assessment: Role play – Practical, counts 40%, Greeting 10, Listening 15" in page
    asked = client.get(PAGE + "versions/2/publish/")
    assert "This cannot be undone" in said(asked)
    assert client.post(PAGE + "versions/2/publish/", {}).status_code == 200  # the box is not ticked
    assert CourseVersion.objects.get(number=2).state == "draft"
    done = client.post(PAGE + "versions/2/publish/", {"sure": "on"}, follow=True)
    assert "Version 2 is published" in said(done) and "Esther Wafula" in said(done)
    course = said(client.get(PAGE))
    assert "Taught now: version 2" in course and "Version 1 Retired" in course


def test_a_published_version_is_closed_to_pages(coordinator, signed_in, first):
    client = signed_in(coordinator)
    page = client.get(PAGE + "versions/1/edit/")
    refused = client.post(PAGE + "versions/1/edit/", filled(page, days="1"))
    assert refused.status_code == 409 and "stays as it is" in said(refused)
    assert client.post(PAGE + "versions/1/publish/", {"sure": "on"}).status_code == 409
    assert client.post(PAGE + "versions/1/discard/").status_code == 409


def test_a_draft_is_seen_by_coordinators_only(coordinator, kiprono, grace, signed_in, esther, first):
    framework.draft_version(esther, course=first.course)
    assert client_status(signed_in(coordinator), PAGE + "versions/2/") == 200
    for member in (kiprono, grace):
        client = signed_in(member)
        assert client_status(client, PAGE + "versions/2/") == 404
        assert "Draft" not in said(client.get(PAGE))
        assert client.post(PAGE + "draft/").status_code == 403


def client_status(client, url):
    return client.get(url).status_code


def test_materials_are_downloaded_by_those_they_are_for(coordinator, kiprono, grace, learner, signed_in, first):
    client = signed_in(coordinator)
    for title, trainers in (("Handout", ""), ("Answers", "on")):
        file = SimpleUploadedFile("any.pdf", PDF + title.encode())
        done = client.post(PAGE + "versions/1/materials/", {"title": title, "file": file, "trainers_only": trainers}, follow=True)
        assert title in said(done)
    handout, answers = (CourseMaterial.objects.get(title=t) for t in ("Handout", "Answers"))
    got = signed_in(grace).get(f"/materials/{handout.pk}/")
    assert b"".join(got.streaming_content) == PDF + b"Handout"
    assert got["Content-Disposition"] == 'attachment; filename="Handout.pdf"' and got["Content-Type"] == "application/pdf"
    assert got["X-Content-Type-Options"] == "nosniff"
    for member, status in ((grace, 404), (learner, 404), (kiprono, 200), (coordinator, 200)):
        assert client_status(signed_in(member), f"/materials/{answers.pk}/") == status
    assert "Answers" not in said(signed_in(grace).get(PAGE)) and "Answers" in said(signed_in(kiprono).get(PAGE))
    client.post(f"/materials/{handout.pk}/withdraw/")
    assert client_status(signed_in(grace), f"/materials/{handout.pk}/") == 404
    assert client_status(signed_in(coordinator), f"/materials/{handout.pk}/") == 200
    assert Client().get(f"/materials/{handout.pk}/").status_code == 302  # to sign in


def test_a_refused_material_keeps_what_was_typed(coordinator, signed_in, first):
    wrong = signed_in(coordinator).post(
        PAGE + "versions/1/materials/", {"title": "Slides", "file": SimpleUploadedFile("slides.pdf", b"MZ\x90\x00")}
    )
    assert wrong.status_code == 409 and "this file is none of them" in said(wrong) and 'value="Slides"' in wrong.content.decode()


def test_links_between_courses_are_set_on_their_pages(coordinator, signed_in, first):
    online = make.course("CSE-FRT-02", "Frontline Service Excellence (online)")
    refresher = make.course("CSE-FRT-03", "Frontline Refresher")
    client = signed_in(coordinator)
    page = client.post("/courses/CSE-FRT-03/prerequisites/", {"accepted": [first.course.pk]}, follow=True)
    assert "Any one of these, unexpired on the first day" in said(page)
    client.post(PAGE + "equivalents/", {"accepted": [online.pk]})
    assert Course.objects.get(equivalences__accepted=online) == first.course
    assert "It opens: Frontline Refresher" in said(client.get(PAGE))
    circle = client.post(PAGE + "prerequisites/", {"accepted": [refresher.pk]})
    assert circle.status_code == 409 and "nobody could ever begin" in said(circle)


def test_the_competency_framework_says_which_level_and_which_course(grace, signed_in, django_assert_max_num_queries):
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    client = signed_in(grace)
    page = said(client.get("/competencies/"))
    assert "Difficult customers, recovery 1 Aware 3 Able to lead 1 Aware 3 Able to lead 1 Aware" in page
    assert "Frontline Service Excellence 3" in page
    assert CompetencyLevel.objects.count() == 46
    rows = client.get("/competencies/?export=csv").getvalue().decode().splitlines()
    assert len(rows) == 11 and rows[3].endswith("1,3,1,3,1")
    with django_assert_max_num_queries(20):
        client.get("/competencies/")
    course = said(client.get("/courses/CSE-SQA-01/"))
    assert "Written exam Test 60% 70" in course and "Test before the course Test before the course Nothing" in course


def test_a_page_costs_the_same_at_any_length(grace, esther, signed_in, first, django_assert_max_num_queries):
    for n in range(6):
        draft = framework.draft_version(esther, course=first.course)
        framework.change_draft(esther, version=draft, capacity=20 + n, changes=f"Step {n}.")
        framework.publish(esther, version=draft)
    client = signed_in(grace)
    client.get(PAGE)
    for url in (PAGE, PAGE + "versions/7/", "/courses/"):
        with django_assert_max_num_queries(26):
            assert client.get(url).status_code == 200


def test_loading_the_reference_again_leaves_what_pages_have_set(coordinator, signed_in):
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    client = signed_in(coordinator)
    client.post("/courses/CSE-SQA-02/prerequisites/", {"accepted": []})
    client.post("/courses/CSE-TEC-01/equivalents/", {"accepted": []})
    scope = Scope(user=coordinator.user, membership=coordinator)
    course = Course.objects.get(code="CSE-TEC-03")
    draft = framework.draft_version(scope, course=course)
    framework.change_draft(scope, version=draft, days=3, validity_months=24, changes="A day more.")
    framework.publish(scope, version=draft)
    out = io.StringIO()
    call_command("load_reference", stdout=out)
    assert not Course.objects.get(code="CSE-SQA-02").prerequisites.exists()
    assert not Course.objects.get(code="CSE-TEC-01").equivalences.exists()
    assert course.versions.count() == 2 and course.versions.get(state="published").days == 3
    assert Course.objects.get(code="CSE-SQA-01").prerequisites.count() == 3


def test_parts_come_to_versions_that_nobody_uses_yet(db):
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    used, free = (CourseVersion.objects.get(course__code=code) for code in ("CSE-FRT-01", "CSE-TEC-01"))
    for version in (used, free):
        version.components.all().delete()
    make.cohort(of=used)
    call_command("load_reference", verbosity=0, stdout=io.StringIO())
    assert not used.components.exists()
    assert list(free.components.values_list("name", "weight")) == [("Test before the course", 0), ("Test", 60), ("Role play", 40)]
    assert free.components.get(number=3).rubric[0] == {"name": "Citizen as customer", "most": 25}


# By API.


@pytest.fixture
def api(coordinator):
    return by_token(coordinator)


def by_token(member):
    _row, secret = tokens.make(Scope(user=member.user, membership=member), membership=member, name="test")
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_program_drafts_changes_and_publishes(api, first):
    made = api.post("/api/v1/courses/CSE-FRT-01/draft/", content_type="application/json")
    assert made.status_code == 201 and made.json()["components"][0]["name"] == "Test"
    url = f"/api/v1/course-versions/{made.json()['id']}/"
    parts = [{"kind": "test", "name": "Test", "weight": 70}, {"kind": "practical", "name": "Role play", "weight": 20}]
    wrong = api.post(url + "change/", {"components": parts}, content_type="application/json")
    assert wrong.status_code == 409 and "add up to 90%" in wrong.json()["detail"]
    parts[1] |= {"weight": 30, "rubric": [{"name": "Greeting", "most": 10}]}
    changed = api.post(url + "change/", {"components": parts, "changes": "A role play."}, content_type="application/json")
    assert changed.status_code == 200 and [c["weight"] for c in changed.json()["components"]] == [70, 30]
    assert [d["label"] for d in api.get(url + "differences/").json()] == [
        "Part of the assessment: Test",
        "Part of the assessment: Role play",
    ]
    assert api.post(url + "publish/", content_type="application/json").json()["state"] == "published"
    late = api.post(url + "change/", {"days": "3.0"}, content_type="application/json")
    assert late.status_code == 409 and "stays as it is" in late.json()["detail"]
    assert api.post(url + "discard/", content_type="application/json").status_code == 409
    versions = api.get("/api/v1/courses/CSE-FRT-01/").json()["versions"]
    assert [(v["number"], v["state"]) for v in versions] == [(2, "published"), (1, "retired")]


def test_programs_of_others_read_what_is_published(esther, grace, first):
    framework.draft_version(esther, course=first.course)
    secret = materials.add(esther, version=first, title="Answers", file=SimpleUploadedFile("a.pdf", PDF), trainers_only=True)
    api = by_token(grace)
    assert [v["number"] for v in api.get("/api/v1/courses/CSE-FRT-01/").json()["versions"]] == [1]
    assert len(api.get("/api/v1/course-versions/").json()["results"]) == 1
    assert api.get("/api/v1/course-materials/").json()["results"] == []
    assert api.get(f"/api/v1/course-materials/{secret.pk}/file/").status_code == 404
    assert api.post("/api/v1/courses/CSE-FRT-01/draft/", content_type="application/json").status_code == 403


def test_a_program_sets_links_and_adds_a_material(api, first):
    make.course("CSE-FRT-03", "Frontline Refresher")
    linked = api.post("/api/v1/courses/CSE-FRT-03/prerequisites/", {"accepted": ["CSE-FRT-01"]}, content_type="application/json")
    assert linked.json()["opened_by"] == ["CSE-FRT-01"]
    added = api.post(
        f"/api/v1/course-versions/{first.pk}/materials/", {"title": "Handout", "file": SimpleUploadedFile("a.pdf", PDF)}
    )
    assert added.status_code == 201 and added.json()["size"] == len(PDF)
    got = api.get(f"/api/v1/course-materials/{added.json()['id']}/file/")
    assert b"".join(got.streaming_content) == PDF
