"""Taking the accepted rows of a staff return into the register: a handful of statements, whatever the file's size."""

from django.db import connection
from django.utils.translation import gettext as _

from centres.models import Officer, Posting, RosterRow
from centres.models.people import ALPHABET
from centres.services import changes
from cse_portal.activity import trail

Outcome = RosterRow.Outcome
DRAWN = "'OF-' || " + " || ".join(
    f"substr('{ALPHABET}', get_byte(random, {place}) %% {len(ALPHABET)} + 1, 1)" for place in range(6)
)  # a public reference, as new_ref() draws it

# The rows that change something, as a table of their own, because its numbers are known to the planner (ANALYZE).
STAGE = f"""
CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
SELECT l.line, l.outcome, CASE l.outcome WHEN 'created' THEN {DRAWN} END AS ref,
       CASE l.outcome WHEN 'created' THEN nextval('centres_officer_id_seq') ELSE l.officer_id END AS officer_id,
       l.personal_no, l.personal_key, l.series, l.upn, l.surname, l.first_name, l.other_names, l.gender, l.email, l.phone,
       l.organisation_id AS organisation, l.cadre_id AS cadre, l.job_group_id AS job_group, l.designation, l.terms,
       l.county_id AS county, l.centre_id AS centre, l.in_post_since, l.diff,
       l.diff ? 'personal_no' AS renumbered, l.diff ? 'upn' AS upn_given,
       l.diff ?| array['personal_no', 'upn', 'surname', 'first_name', 'other_names', 'gender', 'email', 'phone'] AS renamed,
       l.diff #>> '{{organisation,0}}' = '' AS back,
       l.diff ?| array['cadre', 'job_group', 'designation', 'terms', 'county', 'centre', 'organisation'] AS moved
FROM (
    SELECT r.*, uuid_send(gen_random_uuid()) AS random FROM centres_rosterrow r
    WHERE r.roster_id = %(roster)s AND r.outcome IN ('created', 'changed')
) l
"""
# Public references are random; the few that are taken, or that stand twice, are drawn again.
DRAW_AGAIN = f"""
UPDATE staged s SET ref = {DRAWN} FROM (
    SELECT officer_id, uuid_send(gen_random_uuid()) AS random FROM (
        SELECT t.officer_id FROM staged t JOIN centres_officer o ON o.ref = t.ref WHERE t.outcome = 'created'
        UNION SELECT max(officer_id) FROM staged WHERE outcome = 'created' GROUP BY ref HAVING count(*) > 1
    ) AS drawn
) AS again WHERE s.officer_id = again.officer_id
"""
# In an order that all returns share, so that two at once wait for one another, but never each for the other.
ADD_OFFICERS = """
INSERT INTO centres_officer (id, ref, upn, personal_no, personal_key, number_series, surname, first_name, other_names, gender, email, phone)
SELECT officer_id, ref, upn, personal_no, personal_key, series, surname, first_name, coalesce(other_names, ''), coalesce(gender, ''),
       coalesce(email, ''), coalesce(phone, '')
FROM staged WHERE outcome = 'created' ORDER BY series, personal_key
"""
CHANGE_OFFICERS = """
UPDATE centres_officer o SET
    personal_no = CASE WHEN s.renumbered THEN s.personal_no ELSE o.personal_no END,
    personal_key = CASE WHEN s.renumbered THEN s.personal_key ELSE o.personal_key END,
    number_series = CASE WHEN s.renumbered THEN s.series ELSE o.number_series END,
    upn = CASE WHEN s.upn_given THEN s.upn ELSE o.upn END,
    surname = coalesce(s.surname, o.surname), first_name = coalesce(s.first_name, o.first_name),
    other_names = coalesce(s.other_names, o.other_names), gender = coalesce(s.gender, o.gender),
    email = coalesce(s.email, o.email), phone = coalesce(s.phone, o.phone)
FROM staged s WHERE o.id = s.officer_id AND s.outcome = 'changed' AND s.renamed
"""
# Postings that began on the as-at day itself are corrected in place: a posting lasts at least a day.
CORRECT_POSTINGS = """
UPDATE centres_posting p SET
    organisation_id = s.organisation, host_id = CASE WHEN p.organisation_id = s.organisation THEN p.host_id END,
    cadre_id = coalesce(s.cadre, p.cadre_id), job_group_id = coalesce(s.job_group, p.job_group_id),
    designation = coalesce(s.designation, p.designation), terms = coalesce(s.terms, p.terms),
    county_id = coalesce(s.county, p.county_id),
    centre_id = coalesce(s.centre, CASE WHEN p.organisation_id = s.organisation THEN p.centre_id END)
FROM staged s WHERE p.officer_id = s.officer_id AND lower(p.during) = %(as_at)s AND s.outcome = 'changed' AND s.moved
"""
# A planned end of the old posting becomes the new one's.
CLOSE_POSTINGS = """
CREATE TEMPORARY TABLE held ON COMMIT DROP AS
SELECT p.id, s.line, upper(p.during) AS until, p.end_reason, p.organisation_id <> s.organisation AS elsewhere
FROM staged s JOIN centres_posting p ON p.officer_id = s.officer_id
WHERE p.during @> %(as_at)s AND lower(p.during) IS DISTINCT FROM %(as_at)s AND s.outcome = 'changed' AND s.moved;
ANALYZE held;
UPDATE centres_posting p SET during = daterange(lower(p.during), %(as_at)s),
    end_reason = CASE WHEN held.elsewhere THEN %(transferred)s ELSE %(new_post)s END
FROM held WHERE held.id = p.id
"""
# A duty station and a secondment belong to the MDA: they do not come along to another.
FOLLOW_POSTINGS = """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, host_id, during, end_reason)
SELECT p.officer_id, s.organisation, coalesce(s.cadre, p.cadre_id), coalesce(s.job_group, p.job_group_id),
       coalesce(s.designation, p.designation), coalesce(s.terms, p.terms), coalesce(s.county, p.county_id),
       coalesce(s.centre, CASE WHEN NOT held.elsewhere THEN p.centre_id END), CASE WHEN NOT held.elsewhere THEN p.host_id END,
       daterange(%(as_at)s, held.until), held.end_reason
FROM held JOIN centres_posting p USING (id) JOIN staged s USING (line)
"""
# New officers, and those who had left and are back.
FIRST_POSTINGS = """
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, job_group_id, designation, terms, county_id, centre_id, during, end_reason)
SELECT officer_id, organisation, cadre, job_group, coalesce(designation, ''), coalesce(terms, ''), county, centre,
       daterange(CASE WHEN outcome = 'created' THEN coalesce(in_post_since, %(as_at)s) ELSE %(as_at)s END, NULL), ''
FROM staged WHERE outcome = 'created' OR back ORDER BY officer_id
"""
COVER = """
INSERT INTO centres_rostercoverage (roster_id, organisation_id, officers)
SELECT roster_id, organisation_id, count(*) FROM centres_rosterrow
WHERE roster_id = %(roster)s AND outcome IN ('created', 'changed', 'unchanged') GROUP BY 1, 2
"""
TRAIL = """
SELECT o.ref, concat_ws(' ', o.first_name, nullif(o.other_names, ''), o.surname) AS label, s.diff AS changes
FROM staged s JOIN centres_officer o ON o.id = s.officer_id WHERE s.outcome = %(outcome)s ORDER BY s.line
"""


def stage(roster):
    """The rows that change something, ready to be merged."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged, pg_temp.held")  # of an earlier return in the same transaction
        cursor.execute(STAGE, {"roster": roster.pk})
        cursor.execute("ANALYZE staged (line, outcome, officer_id, renamed, moved)")
        while True:
            cursor.execute(DRAW_AGAIN, {"no": None})
            if not cursor.rowcount:
                return


def officers(roster):
    _run(roster, ADD_OFFICERS, CHANGE_OFFICERS)


def postings(roster):
    _run(roster, CORRECT_POSTINGS, CLOSE_POSTINGS, FOLLOW_POSTINGS, FIRST_POSTINGS, COVER)


def _run(roster, *statements):
    given = {
        "roster": roster.pk,
        "as_at": roster.as_at,
        "transferred": Posting.End.TRANSFERRED,
        "new_post": Posting.End.NEW_POST,
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, given)


def write_trail(actor, roster):
    """A trail row for each officer added or changed."""
    note = _("staff return %(ref)s, as at %(day)s") % {"ref": roster.ref, "day": roster.as_at}
    for outcome, verb in ((Outcome.CREATED, "officer added"), (Outcome.CHANGED, "officer changed")):
        trail.record_found(actor, verb, Officer, TRAIL, {"outcome": outcome}, note)


def tell_above():
    """Postings changed: the higher apps' hook."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT officer_id FROM staged WHERE outcome = 'created' OR moved ORDER BY officer_id")
        if officer_ids := [row[0] for row in cursor.fetchall()]:
            changes.postings_changed(officer_ids)
