"""The table of MDAs side by side: its rows, columns, order and kinds. The page and its exports show the same."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from centres.models import Organisation
from cse_portal.lib.doors import Column
from cse_portal.lib.states import state_look
from cse_portal.oversight.figures import MIN_RANKED

KIND = Organisation.Kind
# Filter of the table: name -> (label, kinds; None: all)
KINDS = {
    "": (gettext_lazy("All"), None),
    "ministries": (gettext_lazy("Ministries"), {KIND.MINISTRY, KIND.EXECUTIVE_OFFICE}),
    "state-departments": (gettext_lazy("State departments"), {KIND.STATE_DEPARTMENT}),
    "agencies": (
        gettext_lazy("Agencies and others"),
        set(KIND.values) - {KIND.MINISTRY, KIND.EXECUTIVE_OFFICE, KIND.STATE_DEPARTMENT},
    ),
}
IN_THE_EXPORT_ONLY = {"code", "kind", "bound", "current", "waived", "excused", "not_required", "enrolled", "register"}


class Row:
    """A row of the table: an MDA by itself, or a ministry with all below it."""

    def __init__(self, figures, line, group=None):
        self.figures, self.line, self.organisation, self.group = figures, line, line.organisation, group
        self.count = group.count if group else line.count
        self.cadres = group.cadres if group else line.cadres
        self.known = bool(group.known) if group else line.known
        self.rank = None if group else line.rank

    @property
    def coverage(self):
        return self.count.coverage if self.known else None

    @property
    def enrolled(self):
        return self.figures.enrolled_of(self.group or self.figures.group([self.organisation.pk]))

    def cells(self, cadres):
        """Coverage of each CSE cadre in framework order: None where there is nobody to count."""
        return [self.cadres[c.pk].coverage if self.known and c.pk in self.cadres else None for c in cadres]


def columns_of(cadres):
    """Columns of the table and of its export; `value(row)` and, for sorting, the same."""

    def share(row):
        return None if row.coverage is None else round(row.coverage, 1)

    def cadre(c):
        def value(row):
            found = row.cadres[c.pk].coverage if row.known and c.pk in row.cadres else None
            return None if found is None else round(found, 1)

        return value

    def count(name):
        return lambda row: getattr(row.count, name) if row.known else None

    return [
        Column("code", _("Code"), lambda row: row.organisation.code),
        Column("mda", _("MDA"), lambda row: row.organisation.name, sort="mda"),
        Column("kind", _("Kind"), lambda row: row.organisation.get_kind_display()),
        Column("in_post", _("In post"), lambda row: row.count.in_post, sort="in_post", numeric=True),
        Column("coverage", _("Up to date, %"), share, sort="coverage"),
        *(Column(c.code.lower(), c.name, cadre(c), sort=c.code.lower()) for c in cadres),
        Column("bound", _("Course required"), count("bound"), numeric=True),
        Column("current", _("Up to date"), count("current"), numeric=True),
        Column("due", pgettext("training", "Due"), count("due"), sort="due", numeric=True),
        Column("overdue", pgettext("training", "Overdue"), count("overdue"), sort="overdue", numeric=True),
        Column("waived", _("Waived"), count("waived"), numeric=True),
        Column("excused", _("Excused"), count("excused"), numeric=True),
        Column("not_required", _("Not required"), count("not_required"), numeric=True),
        Column("enrolled", _("Enrolled"), lambda row: row.enrolled if row.known else None, numeric=True),
        Column("rank", _("Rank"), lambda row: row.rank, sort="rank", numeric=True),
        Column("register", _("Register"), lambda row: _("known") if row.known else _("unknown")),
        Column("as_at", _("Last return, as at"), lambda row: row.line.as_at, sort="as_at"),
        Column("standard", _("Standard"), standard_word, sort="standard"),
    ]


def standard_word(row):
    return str(state_look(row.line.standard).word) if row.line.standard else ""


def rows_of(figures, kind="", text=""):
    """Rows of the MDAs of that kind whose name or code holds the text, unordered."""
    kinds, text = KINDS[kind][1], " ".join(text.lower().split())
    lines = [line for line in figures.by_mda() if kinds is None or line.organisation.kind in kinds]
    if text:
        lines = [x for x in lines if text in x.organisation.name.lower() or text == x.organisation.code.lower()]
    if kind == "ministries":
        return [Row(figures, line, figures.mda(line.organisation)) for line in lines]
    return [Row(figures, line) for line in lines]


def ordered(rows, columns, asked, cadres):
    """(rows, sort): by any column; worst coverage first by default. Those with nothing to compare, and small MDAs, come last."""
    column = next((c for c in columns if c.sort and c.sort == asked.lstrip("-")), None)
    if column is None:
        asked, column = "coverage", next(c for c in columns if c.sort == "coverage")
    compared = column.sort in {"coverage", "rank", *(c.code.lower() for c in cadres)}

    def last(row):
        return column.value(row) in (None, "") or (compared and row.count.bound < MIN_RANKED)

    able = sorted((r for r in rows if not last(r)), key=lambda r: r.organisation.name)
    able.sort(key=column.value, reverse=asked.startswith("-"))
    rest = sorted((r for r in rows if last(r)), key=lambda r: (column.value(r) in (None, ""), r.organisation.name))
    return able + rest, asked


def rounded(share):
    """A percentage as files and the API give it."""
    return None if share is None else round(share, 1)


def parts(count):
    """A stacked bar of those of whom a course is required."""
    return [
        (count.current, "s-tr", _("Up to date")),
        (count.due, "s-am", pgettext("training", "Due")),
        (count.overdue, "s-ov", pgettext("training", "Overdue")),
    ]


def cadre_rows(cadres, together, goals, link=None, enrolled=None):
    """Rows of the table of cadres by status, the sum last. `link(status, cadre)`: address of the names behind a cell;
    `enrolled(cadre)`: of those due or overdue, with a seat."""
    return [_cadre_row(c.name, together.cadres[c.pk], c, goals, link, enrolled) for c in cadres] + [
        _cadre_row(_("All cadres"), together.count, None, goals, link, enrolled)
    ]


def _cadre_row(name, count, cadre, goals, link, enrolled):
    there = count.in_post

    def cell(label, code, n, css=""):
        return {"label": label, "n": n if there else None, "url": link(code, cadre) if link and n else "", "css": css}

    cells = [
        cell(_("In post"), "", there),
        cell(_("Up to date"), "current", count.current, " b"),
        cell(pgettext("training", "Due"), "due", count.due),
        cell(pgettext("training", "Overdue"), "overdue", count.overdue, " down" if count.overdue else ""),
    ]
    if enrolled:
        cells.append({"label": _("Enrolled"), "n": enrolled(cadre) if there else None, "url": "", "css": ""})
    cells += [
        cell(_("Waived"), "waived", count.waived),
        cell(_("Excused"), "excused", count.excused),
        cell(_("Not required"), "not_required", count.not_required),
    ]
    return {"name": name, "count": count, "parts": parts(count), "cells": cells, "goal": goals.get(cadre and cadre.pk)}
