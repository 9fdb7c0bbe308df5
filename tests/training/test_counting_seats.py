"""The arithmetic of seats, against a slow count of single seats."""

from hypothesis import given
from hypothesis import strategies as st

from training.seats import Seats

MDAS = "ABCD"
counts = st.dictionaries(st.sampled_from(MDAS), st.integers(0, 6))


@st.composite
def fitting(draw):
    """Seats whose quotas and holders fit."""
    quotas, held = draw(counts), draw(counts)
    least = sum(max(quotas.get(m, 0), held.get(m, 0)) for m in MDAS)
    return Seats(draw(st.integers(least, least + 8)), quotas, held)


def slowly_free(seats, mda):
    """How often a seat can be taken for the MDA, with a chair for each seat: chairs are labelled with who they are kept for."""
    chairs = [m for m, n in seats.quotas.items() for _ in range(n)]
    chairs += [None] * (seats.capacity - len(chairs))
    for other, n in seats.held.items():
        for _ in range(n):
            chairs.remove(other if other in chairs else None)
    return chairs.count(mda) + chairs.count(None)


@given(fitting(), st.sampled_from(MDAS))
def test_what_is_free_for_an_mda_is_what_chairs_are_left_for_it(seats, mda):
    assert seats.free_for(mda) == slowly_free(seats, mda)


@given(fitting())
def test_held_and_free_are_all_seats(seats):
    kept = sum(seats.kept(m) for m in MDAS)
    assert seats.taken + kept + seats.pool == seats.capacity == seats.taken + seats.free
    assert seats.pool >= 0


@given(fitting(), st.lists(st.sampled_from(MDAS), max_size=30))
def test_serving_a_queue_is_fair_and_leaves_nothing_that_anybody_could_take(seats, mdas):
    before = {m: seats.free_for(m) for m in MDAS}
    queue = list(enumerate(mdas))
    served = seats.serve(queue)
    assert served == sorted(served) and seats.committed <= seats.capacity
    left = [m for n, m in queue if n not in served]
    assert all(seats.free_for(m) == 0 for m in left)
    for m in MDAS:  # within an MDA nobody is overtaken, and no MDA got more than was free for it
        mine = [n for n, of in queue if of == m]
        got = [n for n in mine if n in served]
        assert got == mine[: len(got)] and len(got) <= before[m]


@given(fitting(), st.sampled_from(MDAS), st.integers(0, 6))
def test_a_quota_changes_nothing_for_who_has_it_but_what_it_takes_from_the_pool(seats, mda, n):
    other = seats.with_quota(mda, n)
    assert seats.capacity == other.capacity and seats.held == other.held
    if other.committed <= other.capacity:
        assert all(other.free_for(m) <= seats.with_quota(mda, 0).free_for(m) for m in MDAS if m != mda)


def test_a_seat_given_back_falls_to_the_quota_first():
    seats = Seats(3, {"A": 1}, {"A": 2, "B": 1})
    assert (seats.pool, seats.free_for("A"), seats.free_for("B")) == (0, 0, 0)
    seats.give_back("A")
    assert (seats.pool, seats.free_for("A"), seats.free_for("B")) == (1, 1, 1)
    seats.give_back("A")
    assert (seats.pool, seats.free_for("A"), seats.free_for("B")) == (1, 2, 1)
