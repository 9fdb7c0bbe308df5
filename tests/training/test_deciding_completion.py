"""Completion, tested by its rule: attendance, excuses, pass mark, each at its edge."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.completion import ABSENT, EXCUSED, LATE, PRESENT, Rule, attendance, outcome, shown

COURSE = Rule(80, 60)
MARKS = st.lists(st.sampled_from([PRESENT, LATE, EXCUSED, ABSENT]), max_size=20)


@pytest.mark.parametrize(
    "marks, score, completed",
    [
        ([PRESENT] * 10, 60, True),
        ([PRESENT] * 10, Decimal("59.99"), False),
        ([PRESENT] * 10, None, False),
        ([PRESENT] * 7 + [LATE] + [ABSENT] * 2, 75, True),  # 80% is enough, late counts
        ([PRESENT] * 7 + [ABSENT] * 3, 75, False),
        ([PRESENT] * 7 + [EXCUSED] * 2 + [ABSENT], 75, True),  # 7 of 8, and 20% excused is allowed
        ([PRESENT] * 7 + [EXCUSED] * 3, 75, False),  # all of the rest, but 30% excused
        ([EXCUSED] * 2, 75, False),
        ([], 75, False),
    ],
)
def test_attendance_and_pass_mark(marks, score, completed):
    assert outcome(marks, score, COURSE).completed is completed


def test_each_reason_is_a_sentence_with_its_figures():
    said = outcome([PRESENT] * 6 + [EXCUSED] + [ABSENT] * 3, Decimal("48.50"), COURSE)
    assert said.why == "Attended 6 of 9 sessions (66.6%); 80% is needed. Excused from 1. Scored 48.5; the pass mark is 60."


def test_attendance_alone_decides_where_there_is_no_pass_mark():
    assert outcome([PRESENT] * 4 + [ABSENT], None, Rule(80)).completed
    assert "pass mark" not in outcome([PRESENT] * 5, None, Rule(80)).why


def test_just_below_never_reads_as_enough():
    marks = [PRESENT] * 1999 + [ABSENT] * 501
    said = outcome(marks, 90, COURSE)
    assert not said.completed and "(79.9%)" in said.why


def test_an_unmarked_session_has_no_outcome():
    with pytest.raises(ValueError):
        outcome([PRESENT, None], 90, COURSE)


@given(MARKS, st.one_of(st.none(), st.decimals(0, 100, places=2)), st.integers(0, 100), st.one_of(st.none(), st.integers(0, 100)))
def test_more_presence_never_harms(marks, score, least, pass_mark):
    rule = Rule(least, pass_mark)
    said = outcome(marks, score, rule)
    assert said.reasons
    for i, mark in enumerate(marks):
        if mark == ABSENT:
            better = outcome([*marks[:i], PRESENT, *marks[i + 1 :]], score, rule)
            assert better.completed >= said.completed


@given(MARKS)
def test_attendance_is_a_part_of_one(marks):
    part = attendance(marks)
    assert part is None or (0 <= part <= 1 and 0 <= Decimal(shown(part)) <= 100)
