"""Shapes of what people type about targets and returns."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Cadre
from cse_portal.lib import clock

from .models import Target
from .services import targets


class TargetForm(forms.Form):
    measure = forms.ChoiceField(label=_("Measure"), choices=Target.Measure.choices)
    cadre = forms.ModelChoiceField(
        Cadre.objects.all(), label=_("CSE cadre"), required=False, to_field_name="code", empty_label=_("All cadres together"),
        help_text=_("For coverage only."),
    )  # fmt: skip
    quarter_ends = forms.TypedChoiceField(label=_("By the end of"), coerce=dt.date.fromisoformat)
    value = forms.DecimalField(label=_("Target, %"), min_value=1, max_value=100, max_digits=5, decimal_places=2)
    authority = forms.CharField(
        label=_("Authority"),
        max_length=300,
        help_text=_("The circular, directive or performance contract that says so, with its date."),
    )

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        days = targets.quarters(on)
        self.fields["quarter_ends"].choices = [(f"{day}", clock.quarter_name(day)) for day in days]
        self.fields["quarter_ends"].initial = f"{clock.quarter_end(on)}"


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Kept in the trail."))


class NoForm(forms.Form):
    """A button that asks first."""


class CommentForm(forms.Form):
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=4000, widget=forms.Textarea,
        help_text=_("What explains the figures: what was done in the quarter, what stood in the way."),
    )  # fmt: skip


class RestateForm(CommentForm):
    field_order = ["reason", "comment"]
    reason = forms.CharField(
        label=_("Why the signed figures no longer hold"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown beside both."),
    )
