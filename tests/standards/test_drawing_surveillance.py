"""What a surveillance looks at: pure, reproducible, never less than the rule says."""

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from standards import surveillance

codes = st.builds(lambda a, b, c: f"{a}.{b}.{c}", st.integers(1, 5), st.integers(1, 4), st.integers(1, 12))
sheets = st.dictionaries(codes, st.booleans(), min_size=1, max_size=60)
shares = st.fractions(0, 1, max_denominator=12)


@given(sheets, shares, st.text(max_size=20), st.randoms())
def test_the_same_seed_draws_the_same_in_any_order(elements, share, seed, random):
    shuffled = list(elements.items())
    random.shuffle(shuffled)
    assert surveillance.choose(elements, share=share, seed=seed) == surveillance.choose(dict(shuffled), share=share, seed=seed)


@given(sheets, shares, st.text(max_size=20), st.sets(codes), st.sets(codes))
def test_all_critical_the_share_of_the_rest_and_open_findings(elements, share, seed, found, before):
    chosen = surveillance.choose(elements, share=share, seed=seed, open_findings=found, before=before)
    critical = {code for code, is_critical in elements.items() if is_critical}
    rest = set(elements) - critical
    assert len(chosen) == len(set(chosen)) and set(chosen) <= set(elements)
    assert critical <= set(chosen) and found & set(elements) <= set(chosen)
    drawn = set(chosen) & rest
    assert math.ceil(len(rest) * share) <= len(drawn) <= math.ceil(len(rest) * share) + len(found)


@given(sheets, st.text(max_size=20), st.text(max_size=20))
def test_three_draws_of_a_third_see_everything(elements, first, second):
    seen = set()
    for seed in (first, second, first + second):
        seen |= set(surveillance.choose(elements, share=Fraction(1, 3), seed=seed, before=seen))
    assert seen == set(elements)


def test_codes_are_read_as_numbers():
    assert surveillance.choose({"1.10.2": True, "1.9.1": True, "1.9.10": True}, share=0, seed="a") == ["1.9.1", "1.9.10", "1.10.2"]
