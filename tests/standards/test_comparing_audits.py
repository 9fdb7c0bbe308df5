"""What audits say together: weakest criteria, self beside auditor, auditors apart, times, trends."""

import random

import pytest

from standards.outliers import FEWEST_RATINGS, FEWEST_SITES, Given, standings
from standards.services import analytics

from . import steps

pytestmark = pytest.mark.django_db
LADDER = "NPME"


def ratings_of(rng, auditors, sites, elements=40, bias=None):
    """Pairs of auditors share sites of different quality; `bias`: {auditor: chance to rate a step higher}."""
    hard = [rng.uniform(-0.4, 0.4) for _ in range(elements)]
    for site in range(sites):
        quality, pair = rng.uniform(1.2, 2.2), rng.sample(auditors, 2)
        for element in range(elements):
            who = pair[element % 2]
            step = min(3, max(0, round(quality + hard[element] + rng.gauss(0, 0.5))))
            step = min(3, step + (rng.random() < (bias or {}).get(who, 0)))
            yield Given(who, site, str(element), LADDER[step])


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_lenient_auditor_is_found_and_nobody_else(seed):
    found = standings(ratings_of(random.Random(seed), list(range(8)), 160, bias={3: 0.6}))
    assert [s.auditor for s in found if s.apart] == [3] and found[3].difference > 0


@pytest.mark.parametrize("seed", range(4))
def test_where_none_is_planted_none_is_found(seed):
    assert not [s for s in standings(ratings_of(random.Random(seed), list(range(8)), 160)) if s.apart]


def test_good_sites_make_nobody_lenient():
    """One auditor sees good sites only, with colleagues who rate them as well."""
    good = [Given(who, site, str(e), "E") for site in range(10) for e in range(20) for who in ([1, 2][e % 2],)]
    poor = [Given(who, site, str(e), "P") for site in range(10, 20) for e in range(20) for who in ([3, 4][e % 2],)]
    assert not [s for s in standings(good + poor) if s.apart]


def test_too_few_are_not_judged():
    given = list(ratings_of(random.Random(1), [1, 2], FEWEST_SITES - 1, bias={1: 1}))
    assert all(s.difference is None and not s.apart for s in standings(given))
    alone = [Given(7, site, str(e), "E") for site in range(20) for e in range(20)]
    assert [(s.sites, s.difference) for s in standings(alone)] == [(0, None)] and FEWEST_RATINGS > 0


def test_the_weakest_criterion_comes_first_once_enough_sites_are_rated(edition, amina, livestock, dairy_board, immigration, signed_in, secretariat, monkeypatch):
    monkeypatch.setattr(analytics, "FEWEST", 2)
    for mda, values in ((livestock, {"_2_1_1": "N"}), (dairy_board, {"_2_1_1": "P"})):
        steps.submitted(mda, edition, amina, **values)
    weakest, *others = analytics.criteria(edition)
    assert (weakest.code, weakest.implemented, weakest.not_met, weakest.partly, weakest.sites) == ("2.1", weakest.applicable - 2, 1, 1, 2)
    assert all(line.share == 1 for line in others)
    page = signed_in(secretariat).get("/standard/analytics/").content.decode()
    assert page.index("2.1</th>") < page.index("1.1</th>")
    rows = signed_in(secretariat).get("/standard/analytics/?export=csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + len(others) + 1
    monkeypatch.setattr(analytics, "FEWEST", 3)
    assert b"too few" in signed_in(secretariat).get("/standard/analytics/").content


@pytest.mark.parametrize("tab", ["self", "auditors", "times", "trend"])
def test_each_view_opens_for_the_secretariat_and_exports(tab, submitted, signed_in, secretariat):
    page = signed_in(secretariat).get(f"/standard/analytics/{tab}/")
    assert page.status_code == 200 and b"<table" in page.content or tab == "self"
    assert signed_in(secretariat).get(f"/standard/analytics/{tab}/?export=xlsx").status_code == 200


def test_hops_reads_no_auditor_by_name(submitted, signed_in, hops, grace):
    assert signed_in(hops).get("/standard/analytics/auditors/").status_code == 404
    assert signed_in(hops).get("/standard/analytics/").status_code == 200
    assert signed_in(grace).get("/standard/analytics/").status_code == 403


def test_the_times_of_a_decided_audit_are_counted(submitted, panel):
    steps.decided(submitted, panel)
    times = {s.code: s for s in analytics.cycle_times()}
    assert times["decision"].n == 1 and times["all"].median == times["site"].median + times["draft"].median + times["final"].median + times["decision"].median


def test_the_trend_speaks_in_the_terms_of_the_edition(submitted, edition):
    names, years = analytics.trend(edition)
    assert set(names) == {e.criterion.code for e in analytics.editions.elements_of(edition)}
    (_year, cells), *_ = years
    assert all(implemented == applicable for implemented, applicable, _sites in cells.values())
