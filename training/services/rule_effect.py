"""What a change of the rules would do to whom on a day: whom it can touch, a sample with its error, and the exact count."""

import json
from collections import Counter, defaultdict
from math import ceil, sqrt

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from training.compliance.rules import STATUSES
from training.models import RequirementChangeLine

FEW = 8000  # up to so many are counted exactly at once
SHARE, LEAST = 0.05, 20  # of each MDA and cadre, a sample looks at this share, and at no fewer officers
MOST = 20_000  # officers beyond which the share shrinks: an estimate is there within seconds, whatever the nation's size
CHUNK = 10_000
SURE = 1.96  # 95 of 100 samples lie within so many standard errors
WANTING = {"due", "overdue"}

# Where each line reaches over time: its MDA and all below it, as the tree was on the day.
REACH = """
WITH RECURSIVE line (n, cadre_id, place, during) AS (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::daterange[])
), reach (n, organisation_id, during) AS (
    SELECT n, place, during FROM line WHERE place IS NOT NULL
    UNION
    SELECT reach.n, l.organisation_id, reach.during * l.during
    FROM reach JOIN centres_reportingline l ON l.parent_id = reach.organisation_id AND l.during && reach.during
), scope (cadre_id, organisation_id, during) AS (
    SELECT cadre_id, NULL::bigint, during FROM line WHERE place IS NULL
    UNION ALL
    SELECT line.cadre_id, reach.organisation_id, reach.during FROM reach JOIN line USING (n)
)
"""
TOUCHED = (
    REACH
    + """
SELECT DISTINCT p.officer_id FROM centres_posting p JOIN scope s ON s.cadre_id = p.cadre_id AND s.during && p.during
    AND (s.organisation_id IS NULL OR s.organisation_id = p.organisation_id)
ORDER BY 1
"""
)
# Those of them in post on the day, with how many their MDA and cadre has: everyone, or a share of each by chance.
IN_POST = (
    REACH
    + """
, touched AS (
    SELECT DISTINCT p.officer_id FROM centres_posting p JOIN scope s ON s.cadre_id = p.cadre_id AND s.during && p.during
        AND (s.organisation_id IS NULL OR s.organisation_id = p.organisation_id)
), there AS MATERIALIZED (
    SELECT p.officer_id, p.organisation_id, p.cadre_id
    FROM centres_posting p WHERE p.during @> %s::date AND p.officer_id IN (SELECT officer_id FROM touched)
), cell AS (
    SELECT organisation_id, cadre_id, n, greatest(%s, ceil(n * least(%s::float, %s / sum(n) OVER ()))) AS wanted
    FROM (SELECT organisation_id, cadre_id, count(*) AS n FROM there GROUP BY 1, 2) counted
), drawn AS ( -- a hash of the officer takes three times what is wanted, so that few are sorted
    SELECT there.*, cell.n, cell.wanted, row_number() OVER (PARTITION BY organisation_id, cadre_id ORDER BY hashint8extended(officer_id, 7)) AS at
    FROM there JOIN cell USING (organisation_id, cadre_id)
    WHERE hashint8extended(officer_id, 7) & 1048575 < 1048576 * 3 * wanted / n
)
SELECT officer_id, organisation_id, cadre_id, n FROM drawn WHERE at <= wanted
ORDER BY officer_id
"""
)


def days_of(line):
    """The days whose rules the line changes."""
    if line.act == RequirementChangeLine.Act.ADD:
        return line.in_force
    was = line.was_in_force or line.requirement.in_force
    return DateRange(line.ends_on, was.upper)


def first_day(lines):
    """The first day on which the change does anything."""
    return min(days_of(line).lower for line in lines)


def _asked(lines):
    rules = [line if line.act == RequirementChangeLine.Act.ADD else line.requirement for line in lines]
    return [
        list(range(len(lines))),
        [rule.cadre_id for rule in rules],
        [rule.organisation_id for rule in rules],
        [days_of(line) for line in lines],
    ]


def _rows(sql, params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")  # a nation's officers are hashed in memory, not on disk
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, params)
        return cursor.fetchall()


def touched(lines):
    """Ids, in order, of the officers whose status the lines can change on any day."""
    return [pk for (pk,) in _rows(TOUCHED, _asked(lines))]


def estimate(lines, on):
    """The effect on the day: {kind: exact or sampled, on, of: officers, looked: at so many, cells, error}.

    `cells`: [[organisation id, cadre id, status before, status after, officers]], estimates where sampled.
    `error`: {newly, overdue, no_longer, changed: half the width of the 95 % interval}, exact: 0."""
    rows = _rows(IN_POST, [*_asked(lines), on, LEAST, SHARE, MOST])
    sizes = {(place, cadre): n for _pk, place, cadre, n in rows}
    of = sum(sizes.values())
    if of <= FEW:
        ids = [row[0] for row in _rows(IN_POST, [*_asked(lines), on, of, 1, of])]
        return _exact(transitions(lines, ids, on), on, of)
    return _sampled(transitions(lines, [row[0] for row in rows], on), sizes, on, of, len(rows))


def exactly(lines, on):
    """Counts everyone, a batch at a time: (officers so far, the effect so far)."""
    ids = [row[0] for row in _rows(IN_POST, [*_asked(lines), on, 2_000_000_000, 1, 2_000_000_000])]
    cells = Counter()
    for start in range(0, max(1, len(ids)), CHUNK):
        batch = ids[start : start + CHUNK]
        cells.update(transitions(lines, batch, on))
        yield start + len(batch), _exact(cells, on, len(ids))


# What stands of each officer beside what the draft's rules would make of it.
CELLS = """
SELECT organisation_id, cadre_id, before, after, count(*) FROM (
    SELECT officer_id, organisation_id, cadre_id, max(status) FILTER (WHERE stands) AS before, max(status) FILTER (WHERE NOT stands) AS after
    FROM (
        SELECT officer_id, organisation_id, cadre_id, status, true AS stands FROM training_compliancespan
        WHERE officer_id = ANY (%(ids)s) AND starts <= %(on)s AND ends > %(on)s
        UNION ALL
        SELECT officer_id, organisation_id, cadre_id, status, false FROM compliance_wanted(%(ids)s, %(draft)s)
        WHERE starts <= %(on)s AND ends > %(on)s
    ) both_sides GROUP BY 1, 2, 3
) officers WHERE before IS NOT NULL AND after IS NOT NULL GROUP BY 1, 2, 3, 4
"""


def _rule(n, line):
    """A line as compliance_rescope takes it: a rule that is added, or one in force as it would be ended."""
    if line.act == RequirementChangeLine.Act.ADD:
        rule, pk, days = line, -n, line.in_force
    else:
        rule, pk = line.requirement, line.requirement_id
        days = DateRange(rule.in_force.lower, line.ends_on) if rule.in_force.lower != line.ends_on else DateRange(empty=True)
    return {
        "id": pk, "cadre_id": rule.cadre_id, "course_id": rule.course_id, "organisation_id": rule.organisation_id,
        "in_force": _range_text(days), "due_within_days": rule.due_within_days,
    }  # fmt: skip


def _range_text(days):
    return "empty" if days.isempty else f"[{days.lower or ''},{days.upper or ''})"


def transitions(lines, officer_ids, on):
    """Counter {(organisation id, cadre id, status before, status after): officers} on the day."""
    if not officer_ids:
        return Counter()
    draft = lines[0].change_id
    changed = json.dumps([_rule(n, line) for n, line in enumerate(lines, 1)])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT compliance_rescope(%s, %s)", [draft, changed])
        cursor.execute(CELLS, {"ids": list(officer_ids), "on": on, "draft": draft})
        found = cursor.fetchall()
        cursor.execute("DELETE FROM training_requirementscope WHERE draft = %s", [draft])  # nobody else ever sees these rows
    return Counter({(place, cadre, STATUSES[before], STATUSES[after]): n for place, cadre, before, after, n in found})


def _exact(cells, on, of):
    rows = [[*key, n] for key, n in sorted(cells.items())]
    return {"kind": "exact", "on": f"{on}", "of": of, "looked": of, "cells": rows, "error": dict.fromkeys(MEASURES, 0)}


def _sampled(cells, sizes, on, of, looked):
    seen = defaultdict(int)
    for (place, cadre, _before, _after), n in cells.items():
        seen[place, cadre] += n
    rows = [[*key, round(n * sizes[key[:2]] / seen[key[:2]], 2)] for key, n in sorted(cells.items())]
    error = {}
    for name, holds in MEASURES.items():
        hits = defaultdict(int)
        for key, n in cells.items():
            hits[key[:2]] += n if holds(key[2], key[3]) else 0
        spread = 0.0
        for cell, k in hits.items():
            size, n = sizes[cell], seen[cell]
            if 1 < n < size:
                spread += size**2 * (1 - n / size) * (k / n) * (1 - k / n) / (n - 1)
        error[name] = ceil(SURE * sqrt(spread))
    return {"kind": "sampled", "on": f"{on}", "of": of, "looked": looked, "cells": rows, "error": error}


# What a reader asks of a change: of two statuses of one officer, before and after.
MEASURES = {
    "newly": lambda before, after: after in WANTING and before not in WANTING,
    "overdue": lambda before, after: after == "overdue" and before != "overdue",
    "no_longer": lambda before, after: before in WANTING and after not in WANTING,
    "changed": lambda before, after: before != after,
}


def measures(cells):
    """{newly, overdue, no_longer, changed: officers} of some cells, as whole numbers."""
    return {name: round(sum(n for *_key, before, after, n in cells if holds(before, after))) for name, holds in MEASURES.items()}
