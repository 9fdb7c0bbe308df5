"""What audits say together. Tabs are addresses; each can be exported."""

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cse_portal.lib import tabular
from cse_portal.lib.doors import Page
from cse_portal.lib.templatetags.cse import signed
from standards import outliers, policies
from standards.models import Audit, Edition
from standards.services import analytics

STRETCHES = {
    "site": gettext_lazy("First day on site to submission"),
    "draft": gettext_lazy("Submission to draft report"),
    "final": gettext_lazy("Draft report to final report"),
    "decision": gettext_lazy("Final report to decision"),
    "all": gettext_lazy("First day on site to decision"),
}
TABS = {
    "criteria": gettext_lazy("Criteria"),
    "self": gettext_lazy("Self and auditor"),
    "auditors": gettext_lazy("Auditors"),
    "times": gettext_lazy("Times"),
    "trend": gettext_lazy("Trend"),
}


class Analytics(Page):
    title = gettext_lazy("What audits show")
    may = staticmethod(policies.may_read_analytics)
    template_name = "standards/analytics.html"

    def get_crumbs(self):
        return [(_("The Standard"), reverse("standards:standard"))]

    def get(self, request, *args, **kwargs):
        self.tab = kwargs.get("tab", "criteria")
        if self.tab not in TABS or self.tab == "auditors" and not policies.may_compare_auditors(self.scope):
            raise Http404
        seen = Edition.objects.visible_to(self.scope).exclude(state=Edition.State.DRAFT)
        asked = request.GET.get("edition", "")
        self.editions = list(seen)
        newest = seen.order_by("-published_on", "-pk")
        audited = newest.filter(pk__in=Audit.objects.filter(state__in=Audit.SUBMITTED).values("edition"))
        self.edition = next((e for e in self.editions if str(e.pk) == asked), None) or audited.first() or newest.first()
        self.table = getattr(self, f"table_of_{self.tab}")() if self.edition else ([], [])
        if request.GET.get("export") in ("csv", "xlsx"):
            header, rows = self.table
            return tabular.response(request.GET["export"], f"audits-{self.tab}", [str(h) for h in header], rows)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        tabs = [(key, word) for key, word in TABS.items() if key != "auditors" or policies.may_compare_auditors(self.scope)]
        header, rows = self.table
        return super().get_context_data(
            tab=self.tab,
            tabs=[{"label": word, "url": self.address(key), "current": key == self.tab} for key, word in tabs],
            edition=self.edition,
            editions=self.editions,
            header=header,
            rows=rows,
            fewest=analytics.FEWEST,
            fewest_sites=outliers.FEWEST_SITES,
            fewest_ratings=outliers.FEWEST_RATINGS,
            unmapped=analytics.unmapped(self.edition) if self.edition and self.tab == "trend" else [],
        )

    def address(self, tab):
        return reverse("standards:analytics", args=[tab]) if tab != "criteria" else reverse("standards:analytics")

    # Each: (header, rows) of plain cells; a share is text, so that too few is said and not drawn.

    def table_of_criteria(self):
        header = [_("Criterion"), _("Name"), _("Principle"), _("Implemented"), _("Met or better"), _("Of"), _("Partly met"), _("Not met"), _("Sites")]
        return header, [
            [c.code, c.name, c.principle, share(c.share), c.implemented, c.applicable, c.partly, c.not_met, c.sites]
            for c in analytics.criteria(self.edition)
        ]

    def table_of_self(self):
        header = [_("Criterion"), _("Name"), _("Self above auditor, steps"), _("Rated higher"), _("Rated lower"), _("Pairs")]
        return header, [
            [line.code, line.name, signed(line.mean, 2) if line.shown else _("too few"), line.higher, line.lower, line.pairs]
            for line in analytics.self_beside_auditor(self.edition)
        ]

    def table_of_auditors(self):
        header = [_("Auditor"), _("Beside colleagues, steps"), _("Standard error"), pgettext("figures", "Reading"), _("Ratings"), _("Sites")]
        return header, [[str(user), *said(standing), standing.ratings, standing.sites] for user, standing in analytics.auditors()]

    def table_of_times(self):
        header = [_("Stretch"), _("Median, days"), _("Longest, days"), _("Audits")]
        blank = lambda n: "–" if n is None else f"{n:g}"  # noqa: E731
        return header, [[str(STRETCHES[s.code]), blank(s.median), blank(s.longest), s.n] for s in analytics.cycle_times()]

    def table_of_trend(self):
        names, years = analytics.trend(self.edition)
        cell = lambda cells, code: share(cells[code][0] / cells[code][1]) if cells.get(code, (0, 0, 0))[2] >= analytics.FEWEST else _("too few")  # noqa: E731
        rows = [[code, name, *(cell(cells, code) for _year, cells in years)] for code, name in sorted(names.items())]
        return [_("Criterion"), _("Name"), *(f"FY {year}" for year, _cells in years)], rows


def share(value):
    return _("too few") if value is None else f"{value * 100:.1f}%"


def said(standing):
    if standing.difference is None:
        return _("too few"), "–", _("Too few sites with a colleague")
    reading = _("In line") if not standing.apart else _("More lenient") if standing.difference > 0 else _("Stricter")
    return signed(standing.difference, 2), f"{standing.error:.2f}", reading
