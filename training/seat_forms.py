"""Shapes of what people send about seats: nominations, answers, substitutes, quotas, delegations, requests."""

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Officer, Organisation
from cse_portal.accounts.models import User
from cse_portal.lib.fields import CivilDate


class OfficerField(forms.CharField):
    """One officer in sight, by personal number, UPN, reference or name."""

    def __init__(self, *, scope, **kwargs):
        super().__init__(max_length=100, help_text=_("Personal number, UPN, reference or name."), **kwargs)
        self.scope = scope

    def clean(self, value):
        text = super().clean(value)
        meant = list(Officer.objects.visible_to(self.scope).in_post(self.scope.today).found(text)[:4]) if text else []
        if text and len(meant) != 1:
            names = ", ".join(f"{o} ({o.personal_no})" for o in meant[:3])
            raise forms.ValidationError(
                _("This means several officers: %(names)s. Give the personal number.") % {"names": names}
                if meant
                else _("Nobody in your MDA is found by this.")
            )
        return meant[0] if meant else None


class NominateForm(forms.Form):
    """Officers by their public references; many boxes ticked."""

    officers = forms.MultipleChoiceField(label=_("Officers"), error_messages={"required": _("Choose at least one officer.")})
    clash_reason = forms.CharField(
        label=_("Why in spite of the clash"),
        max_length=200,
        required=False,
        help_text=_("Those who clash are then nominated with this reason."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officers"].choices = [(ref, ref) for ref in self.data.getlist("officers")] if self.is_bound else []


class SubstituteForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It is kept with both names."))
    clash_reason = forms.CharField(
        label=_("Why in spite of a clash"),
        max_length=200,
        required=False,
        help_text=_("Only if the officer has another course at the same time."),
    )

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officer"] = OfficerField(scope=scope, label=_("Who takes the seat"))
        self.order_fields(["officer", "reason", "clash_reason"])


class AnswerForm(forms.Form):
    """An answer for a seat: yes, or no with the reason."""

    answer = forms.ChoiceField(
        label=_("The answer"), widget=forms.RadioSelect, error_messages={"required": _("Choose an answer.")}
    )
    reason = forms.CharField(label=_("Reason, if the answer is no"), max_length=200, required=False)

    def __init__(self, *args, answers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = answers

    def clean(self):
        said = super().clean()
        if said.get("answer") == "decline" and not said.get("reason"):
            self.add_error("reason", _("Say why the seat is not taken."))
        return said


class QuotaForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=_("Choose")
    )
    seats = forms.IntegerField(label=_("Seats kept"), min_value=0, max_value=500)
    release_on = CivilDate(label=_("Released on"), help_text=_("From this day seats not taken are anybody's."))

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.in_being(on)


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        return f"{user} ({user.email})"


class DelegateForm(forms.Form):
    to = PersonField(User.objects.none(), label=_("Who approves in your place"), empty_label=_("Choose"))
    first = CivilDate(label=_("First day"))
    last = CivilDate(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("For example: annual leave."))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class AskForm(forms.Form):
    reason = forms.CharField(label=_("Why you"), max_length=300, required=False)
    needs = forms.CharField(
        label=_("What you need there"),
        max_length=300,
        required=False,
        help_text=_("For example sign language, large print, step-free access, a place for a baby."),
    )


class AnswerRequestForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Your answer"), widget=forms.RadioSelect, choices=[("nominate", _("Nominate")), ("refuse", _("Refuse"))]
    )
    answer = forms.CharField(
        label=_("Reason, if you refuse"), max_length=300, required=False, help_text=_("The officer reads it.")
    )
    clash_reason = forms.CharField(label=_("Why in spite of a clash"), max_length=200, required=False)

    def clean(self):
        said = super().clean()
        if said.get("outcome") == "refuse" and not said.get("answer"):
            self.add_error("answer", _("Say why; the officer reads it."))
        return said
