"""The arithmetic of results: components, rubrics, gain, items."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.assessment import Part, gain, items, overall, points_to_score, t_value
from training.completion import PRESENT, Rule, outcome

SCORE = st.decimals(0, 100, places=2)
HALF = [Part("t", "Test", 50), Part("r", "Role play", 50, 60)]


def test_weights_make_the_overall_score():
    assert overall(HALF, {"t": Decimal(70), "r": Decimal("80.5")}).score == Decimal("75.25")


def test_a_missing_part_is_named_and_never_counts_as_nothing():
    said = overall(HALF, {"t": Decimal(100)})
    assert said.score is None and said.missing == ("Role play",)
    assert (
        outcome([PRESENT], said.score, Rule(80, 60), said.missing, said.below).reasons[-1]
        == "No result was recorded for: Role play."
    )


def test_a_part_has_a_pass_mark_of_its_own():
    said = overall(HALF, {"t": Decimal(100), "r": Decimal("59.99")})
    decided = outcome([PRESENT], said.score, Rule(80, 60), said.missing, said.below)
    assert said.score > 60 and not decided.completed
    assert decided.why.endswith("Scored 79.99, pass mark 60. Scored 59.99 in Role play; 60 is needed there.")


def test_a_test_before_the_course_counts_nothing():
    with_pre = [Part("p", "Before", 0), *HALF]
    assert overall(with_pre, {"t": Decimal(60), "r": Decimal(60), "p": Decimal(0)}) == overall(
        HALF, {"t": Decimal(60), "r": Decimal(60)}
    )
    assert overall(with_pre, {"t": Decimal(60), "r": Decimal(60)}).missing == ()


@given(st.lists(st.tuples(st.integers(1, 100), SCORE), min_size=1, max_size=6))
def test_the_overall_score_lies_between_the_lowest_and_the_highest(given_parts):
    parts = [Part(i, str(i), weight) for i, (weight, _s) in enumerate(given_parts)]
    scores = {i: s for i, (_w, s) in enumerate(given_parts)}
    slack = Decimal("1e-20")
    assert min(scores.values()) - slack <= overall(parts, scores).score <= max(scores.values()) + slack


@given(st.lists(st.tuples(st.integers(1, 100), SCORE), min_size=1, max_size=6), st.data())
def test_a_better_part_never_harms(given_parts, data):
    parts = [Part(i, str(i), weight, 50) for i, (weight, _s) in enumerate(given_parts)]
    scores = {i: s for i, (_w, s) in enumerate(given_parts)}
    i = data.draw(st.sampled_from(sorted(scores)))
    better = overall(parts, scores | {i: data.draw(st.decimals(scores[i], 100, places=2))})
    assert better.score >= overall(parts, scores).score and len(better.below) <= len(overall(parts, scores).below)


RUBRIC = [{"name": "Greets", "most": 3}, {"name": "Listens", "most": 6}]


def test_points_become_a_score_rounded_down():
    assert points_to_score([2, 4], RUBRIC) == Decimal("66.66")
    assert points_to_score([3, 6], RUBRIC) == 100


@pytest.mark.parametrize("points, wrong", [([4, 1], 0), ([1, -1], 1), ([1, None], 1), ([1], 1)])
def test_points_beyond_the_rubric_are_refused_by_criterion(points, wrong):
    with pytest.raises(ValueError) as refused:
        points_to_score(points, RUBRIC)
    assert refused.value.args == (wrong,)


@given(st.lists(st.tuples(st.integers(1, 20), st.data()), min_size=1, max_size=1))
def test_points_never_leave_the_scale(drawn):
    n, data = drawn[0]
    rubric = [{"name": str(i), "most": data.draw(st.integers(1, 20))} for i in range(n)]
    points = [data.draw(st.decimals(0, c["most"], places=1)) for c in rubric]
    assert 0 <= points_to_score(points, rubric) <= 100


def test_gain_of_a_known_group():
    """Differences 10, 20, 30, 40, 50: mean 30, standard deviation 15.811, interval 30 +- 2.776 x 15.811 / root 5 = 19.63."""
    found = gain([(0, d) for d in (10, 20, 30, 40, 50)])
    assert (found.n, found.mean, found.median) == (5, 30, 30)
    assert abs(found.low - Decimal("10.37")) < Decimal("0.01") and abs(found.high - Decimal("49.63")) < Decimal("0.01")


def test_gain_matches_only_who_sat_both_and_hides_fewer_than_five():
    four = [(40, 60)] * 4 + [(None, 90), (20, None)]
    assert gain(four) == gain(four[:4]) and gain(four).n == 4 and not gain(four).shown
    assert gain(four).low is None and gain(four).before is None
    assert gain([*four, (40, 60)]).mean == 20


@given(st.lists(st.tuples(SCORE, SCORE), min_size=5, max_size=40))
def test_gain_lies_within_its_interval_and_turns_with_its_sign(pairs):
    found, turned = gain(pairs), gain([(b, a) for a, b in pairs])
    assert found.low <= found.mean <= found.high
    near = Decimal("1e-15")
    assert abs(found.mean + turned.mean) < near and abs(found.low + turned.high) < near


@given(st.integers(1, 500), st.integers(1, 500))
def test_more_learners_never_widen_the_factor(a, b):
    assume(a < b)
    assert t_value(a) >= t_value(b) >= Decimal("1.96")


def test_items_say_what_was_reached():
    found = items(RUBRIC, [[3, 3], [0, 6], [1]])
    assert [(i.name, i.n, i.share) for i in found] == [("Greets", 2, 50), ("Listens", 2, 75)]
    assert items(RUBRIC, [])[0].share is None
