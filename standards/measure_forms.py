"""Shapes of what people type about measured figures."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from cse_portal.lib import clock

from .models import MeasuredFigure
from .services import measures

SHOWN = 12  # quarters to choose from


class MeasureForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=_("Choose")
    )
    centre = forms.ModelChoiceField(
        Centre.objects.none(), label=_("Centre"), required=False, to_field_name="code", empty_label=_("The MDA as a whole"),
        help_text=_("One that the MDA runs, where the figure is the centre's own."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Figure"), choices=MeasuredFigure.Kind.choices)
    quarter_end = forms.TypedChoiceField(label=_("Quarter"), coerce=clock.parse_date)
    value = forms.DecimalField(
        label=_("Value"), min_value=0, max_digits=12, decimal_places=4,
        help_text=_("Satisfaction and timeliness in per cent, for example 91.4; complaints as how many."),
    )  # fmt: skip
    n = forms.IntegerField(label=_("Of how many"), min_value=0, help_text=_("Answers, cases or customers."))
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("For example: exit survey, queue system, complaints return.")
    )

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(scope).in_being(scope.today)
        self.fields["centre"].queryset = (
            Centre.objects.visible_to(scope).exclude(kind=Centre.Kind.CAMPUS).select_related("organisation")
        )
        days = measures.last_quarters(scope.today, SHOWN)
        self.fields["quarter_end"].choices = [(day.isoformat(), clock.quarter_name(day)) for day in days]

    def clean(self):
        data = super().clean()
        if data.get("kind") in measures.SHARES and data.get("value") is not None:
            if data["value"] > 100:
                self.add_error("value", _("A share lies between 0 and 100 per cent."))
            data["value"] = data["value"] / Decimal(100)
        return data
