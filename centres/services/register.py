"""The staff register: what a return's rows would change in it, and taking them in, set-based."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection

from centres.models import Cadre, Centre, County, JobGroup, Organisation, Posting, RosterRow
from centres.models.people import new_ref

Outcome = RosterRow.Outcome
OF_OFFICER = ["upn", "surname", "first_name", "other_names", "gender", "email", "phone"]
OF_POSTING = ["cadre", "job_group", "designation", "terms", "county", "centre"]
PLACES = {"cadre": Cadre, "job_group": JobGroup, "county": County, "centre": Centre}
CODES = {"two_officers", "other_upn", "in_post_elsewhere", "later_change"}  # problems that the register, not the file, makes


@dataclass
class Judged:
    """A row beside the register: its outcome, whose it is, and {field: [old, new]} in words."""

    row: object
    outcome: str
    officer_id: int | None = None
    diff: dict = field(default_factory=dict)


@dataclass
class OnRecord:
    """An officer as the register has it on the as-at day."""

    officer: dict
    posting: dict | None  # the one in force that day
    later: dt.date | None  # first day of a posting that starts after it


def compare(rows, as_at):
    """What each row would do to the register on that day: a Judged for each, in order. A row is found by UPN, else by its
    number in its series, never by name."""
    by_upn, by_number = _on_record(rows, as_at)
    words = _Words()
    return [_judge(row, by_upn, by_number, words, as_at) for row in rows]


def _judge(row, by_upn, by_number, words, as_at):
    values = row.values
    if row.problems:
        return Judged(row, Outcome.REJECTED)
    of_upn = by_upn.get(values.get("upn"))
    of_number = by_number.get((values["series"], values["personal_key"]))
    if of_upn and of_number and of_upn is not of_number:
        row.reject("upn", values["upn"], "two_officers")
        return Judged(row, Outcome.REJECTED)
    known = of_upn or of_number
    if known is None:
        values.setdefault("ref", new_ref())
        return Judged(row, Outcome.CREATED)
    officer, posting = known.officer, known.posting
    if values.get("upn") and officer["upn"] and officer["upn"] != values["upn"]:
        row.reject("upn", values["upn"], "other_upn")
        return Judged(row, Outcome.REJECTED, officer["id"])
    if posting and posting["organisation_id"] != values["organisation"]:
        since = posting["during"].lower
        row.reject(
            "organisation",
            words.of(Organisation, values["organisation"]),
            "in_post_elsewhere",
            mda=words.name(posting["organisation_id"]),
            since=since,
        )
        return Judged(row, Outcome.REJECTED, officer["id"])
    diff = _renumbered(officer, values)
    diff |= {f: [officer[f] or "", values[f]] for f in OF_OFFICER if f in values and (officer[f] or "") != values[f]}
    moved = {} if posting is None else {f: values[f] for f in OF_POSTING if f in values and _held(posting, f) != values[f]}
    for f in moved:
        model = PLACES.get(f)
        old = _held(posting, f)
        diff[f] = [words.of(model, old) if model else old or "", words.of(model, values[f]) if model else values[f]]
    if posting is None:
        diff["organisation"] = ["", words.of(Organisation, values["organisation"])]
    if (moved or posting is None) and known.later:
        row.reject("", "", "later_change", since=known.later)
        return Judged(row, Outcome.REJECTED, officer["id"])
    return Judged(row, Outcome.CHANGED if diff else Outcome.UNCHANGED, officer["id"], diff)


def _renumbered(officer, values):
    """An officer known by UPN may have a new personal number; the same one written otherwise stays as first given."""
    old, new = (officer["number_series"], officer["personal_key"]), (values["series"], values["personal_key"])
    if old == new:
        return {}
    shown = [officer["personal_no"], values["personal_no"]]
    return {"personal_no": shown if old[0] == new[0] else [f"{shown[0]} ({old[0]})", f"{shown[1]} ({new[0]})"]}


def _held(posting, key):
    return posting[f"{key}_id" if key in PLACES else key] or (None if key in PLACES else "")


class _Words:
    """Codes of places by id, each table read once."""

    def __init__(self):
        self.tables = {}

    def of(self, model, pk):
        if pk is None:
            return ""
        if model not in self.tables:
            self.tables[model] = dict(model.objects.values_list("pk", "code"))
        return self.tables[model][pk]

    def name(self, organisation_id):
        if "names" not in self.tables:
            self.tables["names"] = {
                pk: f"{name} ({code})" for pk, name, code in Organisation.objects.values_list("pk", "name", "code")
            }
        return self.tables["names"][organisation_id]


def _on_record(rows, as_at):
    """The officers whom the rows could mean: {upn: OnRecord}, {(series, key): OnRecord}. Two queries, whatever the file's size."""
    upns = [r.values["upn"] for r in rows if r.values.get("upn")]
    keys = [r.values["personal_key"] for r in rows if r.values.get("personal_key")]
    fields = ["id", "personal_no", "personal_key", "number_series", *OF_OFFICER]
    sql = f"SELECT {', '.join(fields)} FROM centres_officer WHERE upn = ANY (%s) OR personal_key = ANY (%s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [upns, keys])
        found = {row[0]: OnRecord(dict(zip(fields, row, strict=True)), None, None) for row in cursor.fetchall()}
    wanted = [
        "officer_id",
        "organisation_id",
        "cadre_id",
        "job_group_id",
        "designation",
        "terms",
        "county_id",
        "centre_id",
        "during",
    ]
    latest = Posting.objects.extra(
        where=["officer_id = ANY (%s)", "(upper_inf(during) OR upper(during) > %s)"], params=[list(found), as_at]
    )
    for posting in latest.order_by().values(*wanted).iterator(chunk_size=5000):
        known = found[posting["officer_id"]]
        start = posting["during"].lower
        if start is None or start <= as_at:
            known.posting = posting
        else:
            known.later = min(filter(None, [known.later, start]))
    by_upn = {k.officer["upn"]: k for k in found.values() if k.officer["upn"]}
    by_number = {(k.officer["number_series"], k.officer["personal_key"]): k for k in found.values()}
    return by_upn, by_number
