"""The draw of sites by itself: as many as the rule asks, at random as it says, the same again from the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standards import sampling

LIMITS = (10, 30)
frames = st.dictionaries(st.text("ABCDEF-0123", min_size=1, max_size=5), st.integers(0, 60), max_size=40).map(
    lambda sizes: sampling.frame_of(sizes, LIMITS)
)
seeds = st.text(min_size=1, max_size=12)


@pytest.mark.parametrize(("n", "asked"), [(0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4), (49, 7), (50, 8)])
def test_the_square_root_rounded_up(n, asked):
    assert sampling.asked(n) == asked


@pytest.mark.parametrize(("size", "band"), [(0, 0), (10, 0), (11, 1), (30, 1), (31, 2)])
def test_the_bands(size, band):
    assert sampling.band_of(size, LIMITS) == band


def test_the_draw_is_the_same_for_ever():
    """Worked once and written down: no later change of code or of Python may draw anything else from this seed."""
    frame = sampling.frame_of({f"HC-{n:02}": 5 for n in range(9)}, LIMITS)
    assert [c["code"] for c in sampling.draw("a seed", frame, "0.25")] == ["HC-02", "HC-07", "HC-08"]


@given(frames, seeds)
def test_each_band_gets_what_it_asks_and_again_the_same(frame, seed):
    chosen = sampling.draw(seed, frame, "0.25")
    assert chosen == sampling.draw(seed, tuple(frame), "0.25")
    codes = [c["code"] for c in chosen]
    assert len(codes) == len(set(codes)) and set(codes) <= {s.code for s in frame}
    for band in sampling.bands(frame, "0.25"):
        assert len(set(codes) & set(band.codes)) == band.needed


@given(frames, seeds, st.data())
def test_judgement_never_takes_the_place_of_chance(frame, seed, data):
    judged = {s.code: "Complaints." for s in frame if data.draw(st.booleans())}
    chosen = sampling.draw(seed, frame, "0.25", judged)
    drawn = {c["code"] for c in chosen if c["how"] == sampling.RANDOM}
    for band in sampling.bands(frame, "0.25"):
        assert len(drawn & set(band.codes)) * 4 >= len([c for c in chosen if c["code"] in band.codes]) >= band.needed
        assert {c["code"] for c in chosen} >= set(judged) & set(band.codes)
        assert set(sampling.drawn_order(seed, band.codes)[: band.random]) <= drawn


@given(frames, seeds)
def test_the_order_of_the_frame_does_not_matter(frame, seed):
    assert sampling.draw(seed, frame[::-1], "0.25") == sampling.draw(seed, frame, "0.25")


def test_a_choice_needs_its_reason_and_its_place_in_scope():
    frame = sampling.frame_of({"HC-1": 5}, LIMITS)
    for judged in ({"HC-1": " "}, {"HC-2": "Complaints."}):
        with pytest.raises(ValueError):
            sampling.draw("s", frame, "0.25", judged)
