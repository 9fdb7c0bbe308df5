"""Shapes of what people type about the organisation tree: reorganisations, their steps, standing."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.fields import CivilDate

from .models import Cadre, Centre, County, Organisation, Standing


class DraftForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("For example: State departments of Executive Order No. 1 of 2026")
    )
    on = CivilDate(label=_("Takes effect on"), help_text=_("A day past, today or to come. For example 1 Jul 2026."))
    authority = forms.CharField(
        label=_("Authority"), max_length=300, help_text=_("Executive order, legal notice or Cabinet decision, with its date.")
    )


class StepForm(forms.Form):
    """`codes`: [(code, name)] of what may be named. Its cleaned data, with the act, is the step."""

    act = ""

    def __init__(self, *args, codes, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in ("organisation", "into", "parent") and isinstance(field, forms.ChoiceField):
                empty = _("None: it reports to no one") if name == "parent" else _("Choose")
                field.choices = [("", empty), *codes]

    def step(self):
        return {"act": self.act} | {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def _one(label, **more):
    return forms.ChoiceField(label=label, **more)


def _code_of(model, label, empty):
    class Choice(forms.ModelChoiceField):
        def clean(self, value):
            found = super().clean(value)
            return found.code if found else ""

    return Choice(model.objects.all(), label=label, required=False, to_field_name="code", empty_label=empty)


NUMBERS = [
    ("refuse", _("Refuse, so that they can be corrected first")),
    ("keep", _("Let their holders keep the number in the old series")),
]


def _numbers():
    return forms.ChoiceField(
        label=_("If personal numbers are taken there"),
        choices=NUMBERS,
        initial="refuse",
        required=False,
        widget=forms.RadioSelect,
    )


class RenameForm(StepForm):
    act = "rename"
    organisation = _one(_("Organisation"))
    name = forms.CharField(label=_("New name"), max_length=200)


class CreateForm(StepForm):
    act = "create"
    organisation = forms.RegexField(
        r"^[A-Za-z0-9-]{2,20}$",
        label=_("Code"),
        help_text=_("Letters, digits and hyphens; for example SDLD. It never changes."),
        error_messages={"invalid": _("Use 2 to 20 letters, digits and hyphens.")},
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Choose")), *Organisation.Kind.choices])
    parent = _one(_("Reports to"), required=False)
    county = _code_of(County, _("County"), _("None"))
    standing = forms.ChoiceField(
        label=_("Standing"), choices=Standing.Kind.choices, initial=Standing.Kind.OBLIGED
    )

    def clean_organisation(self):
        return self.cleaned_data["organisation"].upper()


class MergeForm(StepForm):
    act = "merge"
    organisation = _one(_("This organisation"))
    into = _one(
        _("goes into"), help_text=_("To merge several, add a step for each. One that is new: create it in a step before.")
    )
    people = forms.ChoiceField(
        label=_("HR officers and service champions"),
        choices=[("follow", _("Have the same role at the successor from that day")), ("end", _("Lose the role on that day"))],
        initial="follow",
        widget=forms.RadioSelect,
        help_text=_("The role of its authorised officer ends in any case: the successor has its own."),
    )
    numbers = _numbers()


class SplitForm(StepForm):
    act = "split"
    organisation = _one(_("Officers of"))
    into = _one(_("go to"))
    cadre = _code_of(Cadre, _("Only of the CSE cadre"), _("All cadres"))
    county = _code_of(County, _("Only of the county"), _("All counties"))
    centre = _code_of(Centre, _("Only of the duty station"), _("All duty stations"))
    numbers = _numbers()


class MoveForm(StepForm):
    act = "move"
    organisation = _one(_("Organisation"))
    parent = _one(_("reports to"), required=False)


class StandingStepForm(StepForm):
    act = "standing"
    organisation = _one(_("Organisation"))
    standing = forms.ChoiceField(label=_("Standing"), choices=Standing.Kind.choices)


class CloseForm(StepForm):
    act = "close"
    organisation = _one(_("Organisation"), help_text=_("Its officers must have gone elsewhere by the steps before."))


STEP_FORMS = {f.act: f for f in (RenameForm, MergeForm, SplitForm, MoveForm, CreateForm, StandingStepForm, CloseForm)}


def codes_for(on, steps=()):
    """[(code, name with code)] of organisations in being on the day, and of those that the steps create."""
    held = [
        (code, f"{name} ({code})")
        for code, name in Organisation.objects.in_being(on).order_by("name").values_list("code", "name")
    ]
    new = [(s["organisation"], f"{s['name']} ({s['organisation']}, {_('new')})") for s in steps if s["act"] == "create"]
    return new + held


class OrganisationForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    county = forms.ModelChoiceField(County.objects.all(), label=_("County"), required=False, empty_label=_("None"))
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=1000,
        help_text=_("Where this is known from."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class StandingForm(forms.Form):
    kind = forms.ChoiceField(label=_("Standing"), choices=Standing.Kind.choices)
    on = CivilDate(label=_("From"), help_text=_("The first day of it."))
    authority = forms.CharField(
        label=_("Authority"), max_length=200, help_text=_("For a county: the agreement, its date and who signed it.")
    )
