"""A line of percentages over time, drawn on the server as SVG: what was, its target, and what comes if nothing is done."""

from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _


class Mark(NamedTuple):
    """A point of the line: `tick` and `group` stand under the axis (an empty tick is not written); `value` 0 to 100 or None."""

    tick: str
    group: str
    value: object
    title: str
    target: object = None


class Frame(NamedTuple):
    width: int
    height: int
    left: int
    right: int
    top: int = 18
    bottom: int = 40


LINE = 16  # height of a line of text
WIDE, HALF, NARROW = Frame(860, 330, 50, 96), Frame(640, 300, 50, 100), Frame(360, 260, 48, 14)


def line(marks, label="", now=None, frame="wide"):
    """`now`: index of the last mark that is measured; those after it are dotted. Empty when no mark has a value."""
    box = {"wide": WIDE, "half": HALF, "narrow": NARROW}[frame]
    now = len(marks) - 1 if now is None else now
    if not any(mark.value is not None for mark in marks):
        return ""
    step = (box.width - box.left - box.right) / max(len(marks) - 1, 1)
    tall = box.height - box.top - box.bottom

    def x(i):
        return round(box.left + i * step, 1)

    def y(value):
        return round(box.top + tall * (1 - float(value) / 100))

    drawn = [_grid(box, y), _axis(marks, box, x, frame == "narrow")]
    points = [(i, mark) for i, mark in enumerate(marks) if mark.value is not None]
    past, ahead = [p for p in points if p[0] <= now], [p for p in points if p[0] >= now]
    if past:
        path = " ".join(f"{x(i)},{y(m.value)}" for i, m in past)
        drawn.append(
            format_html('<polygon class="a1" points="{},{} {} {},{}"/>', x(past[0][0]), y(0), path, x(past[-1][0]), y(0))
        )
    drawn.append(_targets(marks, x, y))
    if past:
        drawn.append(format_html('<polyline class="l1" points="{}"/>', path))
    if len(ahead) > 1:
        drawn.append(format_html('<polyline class="l3" points="{}"/>', " ".join(f"{x(i)},{y(m.value)}" for i, m in ahead)))
    dots = [(x(i), y(m.value), "5" if i == now else "3.5" if i < now else "2", m.title) for i, m in points]
    drawn.append(format_html_join("", '<circle class="d1" cx="{}" cy="{}" r="{}"><title>{}</title></circle>', dots))
    figures = _figures(points, now, x, y, frame == "narrow")
    said = [*_target(marks, now, x, y, frame == "narrow", figures), *figures]
    drawn.append(format_html_join("", '<text class="over {}" x="{}" y="{}" text-anchor="{}">{}</text>', said))
    return format_html(
        '<svg class="ch" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        box.width, box.height, label, format_html_join("", "{}", ((part,) for part in drawn)),
    )  # fmt: skip


def _grid(box, y):
    rows = [
        ("base" if value == 0 else "ax", box.left, box.width - box.right, y(value), y(value), box.left - 8, y(value) + 4, value)
        for value in range(0, 101, 20)
    ]
    return format_html_join(
        "", '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}%</text>', rows
    )


def _axis(marks, box, x, narrow):
    ticks, groups, last = [], [], None
    for i, mark in enumerate(marks):
        if mark.tick and not (narrow and len(marks) > 8 and i % 2):
            ticks.append((x(i), box.height - box.bottom + 18, mark.tick))
        if mark.group != last:
            groups.append((x(i), box.height - box.bottom + 35, "start" if i == 0 else "middle", mark.group))
            last = mark.group
    if len(groups) > 1 and groups[1][0] - groups[0][0] < 108:  # no room for the first
        groups.pop(0)
    return format_html(
        "{}{}",
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', ticks),
        format_html_join("", '<text x="{}" y="{}" text-anchor="{}" class="lab-s">{}</text>', groups),
    )


def _asked(marks):
    return [(i, mark.target) for i, mark in enumerate(marks) if mark.target is not None]


def _targets(marks, x, y):
    asked = _asked(marks)
    path = " ".join(f"{x(i)},{y(value)}" for i, value in asked)
    dots = [(x(i) - 7, x(i) + 7, y(value), y(value), f"{value:.0f}%") for i, value in asked]
    lines = format_html_join("", '<line class="base" x1="{}" x2="{}" y1="{}" y2="{}"><title>{}</title></line>', dots)
    return format_html('<polyline class="l2" points="{}"/>{}', path, lines) if asked else ""


def _target(marks, now, x, y, narrow, figures):
    """The word of the last target, off the figure that stands at the same end."""
    asked = _asked(marks)
    if not asked:
        return []
    i, value = asked[-1]
    word = _("Target %(n)s%%") % {"n": f"{value:.0f}"}
    if i < len(marks) - 1:
        return [("", x(i), y(value) - 8, "middle", word)]
    if narrow:  # no room beside the end: over the line, or under it when the figure stands over it
        place = x(i) + 7, y(value) + (20 if (marks[now].value or 0) > value else -10), "end"
    else:
        place = x(i) + 10, y(value) + 4, "start"
    across, down, anchor = place
    for _class, beside, theirs, _anchor, _word in figures:
        if beside >= x(i) and abs(down - theirs) < LINE:
            down = theirs + (LINE if down > theirs or theirs < 2 * LINE else -LINE)
    return [("", across, max(down, LINE - 4), anchor, word)]


def _figures(points, now, x, y, narrow):
    """The figure of the last measured mark, and of the last one ahead."""
    said = []
    for i, mark in dict([p for p in points if p[0] <= now][-1:] + points[-1:]).items():
        last, first = i == points[-1][0], i == points[0][0]
        if last and not narrow:
            place = x(i) + 8, y(mark.value) + 5, "start"
        else:
            low, high = float(mark.value) < 12, y(mark.value) < 2 * LINE  # no room below the line, or above it
            anchor = "end" if last else "start" if first else "middle"
            over = low or not high and (first or last and _from_below(points, mark))
            place = x(i), y(mark.value) - 12 if over else y(mark.value) + 24, anchor
        said.append(("lab-s", *place, f"{float(mark.value):.1f}%"))
    return said


def _from_below(points, mark):
    """Whether the line comes to its last mark from below, so that it does not cross what stands over it."""
    return len(points) > 1 and points[-2][1].value <= mark.value
