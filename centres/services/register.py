"""The staff register beside a staff return: what each row would change in it. Set-based: a few statements, whatever the size.

A row is found by UPN, else by its number in its series, never by name. Whoever was merged into another record is that one."""

from contextlib import contextmanager

from django.db import connection

from centres.access import organisations_below
from centres.models import Officer, RosterRow
from centres.staff_file import HEADINGS, REMEDIES
from cse_portal.lib import clock

Outcome = RosterRow.Outcome
LARGE = 1000  # rows
OF_OFFICER = ["upn", "surname", "first_name", "other_names", "gender", "email", "phone"]
PLACES = {"cadre": "cadre", "job_group": "jobgroup", "county": "county", "centre": "centre"}
OF_POSTING = ["cadre", "job_group", "designation", "terms", "county", "centre"]
CODES = {
    "two_officers": "upn",
    "other_upn": "upn",
    "other_name": "surname",
    "later_change": "",
}  # problems that the register makes, and their column

FOUND = """
CREATE TEMPORARY TABLE found ON COMMIT DROP AS
SELECT r.id AS row_id, u.id AS of_upn, n.id AS of_number, false AS former
FROM centres_rosterrow r
LEFT JOIN centres_officer u ON u.upn = r.upn
LEFT JOIN centres_officer n ON n.number_series = coalesce(r.series, %(home)s) AND n.personal_key = r.personal_key
WHERE r.roster_id = %(roster)s AND {rows}
"""
# Of those whom a merge of records has made another: the number in the file is a former one of theirs.
FORMER = """
UPDATE found f SET of_upn = coalesce(u.merged_into_id, f.of_upn), of_number = coalesce(n.merged_into_id, f.of_number), former = true
FROM found g LEFT JOIN centres_officer u ON u.id = g.of_upn LEFT JOIN centres_officer n ON n.id = g.of_number
WHERE f.row_id = g.row_id AND (u.merged_into_id IS NOT NULL OR n.merged_into_id IS NOT NULL)
"""
RENUMBERED = "(NOT f.former AND (o.number_series, o.personal_key) <> (r.series, r.personal_key))"
RENAMED = " OR ".join(
    ["(r.upn IS NOT NULL AND NOT f.former AND o.upn IS DISTINCT FROM r.upn)"]
    + [f"coalesce(r.{name} <> o.{name}, false)" for name in OF_OFFICER[1:]]
)
MOVED = " OR ".join(
    f"(r.{name} IS NOT NULL AND r.{name} IS DISTINCT FROM p.{name})"
    for name in (f"{name}_id" if name in PLACES else name for name in OF_POSTING)
)
# Seconded here: the MDA where the officer is at home keeps the record, so the host's row changes nothing.
JUDGED = f"""
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT r.id AS row_id, o.id AS officer_id, p.id AS posting_id, f.former, r.outcome, NULL::date AS since,
    CASE WHEN f.of_upn <> f.of_number THEN 'two_officers'
         WHEN o.id IS NULL THEN 'created'
         WHEN NOT f.former AND r.upn <> o.upn THEN 'other_upn'
         WHEN p.host_id = r.organisation_id AND p.organisation_id <> r.organisation_id THEN 'unchanged'
         WHEN p.organisation_id <> r.organisation_id AND NOT (%(all)s OR p.organisation_id = ANY (%(reach)s::bigint[])) THEN
            CASE WHEN lower(r.surname) IN (lower(o.surname), lower(o.first_name)) THEN 'transfer' ELSE 'other_name' END
         WHEN {RENUMBERED} OR {RENAMED} OR m.moved THEN 'changed'
         ELSE 'unchanged' END AS verdict,
    m.moved
FROM found f
JOIN centres_rosterrow r ON r.id = f.row_id AND r.roster_id = %(roster)s
LEFT JOIN centres_officer o ON o.id = coalesce(f.of_upn, f.of_number)
LEFT JOIN centres_posting p ON p.officer_id = o.id AND p.during @> %(as_at)s::date
CROSS JOIN LATERAL (SELECT p.id IS NULL OR p.organisation_id <> r.organisation_id OR {MOVED} AS moved) m
"""
LATER = """
UPDATE judged j SET verdict = 'later_change', since = q.since
FROM (SELECT officer_id, min(lower(during)) AS since FROM centres_posting WHERE lower(during) > %(as_at)s GROUP BY 1) q
WHERE q.officer_id = j.officer_id AND (j.verdict = 'transfer' OR (j.verdict = 'changed' AND j.moved))
"""


def _code(table, pk):
    return f"(SELECT code FROM centres_{table} WHERE id = {pk})"


def _shown(old, new):
    return f"jsonb_build_array(coalesce({old}, ''), {new})"


_MDA = _shown(_code("organisation", "p.organisation_id"), _code("organisation", "r.organisation_id"))
_FIELDS = {
    "personal_no": (
        RENUMBERED,
        """jsonb_build_array(
            concat(o.personal_no, CASE WHEN o.number_series <> r.series THEN ' (' || o.number_series || ')' END),
            concat(r.personal_no, CASE WHEN o.number_series <> r.series THEN ' (' || r.series || ')' END))""",
    ),
    "upn": ("NOT f.former AND o.upn IS DISTINCT FROM r.upn AND r.upn IS NOT NULL", _shown("o.upn", "r.upn")),
    **{name: (f"r.{name} <> o.{name}", _shown(f"o.{name}", f"r.{name}")) for name in OF_OFFICER[1:]},
    **{
        name: (
            f"p.id IS NOT NULL AND r.{name}_id IS NOT NULL AND r.{name}_id IS DISTINCT FROM p.{name}_id",
            _shown(_code(table, f"p.{name}_id"), _code(table, f"r.{name}_id")),
        )
        for name, table in PLACES.items()
    },
    **{
        name: (f"p.id IS NOT NULL AND r.{name} <> p.{name}", _shown(f"p.{name}", f"r.{name}"))
        for name in ("designation", "terms")
    },
    "organisation": ("p.organisation_id IS DISTINCT FROM r.organisation_id", _MDA),
}
# {field: [old, new]} in words, of rows whose officer is on record.
DIFF = (
    f"CASE WHEN f.verdict = 'transfer' THEN jsonb_build_object('organisation', {_MDA}) ELSE jsonb_strip_nulls(jsonb_build_object("
    + ", ".join(f"'{name}', CASE WHEN {differs} THEN {shown} END" for name, (differs, shown) in _FIELDS.items())
    + ")) END"
)
WITH_REGISTER = """
FROM judged f JOIN centres_rosterrow r ON r.id = f.row_id AND r.roster_id = %(roster)s
JOIN centres_officer o ON o.id = f.officer_id LEFT JOIN centres_posting p ON p.id = f.posting_id
WHERE f.verdict IN ('changed', 'transfer')
"""
WRITE = [
    """UPDATE centres_rosterrow r SET outcome = f.verdict FROM judged f
    WHERE r.roster_id = %(roster)s AND r.id = f.row_id AND f.verdict IN ('created', 'unchanged') AND f.verdict <> f.outcome""",
    f"""UPDATE centres_rosterrow t SET outcome = d.verdict, officer_id = d.officer_id, diff = d.diff
    FROM (SELECT f.row_id, f.verdict, f.officer_id, {DIFF} AS diff {WITH_REGISTER}) d WHERE t.roster_id = %(roster)s AND t.id = d.row_id""",
    """UPDATE centres_rosterrow r SET outcome = 'rejected', officer_id = f.officer_id, problems = jsonb_build_array(jsonb_build_object(
        'column', c.heading, 'value', CASE c.code WHEN 'later_change' THEN '' WHEN 'other_name' THEN r.surname ELSE coalesce(r.upn, '') END, 'code', f.verdict,
        'remedy', replace(c.remedy, '%%(since)s', coalesce(f.since::text, ''))))
    FROM judged f JOIN unnest(%(codes)s::text[], %(headings)s::text[], %(remedies)s::text[]) AS c (code, heading, remedy)
        ON c.code = f.verdict
    WHERE r.roster_id = %(roster)s AND r.id = f.row_id""",
]
FALSE = f"""
SELECT EXISTS (
    SELECT 1 FROM judged f JOIN centres_rosterrow r ON r.id = f.row_id AND r.roster_id = %(roster)s
    WHERE f.verdict <> r.outcome OR (f.verdict IN ('changed', 'transfer') AND f.officer_id <> r.officer_id)
) OR EXISTS (SELECT 1 {WITH_REGISTER} AND r.diff <> {DIFF})
"""
# Whom a file that lists everyone should name: in post on its day, and still, in the MDAs that it covers.
MISSING = """
FROM centres_posting p
WHERE p.organisation_id = ANY (%(covered)s::bigint[]) AND p.during @> %(as_at)s::date
  AND (upper_inf(p.during) OR upper(p.during) > %(today)s)
  AND p.officer_id NOT IN (SELECT of_upn FROM found WHERE of_upn IS NOT NULL)
  AND p.officer_id NOT IN (SELECT of_number FROM found WHERE of_number IS NOT NULL)
"""


@contextmanager
def plain_plans(rows):
    """A register filled a moment ago is still empty to the planner, which would walk it whole for each row of a large return,
    or spend longer on compiling a statement than on running it."""
    with connection.cursor() as cursor:
        if rows > LARGE:
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        yield
        if rows > LARGE:
            cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT; SET LOCAL work_mem TO DEFAULT")


def presumed(rows):
    """What most rows of a file will turn out to be, from its first ones: new, where the register hardly knows them."""
    keys = [row.values.get("personal_key") for row in rows]
    known = Officer.objects.filter(personal_key__in=[key for key in keys if key]).count()
    return Outcome.UNCHANGED if known * 2 > len(keys) else Outcome.CREATED


def judge(roster, lines=None):
    """Writes beside each row that the file itself does not reject what it would do: all of them, or only these lines."""
    with plain_plans(roster.rows), connection.cursor() as cursor:
        words = _words() | {"roster": roster.pk}
        condition = "r.outcome <> 'rejected'" + ("" if lines is None else " AND r.line = ANY (%(lines)s)")
        _judge(cursor, roster, condition, lines)
        for statement in WRITE:
            cursor.execute(statement, words)


def forget(roster):
    """Takes back what the register made of the rows."""
    rows = roster.lines.exclude(outcome=Outcome.REJECTED) | roster.lines.filter(problems__0__code__in=list(CODES))
    rows.update(outcome=Outcome.UNCHANGED, officer=None, diff={}, problems=[])


def still_true(roster):
    """Whether the preview still says what taking in will do. Locks the officers that it will change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM centres_officer WHERE id IN (SELECT officer_id FROM centres_rosterrow WHERE roster_id = %s"
            " AND outcome IN ('changed', 'transfer')) ORDER BY id FOR NO KEY UPDATE",
            [roster.pk],
        )
        _judge(cursor, roster, "r.outcome <> 'rejected'", None)
        cursor.execute(FALSE, {"roster": roster.pk})
        return not cursor.fetchone()[0] and (not roster.full or missing(roster) == roster.leavers)


def missing(roster):
    """How many a file that lists everyone does not name, though they are in post in the MDAs that it covers."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {MISSING}", _covering(cursor, roster))
        return cursor.fetchone()[0]


def list_missing(roster):
    """A question for each of them, unless one is open: has the officer left?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO centres_possibleleaver (roster_id, officer_id, organisation_id, state)"
            f" SELECT %(roster)s, p.officer_id, p.organisation_id, 'open' {MISSING} ORDER BY p.officer_id ON CONFLICT DO NOTHING",
            _covering(cursor, roster),
        )
        return cursor.rowcount


def _covering(cursor, roster):
    """Whom the file names at all, rejected rows too, into `found`; the parameters of MISSING."""
    covered = set(
        roster.lines.exclude(outcome=Outcome.REJECTED).order_by().values_list("organisation_id", flat=True).distinct()
    ) | ({roster.organisation_id} - {None})
    _find(cursor, roster, "(r.upn IS NOT NULL OR r.personal_key IS NOT NULL)", {})
    return {"roster": roster.pk, "covered": list(covered), "as_at": roster.as_at, "today": clock.today()}


def _find(cursor, roster, condition, given):
    home = roster.organisation.number_series if roster.organisation_id else None
    cursor.execute("DROP TABLE IF EXISTS pg_temp.found, pg_temp.judged")  # of an earlier return in the same transaction
    cursor.execute(FOUND.format(rows=condition), given | {"roster": roster.pk, "home": home})
    cursor.execute("ANALYZE found")
    cursor.execute("SELECT EXISTS (SELECT 1 FROM centres_officer WHERE merged_into_id IS NOT NULL)")
    if cursor.fetchone()[0]:
        cursor.execute(FORMER)


def _judge(cursor, roster, condition, lines):
    _find(cursor, roster, condition, {"lines": lines})
    # Today's tree, not the as-at day's: who filed it answers for the MDAs below now.
    reach = organisations_below(roster.reach_id, clock.today()) if roster.reach_id else ()
    given = {"roster": roster.pk, "as_at": roster.as_at, "all": roster.reach_id is None, "reach": list(reach)}
    cursor.execute(JUDGED, given)
    cursor.execute("ANALYZE judged")
    cursor.execute(LATER, given)


def _words():
    return {
        "codes": list(CODES),
        "headings": [HEADINGS.get(column, "") for column in CODES.values()],
        "remedies": [str(REMEDIES[code]) for code in CODES],
    }
