"""Where training is wanted: the table, those furthest behind with what to do about it, and the file of it. Counts, no names."""

from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres.models import Cadre, County
from cse_portal.lib import tabular
from cse_portal.lib.doors import Page
from training import policies
from training.services import demand

SHOWN = 20  # rows of the first view: those with the most seats lacking


class DemandForm(forms.Form):
    """What is asked of the table; what cannot be read is left out."""

    cadre = forms.ModelChoiceField(
        Cadre.objects.all(),
        label=gettext_lazy("CSE cadre"),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("All cadres"),
    )
    county = forms.ModelChoiceField(
        County.objects.all(),
        label=gettext_lazy("County"),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("All counties"),
    )
    months = forms.TypedChoiceField(
        label=gettext_lazy("Looking ahead"),
        choices=[(3, gettext_lazy("3 months")), (6, gettext_lazy("6 months"))],
        coerce=int,
        required=False,
        empty_value=3,
    )


class DemandPage(Page):
    title = gettext_lazy("Demand")
    may = staticmethod(policies.may_see_demand)
    template_name = "training/demand.html"

    def get(self, request, *args, **kwargs):
        self.form = DemandForm(request.GET)
        self.form.is_valid()
        asked = self.form.cleaned_data
        self.found = demand.read(self.scope.today, asked.get("months") or 3, asked.get("cadre"), asked.get("county"))
        if request.GET.get("export") in ("csv", "xlsx"):
            return tabular.response(request.GET["export"], "demand", [str(h) for h in HEADER], self.rows())
        return super().get(request, *args, **kwargs)

    def rows(self):
        for r in self.found.rows:
            yield [
                r.county.name if r.county else _("Not known"),
                r.cadre.name,
                r.in_post,
                r.overdue,
                r.due,
                r.expiring,
                r.free,
                r.short,
            ]
        yield [_("Total"), "", *self.found.total()]

    def get_context_data(self, **kwargs):
        found = self.found
        behind = found.furthest_behind()
        wanting = [row for row in found.rows if row.short]
        rows = found.rows if self.asks_for_all else wanting[:SHOWN]
        for row in behind:
            row.acts = list(self.acts(row))
        return super().get_context_data(
            form=self.form,
            found=found,
            rows=rows,
            more=len(found.rows) - len(rows),
            wanting=len(wanting),
            behind=behind,
            total=found.total(),
            online=sorted(found.online.items(), key=lambda pair: pair[0].sequence),
            filtered=any(self.request.GET.get(name) for name in self.form.fields),
            **kwargs,
        )

    @property
    def asks_for_all(self):
        return self.request.GET.get("all") == "1"

    def acts(self, row):
        """[(words, address)]: plan a cohort at the campus of the county, or look at seats nearby."""
        course, campus = self.found.courses.get(row.cadre.pk), self.found.campuses.get(row.county.pk if row.county else None)
        if course and policies.may_open_cohort(self.scope):
            query = {"course": course.code} | ({"campus": campus.code} if campus else {})
            yield _("Plan a cohort"), reverse("training:open_cohort") + "?" + urlencode(query)
        if course:
            query = urlencode({"course": course.code, "free": "on"})
            yield _("Cohorts with free seats"), reverse("training:cohorts") + "?" + query


HEADER = [
    gettext_lazy("County"),
    gettext_lazy("CSE cadre"),
    gettext_lazy("In post"),
    pgettext_lazy("training", "Overdue"),
    pgettext_lazy("training", "Due"),
    gettext_lazy("Expiring"),
    gettext_lazy("Free seats in the county"),
    gettext_lazy("Seats lacking"),
]
