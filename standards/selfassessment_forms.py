"""Shapes of self-assessment, stage 1, the audit plan and meetings."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cse_portal.lib.fields import CivilDate

from .evidence_forms import EvidenceFields
from .forms import new_client_ref
from .models import Meeting, Rating


class OpenForm(forms.Form):
    due_on = CivilDate(label=_("To be submitted by"), help_text=_("For example 20 Nov 2026"))


class SelfRatingForm(EvidenceFields):
    """What the MDA says of one element, with files and a note that show it."""

    value = forms.ChoiceField(label=_("Our rating"), choices=Rating.Value.choices, required=False, widget=forms.RadioSelect)
    says = forms.CharField(label=_("What shows it"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))
    client_ref = forms.CharField(max_length=36, widget=forms.HiddenInput, initial=new_client_ref)
    base_revision = forms.IntegerField(min_value=0, initial=0, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean()
        if not self.errors and not data["value"] and (data["says"].strip() or not self.has_evidence()):
            self.add_error("value", _("Choose a rating. Only evidence can be saved without one."))
        return data


class Stage1Form(forms.Form):
    """`again`: it was found ready before, and is opened again with a reason."""

    reason = forms.CharField(label=_("Why it is opened again"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Kept in the record of the audit"))
    ready = forms.TypedChoiceField(
        label=_("Ready for stage 2"), widget=forms.RadioSelect, coerce=lambda value: value == "yes",
        choices=[("yes", _("Ready: the visit goes ahead as planned")), ("no", _("Not ready: the review is done again once the concerns are answered"))],
    )  # fmt: skip
    read = forms.CharField(label=_("Documents read"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Charter, procedures, complaint register, self-assessment and its evidence"))
    concerns = forms.CharField(label=_("Areas of concern"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("What the team looks at first on site. Needed when the MDA is not ready"))

    def __init__(self, *args, again, **kwargs):
        super().__init__(*args, **kwargs)
        if not again:
            del self.fields["reason"]


class BeginForm(forms.Form):
    reason = forms.CharField(label=_("Why the visit begins all the same"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept in the record of the audit"))


class VisitForm(forms.Form):
    site = forms.ModelChoiceField(None, label=_("Site"), empty_label=_("Choose"))
    on = CivilDate(label=_("Day"))
    starts = forms.TimeField(label=_("From"), help_text=_("For example 08:30"))
    ends = forms.TimeField(label=pgettext_lazy("until", "To"))
    activity = forms.CharField(label=_("What"), max_length=200)
    auditors = forms.ModelMultipleChoiceField(None, label=_("Auditors"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, audit, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = audit.sites.all()
        self.fields["auditors"].queryset = audit.team.exclude(interest=True).select_related("user").order_by("-is_lead", "user__name")
        self.fields["auditors"].label_from_instance = lambda member: str(member.user)


class MeetingForm(forms.Form):
    on = CivilDate(label=_("Day"))
    present = forms.CharField(label=pgettext_lazy("meeting", "Present"), max_length=3000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Names and offices of officers, one a line. No citizens"))
    notes = forms.CharField(label=_("Notes"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))
    signed_for_auditee = forms.CharField(label=_("Signed for the MDA"), required=False, max_length=200, help_text=_("Name and office of who signed that the findings were shown"))

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        if kind == Meeting.Kind.OPENING:
            del self.fields["signed_for_auditee"]
