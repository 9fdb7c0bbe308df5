"""Random reorganisations and random doubled posts: nothing is lost, nothing is counted twice, no circle, no gap."""

import datetime as dt
import random
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as some

from centres.access import Scope
from centres.models import Organisation, Posting, ReportingLine, Succession
from centres.services import merging, reorganisations, structure
from cse_portal.lib.errors import Refused
from tests import factories as make

DAY = dt.date(2026, 1, 1)
SYSTEM = Scope.system_task("test")


def day(n):
    return DAY + dt.timedelta(days=n)


def people_by_day(days):
    """{day: officers in post}: who, not where."""
    return {d: sorted(Posting.objects.on(d).values_list("officer", flat=True)) for d in days}


def random_step(dice, codes, number):
    old, new = dice.sample(codes, 2)
    act = dice.choice(["merge", "merge", "split", "split", "move", "rename", "create", "close", "standing"])
    return {
        "merge": {"act": "merge", "organisation": old, "into": new, "numbers": "keep"},
        "split": {"act": "split", "organisation": old, "into": new} | ({"cadre": "TEC"} if dice.random() < 0.5 else {}),
        "move": {"act": "move", "organisation": old, "parent": new if dice.random() < 0.8 else ""},
        "rename": {"act": "rename", "organisation": old, "name": f"Name {number}"},
        "create": {
            "act": "create",
            "organisation": f"N{number}",
            "name": f"New {number}",
            "kind": "state_department",
            "parent": old,
        },
        "close": {"act": "close", "organisation": old},
        "standing": {"act": "standing", "organisation": old, "standing": dice.choice(["obliged", "joined", "listed"])},
    }[act]


@pytest.mark.django_db
@pytest.mark.parametrize("histories", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_random_reorganisations_lose_no_officer_on_any_day(histories):
    made = 0
    for seed in range(histories):
        dice = random.Random(seed)
        with transaction.atomic():
            made += one_history(dice)
            transaction.set_rollback(True)
    assert made > 2 * histories, "too few were made to say anything"


def one_history(dice):
    places = []
    for n in range(6):
        parent = dice.choice(places) if places and dice.random() < 0.7 else None
        places.append(
            make.organisation(f"A{n}", f"MDA {n}", dice.choice(["state_department", "state_corporation"]), parent=parent)
        )
    for n in range(15):
        one = make.officer(
            dice.choice(places),
            personal_no=str(100 + n),
            cadre_code=dice.choice(["TEC", "FRT"]),
            posted=day(dice.randint(-60, 60)),
        )
        if dice.random() < 0.5:
            first = one.postings.get()
            cut = first.during.lower + dt.timedelta(days=dice.randint(5, 60))
            Posting.objects.filter(pk=first.pk).update(during=DateRange(first.during.lower, cut))
            first.pk, first.organisation, first.during = None, dice.choice(places), DateRange(cut, None)
            first.save(force_insert=True)
    days = [day(n) for n in range(-70, 140, 7)]
    before, made = people_by_day(days), 0
    for number in range(6):
        codes = list(Organisation.objects.values_list("code", flat=True))
        steps = [random_step(dice, codes, f"{number}{k}") for k in range(dice.randint(1, 3))]
        draft = reorganisations.draft(SYSTEM, title="x", on=day(dice.randint(-50, 100)), authority="y", steps=steps)
        previewed = reorganisations.preview(SYSTEM, draft).effect
        try:
            with transaction.atomic():
                effect = reorganisations.make(SYSTEM, draft).effect
                made += 1
        except Refused:
            assert previewed["refused"]
        else:
            assert previewed == effect, "the preview said otherwise"
    assert people_by_day(days) == before
    for d in days:
        tree = structure.tree_on(d)
        for pk in tree:
            passed = set()
            while pk is not None:
                assert pk not in passed, "a circle"
                passed.add(pk)
                pk = tree.get(pk)
        assert set(structure.headcount_on(d)) <= set(tree), "officers at an MDA that is not in being"
        lines = ReportingLine.objects.filter(during__contains=d)
        assert set(lines.values_list("parent", flat=True)) <= set(tree), "someone reports to an MDA that is not in being"
        today = set(structure.tree_on(days[-1]))
        for now in structure.successors_today(structure.headcount_on(d), d, days[-1]).values():
            assert now in today or not Succession.objects.filter(predecessor=now, on__gt=d, on__lte=days[-1]).exists()
    return made


posts = some.lists(some.tuples(some.integers(0, 30), some.integers(1, 12), some.booleans()), max_size=4)


def apart(drawn, owner):
    """Posts of one record: they do not overlap; the last may be open."""
    rows, free = [], 0
    for number, (start, length, open_ended) in enumerate(sorted(drawn), 1):
        first = max(start, free)
        free = first + length
        last = None if open_ended and number == len(drawn) else day(free)
        rows.append(SimpleNamespace(owner=owner, during=DateRange(day(first), last)))
    return rows


@given(posts, posts, some.sampled_from(["later", "kept"]))
def test_of_doubled_posts_each_day_has_one_and_no_day_is_lost(one, other, overlap):
    kept, dropped = apart(one, "kept"), apart(other, "dropped")

    def holds(during, d):
        return (during[0] is None or during[0] <= d) and (during[1] is None or d < during[1])

    pieces = merging.timeline(kept, dropped, overlap)
    for n in range(60):
        d = day(n)
        claims = [row for row in kept + dropped if holds((row.during.lower, row.during.upper), d)]
        counted = [row for row, days in pieces for piece in days if holds(piece, d)]
        assert len(counted) == (1 if claims else 0)
        if len(claims) == 2:
            mine, theirs = sorted(claims, key=lambda row: row.owner == "dropped")
            later = theirs if theirs.during.lower > mine.during.lower else mine
            assert counted == [mine if overlap == "kept" else later]
