"""Risk by itself: each input explains its points, what is unknown is said to be unknown, and worse is never less urgent."""

import datetime as dt
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standards import risk

ON = dt.date(2026, 11, 22)


def points(**known):
    return {part.key: part for part in risk.assess(risk.Subject(**known), risk.WEIGHTS, ON).parts}


def test_nothing_known_is_not_nought():
    parts = points()
    assert {k for k, p in parts.items() if p.state == risk.UNKNOWN} == {"last_score", "csi", "complaints"}
    assert parts["never_audited"].points == D("20.0") and parts["expiring"].state == risk.NONE


@pytest.mark.parametrize(
    ("known", "key", "expected"),
    [
        ({"last_score": D("0.75")}, "last_score", "12.5"),  # (1 - 0.75) / 0.5 of 25
        ({"last_score": D("0.3")}, "last_score", "25.0"),
        ({"csi": D("0.95")}, "csi", "0.0"),
        ({"csi": D("0.7")}, "csi", "7.5"),  # (0.9 - 0.7) / 0.4 of 15
        ({"complaints": 10, "customers": 1000}, "complaints", "7.5"),  # 10 of 20 per thousand
        ({"overdue": 2}, "overdue", "6.0"),  # 2 of 5 of 15
        ({"overdue": 9}, "overdue", "15.0"),
        ({"audited_on": dt.date(2025, 5, 1)}, "never_audited", "10.0"),  # 18 of 36 months of 20
        ({"expires_on": dt.date(2027, 10, 1)}, "expiring", "10.0"),  # within 12 months
        ({"expires_on": dt.date(2027, 11, 1)}, "expiring", "0.0"),
        ({"expires_on": dt.date(2026, 1, 1)}, "expiring", "10.0"),  # over already
    ],
)
def test_points_worked_by_hand(known, key, expected):
    assert points(**known)[key].points == D(expected)


def test_complaints_of_nobody_are_unknown():
    assert points(complaints=3, customers=0)["complaints"].state == risk.UNKNOWN


subjects = st.builds(
    risk.Subject,
    last_score=st.none() | st.decimals(0, 1, places=3),
    audited_on=st.none() | st.dates(dt.date(2020, 1, 1), ON),
    csi=st.none() | st.decimals(0, 1, places=3),
    complaints=st.none() | st.integers(0, 500),
    customers=st.none() | st.integers(0, 9000),
    overdue=st.integers(0, 12),
    expires_on=st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2029, 1, 1)),
)


@given(subjects)
def test_points_stay_in_bounds_and_add_up(subject):
    found = risk.assess(subject, risk.WEIGHTS, ON)
    assert 0 <= found.points <= sum(risk.WEIGHTS.values())
    assert found.points == sum(D(part["points"]) for part in found.as_json()["parts"])
    assert all(0 <= part.points <= part.of for part in found.parts)
    assert all(part.points == 0 for part in found.parts if part.state != risk.KNOWN)


@given(subjects, st.decimals(0, 1, places=3))
def test_a_worse_score_is_never_less_urgent(subject, other):
    from dataclasses import replace

    low, high = sorted([subject.last_score if subject.last_score is not None else D("0.5"), other])
    assert (
        risk.assess(replace(subject, last_score=low), risk.WEIGHTS, ON).points
        >= risk.assess(replace(subject, last_score=high), risk.WEIGHTS, ON).points
    )


def test_the_most_urgent_first_and_of_equals_the_less_known():
    risks = {
        "B": risk.assess(risk.Subject(overdue=5), risk.WEIGHTS, ON),
        "A": risk.assess(risk.Subject(), risk.WEIGHTS, ON),
        "C": risk.assess(risk.Subject(csi=D("0.95"), last_score=D(1)), risk.WEIGHTS, ON),
    }
    assert risk.order(risks) == ["B", "A", "C"]
