"""Loading the training framework from its reference files; loading again corrects in place and never duplicates.

Values that no source gives (pass mark, attendance, places) are set once, marked assumed, and from then on edited through pages.
A course version that a cohort or a publication has fixed is not edited: a file that says otherwise makes the next version. A course
of which a version was drafted through a page is no longer the file's.
"""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q

from centres.models import Cadre
from centres.services.reference import Count, read, upsert
from cse_portal.activity import trail
from training.compliance import spans
from training.models import Cohort, Completion, Course, CourseEquivalence, CourseVersion, Requirement

from . import course_links, reference_parts

FILES = Path(__file__).resolve().parent.parent / "reference"
ATTENDANCE_ALONE = "attendance"
PASS_GIVEN = re.compile(r"pass (\d+)")


@transaction.atomic
def load(actor, directory=None):
    """Loads every file of the directory: {name: Count}."""
    directory = Path(directory or FILES)
    courses = read(directory / "courses.csv")
    cadres = {c.code: c for c in Cadre.objects.all()}
    rows = (
        {
            "code": r["code"],
            "title": r["title"],
            "cadre": cadres[r["cadre"]],
            "prerequisite": r["prerequisite"],
            "source": r["source"],
        }
        for r in courses
    )
    done = {"courses": upsert(actor, Course.objects.all(), rows, key=["code"])[0]}
    found = {c.code: c for c in Course.objects.all()}
    done["course versions"] = _versions(actor, courses, found)
    done["competencies"], done["levels by cadre"] = reference_parts.competencies(actor, read(directory / "competencies.csv"))
    versions = {v.course.code: v for v in _latest().values() if not v.fixed}
    done["competencies taught"] = reference_parts.taught(actor, read(directory / "taught.csv"), versions)
    done["parts of assessment"] = reference_parts.components(actor, read(directory / "components.csv"), versions)
    done["prerequisites"] = reference_parts.prerequisites(actor, read(directory / "prerequisites.csv"), found)
    gone = reference_parts.taken_over(course_links.SET_EQUIVALENTS)
    rows = (
        {"course": found[r["course"]], "accepted": found[r["accepted"]], "source": r["source"]}
        for r in read(directory / "equivalences.csv")
        if r["course"] not in gone
    )
    done["equivalences"] = upsert(
        actor, CourseEquivalence.objects.all(), rows, key=["course", "accepted"], subject=lambda row: row.course
    )[0]
    done["requirements"] = _requirements(actor, read(directory / "requirements.csv"), cadres, found)
    if any(done[name].created or done[name].changed for name in ("course versions", "equivalences", "requirements")):
        spans.rebuild()
    return done


def _latest():
    """{course id: its version of the highest number}; `.fixed`: in use or published by an act; `.ours`: drafted through a page."""
    named = Q(Exists(Cohort.objects.filter(course_version=OuterRef("pk")))) | Q(
        Exists(Completion.objects.filter(course_version=OuterRef("pk")))
    )
    versions = CourseVersion.objects.select_related("course").order_by("number")
    versions = versions.annotate(
        ours=Q(drafted_by__isnull=False), fixed=Q(published_on__isnull=False) | Q(drafted_by__isnull=False) | named
    )
    return {v.course_id: v for v in versions}


def _versions(actor, courses, found):
    latest = _latest()
    created = changed = 0
    for r in courses:
        said, given = _said(r), PASS_GIVEN.search(r["assessment"])
        held = latest.get(found[r["code"]].pk)
        differing = {f: (getattr(held, f), value) for f, value in said.items() if getattr(held, f) != value} if held else {}
        if held and (held.ours or not differing):
            continue
        if held and not held.fixed:
            for f, value in said.items():
                setattr(held, f, value)
            held.save(update_fields=list(said))
            trail.record(actor, "corrected", held, differing, "reference file")
            changed += 1
            continue
        new = CourseVersion(course=found[r["code"]], number=held.number + 1 if held else 1, **said)
        new.assumed = ["minimum_attendance", "capacity"] + (["pass_mark"] if new.assessed and not given else [])
        if given:
            new.pass_mark = int(given[1])
        new.save(force_insert=True)
        if held:
            held.state = CourseVersion.State.RETIRED
            held.save(update_fields=["state"])
        trail.record(actor, "loaded", new, note="reference file")
        changed, created = (changed + 1, created) if held else (changed, created + 1)
    return Count(created, changed, len(courses) - created - changed)


def _said(row):
    """What the file says of a version."""
    return {
        "mode": row["mode"],
        "days": Decimal(row["days"]),
        "competencies": row["competencies"].split(";"),
        "assessment": row["assessment"],
        "assessed": row["assessment"] != ATTENDANCE_ALONE,
        "validity_months": int(row["certificate_validity_months"]),
    }


def _requirements(actor, rows, cadres, courses):
    """One national rule a cadre, known by its authority. A cadre with another national rule has been taken over by pages."""
    count = Count(0, 0, 0)
    for r in rows:
        national = Requirement.objects.filter(cadre=cadres[r["cadre"]], organisation=None)
        mine = national.filter(authority=r["authority"])
        if national.exists() and not mine.exists():
            count += Count(0, 0, 1)
            continue
        said = {"cadre": cadres[r["cadre"]], "authority": r["authority"], "course": courses[r["course"]]}
        if not mine.exists():
            said |= {
                "in_force": DateRange(dt.date.fromisoformat(r["in_force_from"]), None),
                "due_within_days": int(r["due_within_days"]),
                "assumed": r["assumed"].split(";"),
            }
        count += upsert(actor, mine, [said], key=["cadre", "authority"])[0]
    return count
