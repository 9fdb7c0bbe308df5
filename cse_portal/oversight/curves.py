"""Trend and forecast as a page shows them: marks of the line, rows of the table."""

import datetime as dt

from django.utils import formats
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.line_chart import Mark
from cse_portal.oversight import figures
from cse_portal.oversight.models import Target
from cse_portal.oversight.services import targets

DAY = dt.timedelta(days=1)


def structures(asked):
    """[(name, label, whether it is the one asked for)]"""
    names = [(figures.THEN, _("As constituted then")), (figures.TODAY, _("On today’s structure"))]
    return [(name, label, name == asked) for name, label in names]


def trend(version, asked, within=None, structure=figures.THEN, today_is=None):
    """{points, marks, now, targets}: kept by version, day and scope."""

    points = figures.trend(asked.on, within=within, structure=structure, known_on=asked.known, at=version, today_is=today_is)
    wanted, goals = asked_for(points[0].on, points[-1].on)
    today = clock.today()
    marks = [Mark(p.quarter, p.year, p.count.coverage, said(p), wanted.get(clock.quarter_end(p.on))) for p in points]
    measured = [i for i, p in enumerate(points) if p.on <= today]
    return {
        "points": [(p, wanted.get(clock.quarter_end(p.on))) for p in points],
        "marks": marks,
        "now": measured[-1] if measured else 0,
        "structure": structure,
        "goals": goals,
    }


def forecast(version, on, within=None):
    """{points, marks}: the months to come."""
    points = figures.kept("forecast", version, lambda: figures.forecast(on, within=within, at=version), on, within and within.pk)
    wanted = dict(targets.line(Target.Measure.COVERAGE, points[0].on, points[-1].on))
    marks = [
        Mark(
            formats.date_format(p.on, "M") if p.on.month in (1, 4, 7, 10) or i == 0 else "",
            str(p.on.year), p.count.coverage, said(p), wanted.get(p.on - DAY),
        )
        for i, p in enumerate(points)
    ]  # fmt: skip
    return {"points": points, "marks": marks}


def said(point):
    """A point in words, with its base."""
    day = formats.date_format(point.on, "j M Y")
    if point.count.coverage is None:
        return _("%(day)s: nobody to count") % {"day": day}
    return _("%(day)s: %(share).1f%%, %(n)s of %(m)s") % {
        "day": day, "share": point.count.coverage, "n": f"{point.count.current:,}", "m": f"{point.count.bound:,}",
    }  # fmt: skip


def asked_for(first, last):
    """({quarter end: percent asked of all cadres}, {cadre id, or None for all: percent asked in the last quarter}), in one query"""
    ends = clock.quarter_end(last)
    rows = Target.objects.in_force().filter(measure=Target.Measure.COVERAGE, quarter_ends__range=(first, ends))
    rows = list(rows.values_list("quarter_ends", "cadre", "value"))
    return {day: value for day, cadre, value in rows if cadre is None}, {
        cadre: value for day, cadre, value in rows if day == ends
    }


def goals(on):
    """{cadre id, or None for all: percent asked by the end of the quarter that holds the day}"""
    return targets.in_force(Target.Measure.COVERAGE, clock.quarter_end(on))
