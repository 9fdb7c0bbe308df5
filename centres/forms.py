"""Shapes of what people type about places and people."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from .models import Centre, Organisation


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label=_("Work email"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), required=False)
    centre = forms.ModelChoiceField(
        Centre.objects.none(), label=_("Centre"), required=False, help_text=_("For a centre manager only.")
    )

    def __init__(self, *args, scope, roles, **kwargs):
        super().__init__(*args, **kwargs)
        if len(roles) > 5:
            self.fields["role"].widget = forms.Select()
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        places = Organisation.objects.in_being(scope.today).within(scope.organisation_ids)
        self.fields["organisation"].queryset = places
        if scope.is_national:
            self.fields["organisation"].help_text = _("For an HR officer, an authorised officer or a service champion only.")
            self.fields["centre"].queryset = Centre.objects.filter(kind=Centre.Kind.HUDUMA_CENTRE)
        else:
            self.fields["organisation"].required = True
            self.fields["organisation"].initial = scope.organisation
            del self.fields["centre"]


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, required=False, help_text=_("Kept in the trail."))


class TokenForm(forms.Form):
    LASTS = [(30, _("30 days")), (90, _("90 days")), (366, _("One year"))]

    name = forms.CharField(label=_("What it is for"), max_length=100, help_text=_("For example: payroll system, weekly export"))
    days = forms.TypedChoiceField(label=_("Works for"), choices=LASTS, coerce=int, initial=90)


class ActivationForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Your MDA"), empty_label=_("Choose"))
    personal_no = forms.CharField(
        label=_("Personal number"),
        max_length=20,
        help_text=_("As on your payslip."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.in_being(on)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("6-digit code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class OwnEmailForm(forms.Form):
    email = forms.EmailField(
        label=_("Your email"),
        help_text=_("You will sign in with it. A code goes there now."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(label=_("New password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]


class NamesForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=_("Choose"),
        help_text=_("Its officers and those of all MDAs below it."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why you need the names"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The MDA reads it. For example: to answer parliamentary question 14/2026."),
    )  # fmt: skip

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.in_being(scope.today)
