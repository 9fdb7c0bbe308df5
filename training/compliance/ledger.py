"""How many, on any day: sums of the compliance ledger. Nothing else counts officers by status.

A read starts from the checkpoint of the last month's end and adds what took effect since, and what transactions have written
that no checkpoint holds yet; each is one statement, so a rebuild of the checkpoints never shows through.
`known_on=K` leaves out what was recorded after the end of K (Nairobi): the figure as it was known then."""

import datetime as dt
from collections import defaultdict
from operator import add

from django.db import connection
from django.utils import timezone

from cse_portal.lib import clock

from .rules import STATUSES

MDA, COUNTY, NATIONAL = range(3)  # the books: ComplianceCheckpoint.Book
RECENT = dt.timedelta(days=92)  # what was recorded since an older K is no longer few: the plain sum is read instead
WINDOW = 1000  # writes that may be under way side by side

# The watermark; none where the database was restored into a server that numbers transactions anew: checkpoints then wait for the night.
UPTO = "WITH upto AS MATERIALIZED (SELECT upto FROM training_compliancewatermark WHERE upto <= pg_snapshot_xmax(pg_current_snapshot()) LIMIT 1)"
# Per day of `asked`: the packed checkpoint, and the rest by cell.
CELLS = (
    UPTO
    + """, asked AS MATERIALIZED (
    SELECT d.day, coalesce((SELECT max(c.on_day) FROM training_compliancecheckpoint c WHERE c.book = {book} AND c.on_day <= d.day AND EXISTS (SELECT FROM upto)), '-infinity') AS since
    FROM unnest(%(days)s::date[]) d (day)
)
SELECT a.day, c.place_id, c.cadres, c.counts
FROM asked a JOIN training_compliancecheckpoint c ON c.book = {book} AND c.on_day = a.since {places}
UNION ALL
SELECT a.day, r.place, ARRAY[r.cadre_id], ARRAY[r.status, r.n]
FROM asked a CROSS JOIN LATERAL (
    SELECT e.place, e.cadre_id, e.status, sum(e.delta)::integer AS n FROM (
        SELECT {place} AS place, d.cadre_id, d.status, d.delta FROM {table} d
        WHERE d.effective_on > a.since AND d.effective_on <= a.day {of_places}
        UNION ALL
        SELECT {place}, d.cadre_id, d.status, d.delta FROM {table} d
        WHERE d.written_by >= coalesce((SELECT upto FROM upto), '0') AND d.effective_on <= a.since {of_places}
        {unlearnt}
    ) e GROUP BY 1, 2, 3 HAVING sum(e.delta) <> 0
) r
"""
)
# The nation: the rollup instead of the deltas.
TOTAL = (
    UPTO
    + """, asked AS MATERIALIZED (
    SELECT d.day, coalesce((SELECT max(c.on_day) FROM training_compliancecheckpoint c WHERE c.book = 2 AND c.on_day <= d.day AND EXISTS (SELECT FROM upto)), '-infinity') AS since
    FROM unnest(%(days)s::date[]) d (day)
)
SELECT a.day, 0, c.cadres, c.counts FROM asked a JOIN training_compliancecheckpoint c ON c.book = 2 AND c.on_day = a.since
UNION ALL
SELECT a.day, 0, ARRAY[r.cadre_id], ARRAY[r.status, r.n]
FROM asked a CROSS JOIN LATERAL (
    SELECT e.cadre_id, e.status, sum(e.delta)::integer AS n FROM (
        SELECT d.cadre_id, d.status, d.delta FROM training_compliancenational d WHERE d.effective_on > a.since AND d.effective_on <= a.day AND EXISTS (SELECT FROM upto)
        UNION ALL
        SELECT d.cadre_id, d.status, d.delta FROM training_compliancedelta d
        WHERE d.written_by >= coalesce((SELECT upto FROM upto), '0') AND d.effective_on <= a.day
    ) e GROUP BY 1, 2 HAVING sum(e.delta) <> 0
) r
"""
)
UNLEARNT = "UNION ALL SELECT {place}, d.cadre_id, d.status, -d.delta FROM {table} d WHERE d.recorded_at >= %(known)s AND d.effective_on <= a.day {of_places}"
AS_KNOWN = """
SELECT a.day, d.organisation_id, ARRAY[d.cadre_id], ARRAY[d.status, sum(d.delta)::integer]
FROM unnest(%(days)s::date[]) a (day) JOIN training_compliancedelta d ON d.effective_on <= a.day AND d.recorded_at < %(known)s {of_places}
GROUP BY a.day, d.organisation_id, d.cadre_id, d.status
"""


def _read(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _unpacked(rows, days):
    """{day: [(place, cadre_id, status, n)]} of packed rows: a checkpoint's, with all statuses of each cadre, or one cell's."""
    found = {day: defaultdict(int) for day in days}
    for day, place, cadres, counts in rows:
        cells = found[day]
        if len(counts) == 2:
            cells[place, cadres[0], counts[0]] += counts[1]
            continue
        at = 0
        for cadre in cadres:
            for code in range(6):
                if counts[at]:
                    cells[place, cadre, code] += counts[at]
                at += 1
    return {
        day: [(place, cadre, STATUSES[code], n) for (place, cadre, code), n in cells.items() if n] for day, cells in found.items()
    }


def _end_of(day):
    """The instant at which that Nairobi day is over."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


def _packed(days, ids, known_on, book=MDA):
    """Packed rows of these days."""
    params = {"days": days, "ids": None if ids is None else sorted(ids)}
    place, table = (
        ("organisation_id", "training_compliancedelta")
        if book == MDA
        else ("coalesce(d.county_id, 0)", "training_compliancecountydelta")
    )
    of_places = "" if ids is None else f"AND {place} = ANY (%(ids)s::integer[])"
    unlearnt = ""
    if known_on is not None and known_on < clock.today():
        params["known"] = _end_of(known_on)
        if known_on < clock.today() - RECENT:
            return _read(AS_KNOWN.format(of_places=of_places), params)
        unlearnt = UNLEARNT.format(place=place, table=table, of_places=of_places)
    sql = CELLS.format(
        book=book,
        place=place,
        table=table,
        of_places=of_places,
        unlearnt=unlearnt,
        places="" if ids is None else "AND c.place_id = ANY (%(ids)s::integer[])",
    )
    return _read(sql, params)


def _days(days, ids, known_on, book=MDA):
    days = list(dict.fromkeys(days))
    return _unpacked(_packed(days, ids, known_on, book), days)


def cells(on, known_on=None):
    """[(organisation_id, cadre_id, status, officers)] of everyone in post on the day; as known at the end of `known_on`."""
    return _days([on], None, known_on)[on]


def of_organisations(ids, on, known_on=None):
    """The same rows of these MDAs, each by itself."""
    return _days([on], ids, known_on)[on]


def trend(days, organisation_ids=None, known_on=None):
    """{day: rows} of all MDAs, or of these."""
    return _days(days, organisation_ids, known_on)


def totals(wanted, known_on=None):
    """{day: [(cadre_id, status, officers)]} summed over the MDAs of each day: `wanted` {day: their ids, or None for all}."""
    everywhere = [day for day, ids in wanted.items() if ids is None]
    found = national(everywhere) if everywhere and known_on is None else {}
    ids = set().union(*(set(ids) for ids in wanted.values() if ids is not None)) if not set(everywhere) - set(found) else None
    rest = [day for day in wanted if day not in found]
    return found | _summed(_packed(rest, ids, known_on), {day: wanted[day] for day in rest}) if rest else found


def _summed(rows, wanted):
    """{day: [(cadre_id, status, officers)]} of packed rows: arrays of places with the same cadres are added as they are."""
    whole, single = {day: {} for day in wanted}, {day: defaultdict(int) for day in wanted}
    for day, place, cadres, counts in rows:
        if wanted[day] is not None and place not in wanted[day]:
            continue
        if len(counts) == 2:
            single[day][cadres[0], counts[0]] += counts[1]
        else:
            sums, key = whole[day], tuple(cadres)
            sums[key] = list(map(add, sums[key], counts)) if key in sums else counts
    for day, sums in whole.items():
        for cadres, counts in sums.items():
            for at, n in enumerate(counts):
                single[day][cadres[at // 6], at % 6] += n
    return {day: [(cadre, STATUSES[code], n) for (cadre, code), n in cells.items() if n] for day, cells in single.items()}


def national(days):
    """{day: [(cadre_id, status, officers)]} over all MDAs, whatever their standing."""
    days = list(dict.fromkeys(days))
    found = _unpacked(_read(TOTAL, {"days": days}), days)
    return {day: [row[1:] for row in rows] for day, rows in found.items()}


def county_cells(on):
    """[(county_id or None, cadre_id, status, officers)] of everyone in post, by county of posting."""
    return [(county or None, cadre, code, n) for county, cadre, code, n in _days([on], None, None, COUNTY)[on]]


EXPIRING = """
SELECT s.organisation_id, s.cadre_id, count(*)::integer FROM training_compliancespan s
WHERE s.status = 0 AND s.starts <= %(on)s AND s.ends > %(on)s AND s.ends <= %(till)s {of_places}
  AND EXISTS (SELECT 1 FROM training_compliancespan l WHERE l.officer_id = s.officer_id AND l.starts <= %(till)s AND l.ends > %(till)s AND l.status IN (1, 2))
GROUP BY 1, 2
"""


def expiring(on, till, organisation_ids=None):
    """[(organisation_id, cadre_id, officers)] up to date on the day, and due or overdue on `till` if nothing is done."""
    params = {"on": on, "till": till, "ids": None if organisation_ids is None else list(organisation_ids)}
    return _read(
        EXPIRING.format(of_places="" if params["ids"] is None else "AND s.organisation_id = ANY (%(ids)s::integer[])"), params
    )


def expiring_by_county(on, till):
    """[(county_id or None, cadre_id, officers)] of the same officers, by county of posting."""
    by_county = EXPIRING.replace("s.organisation_id, s.cadre_id", "s.county_id, s.cadre_id").format(of_places="")
    return _read(by_county, {"on": on, "till": till})


# Of the youngest writes only: a text for a query of one's own, or for `mark`.
MARK = f"(SELECT concat(coalesce(max(id), 0), '-', count(*)) FROM (SELECT id FROM training_compliancewrite ORDER BY id DESC LIMIT {WINDOW}) w)"


def mark():
    """What has been written, as text: another one whenever a figure may have changed. A write that commits after a younger one
    still changes it, as long as fewer than WINDOW came between."""
    return _read(f"SELECT {MARK}", None)[0][0]


MARKS = """
SELECT w.upto::text, d.effective_on, count(*) FROM (SELECT coalesce((SELECT upto FROM training_compliancewatermark WHERE upto <= pg_snapshot_xmax(pg_current_snapshot()) LIMIT 1), '0'::xid8) AS upto) w
LEFT JOIN training_compliancedelta d ON d.written_by >= w.upto AND d.effective_on <= %s GROUP BY 1, 2
"""


def marks(days):
    """{day: the same for the figures of that day only}: what took effect later does not change it."""
    days = list(days)
    rows = _read(MARKS, [max(days)])
    return {day: f"{rows[0][0]}-{sum(n for _upto, on, n in rows if on is not None and on <= day)}" for day in days}
