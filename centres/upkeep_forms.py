"""Shapes of what people type about one officer, a transfer, or many officers at once."""

import re

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cse_portal.lib.fields import CivilDate

from .models import Cadre, Centre, County, Excusal, JobGroup, Officer, Organisation, Posting

AS_IT_IS = _("As it is")
NUMBER = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
DAY_HINT = _("For example 20 Nov 2026 or 20/11/2026.")


def places(scope):
    """MDAs whose register the hat keeps, in being today."""
    return Organisation.objects.in_being(scope.today).within(scope.organisation_ids)


def stations():
    return Centre.objects.exclude(kind=Centre.Kind.CAMPUS).exclude(status=Centre.Status.CLOSED)


class PostFields(forms.Form):
    """What a post holds."""

    cadre = forms.ModelChoiceField(Cadre.objects.all(), label=_("CSE cadre"), required=False, empty_label=AS_IT_IS)
    job_group = forms.ModelChoiceField(JobGroup.objects.all(), label=_("Job group"), required=False, empty_label=AS_IT_IS)
    designation = forms.CharField(label=_("Designation"), max_length=120, required=False)
    terms = forms.ChoiceField(label=_("Terms"), choices=[("", AS_IT_IS), *Posting.Terms.choices], required=False)
    county = forms.ModelChoiceField(County.objects.all(), label=_("County"), required=False, empty_label=AS_IT_IS)
    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Duty station"), required=False, empty_label=AS_IT_IS)

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.fields["centre"].queryset = stations()

    def post(self):
        """{name: thing or text} of what was filled in."""
        return {name: self.cleaned_data[name] for name in PostFields.base_fields if self.cleaned_data.get(name)}


class MoveForm(PostFields):
    """A new post from a day on, of one officer or many: what is left empty stays as it is."""

    on = CivilDate(
        label=_("First day in the new post"), help_text=_("May be past or to come. For example 20 Nov 2026 or 20/11/2026.")
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("MDA"),
        required=False,
        empty_label=AS_IT_IS,
        help_text=_("Of those whose register you keep. To any other MDA, its HR officer asks for the transfer."),
    )
    personal_no = forms.CharField(
        label=_("New personal number"),
        max_length=20,
        required=False,
        widget=NUMBER,
        help_text=_("Only for an MDA that has numbers of its own."),
    )
    no_centre = forms.BooleanField(label=_("No longer at a duty station"), required=False)
    field_order = [
        "on",
        "cadre",
        "job_group",
        "designation",
        "terms",
        "county",
        "centre",
        "no_centre",
        "organisation",
        "personal_no",
    ]

    def __init__(self, *args, post=None, many=False, **kwargs):
        super().__init__(*args, **kwargs)
        here = places(self.scope)
        self.fields["organisation"].queryset = here
        if many:
            del self.fields["personal_no"]
        if here.count() < 2:
            self.fields.pop("organisation")
            self.fields.pop("personal_no", None)
        for name in (*PostFields.base_fields, "organisation"):
            if post and name in self.fields and (held := self._held(post, name)):
                self.fields[name].help_text = _now("Now: %(what)s") % {"what": held}

    @staticmethod
    def _held(post, name):
        return post.get_terms_display() if name == "terms" else getattr(post, name)

    def clean(self):
        values = self.post()
        if self.cleaned_data.get("organisation"):
            values["organisation"] = self.cleaned_data["organisation"]
        if self.cleaned_data.get("no_centre"):
            values["centre"] = None
        if not values and not self.errors:
            raise forms.ValidationError(_("Fill in what changes."))
        self.values = values
        return self.cleaned_data


class SecondForm(forms.Form):
    host = forms.ModelChoiceField(Organisation.objects.none(), label=_("Seconded to"), empty_label=_("Choose"))
    on = CivilDate(label=_("First day there"), help_text=DAY_HINT)
    last_day = CivilDate(
        label=_("Last day there"), required=False, help_text=_("If it is known. The officer is back the day after.")
    )
    county = forms.ModelChoiceField(County.objects.all(), label=_("County"), required=False, empty_label=AS_IT_IS)
    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Duty station"), required=False, empty_label=AS_IT_IS)

    def __init__(self, *args, scope, home=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = Organisation.objects.in_being(scope.today).exclude(pk=home)
        self.fields["centre"].queryset = stations()


class LastDayForm(forms.Form):
    last_day = CivilDate(label=_("Last day"), help_text=DAY_HINT)

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)


class SeparateForm(forms.Form):
    """Has left: when and why. Of one officer or many."""

    REASONS = [(reason.value, reason.label) for reason in Posting.LEAVING]
    reason = forms.ChoiceField(label=_("Why"), choices=REASONS, widget=forms.RadioSelect)
    words = forms.CharField(label=_("Other reason, in a few words"), max_length=60, required=False)
    last_day = CivilDate(
        label=_("Last day in post"),
        help_text=_("Counted in the figures up to and with that day. For example 20 Nov 2026 or 20/11/2026."),
    )

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)


class ExcuseForm(forms.Form):
    """Excused from training: when and why. Of one officer or many."""

    reason = forms.ChoiceField(label=_("Why"), choices=Excusal.Reason.choices, widget=forms.RadioSelect)
    first_day = CivilDate(label=_("First day"), help_text=DAY_HINT)
    last_day = CivilDate(label=_("Last day"), required=False, help_text=_("Leave it empty while it is not known."))
    note = forms.CharField(label=_("Note"), max_length=200, required=False, help_text=_("For example the letter's reference."))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)


class PersonFields(forms.Form):
    surname = forms.CharField(label=_("Surname"), max_length=60)
    first_name = forms.CharField(label=_("First name"), max_length=60)
    other_names = forms.CharField(label=_("Other names"), max_length=100, required=False)
    gender = forms.ChoiceField(label=_("Gender"), choices=[("", _("Not stated")), *Officer.Gender.choices], required=False)
    personal_no = forms.CharField(label=_("Personal number"), max_length=20, widget=NUMBER, help_text=_("As on the payslip."))
    upn = forms.CharField(label=_("UPN"), max_length=20, required=False, widget=NUMBER)
    email = forms.EmailField(label=_("Email"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False, help_text=_("+254…, 07… or 01…"))
    PERSON = ["surname", "first_name", "other_names", "gender", "upn", "email", "phone"]

    def clean_personal_no(self):
        digits = self.cleaned_data["personal_no"].replace(" ", "")
        if not re.fullmatch(r"[0-9]{4,12}", digits) or not digits.strip("0"):
            raise forms.ValidationError(_("Give the personal number with 4 to 12 digits and nothing else."))
        return digits

    def clean_upn(self):
        digits = self.cleaned_data["upn"].replace(" ", "")
        if digits and not re.fullmatch(r"[0-9]{6,15}", digits):
            raise forms.ValidationError(_("Give the UPN with 6 to 15 digits and nothing else, or leave it empty."))
        return digits

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    def clean_phone(self):
        text = self.cleaned_data["phone"]
        found = re.fullmatch(r"(?:\+?254|0)?([17][0-9]{8})", re.sub(r"[\s().-]+", "", text))
        if text and not found:
            raise forms.ValidationError(_("Write the phone as +254…, 254…, 07… or 01…, or leave it empty."))
        return f"+254{found[1]}" if text else ""

    def person(self):
        return {name: self.cleaned_data[name] for name in self.PERSON}


class CorrectForm(PersonFields):
    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)


class AddForm(PersonFields, PostFields):
    """One officer, added by hand."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), empty_label=_("Choose"))
    on = CivilDate(label=_("In post since"), help_text=DAY_HINT)
    field_order = [
        "personal_no", "upn", "surname", "first_name", "other_names", "gender", "organisation", "on", "cadre", "job_group",
        "designation", "terms", "county", "centre", "email", "phone",
    ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        here = places(self.scope)
        self.fields["organisation"].queryset, self.fields["organisation"].initial = here, self.scope.organisation
        self.fields["cadre"].required, self.fields["cadre"].empty_label = True, _("Choose")
        for name in ("job_group", "county", "centre"):
            self.fields[name].empty_label = _("Not stated")
        self.fields["terms"].choices = [("", _("Not stated")), *Posting.Terms.choices]


class TransferForm(PostFields):
    """Asking for an officer who serves elsewhere: who, from when, and the new post."""

    surname = forms.CharField(label=_("Surname"), max_length=60)
    upn = forms.CharField(label=_("UPN"), max_length=20, required=False, widget=NUMBER)
    personal_no = forms.CharField(
        label=_("Personal number"),
        max_length=20,
        required=False,
        widget=NUMBER,
        help_text=_("Where there is no UPN: the number, and the MDA it is of."),
    )
    of_organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("MDA where the officer serves"), required=False, empty_label=_("Choose")
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=pgettext_lazy("place", "To"), empty_label=_("Choose")
    )
    on = CivilDate(label=_("First day in the new post"), help_text=DAY_HINT)
    new_personal_no = forms.CharField(
        label=_("New personal number"),
        max_length=20,
        required=False,
        widget=NUMBER,
        help_text=_("Only for an MDA that has numbers of its own."),
    )
    field_order = [
        "surname", "upn", "personal_no", "of_organisation", "organisation", "on", "new_personal_no", "cadre", "job_group",
        "designation", "terms", "county", "centre",
    ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["of_organisation"].queryset = Organisation.objects.in_being(self.scope.today)
        here = places(self.scope)
        self.fields["organisation"].queryset, self.fields["organisation"].initial = here, self.scope.organisation

    def clean(self):
        given = self.cleaned_data
        if not given.get("upn") and not (given.get("personal_no") and given.get("of_organisation")):
            raise forms.ValidationError(_("Give the UPN, or the personal number and the MDA where the officer serves."))
        return given

    def post(self):
        return super().post() | (
            {"personal_no": self.cleaned_data["new_personal_no"]} if self.cleaned_data["new_personal_no"] else {}
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("The other MDA reads it.")
    )


class SettleForm(ReasonForm):
    moves = forms.TypedChoiceField(
        label=_("The officer"),
        choices=[("yes", _("Moves to the new MDA")), ("no", _("Stays in the old MDA"))],
        coerce=lambda v: v == "yes",
        widget=forms.RadioSelect,
    )
    field_order = ["moves", "reason"]
