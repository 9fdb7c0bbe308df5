"""The status of every officer over time, materialised: training_compliancespan. The rule in SQL is the function
compliance_wanted of migration 0005; rules.py is its oracle."""

from django.db import connection, transaction

from cse_portal.lib import clock
from training.models import ComplianceDelta

CHUNK = 10_000


def chunks(ids, size=CHUNK):
    ids = sorted(set(ids))
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def refresh(officer_ids):
    """Recomputes these officers after a change of their facts, in the caller's transaction: how many spans changed."""
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for some in chunks(officer_ids):
            cursor.execute("SELECT compliance_refresh(%s)", [some])
            changed += cursor.fetchone()[0]
    return changed


def refresh_in_chunks(officer_ids, progress=lambda done: None, size=CHUNK):
    """The same in a transaction for each chunk, for work that is too long for one; `progress(how many are done)`."""
    changed = done = 0
    for some in chunks(officer_ids, size):
        changed += refresh(some)
        done += len(some)
        progress(done)
    return changed


def rebuild(progress=lambda done: None, recorded_in_time=False):
    """Recomputes every officer who has, or had, a post. An empty ledger is filled at once, by one sum at the end;
    `recorded_in_time`: as if each fact had been recorded on its day (the demonstration's)."""
    ids = everyone()
    if ids and not ComplianceDelta.objects.exists():
        return _fill(ids, progress, IN_TIME if recorded_in_time else "clock_timestamp()")
    return refresh_in_chunks(ids, progress)


FILL = [
    """
    INSERT INTO training_compliancespan (officer_id, organisation_id, cadre_id, county_id, status, starts, ends)
    SELECT * FROM compliance_wanted(%s)
    """,
    # Written by no transaction (0): there was nothing before, so a checkpoint may hold these rows from the first.
    """
    INSERT INTO {table} ({place}, cadre_id, status, effective_on, delta, recorded_at, written_by)
    SELECT {place}, cadre_id, status, day, sum(n), {recorded_at}, '0' FROM (
        SELECT {place}, cadre_id, status, starts AS day, 1 AS n FROM training_compliancespan
        UNION ALL SELECT {place}, cadre_id, status, ends, -1 FROM training_compliancespan WHERE ends <> 'infinity'
    ) e GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY day
    """,
]
IN_TIME = "least((day + time '20:00') AT TIME ZONE 'Africa/Nairobi', clock_timestamp())"


@transaction.atomic
def _fill(ids, progress, recorded_at):
    written = 0
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE training_compliancespan IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL cse.bulk_fill = 'on'")
        cursor.execute("DELETE FROM training_compliancespan")
        for n, some in enumerate(chunks(ids), 1):
            cursor.execute(FILL[0], [some])
            written += cursor.rowcount
            progress(min(n * CHUNK, len(ids)))
        cursor.execute("SET LOCAL cse.bulk_fill = 'off'")
        for place, table in (("organisation_id", "training_compliancedelta"), ("county_id", "training_compliancecountydelta")):
            cursor.execute(FILL[1].format(place=place, table=table, recorded_at=recorded_at))
        cursor.execute("INSERT INTO training_compliancewrite (written_at) VALUES (clock_timestamp())")
    build_checkpoints(clock.today())
    return written


def everyone():
    with connection.cursor() as cursor:
        cursor.execute("SELECT officer_id FROM centres_posting UNION SELECT officer_id FROM training_compliancespan")
        return [pk for (pk,) in cursor.fetchall()]


# Officers whom a rule of an MDA and of those below it binds, or bound, in one of these MDAs or below them.
UNDER = """
WITH RECURSIVE under (id) AS (
    SELECT unnest(%s::bigint[]) UNION SELECT l.organisation_id FROM under JOIN centres_reportingline l ON l.parent_id = under.id
)
SELECT DISTINCT p.officer_id FROM centres_posting p JOIN under ON under.id = p.organisation_id
WHERE p.cadre_id IN (SELECT cadre_id FROM training_requirement WHERE organisation_id IS NOT NULL)
"""


def organisations_changed(ids, on):
    """The tree changed: a rule of an MDA may now bind others below it."""
    with connection.cursor() as cursor:
        cursor.execute(UNDER, [list(ids)])
        refresh([pk for (pk,) in cursor.fetchall()])


def officers_merged(kept, dropped):
    refresh([kept, dropped])


def build_checkpoints(today):
    """Reads start from checkpoints: built anew each night and after a change of the rules. How many there are."""
    return _call("SELECT compliance_checkpoints(%s)", today)


def compact(today):
    """Nets what was recorded before today; checkpoints must be built anew in the same transaction. How many rows went."""
    return _call("SELECT compliance_compact(%s)", today)


def _call(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
