"""Reference files: loaded once or many times, corrected by a later file, never duplicated."""

import csv
import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from centres.access import Scope
from centres.models import Cadre, Centre, County, JobGroup, Organisation, ReportingLine, Service, Standing
from centres.services import reference as places
from cse_portal.activity.models import Entry
from tests import factories as make
from training.models import Course, CourseEquivalence, CourseVersion, Requirement
from training.services import reference as framework

LOADER = Scope.system_task("load_reference")


def load():
    out = StringIO()
    call_command("load_reference", stdout=out)
    rows = [re.split(r"\s{2,}", line.strip()) for line in out.getvalue().splitlines()[1:]]
    return {name: tuple(map(int, counts)) for name, *counts in rows}


@pytest.fixture
def loaded(db):
    return load()


@pytest.fixture
def copies(tmp_path):
    """The places' files, to be corrected."""
    return Path(shutil.copytree(places.FILES, tmp_path / "reference"))


def correct(path, match, **values):
    """Edits one row of a file."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = [r for r in rows if r["code"] == match]
    row.update(values)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_everything_is_there_after_one_load(loaded):
    assert County.objects.count() == 47
    assert Organisation.objects.count() == 439
    assert Centre.objects.filter(kind="huduma_centre").count() == 63
    assert Centre.objects.filter(kind="huduma_centre", status="announced").count() == 4
    assert Centre.objects.filter(kind="campus").count() == 12
    assert (Service.objects.count(), Cadre.objects.count(), JobGroup.objects.count()) == (91, 5, 20)
    assert (Course.objects.count(), CourseVersion.objects.count()) == (22, 22)
    assert Centre.objects.get(code="HC-047-01").organisation.code == "HKSDP"


def test_a_second_load_creates_and_changes_nothing(loaded):
    before = Entry.objects.count()
    assert {(created, changed) for created, changed, _unchanged in load().values()} == {(0, 0)}
    assert Entry.objects.count() == before


def test_standing_follows_the_kind(loaded):
    def kinds(standing):
        return set(Standing.objects.filter(kind=standing).values_list("organisation__kind", flat=True))

    assert kinds("listed") == {"professional_body"}
    assert kinds("by_agreement") == {"county_government", "constitutional_commission", "independent_office", "arm_of_government"}
    assert {"ministry", "state_corporation", "public_university", "programme"} <= kinds("obliged")
    assert Standing.objects.count() == 439


def test_reporting_lines_make_a_tree(loaded):
    livestock = ReportingLine.objects.get(organisation__code="SDLD")
    assert livestock.parent.kind == "ministry"
    assert ReportingLine.objects.count() == ReportingLine.objects.values("organisation").distinct().count()


def test_a_corrected_name_changes_one_row_and_duplicates_nothing(loaded, copies):
    correct(copies / "mdas.csv", "SDLD", name="State Department for Livestock")
    assert places.load(LOADER, copies)["organisations"] == (0, 1, 438)
    assert Organisation.objects.get(code="SDLD").name == "State Department for Livestock"
    assert Organisation.objects.count() == 439
    act = Entry.objects.filter(kind="organisation", ref="SDLD").first()
    assert act.verb == "corrected" and act.changes["name"][1] == "State Department for Livestock"


def test_a_corrected_parent_moves_the_line_it_loaded(loaded, copies):
    correct(copies / "mdas.csv", "KSG", parent_code="MOE")
    assert places.load(LOADER, copies)["reporting lines"][:2] == (0, 1)
    assert ReportingLine.objects.get(organisation__code="KSG").parent.code == "MOE"


def test_a_line_or_standing_that_an_act_has_dated_is_left_alone(loaded):
    nairobi = Standing.objects.filter(organisation__kind="county_government").first()
    nairobi.during = type(nairobi.during)(None, make.days_ago(30))
    nairobi.save()
    Standing.objects.create(organisation=nairobi.organisation, kind="joined", during=make.since(make.days_ago(30)))
    done = load()
    assert done["standings"][:2] == (0, 0)
    assert Standing.objects.filter(organisation=nairobi.organisation, kind="joined").exists()


def test_a_code_twice_in_a_file_is_refused(loaded, copies):
    text = (copies / "services.csv").read_text()
    (copies / "services.csv").write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(ValueError, match="twice"):
        places.load(LOADER, copies)


def test_silent_values_are_assumed_and_marked(loaded):
    frontline = CourseVersion.objects.get(course__code="CSE-FRT-01")
    assert (frontline.pass_mark, frontline.minimum_attendance, frontline.capacity, frontline.validity_months) == (60, 80, 35, 24)
    assert set(frontline.assumed) == {"pass_mark", "minimum_attendance", "capacity"}
    assessor = CourseVersion.objects.get(course__code="CSE-SQA-01")
    assert assessor.pass_mark == 70 and "pass_mark" not in assessor.assumed
    briefing = CourseVersion.objects.get(course__code="CSE-EXE-02")
    assert not briefing.assessed and briefing.validity_months == 0


def test_equivalents_of_the_core_courses(loaded):
    def accepted(code):
        return set(CourseEquivalence.objects.filter(course__code=code).values_list("accepted__code", flat=True))

    assert accepted("CSE-FRT-01") == {"CSE-FRT-02", "CSE-SNR-01"}
    assert accepted("CSE-FRT-02") == {"CSE-FRT-01"}
    assert accepted("CSE-TEC-01") == {"CSE-TEC-02", "CSE-SNR-01"}
    assert accepted("CSE-TEC-02") == {"CSE-TEC-01"}


def test_each_cadre_has_one_core_requirement_of_ninety_days(loaded):
    rules = Requirement.objects.select_related("cadre", "course")
    assert {(r.cadre.code, r.course.code) for r in rules} == {(c, f"CSE-{c}-01") for c in ("EXE", "SNR", "TEC", "FRT", "SQA")}
    assert {(r.due_within_days, str(r.in_force.lower), r.organisation) for r in rules} == {(90, "2024-06-13", None)}
    assert all("due_within_days" in r.assumed for r in rules)


def test_an_assumption_replaced_by_a_page_survives_the_next_load(loaded):
    CourseVersion.objects.filter(course__code="CSE-FRT-01").update(pass_mark=65, assumed=["capacity"])
    Requirement.objects.filter(cadre__code="FRT").update(due_within_days=60)
    load()
    version = CourseVersion.objects.get(course__code="CSE-FRT-01")
    assert version.pass_mark == 65 and version.assumed == ["capacity"]
    assert Requirement.objects.get(cadre__code="FRT").due_within_days == 60


@pytest.mark.parametrize(("published", "versions"), [(False, [1]), (True, [1, 2])])
def test_a_file_corrects_an_unused_version_and_supersedes_a_published_one(loaded, tmp_path, published, versions):
    if published:
        CourseVersion.objects.filter(course__code="CSE-FRT-01").update(published_on=make.days_ago(1))
    folder = Path(shutil.copytree(framework.FILES, tmp_path / "framework"))
    correct(folder / "courses.csv", "CSE-FRT-01", days="4")
    assert framework.load(LOADER, folder)["course versions"] == (0, 1, 21)
    found = CourseVersion.objects.filter(course__code="CSE-FRT-01").order_by("number")
    assert [v.number for v in found] == versions and found.last().days == 4
    assert framework.load(LOADER, folder)["course versions"] == (0, 0, 22)
