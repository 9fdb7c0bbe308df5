"""Shapes of what people type about public holidays."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.fields import CivilDate


class HolidayForm(forms.Form):
    day = CivilDate(label=_("Day"), help_text=_("For example 20 Nov 2026 or 20/11/2026."))
    name = forms.CharField(label=_("Name"), max_length=100)
    authority = forms.CharField(
        label=_("Authority"), max_length=200, help_text=_("The Gazette notice with its number, or the Act.")
    )


class RemoveHolidayForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Kept in the trail."))
