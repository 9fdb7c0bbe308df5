"""The staff register: what a return's rows would change in it, and taking them in, set-based."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from centres.models import Cadre, Centre, County, JobGroup, Organisation, Posting, RosterRow
from centres.models.people import new_ref
from centres.services import changes
from cse_portal.activity import trail

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


# A staged row as typed columns; the merge reads nothing else.
STAGED = """
WITH v AS (
    SELECT l.line, l.outcome, l.officer_id, l.diff, x.*
    FROM centres_rosterrow l, jsonb_to_record(l.values) AS x (
        ref text, personal_no text, personal_key text, series text, upn text, surname text, first_name text, other_names text,
        gender text, email text, phone text, organisation bigint, cadre bigint, job_group bigint, designation text, terms text,
        county bigint, centre bigint, in_post_since date)
    WHERE l.roster_id = %(roster)s AND l.outcome = ANY (%(outcomes)s)
)
"""
ADD_OFFICERS = (
    STAGED
    + """
INSERT INTO centres_officer (ref, upn, personal_no, personal_key, number_series, surname, first_name, other_names, gender, email, phone)
SELECT ref, upn, personal_no, personal_key, series, surname, first_name, coalesce(other_names, ''), coalesce(gender, ''), coalesce(email, ''), coalesce(phone, '')
FROM v ORDER BY organisation, line
"""
)
NAME_THEM = """
UPDATE centres_rosterrow l SET officer_id = o.id FROM centres_officer o
WHERE l.roster_id = %(roster)s AND l.outcome = 'created' AND o.number_series = l.values->>'series' AND o.personal_key = l.values->>'personal_key'
"""
CHANGE_OFFICERS = (
    STAGED
    + """
UPDATE centres_officer o SET
    personal_no = CASE WHEN v.diff ? 'personal_no' THEN v.personal_no ELSE o.personal_no END,
    personal_key = v.personal_key, number_series = v.series,
    upn = coalesce(v.upn, o.upn), surname = coalesce(v.surname, o.surname), first_name = coalesce(v.first_name, o.first_name),
    other_names = coalesce(v.other_names, o.other_names), gender = coalesce(v.gender, o.gender),
    email = coalesce(v.email, o.email), phone = coalesce(v.phone, o.phone)
FROM v WHERE o.id = v.officer_id AND v.diff ?| array['personal_no', 'upn', 'surname', 'first_name', 'other_names', 'gender', 'email', 'phone']
"""
)
MOVES = "v.diff ?| array['cadre', 'job_group', 'designation', 'terms', 'county', 'centre']"
# Postings that began on the as-at day itself are corrected in place: a posting lasts at least a day.
CORRECT_POSTINGS = (
    STAGED
    + f"""
UPDATE centres_posting p SET
    cadre_id = coalesce(v.cadre, p.cadre_id), job_group_id = coalesce(v.job_group, p.job_group_id), designation = coalesce(v.designation, p.designation),
    terms = coalesce(v.terms, p.terms), county_id = coalesce(v.county, p.county_id), centre_id = coalesce(v.centre, p.centre_id)
FROM v WHERE p.officer_id = v.officer_id AND lower(p.during) = %(as_at)s AND {MOVES}
"""
)
CLOSE_POSTINGS = (
    STAGED
    + f"""
, held AS (
    SELECT p.id, upper(p.during) AS until, p.end_reason
    FROM v JOIN centres_posting p ON p.officer_id = v.officer_id
    WHERE p.during @> %(as_at)s AND lower(p.during) IS DISTINCT FROM %(as_at)s AND {MOVES}
), closed AS (
    UPDATE centres_posting p SET during = daterange(lower(p.during), %(as_at)s), end_reason = %(reason)s
    FROM held WHERE held.id = p.id
    RETURNING p.id
)
SELECT held.id, held.until, held.end_reason FROM held JOIN closed USING (id)
"""
)
FOLLOW_POSTINGS = (
    STAGED
    + """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, during, end_reason)
SELECT p.officer_id, p.organisation_id, coalesce(v.cadre, p.cadre_id), coalesce(v.job_group, p.job_group_id), coalesce(v.designation, p.designation),
       coalesce(v.terms, p.terms), coalesce(v.county, p.county_id), coalesce(v.centre, p.centre_id),
       daterange(%(as_at)s, closed.until), closed.end_reason
FROM unnest(%(ids)s::bigint[], %(untils)s::date[], %(reasons)s::text[]) AS closed (id, until, end_reason)
JOIN centres_posting p ON p.id = closed.id JOIN v ON v.officer_id = p.officer_id
"""
)
# New officers, and those who had left and are back.
FIRST_POSTINGS = (
    STAGED
    + """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, during, end_reason)
SELECT officer_id, organisation, cadre, job_group, coalesce(designation, ''), coalesce(terms, ''), county, centre,
       daterange(CASE WHEN outcome = 'created' THEN coalesce(in_post_since, %(as_at)s) ELSE %(as_at)s END, NULL), ''
FROM v WHERE outcome = 'created' OR diff ? 'organisation' ORDER BY organisation, line
"""
)


def merge(roster):
    """Takes the accepted rows in: seven statements, whatever the file's size. Returns the ids of officers touched."""
    given = {"roster": roster.pk, "as_at": roster.as_at, "reason": _("changed by staff return")}
    _give_fresh_refs(roster)
    with connection.cursor() as cursor:

        def run(sql, *outcomes, **more):
            cursor.execute(sql, given | {"outcomes": list(outcomes)} | more)

        run(ADD_OFFICERS, Outcome.CREATED)
        run(NAME_THEM)
        run(CHANGE_OFFICERS, Outcome.CHANGED)
        run(CORRECT_POSTINGS, Outcome.CHANGED)
        run(CLOSE_POSTINGS, Outcome.CHANGED)
        ids, untils, reasons = (
            (list(column) for column in zip(*cursor.fetchall(), strict=True)) if cursor.rowcount else ([], [], [])
        )
        run(FOLLOW_POSTINGS, Outcome.CHANGED, ids=ids, untils=untils, reasons=reasons)
        run(FIRST_POSTINGS, Outcome.CREATED, Outcome.CHANGED)
    return list(roster.lines.filter(outcome__in=[Outcome.CREATED, Outcome.CHANGED]).values_list("officer_id", flat=True))


TAKEN_REFS = """
SELECT id FROM (
    SELECT l.id, o.id AS owner, row_number() OVER (PARTITION BY l.values->>'ref' ORDER BY l.id) AS nth
    FROM centres_rosterrow l LEFT JOIN centres_officer o ON o.ref = l.values->>'ref'
    WHERE l.roster_id = %s AND l.outcome = 'created'
) AS drawn WHERE owner IS NOT NULL OR nth > 1
"""


def _give_fresh_refs(roster):
    """Public references are random; the few that are taken, or that stand twice, are drawn again."""
    while again := list(RosterRow.objects.raw(TAKEN_REFS, [roster.pk])):
        for line in again:
            line.values["ref"] = new_ref()
        RosterRow.objects.bulk_update(again, ["values"])


def write_trail(actor, roster):
    """A trail row for each officer added or changed."""
    lines = roster.lines.filter(outcome__in=[Outcome.CREATED, Outcome.CHANGED]).defer("cells").select_related("officer")
    note = _("staff return %(ref)s, as at %(day)s") % {"ref": roster.ref, "day": roster.as_at}
    verbs = {Outcome.CREATED: "officer added", Outcome.CHANGED: "officer changed"}
    trail.record_many(
        trail.entry(actor, verbs[line.outcome], line.officer, line.diff, note) for line in lines.iterator(chunk_size=2000)
    )


def tell_above(officer_ids):
    """Postings changed: the higher apps' hook."""
    if officer_ids:
        changes.postings_changed(officer_ids)
