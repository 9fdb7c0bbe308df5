"""Shapes of what people type about applications."""

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from cse_portal.lib.fields import CivilDate

from .forms import PlanForm
from .services import applications


class ApplicationForm(forms.Form):
    """`fixed`: a draft that exists keeps its MDA and centre."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("MDA"), to_field_name="code", empty_label=None)
    centre = forms.ModelChoiceField(
        Centre.objects.none(), label=_("To be certified"), required=False, to_field_name="code", empty_label=_("The MDA, with its centres"),
        help_text=_("Or one centre alone."),
    )  # fmt: skip
    centres = forms.ModelMultipleChoiceField(
        Centre.objects.none(), label=_("Centres in scope"), required=False, to_field_name="code", widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all that the MDA runs. Which of them are visited is drawn."),
    )  # fmt: skip
    scope_text = forms.CharField(
        label=_("Scope"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The services, as the certificate is to name them."),
    )  # fmt: skip
    contact = forms.CharField(
        label=_("Contact"), max_length=200, help_text=_("Name, office and telephone of whom the secretariat may ask.")
    )
    wished_from = CivilDate(label=_("Wished from"), required=False, help_text=_("For example 20 Nov 2026"))
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, scope, fixed=False, **kwargs):
        super().__init__(*args, **kwargs)
        centres = Centre.objects.filter(organisation__in=scope.organisation_ids, status=Centre.Status.OPERATIONAL).exclude(
            kind=Centre.Kind.CAMPUS
        )
        self.fields["organisation"].queryset = Organisation.objects.in_being(scope.today).within(scope.organisation_ids)
        self.fields["centre"].queryset = self.fields["centres"].queryset = centres
        if scope.organisation is not None:
            self.initial.setdefault("organisation", scope.organisation.code)
        if fixed:
            del self.fields["organisation"], self.fields["centre"]
        elif not centres.exists():
            del self.fields["centre"], self.fields["centres"]


class RefuseForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("The MDA reads it."))


class AcceptForm(PlanForm):
    """The plan of the audit, filled in from the application: of the MDA, or of the one centre, that was applied for."""

    field_order = ["scope_text", *PlanForm.field_order]
    kind = None  # follows from whether a certification stands
    organisation = None
    head_office = None
    scope_text = forms.CharField(
        label=_("Scope"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("As the certificate names it.")
    )

    def __init__(self, *args, application, **kwargs):
        self.application = application
        super().__init__(*args, **kwargs)
        if application.centre_id:
            del self.fields["centres"]
            return
        self.fields["centres"].queryset = applications.centres_of(application)
        if not self.fields["centres"].queryset.exists():
            del self.fields["centres"]
            return
        self.fields["centres"].help_text = _("Of those applied for. None chosen: the sites are drawn afterwards.")

    def of_what(self):
        a, edition = self.application, self.said("edition")
        centres = [a.centre] if a.centre else list(self.said("centres") or []) if "centres" in self.fields else []
        return (a.organisation, centres, edition, a.centre) if edition else None

    def clean(self):
        data = super().clean()
        a = self.application
        data.setdefault("centres", [a.centre] if a.centre else [])
        return data | {"organisation": a.organisation, "head_office": a.centre is None}
