"""Taking the accepted rows of a staff return into the register: a handful of statements, whatever the file's size."""

from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext as _

from centres.models import Officer, RosterRow
from centres.models.people import new_ref
from centres.services import changes
from cse_portal.activity import trail

Outcome = RosterRow.Outcome
LARGE = 1000  # rows

# The accepted rows as typed columns. A table of its own, because its numbers are known to the planner (ANALYZE): joined
# straight from JSON, of which it knows nothing, a large return can take hours.
STAGE = """
CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
SELECT l.id AS row_id, l.line, l.outcome, l.officer_id, x.*,
       l.diff ? 'personal_no' AS renumbered,
       l.diff ?| array['personal_no', 'upn', 'surname', 'first_name', 'other_names', 'gender', 'email', 'phone'] AS renamed,
       l.diff ?| array['cadre', 'job_group', 'designation', 'terms', 'county', 'centre'] AS moved,
       l.diff ? 'organisation' AS back
FROM centres_rosterrow l, jsonb_to_record(l.values) AS x (
    ref text, personal_no text, personal_key text, series text, upn text, surname text, first_name text, other_names text,
    gender text, email text, phone text, organisation bigint, cadre bigint, job_group bigint, designation text, terms text,
    county bigint, centre bigint, in_post_since date)
WHERE l.roster_id = %(roster)s AND l.outcome IN ('created', 'changed')
"""
TAKEN_REFS = """
SELECT row_id FROM (
    SELECT s.row_id, o.id AS owner, row_number() OVER (PARTITION BY s.ref ORDER BY s.row_id) AS nth
    FROM staged s LEFT JOIN centres_officer o ON o.ref = s.ref WHERE s.outcome = 'created'
) AS drawn WHERE owner IS NOT NULL OR nth > 1
"""
ADD_OFFICERS = """
WITH added AS (
    INSERT INTO centres_officer (ref, upn, personal_no, personal_key, number_series, surname, first_name, other_names, gender, email, phone)
    SELECT ref, upn, personal_no, personal_key, series, surname, first_name, coalesce(other_names, ''), coalesce(gender, ''),
           coalesce(email, ''), coalesce(phone, '')
    FROM staged WHERE outcome = 'created' ORDER BY organisation, line
    RETURNING id, ref
)
UPDATE staged s SET officer_id = added.id FROM added WHERE s.ref = added.ref AND s.outcome = 'created'
"""
NAME_THEM = (
    "UPDATE centres_rosterrow l SET officer_id = s.officer_id FROM staged s WHERE l.id = s.row_id AND s.outcome = 'created'"
)
CHANGE_OFFICERS = """
UPDATE centres_officer o SET
    personal_no = CASE WHEN s.renumbered THEN s.personal_no ELSE o.personal_no END,
    personal_key = s.personal_key, number_series = s.series,
    upn = coalesce(s.upn, o.upn), surname = coalesce(s.surname, o.surname), first_name = coalesce(s.first_name, o.first_name),
    other_names = coalesce(s.other_names, o.other_names), gender = coalesce(s.gender, o.gender),
    email = coalesce(s.email, o.email), phone = coalesce(s.phone, o.phone)
FROM staged s WHERE o.id = s.officer_id AND s.outcome = 'changed' AND s.renamed
"""
# Postings that began on the as-at day itself are corrected in place: a posting lasts at least a day.
CORRECT_POSTINGS = """
UPDATE centres_posting p SET
    cadre_id = coalesce(s.cadre, p.cadre_id), job_group_id = coalesce(s.job_group, p.job_group_id),
    designation = coalesce(s.designation, p.designation), terms = coalesce(s.terms, p.terms),
    county_id = coalesce(s.county, p.county_id), centre_id = coalesce(s.centre, p.centre_id)
FROM staged s WHERE p.officer_id = s.officer_id AND lower(p.during) = %(as_at)s AND s.outcome = 'changed' AND s.moved
"""
# A planned end of the old posting becomes the new one's.
CLOSE_POSTINGS = """
CREATE TEMPORARY TABLE held ON COMMIT DROP AS
SELECT p.id, s.row_id, upper(p.during) AS until, p.end_reason
FROM staged s JOIN centres_posting p ON p.officer_id = s.officer_id
WHERE p.during @> %(as_at)s AND lower(p.during) IS DISTINCT FROM %(as_at)s AND s.outcome = 'changed' AND s.moved;
ANALYZE held;
UPDATE centres_posting p SET during = daterange(lower(p.during), %(as_at)s), end_reason = %(reason)s
FROM held WHERE held.id = p.id
"""
FOLLOW_POSTINGS = """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, during, end_reason)
SELECT p.officer_id, p.organisation_id, coalesce(s.cadre, p.cadre_id), coalesce(s.job_group, p.job_group_id),
       coalesce(s.designation, p.designation), coalesce(s.terms, p.terms), coalesce(s.county, p.county_id),
       coalesce(s.centre, p.centre_id), daterange(%(as_at)s, held.until), held.end_reason
FROM held JOIN centres_posting p USING (id) JOIN staged s USING (row_id)
"""
# New officers, and those who had left and are back.
FIRST_POSTINGS = """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, during, end_reason)
SELECT officer_id, organisation, cadre, job_group, coalesce(designation, ''), coalesce(terms, ''), county, centre,
       daterange(CASE WHEN outcome = 'created' THEN coalesce(in_post_since, %(as_at)s) ELSE %(as_at)s END, NULL), ''
FROM staged WHERE outcome = 'created' OR back ORDER BY organisation, line
"""


@contextmanager
def plain_plans(roster):
    """A register filled a moment ago is still empty to the planner, which would walk it whole for each row of a large return,
    or spend longer on compiling a statement than on running it."""
    with connection.cursor() as cursor:
        if roster.rows > LARGE:
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")
        yield
        if roster.rows > LARGE:
            cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL jit = DEFAULT")


def merge(roster):
    """Takes the accepted rows in. Returns the ids of officers added or changed."""
    given = {"roster": roster.pk, "as_at": roster.as_at, "reason": _("changed by staff return")}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged, pg_temp.held")  # of an earlier return in the same transaction
        cursor.execute(STAGE, given)
        cursor.execute("ANALYZE staged")
        _give_fresh_refs(cursor)
        for statement in (
            ADD_OFFICERS,
            NAME_THEM,
            CHANGE_OFFICERS,
            CORRECT_POSTINGS,
            CLOSE_POSTINGS,
            FOLLOW_POSTINGS,
            FIRST_POSTINGS,
        ):
            cursor.execute(statement, given)
        cursor.execute("SELECT officer_id FROM staged")
        return [row[0] for row in cursor.fetchall()]


def _give_fresh_refs(cursor):
    """Public references are random; the few that are taken, or that stand twice, are drawn again."""
    cursor.execute(TAKEN_REFS)
    while again := cursor.fetchall():
        for (row_id,) in again:
            cursor.execute("UPDATE staged SET ref = %s WHERE row_id = %s", [new_ref(), row_id])
        cursor.execute(TAKEN_REFS)


TRAIL = """
SELECT o.ref, concat_ws(' ', o.first_name, nullif(o.other_names, ''), o.surname) AS label, l.diff AS changes
FROM centres_rosterrow l JOIN centres_officer o ON o.id = l.officer_id
WHERE l.roster_id = %(roster)s AND l.outcome = %(outcome)s ORDER BY l.line
"""


def write_trail(actor, roster):
    """A trail row for each officer added or changed."""
    note = _("staff return %(ref)s, as at %(day)s") % {"ref": roster.ref, "day": roster.as_at}
    for outcome, verb in ((Outcome.CREATED, "officer added"), (Outcome.CHANGED, "officer changed")):
        trail.record_found(actor, verb, Officer, TRAIL, {"roster": roster.pk, "outcome": outcome}, note)


def tell_above(officer_ids):
    """Postings changed: the higher apps' hook."""
    if officer_ids:
        changes.postings_changed(officer_ids)
