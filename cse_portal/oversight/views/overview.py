"""The national picture on a day: figures, cadres, MDAs side by side, counties, certifications."""

import json
from functools import cached_property

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from centres.models import County, Organisation
from cse_portal.lib import clock, tabular
from cse_portal.lib.doors import Column, Page
from cse_portal.lib.states import state_look
from cse_portal.oversight import dates, policies
from cse_portal.oversight.figures import Figures
from cse_portal.oversight.lede import national_lede
from standards.models import Certification

KIND = Organisation.Kind
SHOWN = 15
SHAPES = json.loads((settings.BASE_DIR / "centres/reference/kenya_counties_520.json").read_text(encoding="utf-8"))
# Filter of the table: name -> (label, kinds; None: all that are in no other filter)
KINDS = {
    "": (gettext_lazy("All"), None),
    "ministries": (gettext_lazy("Ministries"), {KIND.MINISTRY, KIND.EXECUTIVE_OFFICE}),
    "state-departments": (gettext_lazy("State departments"), {KIND.STATE_DEPARTMENT}),
    "agencies": (
        gettext_lazy("Agencies and others"),
        set(KIND.values) - {KIND.MINISTRY, KIND.EXECUTIVE_OFFICE, KIND.STATE_DEPARTMENT},
    ),
}


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
        Column("current", _("Up to date"), count("current"), numeric=True),
        Column("due", pgettext("training", "Due"), count("due"), sort="due", numeric=True),
        Column("overdue", _("Overdue"), count("overdue"), sort="overdue", numeric=True),
        Column("waived", _("Waived"), count("waived"), numeric=True),
        Column("excused", _("Excused"), count("excused"), numeric=True),
        Column("not_required", _("Not required"), count("not_required"), numeric=True),
        Column("enrolled", _("Enrolled"), lambda row: row.enrolled if row.known else None, sort="enrolled", numeric=True),
        Column("rank", _("Rank"), lambda row: row.rank, sort="rank", numeric=True),
        Column("register", _("Register"), lambda row: _("known") if row.known else _("unknown")),
        Column("as_at", _("Last return, as at"), lambda row: row.line.as_at, sort="as_at"),
        Column(
            "standard",
            _("Standard"),
            lambda row: str(state_look(row.line.standard).word) if row.line.standard else "",
            sort="standard",
        ),
    ]


def parts(count):
    """A stacked bar of those of whom a course is required."""
    return [
        (count.current, "s-tr", _("Up to date")),
        (count.due, "s-am", pgettext("training", "Due")),
        (count.overdue, "s-ov", _("Overdue")),
    ]


IN_THE_EXPORT_ONLY = {"code", "kind", "current", "waived", "excused", "enrolled", "not_required", "register"}


class Overview(Page):
    template_name = "oversight/overview.html"
    may = staticmethod(policies.may_see_national_figures)
    title = gettext_lazy("Service excellence across government")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on, self.not_a_date = dates.asked(request.GET)
        self.kind = request.GET.get("kind") if request.GET.get("kind") in KINDS else ""
        self.figures = Figures(self.on)

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") in ("csv", "xlsx"):
            return self.export(request.GET["export"])
        return super().get(request, *args, **kwargs)

    @cached_property
    def columns(self):
        return columns_of(self.figures.cadres)

    @cached_property
    def rows(self):
        kinds = KINDS[self.kind][1]
        lines = [line for line in self.figures.by_mda() if kinds is None or line.organisation.kind in kinds]
        if self.kind == "ministries":
            rows = [Row(self.figures, line, self.figures.mda(line.organisation)) for line in lines]
        else:
            rows = [Row(self.figures, line) for line in lines]
        return self.ordered(rows)

    def ordered(self, rows):
        """By any column; worst coverage first by default. Those with nothing to compare, and small MDAs, come last."""
        asked = self.request.GET.get("sort") or "coverage"
        column = next((c for c in self.columns if c.sort and c.sort == asked.lstrip("-")), None)
        if column is None:
            asked, column = "coverage", next(c for c in self.columns if c.sort == "coverage")
        self.sort = asked
        compared = column.sort in {"coverage", "rank", *(c.code.lower() for c in self.figures.cadres)}

        def last(row):
            return column.value(row) in (None, "") or (compared and row.count.bound < 30)

        able = sorted(
            (r for r in rows if not last(r)), key=lambda r: (column.value(r), r.organisation.name), reverse=asked.startswith("-")
        )
        return able + sorted((r for r in rows if last(r)), key=lambda r: (column.value(r) in (None, ""), r.organisation.name))

    def export(self, kind):
        name = slugify(_("MDAs as of %(day)s") % {"day": self.on.isoformat()})
        return tabular.response(
            kind, name, [str(c.label) for c in self.columns], ([c.value(row) for c in self.columns] for row in self.rows)
        )

    def get_context_data(self, **kwargs):
        figures, national = self.figures, self.figures.national
        counties = {c.pk: c for c in County.objects.all()}
        by_county = figures.by_county()
        shares = {counties[pk].code: count.coverage for pk, count in by_county.items() if pk in counties}
        levels, expiring = figures.certified()
        rows = self.rows
        together = figures.group(row.organisation.pk for row in rows) if self.kind != "ministries" else None
        shown = rows if self.request.GET.get("all") else rows[:SHOWN]
        return super().get_context_data(
            on=self.on,
            not_a_date=self.not_a_date,
            future=self.on > clock.today(),
            national=national,
            lede=national_lede(figures),
            strip=self.strip(national, levels),
            cadres=[(cadre, count, parts(count)) for cadre, count in figures.by_cadre()],
            parts=parts(national.count),
            rows=shown,
            row_total=len(rows),
            table=[(row, row.cells(figures.cadres)) for row in shown],
            sum=together,
            sum_cells=[together.cadres[c.pk].coverage for c in figures.cadres] if together else [],
            columns=[c for c in self.columns if c.key not in IN_THE_EXPORT_ONLY],
            keep=[(name, value) for name, value in self.request.GET.items() if name in ("kind", "sort", "all")],
            sort=self.sort,
            kind=self.kind,
            kinds=[(name, label, name == self.kind) for name, (label, _k) in KINDS.items()],
            shapes=SHAPES,
            shares=shares,
            counties=sorted(
                ((counties[pk], count) for pk, count in by_county.items() if pk in counties), key=lambda x: x[0].name
            ),
            furthest=sorted(
                ((counties[pk], c) for pk, c in by_county.items() if pk in counties and c.bound >= 30),
                key=lambda x: x[1].coverage,
            )[:5],
            levels=[(level.label, levels[level.value]) for level in Certification.Level],
            expiring=expiring,
            soon=figures.soon,
            max_age=settings.REGISTER_MAX_AGE_DAYS,
            **kwargs,
        )

    @staticmethod
    def strip(national, levels):
        """Figures strip: no target is set yet, so none is drawn."""
        count = national.count
        mdas, centres = (sum(level[i] for level in levels.values()) for i in (0, 1))
        base = _("of %(n)s of whom a course is required") % {"n": f"{count.bound:,}"}
        return [
            {"label": _("Up to date"), "value": "–" if count.coverage is None else f"{count.coverage:.1f}", "unit": "%", "notes": [f"{count.current:,} {base}"]},
            {"label": _("Overdue"), "value": f"{count.overdue:,}", "unit": _("officers"), "notes": [_("%(n)s due") % {"n": f"{count.due:,}"}]},
            {"label": _("In post"), "value": f"{count.in_post:,}", "unit": _("officers"), "notes": [_("%(n)s waived, %(m)s excused") % {"n": f"{count.waived:,}", "m": f"{count.excused:,}"}]},
            {"label": _("Registers known"), "value": f"{national.known:,}", "unit": _("of %(n)s MDAs") % {"n": f"{national.of:,}"}, "notes": [_("%(n)s officers at last return, unknown") % {"n": f"{national.unknown_officers:,}"}]},
            {"label": _("MDAs certified"), "value": f"{mdas:,}", "unit": _("of %(n)s") % {"n": f"{national.of:,}"}, "notes": [_("and %(n)s centres") % {"n": f"{centres:,}"}]},
        ]  # fmt: skip
