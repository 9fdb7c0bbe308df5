"""Shapes of what people type about the Standard and its audits."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from cse_portal.lib.fields import CivilDate

from .evidence_forms import EvidenceFields
from .models import Audit, Edition, Rating
from .services import applications, editions, impartiality, programme


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, required=False, help_text=_("Kept in the trail."))


class TeamForm(forms.Form):
    lead = forms.ModelChoiceField(None, label=_("Lead auditor"), empty_label=_("Choose"))
    members = forms.ModelMultipleChoiceField(None, label=_("Other members"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        auditors = programme.auditors(scope.today)
        self.fields["lead"].queryset = self.fields["members"].queryset = auditors

    def said(self, name):
        """A field's value as typed, else as filled in beforehand; None where it has none."""
        try:
            return self.fields[name].clean(self[name].value())
        except forms.ValidationError:
            return None

    def offer(self, free, leading):
        """Only those who may be named, and whoever is named already: user ids."""
        for name, pks in (("lead", leading), ("members", free)):
            held = self[name].value() or []
            held = {str(pk) for pk in (held if isinstance(held, list) else [held])}
            auditors = [u for u in self.fields[name].queryset if u.pk in pks or str(u.pk) in held]
            blank = [("", self.fields[name].empty_label)] if name == "lead" else []
            self.fields[name].choices = blank + [(u.pk, str(u)) for u in auditors]

    def judged(self, day, organisation, centres, edition, **more):
        """What the team is judged on (impartiality.Judged): on the days said, else on this one."""
        starts_on = self.said("starts_on") or day
        ends_on = max(self.said("ends_on") or starts_on, starts_on)
        return impartiality.Judged(organisation, tuple(centres), edition, starts_on, ends_on, **more)


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
        if "organisation" in self.fields:
            self.fields["organisation"].queryset = Organisation.objects.visible_to(scope).in_being(scope.today)
        audited = [Centre.Kind.HUDUMA_CENTRE, Centre.Kind.MDA_OFFICE]
        self.fields["centres"].queryset = Centre.objects.visible_to(scope).filter(kind__in=audited, status=Centre.Status.OPERATIONAL)
        allowed = editions.plannable(scope.today)
        self.fields["edition"].queryset = Edition.objects.filter(pk__in=[e.pk for e in allowed])
        self.initial.setdefault("edition", allowed[0].pk if allowed else None)

    def of_what(self):
        """(MDA, centres, edition, the centre that is certified alone or None); None as long as no MDA is chosen."""
        organisation, edition = self.said("organisation"), self.said("edition")
        if organisation is None or edition is None:
            return None
        centres = list(self.said("centres") or [])
        return organisation, centres, edition, centres[0] if len(centres) == 1 and not self.said("head_office") else None

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
