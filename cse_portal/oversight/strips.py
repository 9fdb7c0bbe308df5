"""The strip of figures under a lede: label, value, unit, yardstick, notes."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from centres.models import Standing
from cse_portal.lib.templatetags.cse import signed


def covered(count, goal=None, since=None):
    """Coverage with its base, its target and its change since the quarter before."""
    notes = [_("%(n)s of %(m)s of whom a course is required") % {"n": f"{count.current:,}", "m": f"{count.bound:,}"}]
    if goal is not None:
        notes.append(_("Target %(n)s%%") % {"n": f"{goal:.0f}"})
    if since:
        notes.append(since)
    share = count.coverage
    return {
        "label": _("Up to date"), "value": "–" if share is None else f"{share:.1f}", "unit": "" if share is None else "%",
        "percent": None if share is None else round(share, 1), "target": goal, "notes": notes,
    }  # fmt: skip


def since(trend):
    """Change of coverage from the quarter end before, in points: a sentence or nothing."""
    points = [point for point, _goal in trend["points"]]
    if len(points) < 2 or points[-1].count.coverage is None or points[-2].count.coverage is None:
        return ""
    before = points[-2]
    return _("%(change)s points since %(quarter)s") % {
        "change": signed(points[-1].count.coverage - before.count.coverage, 1), "quarter": before.quarter,
    }  # fmt: skip


def national(group, levels, goal, trend):
    count = group.count
    mdas, centres = (sum(level[i] for level in levels.values()) for i in (0, 1))
    return [
        covered(count, goal, since(trend)),
        {"label": pgettext("training", "Overdue"), "value": f"{count.overdue:,}", "unit": _("officers"), "notes": [_("%(n)s due") % {"n": f"{count.due:,}"}]},
        {"label": _("In post"), "value": f"{count.in_post:,}", "unit": _("officers"), "notes": [_("%(n)s waived, %(m)s excused") % {"n": f"{count.waived:,}", "m": f"{count.excused:,}"}]},
        {"label": _("Registers known"), "value": f"{group.known:,}", "unit": _("of %(n)s MDAs") % {"n": f"{group.of:,}"}, "notes": [_("%(n)s officers at last return, unknown") % {"n": f"{group.unknown_officers:,}"}]},
        {"label": _("MDAs certified"), "value": f"{mdas:,}", "unit": _("of %(n)s") % {"n": f"{group.of:,}"}, "notes": [_("and %(n)s centres") % {"n": f"{centres:,}"}]},
    ]  # fmt: skip


def mda(line, group, on, enrolled, has_units, goal, trend):
    count = group.count
    words = {"known": _("Known"), "stale": _("Out of date"), "never": _("Never filed")}
    age = ""
    if line and line.as_at:
        age = _("Last return as at %(day)s, %(n)s days before") % {"day": f"{line.as_at:%-d %b %Y}", "n": (on - line.as_at).days}
    strip = [
        covered(count, goal, since(trend)),
        {"label": pgettext("training", "Overdue"), "value": f"{count.overdue:,}", "unit": _("officers"), "notes": [_("%(n)s due, %(m)s of these enrolled") % {"n": f"{count.due:,}", "m": f"{enrolled:,}"}]},
        {"label": _("In post"), "value": f"{count.in_post:,}", "unit": _("officers"), "notes": [_("%(n)s waived, %(m)s excused") % {"n": f"{count.waived:,}", "m": f"{count.excused:,}"}]},
        {"label": _("Staff register"), "value": words[line.register] if line else _("Unknown"), "notes": [age] if age else []},
    ]  # fmt: skip
    if has_units:
        note = _("%(n)s officers at last return, unknown") % {"n": f"{group.unknown_officers:,}"}
        strip.append(
            {"label": _("Registers known"), "value": group.known, "unit": _("of %(n)s MDAs") % {"n": group.of}, "notes": [note]}
        )
    return strip


def standing(kind):
    """Word of a standing."""
    return Standing.Kind(kind).label.lower()
