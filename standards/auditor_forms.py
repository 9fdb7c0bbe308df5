"""Shapes of what people type about auditors, their engagements and calibration cases."""

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from cse_portal.lib.fields import CivilDate

from .models import Edition, Element, Engagement, Rating
from .services import auditors


class LineForm(forms.Form):
    sectors = forms.CharField(label=_("Sectors known"), max_length=300, required=False, help_text=_("For example health, land, identity documents"))
    languages = forms.CharField(label=_("Languages"), max_length=120, required=False)
    audits_a_year = forms.IntegerField(label=_("Audits a year at most"), min_value=0, max_value=100, initial=12, help_text=_("Of a financial year; beyond it the auditor is not named to a team."))


class EnterForm(LineForm):
    field_order = ["user"]
    user = forms.ModelChoiceField(None, label=_("Auditor"), empty_label=_("Choose"), help_text=_("People with the auditor's role who are not in the register."))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = auditors.not_entered(scope.today)


class PauseForm(forms.Form):
    on = CivilDate(label=_("From"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class DaysForm(forms.Form):
    since = CivilDate(label=_("First day"))
    until = CivilDate(label=_("Last day"), required=False, help_text=_("Leave empty while it goes on."))


class EngagementForm(DaysForm):
    field_order = ["kind", "organisation", "centre"]
    kind = forms.ChoiceField(label=_("Kind"), choices=Engagement.Kind.choices)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=_("Choose"))
    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Centre"), to_field_name="code", required=False, empty_label=_("The MDA as a whole"))
    note = forms.CharField(label=_("What"), max_length=300, help_text=_("For example: advised on the service charter."))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = auditors.organisations(scope)
        self.fields["centre"].queryset = Centre.objects.visible_to(scope).filter(kind__in=[Centre.Kind.HUDUMA_CENTRE, Centre.Kind.MDA_OFFICE])


class EngagementDaysForm(DaysForm):
    reason = forms.CharField(label=_("Why the days change"), max_length=300)


class CaseForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None)
    closes_on = CivilDate(label=_("Closes"), required=False, help_text=_("Told to the auditors; the secretariat closes the case."))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["edition"].queryset = Edition.objects.visible_to(scope).published()


class ItemForm(forms.Form):
    element = forms.ModelChoiceField(Element.objects.none(), label=_("Element"), empty_label=_("Choose"))
    story = forms.CharField(label=_("What was found"), max_length=3000, widget=forms.Textarea(attrs={"rows": 4}))
    expected = forms.ChoiceField(label=_("Rating held to be right"), choices=Rating.Value.choices, widget=forms.RadioSelect)

    def __init__(self, *args, calibration, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["element"].queryset = Element.objects.of(calibration.edition_id)


class AnswerForm(forms.Form):
    """One choice for each element of the case."""

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.codes = {}
        for item in items:
            name = f"rating_{item.pk}"
            self.codes[name] = item.element.code
            self.fields[name] = forms.ChoiceField(label=str(item.element), choices=Rating.Value.choices, widget=forms.RadioSelect, help_text=item.story)

    def ratings(self):
        return {code: self.cleaned_data[name] for name, code in self.codes.items()}
