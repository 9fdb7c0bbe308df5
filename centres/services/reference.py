"""Loading the reference files: places, cadres, job groups, services. Loading again corrects in place and never duplicates.

The files carry no dates, so what they say holds "since before the record": ranges open at both ends. A reporting line or a
standing that an act has since dated or closed is no longer the file's, and is left alone. A row that leaves a file is kept.
"""

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from centres.models import Cadre, Centre, County, Holiday, JobGroup, Organisation, ReportingLine, Service, Standing
from cse_portal.activity import trail
from cse_portal.activity.models import Entry
from cse_portal.lib import clock

from . import changes

FILES = Path(__file__).resolve().parent.parent / "reference"
EVER = DateRange(None, None, "()")  # as PostgreSQL gives it back
KIND, STANDING = Organisation.Kind, Standing.Kind

STANDING_OF_KIND = {
    KIND.COUNTY_GOVERNMENT: STANDING.BY_AGREEMENT,
    KIND.CONSTITUTIONAL_COMMISSION: STANDING.BY_AGREEMENT,
    KIND.INDEPENDENT_OFFICE: STANDING.BY_AGREEMENT,
    KIND.ARM_OF_GOVERNMENT: STANDING.BY_AGREEMENT,
    KIND.PROFESSIONAL_BODY: STANDING.LISTED,
}
HUDUMA_KENYA, SCHOOL_OF_GOVERNMENT = "HKSDP", "KSG"


class Count(NamedTuple):
    created: int
    changed: int
    unchanged: int

    def __add__(self, other):
        return Count(*(a + b for a, b in zip(self, other, strict=True)))


def read(path):
    """The rows of a reference file: {column: text}, spaces trimmed."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [{k: (v or "").strip() for k, v in row.items()} for row in csv.DictReader(file)]


def upsert(actor, queryset, rows, *, key, subject=lambda row: row):
    """Makes `queryset` hold `rows` ({field: value}, every row with the same fields), matched on the fields `key`: creates the
    missing, corrects the differing, with a trail row for each about `subject(row)`. Returns (Count, rows created or changed).
    """
    model, rows = queryset.model, list(rows)
    if not rows:
        return Count(0, 0, 0), []
    twice = [k for k, n in Counter(tuple(row[f] for f in key) for row in rows).items() if n > 1]
    if twice:
        raise ValueError(f"{model.__name__}: twice in the file: {twice[0]}")
    fields = [model._meta.get_field(f) for f in rows[0]]
    held = {tuple(getattr(o, f) for f in key): o for o in queryset.select_related(*(f.name for f in fields if f.is_relation))}
    created, changed, notes = [], [], []
    for row in rows:
        one = held.get(tuple(row[f] for f in key))
        if one is None:
            created.append(model(**row))
            continue
        differing = {f.name: (getattr(one, f.name), row[f.name]) for f in fields if getattr(one, f.name) != row[f.name]}
        if differing:
            for name, (_old, new) in differing.items():
                setattr(one, name, new)
            changed.append(one)
            notes.append(trail.entry(actor, "corrected", subject(one), differing, _source_of(model)))
    model.objects.bulk_create(created, batch_size=1000)
    if changed:
        model.objects.bulk_update(changed, [f.name for f in fields if f.name not in key], batch_size=500)
    notes += [trail.entry(actor, "loaded", subject(one), note=_source_of(model)) for one in created]
    trail.record_many(notes)
    return Count(len(created), len(changed), len(rows) - len(created) - len(changed)), created + changed


def _source_of(model):
    """Tells apart the rows of one subject: an organisation, its reporting line, its standing."""
    return f"reference file: {model._meta.verbose_name}"


@transaction.atomic
def load(actor, directory=None):
    """Loads every file of the directory: {name: Count}."""
    directory = Path(directory or FILES)
    done = {"counties": _counties(actor, directory), "CSE cadres": _cadres(actor, directory)}
    done["job groups"] = _job_groups(actor, directory)
    mdas = read(directory / "mdas.csv")
    done["organisations"], moved = _organisations(actor, mdas)
    done["reporting lines"], lines = _lines(actor, mdas)
    done["standings"], standings = _standings(actor, mdas)
    done["centres"] = _centres(actor, directory)
    done["services"] = _services(actor, directory)
    done["public holidays"] = _holidays(actor, directory)
    touched = {o.pk for o in moved} | {row.organisation_id for row in lines + standings}
    if touched:
        changes.organisations_changed(touched, clock.today())
    return done


def _counties(actor, directory):
    rows = (
        {
            "code": r["code"],
            "name": r["name"],
            "iso": r["iso_3166_2"],
            "headquarters": r["headquarters"],
            "former_province": r["former_province"],
            "source": r["source"],
        }
        for r in read(directory / "counties.csv")
    )
    return upsert(actor, County.objects.all(), rows, key=["code"])[0]


def _cadres(actor, directory):
    same = ["code", "name", "typical_grades", "who", "purpose", "source"]
    rows = ({f: r[f] for f in same} | {"sequence": int(r["sequence"])} for r in read(directory / "cadres.csv"))
    return upsert(actor, Cadre.objects.all(), rows, key=["code"])[0]


def _job_groups(actor, directory):
    cadres = _by_code(Cadre)
    same = ["csg_grade", "src_band", "typical_title", "confidence", "source"]
    rows = (
        {f: r[f] for f in same} | {"code": r["job_group"], "suggested_cadre": cadres[r["suggested_cse_cadre"]]}
        for r in read(directory / "job_groups.csv")
    )
    return upsert(actor, JobGroup.objects.all(), rows, key=["code"])[0]


def _organisations(actor, mdas):
    counties = _by_code(County)
    rows = [
        {
            "code": r["code"],
            "name": r["name"],
            "kind": KIND(r["kind"]),
            "county": counties.get(r["county_code"]),
            "source": r["source"],
        }
        for r in mdas
    ]
    known = set(Organisation.objects.values_list("code", flat=True))
    # `during` is set once: a reorganisation that closes an organisation is not undone by the file.
    new, _rows = upsert(
        actor, Organisation.objects.all(), (r | {"during": EVER} for r in rows if r["code"] not in known), key=["code"]
    )
    renamed = dict(Organisation.objects.filter(former_names__isnull=False).values_list("code", "name"))
    rows = [r | {"name": renamed.get(r["code"], r["name"])} for r in rows if r["code"] in known]  # an act has named these since
    old, changed = upsert(actor, Organisation.objects.all(), rows, key=["code"])
    return new + old, changed


def _lines(actor, mdas):
    found = _by_code(Organisation)
    dated = set(ReportingLine.objects.exclude(during=EVER).values_list("organisation__code", flat=True))
    rows = (
        {"organisation": found[r["code"]], "parent": found[r["parent_code"]], "during": EVER}
        for r in mdas
        if r["parent_code"] and r["code"] not in dated
    )
    return upsert(
        actor, ReportingLine.objects.filter(during=EVER), rows, key=["organisation"], subject=lambda line: line.organisation
    )


def _standings(actor, mdas):
    found = _by_code(Organisation)
    dated = set(Standing.objects.exclude(during=EVER).values_list("organisation__code", flat=True))
    rows = (
        {
            "organisation": found[r["code"]],
            "kind": STANDING_OF_KIND.get(r["kind"], STANDING.OBLIGED),
            "during": EVER,
            "authority": "Default of its kind (assumed)",
        }
        for r in mdas
        if r["code"] not in dated
    )
    return upsert(actor, Standing.objects.filter(during=EVER), rows, key=["organisation"], subject=lambda row: row.organisation)


def _centres(actor, directory):
    counties, organisations, statuses = _by_code(County), _by_code(Organisation), Centre.Status
    rows = [
        {
            "code": r["code"],
            "name": r["name"],
            "kind": Centre.Kind.HUDUMA_CENTRE,
            "subkind": "",
            "organisation": organisations.get(HUDUMA_KENYA),
            "county": counties[r["county_code"]],
            "town": r["town"],
            "address": r["address"],
            "opens": _time(r["opens"]),
            "closes": _time(r["closes"]),
            "extended_hours": r["extended_hours"] == "true",
            "status": statuses.ANNOUNCED if r["status"].startswith("announced") else statuses.OPERATIONAL,
            "lat": _place(r["lat"]),
            "lon": _place(r["lon"]),
            "notes": _placed(r["coord_precision"]),
            "source": r["source"],
        }
        for r in read(directory / "huduma_centres.csv")
    ]
    rows += [
        {
            "code": r["code"],
            "name": r["name"],
            "kind": Centre.Kind.CAMPUS,
            "subkind": r["kind"],
            "organisation": organisations.get(SCHOOL_OF_GOVERNMENT),
            "county": counties[r["county_code"]],
            "town": r["town"],
            "address": "",
            "opens": None,
            "closes": None,
            "extended_hours": False,
            "status": statuses.ANNOUNCED if "not verified" in r["notes"] else statuses.OPERATIONAL,
            "lat": _place(r["lat"]),
            "lon": _place(r["lon"]),
            "notes": r["notes"],
            "source": r["source"],
        }
        for r in read(directory / "ksg_campuses.csv")
    ]
    return upsert(actor, Centre.objects.all(), rows, key=["code"])[0]


def _services(actor, directory):
    owners = _by_code(Organisation)
    rows = (
        {
            "code": r["code"],
            "name": r["name"],
            "owner": owners.get(r["owner_mda_code"]),
            "channels": r["channels"].split(";") if r["channels"] else [],
            "turnaround": r["turnaround_commitment"],
            "fee": r["fee"],
            "source": r["source"],
        }
        for r in read(directory / "services.csv")
    )
    return upsert(actor, Service.objects.all(), rows, key=["code"])[0]


def _holidays(actor, directory):
    """Days that the law fixes. What people added, corrected or removed on the page stays as they have it."""
    held = {day.isoformat() for day in Holiday.objects.values_list("day", flat=True)}
    held |= set(Entry.objects.filter(kind=Holiday.trail_kind, verb="removed").values_list("ref", flat=True))
    rows = [
        {"day": dt.date.fromisoformat(r["day"]), "name": r["name"], "authority": r["authority"]}
        for r in read(directory / "holidays.csv")
    ]
    new, _rows = upsert(actor, Holiday.objects.all(), [r for r in rows if r["day"].isoformat() not in held], key=["day"])
    return new._replace(unchanged=len(rows) - new.created)


def _by_code(model):
    return {row.code: row for row in model.objects.all()}


def _time(text):
    return dt.time.fromisoformat(text) if text else None


def _place(text):
    return Decimal(text) if text else None


def _placed(precision):
    return f"Place on the map: {precision}." if precision else ""
