"""Shapes of what people type about the year's programme and about days of an audit."""

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate

from . import risk, risk_words
from .models import ProgrammeLine
from .services import programmes


def month_choices(financial_year):
    return [(day.isoformat(), date_format(day, "F Y")) for day in programmes.months(financial_year)]


class DrawUpForm(forms.Form):
    financial_year = forms.ChoiceField(label=_("Financial year"))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        years = [clock.financial_year(clock.add_months(scope.today, n)) for n in (0, 12)]
        self.fields["financial_year"].choices = [(year, year) for year in years]


class LineForm(forms.Form):
    """What becomes of a line, in which month, at which place of the order, and why."""

    state = forms.ChoiceField(label=_("What becomes of it"), choices=ProgrammeLine.State.choices, widget=forms.RadioSelect)
    month = forms.TypedChoiceField(label=_("Month"), required=False, coerce=clock.parse_date, empty_value=None)
    position = forms.IntegerField(label=_("Place in the order"), min_value=1, help_text=_("1 is the most urgent."))
    reason = forms.CharField(
        label=_("Why"), max_length=300, required=False,
        help_text=_("Needed where you leave it out, move it, or change an adopted programme."),
    )  # fmt: skip

    def __init__(self, *args, line, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [("", _("None")), *month_choices(line.programme.financial_year)]


class TakeForm(forms.Form):
    n = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=500, help_text=_("The most urgent of those that are only suggested.")
    )
    first = forms.TypedChoiceField(label=_("From the month"), coerce=clock.parse_date)
    per_month = forms.IntegerField(label=_("So many a month"), min_value=1, max_value=100, initial=programmes.PER_MONTH)

    def __init__(self, *args, programme, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first"].choices = month_choices(programme.financial_year)


class WeightsForm(forms.Form):
    """Points that each input counts at the most."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for key in risk.WEIGHTS:
            self.fields[key] = forms.DecimalField(
                label=risk_words.LABELS[key], min_value=0, max_value=100, max_digits=4, decimal_places=1
            )


class AdoptForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("The MDA and the team are told."))


class MoveForm(forms.Form):
    starts_on = CivilDate(label=_("First day"), help_text=_("For example 20 Nov 2026"))
    ends_on = CivilDate(label=_("Last day"))
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("The MDA and the team are told."))


class DrawSitesForm(forms.Form):
    """A reason beside a centre chooses it by judgement: `places` is [(code, name)]."""

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        for code, name in places:
            self.fields[f"why_{code}"] = forms.CharField(label=name, max_length=200, required=False)
