"""On random histories the ledger says what the spans say, and these what the pure rule says, on every day.

A failure names the seed of its world: `walk(seed)` in a test replays it. FAULTS are mistakes put into the database's functions to
see that the comparison finds them; one is replayed by `pytest tests/training/test_random_histories.py -k "fault and waiver"`."""

import datetime as dt
from collections import Counter
from contextlib import suppress

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cse_portal.lib import clock
from training.compliance import ledger, spans, status

from .histories import END, EVENTS, START, World, age, day, differences, rows

OFFICERS = 125


class Undone(Exception):
    """Rolls a world back."""


def agree(world, when):
    found = {name: sorted(some, key=str)[:6] for name, some in differences(world).items() if some}
    assert not found, (when, found)


def sums(cells):
    """{(cadre, status): officers} of rows that end with these."""
    found = Counter()
    for *_place, cadre, code, n in cells:
        found[cadre, code] += n
    return +found


def reads_agree(world, rng):
    """The ledger's reads on some days: cells, nation, counties, headcount; and the spans counted."""
    asked = [day(rng.randint(-5, END + 40)) for _n in range(6)] + [dt.date(2025, 3, 31), dt.date(2025, 4, 1)]
    trend, nation = ledger.trend(asked), ledger.national(asked)
    for on in asked:
        cells = sorted(ledger.cells(on))
        assert cells == sorted(trend[on]) == sorted(status.counts(on)), on
        assert sums(cells) == sums(nation[on]) == sums(ledger.county_cells(on)), on
        n = (on - START).days
        in_post = sum(post[3] <= n and (post[4] is None or n < post[4]) for posts in world.posts.values() for post in posts)
        assert sum(row[-1] for row in cells) == in_post, on
        some = [o.pk for o in world.organisations[:3]]
        assert sorted(ledger.of_organisations(some, on)) == [row for row in cells if row[0] in some]


def headcounts(on):
    """{cadre: officers in post}"""
    return Counter(
        dict(rows("SELECT cadre_id, sum(delta)::int FROM training_compliancedelta WHERE effective_on <= %s GROUP BY 1", on))
    )


def walk(seed, officers=OFFICERS):
    """One world: filled, corrected late, reorganised, its rules changed; everything compared after each."""
    world = World(seed, officers)
    rng, chunk = world.rng, world.rng.choice([35, officers])
    spans.refresh_in_chunks(world.ids, size=chunk)
    agree(world, "filled")
    assert spans.refresh(world.ids) == 0
    age(40)
    with_checkpoints = rng.random() < 0.7
    if with_checkpoints:
        spans.build_checkpoints(clock.today())
    reads_agree(world, rng)
    known_on, asked = clock.today() - dt.timedelta(days=20), [day(n) for n in (30, 90, EVENTS)]
    known = {on: sorted(ledger.cells(on)) for on in asked}

    spans.refresh(world.correct())
    agree(world, "corrected late")
    before = [headcounts(on) for on in asked]
    spans.refresh(world.merge_organisations())
    agree(world, "MDAs merged")
    assert [headcounts(on) for on in asked] == before, "a reorganisation conserves totals"
    world.change_rules()
    spans.rebuild()
    agree(world, "rules changed")
    assert {on: sorted(ledger.cells(on, known_on=known_on)) for on in asked} == known
    age(5)
    if with_checkpoints:
        spans.compact(clock.today())
        spans.build_checkpoints(clock.today())
        agree(world, "compacted")
    reads_agree(world, rng)
    assert {on: sorted(ledger.cells(on, known_on=known_on)) for on in asked} == known
    long_ago = clock.today() - dt.timedelta(days=400)
    assert ledger.cells(day(90), known_on=long_ago) == []


class Histories(TestCase):
    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(st.integers(0, 2**32))
    def test_two_hundred_and_fifty_histories(self, seed):
        walk(seed)

    @pytest.mark.slow
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.integers(0, 2**32))
    def test_ten_thousand_histories(self, seed):
        walk(seed, 500)


# What is broken: (name, function, what it says, what it says instead).
HELD = 'daterange(c."on", least(c.until, c.withdrawn_on))'
FAULTS = [
    ("grace per rule row instead of per course", "compliance_wanted", "OVER (PARTITION BY live.officer_id, live.course_id)", "OVER (PARTITION BY live.officer_id, live.requirement_id)"),
    ("renewal after expiry", "compliance_wanted", HELD, 'daterange(c."on", least(c.until, c.withdrawn_on) + 30)'),
    ("a certificate counts a day late", "compliance_wanted", HELD, 'daterange(c."on" + 1, greatest(c."on" + 1, least(c.until, c.withdrawn_on)))'),
    ("a certificate counts a day too long", "compliance_wanted", HELD, 'daterange(c."on", least(c.until, c.withdrawn_on) + 1)'),
    ("grace ends a day late", "compliance_wanted", "lower(u) + g.due_days)", "lower(u) + g.due_days + 1)"),
    ("grace ends a day early", "compliance_wanted", "lower(u) + g.due_days)", "greatest(lower(u), lower(u) + g.due_days - 1))"),
    ("a lost transfer: only the last post counts", "compliance_wanted", "(ARRAY[o.officer_id]) GROUP BY", "(ARRAY[o.officer_id]) AND upper_inf(p.during) GROUP BY"),
    ("a lost transfer: the old MDA keeps the officer", "compliance_refresh", "WHERE s.ctid = d.at AND d.ends IS NOT NULL", "WHERE s.ctid = d.at AND d.ends IS NOT NULL AND d.organisation_id = s.organisation_id"),
    ("a dropped waiver", "compliance_wanted", "v.state IN ('approved', 'ended')", "v.state IN ('approved')"),
    ("a waiver does not restart grace", "compliance_wanted", "range_agg(live.live) OVER", "range_agg(live.bound) OVER"),
    ("waived before excused", "compliance_wanted", "o.bound * o.waived - o.excused", "o.bound * o.waived"),
    ("an unnetted delta", "compliance_account", "UNION ALL SELECT organisation_id, cadre_id, county_id, status, starts, ends, -1 FROM removed", ""),
    ("no delta of what went", "compliance_account", "starts, ends, -1 AS n FROM removed", "starts, ends, 0 AS n FROM removed"),
    ("the tree as it is, not as it was", "compliance_rescope", "reach.during * l.during", "reach.during"),
    ("an equivalent course does not count", "compliance_rescope", "OR v.course_id IN (SELECT", "AND v.course_id NOT IN (SELECT"),
]  # fmt: skip


def plant(function, right, wrong):
    found = rows("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s", function)[0][0]
    assert right in found, "the function no longer says this"
    with connection.cursor() as cursor:
        cursor.execute(found.replace(right, wrong))


@pytest.mark.django_db
@pytest.mark.parametrize("name, function, right, wrong", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_found(name, function, right, wrong):
    plant(function, right, wrong)
    for seed in range(8):
        with suppress(Undone), transaction.atomic():
            world = World(seed, OFFICERS)
            spans.refresh(world.ids)
            found = differences(world)
            if not any(found.values()):
                spans.refresh(world.correct())
                found = differences(world)
            if any(found.values()):
                return
            raise Undone
    pytest.fail(f"nobody noticed: {name}")
