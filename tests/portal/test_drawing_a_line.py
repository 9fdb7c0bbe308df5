"""The words of a line chart stand clear of each other and inside the drawing, however steep the line."""

import re

import pytest

from cse_portal.lib.line_chart import HALF, NARROW, WIDE, Mark, line

WORDS = re.compile(r'<text class="over [^"]*" x="([\d.]+)" y="([-\d.]+)" text-anchor="(\w+)">')


@pytest.mark.parametrize("frame, box", [("wide", WIDE), ("half", HALF), ("narrow", NARROW)])
@pytest.mark.parametrize("before", [0, 50, 100])
def test_the_figure_and_its_target_never_cover_each_other(frame, box, before):
    for value in range(0, 101, 2):
        for target in range(0, 101, 5):
            marks = [Mark("Q1", "2026/27", before, "", target), Mark("Q2", "2026/27", value, "", target)]
            (_, said, _), (_, figure, _) = WORDS.findall(str(line(marks, frame=frame)))
            assert abs(float(said) - float(figure)) >= 14, (value, target)  # letters of 13
            assert 10 <= min(float(said), float(figure)) and max(float(said), float(figure)) < box.height - 10, (value, target)
