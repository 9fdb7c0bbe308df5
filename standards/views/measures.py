"""Measured figures: the list, recording one, correcting one by a new row."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from cse_portal.lib.templatetags.cse import percent
from standards import policies
from standards.measure_forms import MeasureForm
from standards.models import MeasuredFigure
from standards.programme_filters import MeasureFilter
from standards.services import measures


def shown(figure):
    """Per cent, or how many complaints."""
    if figure.kind in measures.SHARES:
        return percent(figure.value * 100)
    return f"{figure.value:,.0f}"


class MeasureList(ListDoor):
    title = gettext_lazy("Measured figures")
    may = staticmethod(policies.may_list_measures)
    template_name = "standards/measures.html"
    filterset_class = MeasureFilter
    default_sort = "-quarter"
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda f: str(f.centre or f.organisation), sort="organisation__name"),
        Column("kind", gettext_lazy("Figure"), lambda f: f.get_kind_display(), sort="kind"),
        Column("quarter", gettext_lazy("Quarter"), lambda f: clock.quarter_name(f.quarter_end), sort="quarter_end"),
        Column("value", gettext_lazy("Value"), shown, sort="value", numeric=True),
        Column("n", gettext_lazy("Of how many"), lambda f: f.n, sort="n", numeric=True),
        Column("source", gettext_lazy("Source"), lambda f: f.source),
    )

    def base_queryset(self):
        return MeasuredFigure.objects.visible_to(self.scope).select_related("organisation", "centre")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(may_record=policies.may_record_measures(self.scope), **kwargs)
        for row in context["page_obj"].object_list:
            row.shown, row.quarter = shown(row), clock.quarter_name(row.quarter_end)
        return context


class RecordMeasure(FormDoor):
    title = gettext_lazy("Record a figure")
    may = staticmethod(policies.may_record_measures)
    template_name = "standards/measure_form.html"
    form_class = MeasureForm
    done = gettext_lazy("The figure is recorded.")

    def get_crumbs(self):
        return [(_("Measured figures"), reverse("standards:measures"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_initial(self):
        return {name: self.request.GET.get(name, "") for name in ("organisation", "centre", "kind")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("standards:measures"), **kwargs)

    def act(self, form):
        measures.record(self.scope, **form.cleaned_data)
        return reverse("standards:measures")


class CorrectMeasure(RecordMeasure):
    title = gettext_lazy("Correct a figure")
    done = gettext_lazy("The figure is corrected; what was recorded before stays on record.")

    def prepare(self):
        self.figure = fetch(
            MeasuredFigure.objects.standing().select_related("organisation", "centre"), self.scope, pk=self.kwargs["pk"]
        )

    def get_initial(self):
        f = self.figure
        value = f.value * 100 if f.kind in measures.SHARES else f.value
        return {
            "organisation": f.organisation.code, "centre": f.centre and f.centre.code, "kind": f.kind,
            "quarter_end": f.quarter_end.isoformat(), "value": value.normalize(), "n": f.n, "source": f.source,
        }  # fmt: skip
