"""Shapes of what people type about the Standard and its audits."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from cse_portal.lib.fields import CivilDate

from .evidence_forms import EvidenceFields
from .models import Audit, Edition, Rating
from .services import applications, editions, programme


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, required=False, help_text=_("Kept in the trail."))


class TeamForm(forms.Form):
    lead = forms.ModelChoiceField(None, label=_("Lead auditor"), empty_label=_("Choose"))
    members = forms.ModelMultipleChoiceField(None, label=_("Other members"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        auditors = programme.auditors(scope.today)
        self.fields["lead"].queryset = self.fields["members"].queryset = auditors


class PlanForm(TeamForm):
    field_order = ["organisation", "head_office", "centres", "kind", "edition", "starts_on", "ends_on", "lead", "members"]
    KINDS = (Audit.Kind.CERTIFICATION, Audit.Kind.RECERTIFICATION, Audit.Kind.SHORT_NOTICE)

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[(kind.value, kind.label) for kind in KINDS],
        help_text=_("At short notice: after a serious complaint; the MDA learns of it when the team is there."),
    )  # fmt: skip
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=_("Choose"))
    head_office = forms.BooleanField(label=_("Audit the head office"), required=False, initial=True)
    centres = forms.ModelMultipleChoiceField(
        Centre.objects.none(), label=_("Centres"), required=False, to_field_name="code", widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Those that the MDA runs. One centre without the head office is certified by itself."),
    )  # fmt: skip
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None)
    starts_on = CivilDate(label=_("First day"), help_text=_("For example 20 Nov 2026"))
    ends_on = CivilDate(label=_("Last day"))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, scope=scope, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(scope).in_being(scope.today)
        audited = [Centre.Kind.HUDUMA_CENTRE, Centre.Kind.MDA_OFFICE]
        self.fields["centres"].queryset = Centre.objects.visible_to(scope).filter(kind__in=audited, status=Centre.Status.OPERATIONAL)
        allowed = editions.plannable(scope.today)
        self.fields["edition"].queryset = Edition.objects.filter(pk__in=[e.pk for e in allowed])
        self.initial.setdefault("edition", allowed[0].pk if allowed else None)

    def clean(self):
        data = super().clean()
        if "kind" in self.fields:
            data["kind"] = data.get("kind") or Audit.Kind.CERTIFICATION
            centres = data.get("centres") or []
            alone = centres[0] if len(centres) == 1 and not data.get("head_office") else None
            if data["kind"] == Audit.Kind.RECERTIFICATION and data.get("organisation"):
                data["certification"] = applications.standing_certification(data["organisation"], alone)
                if data["certification"] is None:
                    self.add_error("kind", _("No certification stands that could be renewed."))
        return data


class DeclarationForm(forms.Form):
    interest = forms.TypedChoiceField(
        label=_("Your declaration"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("no", _("I have no interest in this MDA")), ("yes", _("I have an interest"))],
    )  # fmt: skip
    declaration = forms.CharField(
        label=_("What the interest is"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Work there, family, business, training or advice given in the last two years."),
    )  # fmt: skip


def new_client_ref():
    return uuid4().hex


class RatingForm(EvidenceFields):
    """One element: its rating and, beside it, one file and one note as evidence."""

    value = forms.ChoiceField(label=_("Rating"), choices=Rating.Value.choices, required=False, widget=forms.RadioSelect)
    justification = forms.CharField(label=_("What you found"), required=False, max_length=5000, widget=forms.Textarea)
    client_ref = forms.CharField(max_length=36, widget=forms.HiddenInput, initial=new_client_ref)
    base_revision = forms.IntegerField(min_value=0, initial=0, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean()
        if not self.errors and not data["value"] and (data["justification"].strip() or not self.has_evidence()):
            self.add_error("value", _("Choose a rating. Only evidence can be saved without one."))
        return data
