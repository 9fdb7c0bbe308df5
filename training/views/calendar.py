"""The year calendar: campus by week, and the agenda under it."""

import re

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres.models import Role
from cse_portal.lib.doors import Page
from cse_portal.lib.templatetags.cse import thousands
from training import policies, weeks
from training.cohort_forms import CalendarForm
from training.models import CourseVersion
from training.services import agenda

# What a bar says, and its colour.
CADRES = {
    "EXE": (pgettext_lazy("on a bar", "Executive"), "x-exec"),
    "SNR": (pgettext_lazy("on a bar", "Senior"), "x-senior"),
    "TEC": (pgettext_lazy("on a bar", "Technical"), "x-tech"),
    "FRT": (pgettext_lazy("on a bar", "Frontline"), "x-front"),
    "SQA": (pgettext_lazy("on a bar", "Assessors"), "x-assess"),
}


class Calendar(Page):
    title = gettext_lazy("Calendar")
    may = staticmethod(policies.may_see_courses)
    template_name = "training/calendar.html"

    def get_context_data(self, **kwargs):
        scope, today = self.scope, self.scope.today
        form = CalendarForm(self.request.GET)
        form.is_valid()  # what it does not know narrows nothing
        asked = form.cleaned_data
        period = weeks.read(self.request.GET.get("period"), today)
        found = agenda.read(scope, period, asked)
        for cohort in found:
            self.describe(cohort, today)
        marks, rows, height = weeks.layout(period, self.rows(found))
        for row in rows:
            for bar in row.bars:
                bar.words = next((words for words in (bar.thing.words, bar.thing.short) if bar.fits(words)), "")
        open_ones = [c for c in found if c.takes]
        facts = _("%(n)s open cohorts. %(free)s of %(of)s seats are free.") % {
            "n": thousands(len(open_ones)),
            "free": thousands(sum(c.free for c in open_ones)),
            "of": thousands(sum(c.capacity for c in open_ones)),
        }
        return super().get_context_data(
            form=form,
            facts=facts,
            period=period,
            heading=heading(period),
            pages=self.pages(period, today),
            marks=marks,
            rows=rows,
            height=height,
            key=[(css, label) for label, css in CADRES.values()],
            ahead=[c for c in found if period.name or c.ends_on >= today],
            narrowed=any(asked.get(field) for field in ("cadre", "campus", "free")),
            may_enrol=policies.may_enrol(scope),
            may_open=policies.may_open_cohort(scope),
            may_ask=scope.role == Role.LEARNER,
            **kwargs,
        )

    @staticmethod
    def describe(cohort, today):
        """What its bar and its line say."""
        code = cohort.course_version.course.cadre.code
        label, css = CADRES.get(code, (cohort.course_version.course.cadre.name, "x-front"))
        cohort.online = cohort.course_version.mode == CourseVersion.Mode.VIRTUAL
        cohort.takes = cohort.state in agenda.TAKES and cohort.starts_on > today
        last = cohort.nominations_close_on
        cohort.takes = cohort.takes and (last is None or last >= today)
        cohort.full = cohort.takes and cohort.free <= 0
        cohort.css = "full" if cohort.full else css
        if cohort.full:
            cohort.words, cohort.short = _("%(cadre)s, full") % {"cadre": label}, _("Full")
        elif cohort.takes:
            cohort.words, cohort.short = f"{label} {cohort.free}", str(cohort.free)
        else:
            cohort.words, cohort.short = str(label), ""
        cohort.said = f"{cohort}, {cohort.campus}, {cohort.words}"

    @staticmethod
    def rows(found):
        """[(campus, its cohorts)], those online last."""
        by_place = {}
        for cohort in found:
            by_place.setdefault("" if cohort.online else cohort.campus.name, []).append(
                (cohort.starts_on, cohort.ends_on, cohort)
            )
        online = by_place.pop("", None)
        rows = [(re.sub(r"^KSG | \(.*\)$", "", name), things) for name, things in sorted(by_place.items())]
        return rows + ([(_("Live online"), online)] if online else [])

    @staticmethod
    def pages(period, today):
        """[(label, name of the period, current)]"""
        whole = period.name and "-" not in period.name
        now = weeks.quarter(today.year, (today.month + 2) // 3)
        return {
            "before": weeks.beside(period, -1),
            "after": weeks.beside(period, 1),
            "year": "" if whole else str(period.last.year),
            "quarter": (now if period.first.year == today.year else weeks.quarter(period.first.year, 1)).name if whole else "",
        }


def heading(period):
    """January to March 2027; 2027; or the days."""
    if period.name and "-" not in period.name:
        return period.name
    if period.name:
        words = {"from": formats.date_format(period.first, "F"), "to": formats.date_format(period.last, "F Y")}
    else:
        first = "j F" if period.first.year == period.last.year else "j F Y"
        words = {"from": formats.date_format(period.first, first), "to": formats.date_format(period.last, "j F Y")}
    return _("%(from)s to %(to)s") % words
