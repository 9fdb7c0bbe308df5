"""The national picture on a day: figures, trend, cadres, MDAs side by side, counties, certifications, registers."""

import json
from functools import cached_property

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cse_portal.lib import clock, tabular
from cse_portal.lib.doors import Page
from cse_portal.oversight import attention, curves, dates, figures, policies, strips, tables
from cse_portal.oversight.lede import national_lede
from standards.models import Certification
from training.services.requirements import being_applied

SHOWN = 20
SHAPES = json.loads((settings.BASE_DIR / "centres/reference/kenya_counties_520.json").read_text(encoding="utf-8"))


class Overview(Page):
    template_name = "oversight/overview.html"
    may = staticmethod(policies.may_see_national_figures)
    title = gettext_lazy("Service excellence across government")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        get = request.GET
        self.asked = dates.Asked.of(get)
        self.kind = get.get("kind") if get.get("kind") in tables.KINDS else ""
        self.text = (get.get("q") or "").strip()
        self.structure = figures.TODAY if get.get("structure") == figures.TODAY else figures.THEN

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") in ("csv", "xlsx"):
            return self.export(request.GET["export"])
        return super().get(request, *args, **kwargs)

    @cached_property
    def figures(self):
        return figures.Figures(self.asked.on, known_on=self.asked.known, at=self.version)

    @cached_property
    def version(self):
        return figures.version()

    @cached_property
    def columns(self):
        return tables.columns_of(self.figures.cadres)

    @cached_property
    def rows(self):
        rows = tables.rows_of(self.figures, self.kind, self.text)
        rows, self.sort = tables.ordered(rows, self.columns, self.request.GET.get("sort") or "coverage", self.figures.cadres)
        return rows

    def export(self, kind):
        name = slugify(_("MDAs as of %(day)s") % {"day": self.asked.on.isoformat()})
        return tabular.response(
            kind, name, [str(c.label) for c in self.columns], ([c.value(row) for c in self.columns] for row in self.rows)
        )

    def get_context_data(self, **kwargs):
        def body():
            return render_to_string("oversight/overview_body.html", self.body(), self.request)

        asked = self.asked
        return super().get_context_data(
            asked=asked,
            applying=being_applied() if self.version.applying else None,
            on=asked.on,
            quarter=_("Financial year %(year)s, quarter %(n)s")
            % {"year": clock.financial_year(asked.on), "n": clock.quarter(asked.on)},
            keep=[(name, value) for name, value in self.request.GET.items() if name in ("kind", "sort", "all", "q", "structure")],
            body=figures.kept("overview", self.version, body, sorted(self.request.GET.items()), get_language()),
            **kwargs,
        )

    def body(self):
        """Context of all that depends on figures alone; drawn once for every version, day and way of looking."""
        read, asked, national = self.figures, self.asked, self.figures.national
        counties, by_county = read.counties, read.by_county()
        levels, expiring = read.certified()
        then = national if self.structure == figures.THEN else None
        rows, trend = self.rows, curves.trend(self.version, asked, structure=self.structure, today_is=then)
        together = read.group(row.organisation.pk for row in rows) if self.kind != "ministries" else None
        shown = rows if self.request.GET.get("all") else rows[:SHOWN]
        goals = trend["goals"]
        return {
            "scope_today": clock.today(),
            "asked": asked,
            "on": asked.on,
            "national": national,
            "lede": national_lede(read, goals.get(None)),
            "strip": strips.national(national, levels, goals.get(None), trend),
            "trend": trend,
            "structures": curves.structures(self.structure),
            "attention": attention.national(read, expiring, asked),
            "cadre_rows": tables.cadre_rows(read.cadres, national, goals),
            "goals": goals,
            "goal": goals.get(None),
            "rows": shown,
            "row_total": len(rows),
            "table": [(row, row.cells(read.cadres)) for row in shown],
            "sum": together,
            "sum_cells": [together.cadres[c.pk].coverage for c in read.cadres] if together else [],
            "columns": [c for c in self.columns if c.key not in tables.IN_THE_EXPORT_ONLY],
            "sort": self.sort,
            "kind": self.kind,
            "kinds": [(name, label, name == self.kind) for name, (label, _k) in tables.KINDS.items()],
            "text": self.text,
            "hidden": [(k, v) for k, v in self.request.GET.items() if k in ("on", "known", "kind", "sort", "structure")],
            "shapes": SHAPES,
            "shares": {counties[pk].code: count.coverage for pk, count in by_county.items()},
            "counties": sorted(((counties[pk], n) for pk, n in by_county.items()), key=lambda x: x[0].name),
            "furthest": sorted(
                ((counties[pk], n) for pk, n in by_county.items() if n.bound >= figures.MIN_RANKED),
                key=lambda x: x[1].coverage,
            )[:5],
            "levels": [(level.label, levels[level.value]) for level in Certification.Level],
            "expiring": expiring[:8],
            "soon": read.soon,
            "quality": quality(read),
            "max_age": settings.REGISTER_MAX_AGE_DAYS,
        }


def quality(read):
    """[(state of the register, MDAs, officers at their last return)] of the MDAs that should be counted."""
    lines = read.by_mda()
    words = [("known", _("Known")), ("stale", _("Out of date")), ("never", _("Never filed"))]
    return [
        (code, word, len(of), sum(line.count.in_post for line in of))
        for code, word in words
        for of in [[line for line in lines if line.register == code]]
    ]
