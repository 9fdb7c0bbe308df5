"""Officers of one organisation go to another from a day on: each posting is cut on that day and goes on there. Set-based."""

from django.db import connection

from centres.models import Posting

CARRIED = [
    f.column for f in Posting._meta.concrete_fields if f.name not in ("id", "organisation", "host", "during", "end_reason")
]
COLUMNS = ", ".join(CARRIED)
# Those that begin on the day or later go over whole; those in force are cut, and their planned end becomes the new one's.
WHOLE = """
UPDATE centres_posting p SET organisation_id = %(into)s, host_id = nullif(p.host_id, %(into)s)
WHERE p.organisation_id = %(of)s AND lower(p.during) >= %(on)s {which} RETURNING p.officer_id
"""
CUT = f"""
WITH held AS MATERIALIZED (
    SELECT p.id, upper(p.during) AS until, p.end_reason AS planned FROM centres_posting p
    WHERE p.organisation_id = %(of)s AND p.during @> %(on)s::date AND (lower_inf(p.during) OR lower(p.during) < %(on)s) {{which}}
), cut AS (
    UPDATE centres_posting p SET during = daterange(lower(p.during), %(on)s), end_reason = 'reorganisation'
    FROM held WHERE held.id = p.id RETURNING p.*, held.until, held.planned
)
INSERT INTO centres_posting ({COLUMNS}, organisation_id, host_id, during, end_reason)
SELECT {COLUMNS}, %(into)s, nullif(host_id, %(into)s), daterange(%(on)s, until), planned FROM cut RETURNING officer_id
"""
HOSTED_WHOLE = """
UPDATE centres_posting p SET host_id = nullif(%(into)s, p.organisation_id)
WHERE p.host_id = %(of)s AND lower(p.during) >= %(on)s RETURNING p.officer_id
"""
HOSTED_CUT = f"""
WITH held AS MATERIALIZED (
    SELECT p.id, upper(p.during) AS until, p.end_reason AS planned FROM centres_posting p
    WHERE p.host_id = %(of)s AND p.during @> %(on)s::date AND (lower_inf(p.during) OR lower(p.during) < %(on)s)
), cut AS (
    UPDATE centres_posting p SET during = daterange(lower(p.during), %(on)s), end_reason = 'reorganisation'
    FROM held WHERE held.id = p.id RETURNING p.*, held.until, held.planned
)
INSERT INTO centres_posting ({COLUMNS}, organisation_id, host_id, during, end_reason)
SELECT {COLUMNS}, organisation_id, nullif(%(into)s, organisation_id), daterange(%(on)s, until), planned FROM cut RETURNING officer_id
"""
LOCK = """
SELECT 1 FROM centres_officer WHERE id IN (
    SELECT officer_id FROM centres_posting
    WHERE (organisation_id = ANY (%s) OR host_id = ANY (%s)) AND during && daterange(%s, NULL)
) ORDER BY id FOR NO KEY UPDATE
"""
NUMBERED = """
FROM centres_posting p WHERE p.officer_id = o.id AND p.organisation_id = %(into)s AND p.during @> %(on)s::date
  AND o.number_series = %(old)s AND {taken} EXISTS (
    SELECT 1 FROM centres_officer x WHERE x.number_series = %(new)s AND x.personal_key = o.personal_key)
"""


def lock(organisation_ids, on):
    """Locks the officers with a posting there on that day or later, in the order that every writer of their facts locks them."""
    ids = list(organisation_ids)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [ids, ids, on])


def move(of, into, on, criteria=None):
    """Officers of `of` (an id) serve at `into` from that day; `criteria` {posting column: id} takes only some. Returns
    (ids of officers touched, how many of them are in post on the day)."""
    criteria = {column: pk for column, pk in (criteria or {}).items() if pk}
    which = "".join(f" AND p.{column} = %({column})s" for column in sorted(criteria))
    given = criteria | {"of": of, "into": into, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(CUT.format(which=which), given)
        cut = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            f"SELECT count(*) FROM centres_posting p WHERE p.organisation_id = %(of)s AND lower(p.during) = %(on)s {which}", given
        )
        there = len(cut) + cursor.fetchone()[0]
        cursor.execute(WHOLE.format(which=which), given)
        touched = cut | {row[0] for row in cursor.fetchall()}
    return touched, there


def rehost(of, into, on):
    """Officers seconded to `of` are seconded to its successor. Returns the ids of officers touched."""
    with connection.cursor() as cursor:
        touched = set()
        for statement in (HOSTED_CUT, HOSTED_WHOLE):
            cursor.execute(statement, {"of": of, "into": into, "on": on})
            touched |= {row[0] for row in cursor.fetchall()}
    return touched


def clashes(into, old, new, on):
    """Personal numbers of officers at `into` that someone else holds in its own series: sorted."""
    if old == new:
        return []
    with connection.cursor() as cursor:
        given = {"into": into, "old": old, "new": new, "on": on}
        cursor.execute("SELECT DISTINCT o.personal_no FROM centres_officer o, centres_posting p " + _where(""), given)
        return sorted(row[0] for row in cursor.fetchall())


def renumber(into, old, new, on):
    """Numbers of officers at `into` on the day join its series; one that is taken there stays in the old series, whose code then
    tells the two apart. Returns how many joined."""
    if old == new:
        return 0
    with connection.cursor() as cursor:
        given = {"into": into, "old": old, "new": new, "on": on}
        cursor.execute("UPDATE centres_officer o SET number_series = %(new)s " + NUMBERED.format(taken="NOT"), given)
        return cursor.rowcount


def _where(taken):
    """The condition of NUMBERED without its FROM, for a SELECT."""
    return NUMBERED.format(taken=taken).split("centres_posting p ", 1)[1]
