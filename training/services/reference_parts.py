"""What the reference files say beside courses: competencies and the level each CSE cadre needs, what a course brings, the parts of
its assessment, what comes before it. A version that is fixed keeps its parts; what a page has set is no longer the files'."""

from collections import defaultdict

from centres.models import Cadre
from centres.services.reference import Count, upsert
from cse_portal.activity import trail
from cse_portal.activity.models import Entry
from training.models import AssessmentComponent, Competency, CompetencyLevel, CoursePrerequisite, TaughtCompetency

from . import course_links


def competencies(actor, rows):
    """The competencies and the levels by cadre: two Counts."""
    cadres = list(Cadre.objects.all())
    said = (
        {
            "code": r["code"],
            "name": r["competency"],
            "principles": r["principles"],
            "sequence": n,
            "source": r["source"],
        }
        for n, r in enumerate(rows, 1)
    )
    done = upsert(actor, Competency.objects.all(), said, key=["code"])[0]
    found = {c.code: c for c in Competency.objects.all()}
    levels = (
        {"competency": found[r["code"]], "cadre": cadre, "level": int(r[cadre.code])}
        for r in rows
        for cadre in cadres
        if r.get(cadre.code)
    )
    return done, upsert(
        actor, CompetencyLevel.objects.all(), levels, key=["competency", "cadre"], subject=lambda row: row.competency
    )[0]


def taught(actor, rows, versions):
    """`versions`: {course code: its version that the file may still change}."""
    found = {c.code: c for c in Competency.objects.all()}
    said = defaultdict(dict)
    for r in rows:
        said[r["course"]][found[r["competency"]].pk] = int(r["level"])
    return _parts(
        actor,
        versions,
        said,
        held=lambda version: dict(version.taught.values_list("competency", "level")),
        make=lambda version, wanted: TaughtCompetency.objects.bulk_create(
            TaughtCompetency(course_version=version, competency_id=pk, level=level) for pk, level in wanted.items()
        ),
        clear=lambda version: version.taught.all().delete(),
        what="competencies taught",
    )


def components(actor, rows, versions):
    said = defaultdict(dict)
    for r in rows:
        mark = int(r["pass_mark"]) if r["pass_mark"] else None
        said[r["course"]][int(r["number"])] = (r["kind"], r["name"], int(r["weight"]), mark, _criteria(r["rubric"]))
    return _parts(
        actor,
        versions,
        said,
        held=lambda version: {c.number: (c.kind, c.name, c.weight, c.pass_mark, c.rubric) for c in version.components.all()},
        make=lambda version, wanted: AssessmentComponent.objects.bulk_create(
            AssessmentComponent(
                course_version=version, number=n, kind=kind, name=name, weight=weight, pass_mark=mark, rubric=rubric
            )
            for n, (kind, name, weight, mark, rubric) in wanted.items()
        ),
        clear=lambda version: version.components.all().delete(),
        what="parts of the assessment",
    )


def _criteria(text):
    """ "Greeting 20;Listening 20" as a rubric."""
    pairs = (part.rpartition(" ") for part in text.split(";") if part)
    return [{"name": name, "most": int(most)} for name, _space, most in pairs]


def _parts(actor, versions, said, *, held, make, clear, what):
    created = changed = unchanged = 0
    for code, wanted in said.items():
        version = versions.get(code)
        if version is None:
            unchanged += 1
            continue
        before = held(version)
        if before == wanted:
            unchanged += 1
            continue
        if before:
            clear(version)
        make(version, wanted)
        trail.record(actor, "corrected" if before else "loaded", version, note=f"reference file: {what}")
        created, changed = (created, changed + 1) if before else (created + 1, changed)
    return Count(created, changed, unchanged)


def taken_over(kind):
    """Codes of the courses whose links of this kind a page has set."""
    return set(Entry.objects.filter(kind="course", verb=kind).values_list("ref", flat=True))


def prerequisites(actor, rows, courses):
    gone = taken_over(course_links.SET_PREREQUISITES)
    said = (
        {"course": courses[r["course"]], "accepted": courses[r["accepted"]]}
        for r in rows
        if r["course"] in courses and r["course"] not in gone
    )
    return upsert(actor, CoursePrerequisite.objects.all(), said, key=["course", "accepted"], subject=lambda row: row.course)[0]
