"""The sentence a page of figures opens with, made by rule from the figures."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def national_lede(figures, goal=None):
    """(main sentence, what follows from it). `goal`: percent asked by the end of the quarter."""
    national = figures.national
    count = national.count
    if count.coverage is None:
        if national.known:
            return _("No officer of whom a course is required is known on this day."), ""
        return _("No MDA has a known register on this day, so there is nothing to count."), ""
    main = _("%(share).1f%% of the %(n)s officers of whom a course is required are up to date; %(overdue)s are overdue.") % {
        "share": count.coverage,
        "n": f"{count.bound:,}",
        "overdue": f"{count.overdue:,}",
    }
    more = []
    if goal is not None:
        gap = count.coverage - goal
        words = {"gap": f"{abs(gap):.1f}", "goal": f"{goal:.0f}"}
        more.append(
            _("That is %(gap)s points behind the %(goal)s%% asked by the end of the quarter.") % words
            if gap < 0
            else _("That is %(gap)s points ahead of the %(goal)s%% asked by the end of the quarter.") % words
        )
    compared = [(cadre, c) for cadre, c in figures.by_cadre() if c.bound >= 30]
    if len(compared) > 1:
        best, worst = max(compared, key=lambda x: x[1].coverage), min(compared, key=lambda x: x[1].coverage)
        if best[1].coverage - worst[1].coverage >= 1:
            more.append(
                _("%(best)s are furthest ahead at %(high).0f%%; %(worst)s are furthest behind at %(low).0f%%.")
                % {"best": best[0].name, "high": best[1].coverage, "worst": worst[0].name.lower(), "low": worst[1].coverage}
            )
    if national.unknown:
        more.append(
            ngettext(
                "%(n)s MDA has no known register and is not counted.",
                "%(n)s MDAs have no known register and are not counted.",
                national.unknown,
            )
            % {"n": f"{national.unknown:,}"}
        )
    return main, " ".join(more)
