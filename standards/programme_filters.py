"""What lists of the programme, of applications and of measured figures are narrowed by; the same for pages and API."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .models import Application, MeasuredFigure, ProgrammeLine


class OfSubject(filters.FilterSet):
    q = filters.CharFilter(label=_("MDA or centre"), method="find")

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(organisation__name__icontains=value)
            | Q(organisation__code__iexact=value)
            | Q(centre__name__icontains=value)
            | Q(centre__code__iexact=value)
        )


class MeasureFilter(OfSubject):
    """Without `replaced`: the figures that stand."""

    kind = filters.ChoiceFilter(label=_("Figure"), choices=MeasuredFigure.Kind.choices, empty_label=_("All figures"))
    replaced = filters.ChoiceFilter(
        label=_("Corrections"),
        choices=[("yes", _("With what was corrected"))],
        empty_label=_("As they stand"),
        method="with_replaced",
    )

    class Meta:
        model = MeasuredFigure
        fields = []

    def with_replaced(self, queryset, name, value):
        return queryset

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("replaced"):
            queryset = queryset.standing()
        return super().filter_queryset(queryset)


class LineFilter(OfSubject):
    state = filters.ChoiceFilter(label=_("State"), choices=ProgrammeLine.State.choices, empty_label=_("All states"))
    place = filters.ChoiceFilter(
        label=_("Kind"),
        choices=[("mda", _("MDAs")), ("centre", _("Huduma Centres"))],
        empty_label=_("MDAs and centres"),
        method="of_place",
    )

    class Meta:
        model = ProgrammeLine
        fields = []

    def of_place(self, queryset, name, value):
        return queryset.filter(centre__isnull=value == "mda")


class ApplicationFilter(OfSubject):
    state = filters.ChoiceFilter(label=_("State"), choices=Application.State.choices, empty_label=_("All states"))

    class Meta:
        model = Application
        fields = []
