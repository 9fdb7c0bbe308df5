"""Whether ledger, spans and the pure rule still say the same: in total where that is cheap, officer by officer on a sample."""

import datetime as dt
from collections import Counter
from random import Random

from django.db import connection, transaction

from cse_portal.lib import clock

from . import facts, ledger, rules, status

SAMPLE = 2000
SHOWN = 5  # examples of one difference
CHUNK = 500

OVERLAPS = """
SELECT officer_id, starts FROM (
    SELECT officer_id, starts, starts < lag(ends) OVER (PARTITION BY officer_id ORDER BY starts) AS early FROM training_compliancespan
) s WHERE early LIMIT 100
"""
# What the deltas sum up to and what the spans make, of each cell and day: rows only where these differ.
LEDGER = """
SELECT place, cadre_id, status, day, sum(n)::bigint FROM (
    SELECT {place} AS place, cadre_id, status, effective_on AS day, delta AS n FROM {table}
    UNION ALL SELECT {place}, cadre_id, status, starts, -1 FROM training_compliancespan
    UNION ALL SELECT {place}, cadre_id, status, ends, 1 FROM training_compliancespan WHERE ends <> 'infinity'
) e GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 LIMIT 100
"""
HEADCOUNT = """
SELECT (SELECT count(*) FROM training_compliancespan WHERE starts <= %(on)s AND ends > %(on)s), (SELECT count(*) FROM centres_posting WHERE during @> %(on)s::date)
"""
# The reach of the rules as kept, and as worked out anew.
SCOPE = """
SELECT requirement_id, organisation_id, during FROM (
    SELECT requirement_id, cadre_id, course_id, organisation_id, due_days, versions, during, 1 AS n FROM training_requirementscope WHERE draft = 0
    UNION ALL SELECT requirement_id, cadre_id, course_id, organisation_id, due_days, versions, during, -1 FROM training_requirementscope WHERE draft = -1
) s GROUP BY requirement_id, cadre_id, course_id, organisation_id, due_days, versions, during HAVING sum(n) <> 0 LIMIT 100
"""
SPANS = "SELECT officer_id, organisation_id, cadre_id, county_id, status, starts, ends FROM training_compliancespan WHERE officer_id = ANY (%s)"
WANTED = "SELECT officer_id, organisation_id, cadre_id, county_id, status, starts, ends FROM compliance_wanted(%s)"


def _rows(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@transaction.atomic
def differences(on=None, sample=SAMPLE, seed=None):
    """[(what differs, [examples])], empty if all is well. One reading: what others commit meanwhile does not show."""
    on = on or clock.today()
    rng = Random(on.toordinal() if seed is None else seed)
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:  # the outermost transaction
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    days = [on] + [on + dt.timedelta(days=rng.randint(-900, 700)) for _n in range(5)]
    days += [clock.quarter_end(on), days[-1].replace(day=1)]
    found = [
        ("spans of one officer overlap", _rows(OVERLAPS)),
        ("ledger and spans", _rows(LEDGER.format(place="organisation_id", table="training_compliancedelta"))),
        ("county ledger and spans", _rows(LEDGER.format(place="county_id", table="training_compliancecountydelta"))),
        ("headcount and register", [(day, *row) for day in days for row in _rows(HEADCOUNT, {"on": day}) if row[0] != row[1]]),
        ("reads from checkpoints and spans", list(_reads(days))),
        ("spans and the rule", list(_sampled(on, sample, rng))),
        ("reach of the rules", _scope()),  # last: from here on it holds up whoever changes rules
    ]
    return [(what, examples[:SHOWN]) for what, examples in found if examples]


def _reads(days):
    trend, nation = ledger.trend(days), ledger.national(days)
    for day in days:
        spans = Counter({row[:3]: row[3] for row in status.counts(day)})
        if Counter({row[:3]: row[3] for row in trend[day]}) != spans:
            yield day, "MDAs"
        whole = Counter()
        for (_place, cadre, code), n in spans.items():
            whole[cadre, code] += n
        if Counter({row[:2]: row[2] for row in nation[day]}) != whole:
            yield day, "nation"


def _scope():
    with connection.cursor() as cursor:
        cursor.execute("SELECT compliance_rescope(-1)")
        cursor.execute(SCOPE)
        found = cursor.fetchall()
        cursor.execute("DELETE FROM training_requirementscope WHERE draft = -1")
    return found


def _sampled(on, size, rng):
    """Officers by chance: their spans beside what the database's function makes, and beside the pure rule on each day on which a
    span begins or ends, on the day before, and on some others."""
    ids = [pk for (pk,) in _rows("SELECT id FROM centres_officer")]
    ids = rng.sample(ids, min(size, len(ids)))
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        spans = _rows(SPANS, [some])
        yield from sorted(set(spans) ^ set(_rows(WANTED, [some])), key=str)
        of_officer = {pk: [] for pk in some}
        for pk, *_place, code, starts, ends in spans:
            of_officer[pk].append((rules.STATUSES[code], starts, ends))
        histories = facts.of_officers(some)
        for pk, own in of_officer.items():
            edges = {day for _code, *both in own for day in both if dt.date(1900, 1, 1) < day < dt.date.max}
            edges |= {post[0] for post in histories[pk].posts if post[0]} | {post[1] for post in histories[pk].posts if post[1]}
            for day in edges | {day - rules.DAY for day in edges} | {on, on + dt.timedelta(days=rng.randint(-400, 400))}:
                said = histories[pk].status(day)
                kept = [code for code, starts, ends in own if starts <= day < ends]
                if kept != ([said.code] if said else []):
                    yield pk, day, kept, said and said.code
