"""Shapes of what people ask, decide and appeal about certifications; what their lists are narrowed by."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from centres.models import Role
from cse_portal.lib.fields import CivilDate

from .forms import TeamForm
from .models import CertificationAct, CertificationAppeal, CertificationSite, Edition, Surveillance
from .services import editions, standing


class Places(forms.ModelMultipleChoiceField):
    def label_from_instance(self, site):
        return str(site.site)


def in_scope(certification):
    return certification.sites.filter(left_on=None).select_related("site__centre")


class AskForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is asked"), widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("Ground"), help_text=_("The public register shows the ground."))
    sites = Places(
        CertificationSite.objects.none(), label=_("Places that leave the scope"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only to reduce the scope."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the panel and the MDA; not public."),
    )

    def __init__(self, *args, scope, certification, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [kind for kind, state in standing.WAYS if state == certification.state and kind in standing.GROUNDS]
        places = in_scope(certification)
        if len(places) < 2:
            kinds = [kind for kind in kinds if kind != standing.Kind.REDUCE]
        grounds = [ground for ground in standing.Ground if any(ground in standing.GROUNDS[kind] for kind in kinds)]
        if scope.role == Role.AUTHORISED_OFFICER:
            kinds, grounds = [kind for kind in kinds if kind != standing.Kind.RESTORE], [standing.Ground.VOLUNTARY]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]
        blank = [("", _("Choose"))] if len(grounds) > 1 else []
        self.fields["ground"].choices = blank + [(ground.value, ground.label) for ground in grounds]
        if standing.Kind.REDUCE in kinds:
            self.fields["sites"].queryset = places
        else:
            del self.fields["sites"]


class DecideForm(forms.Form):
    OUTCOMES = [("yes", _("Grant it")), ("no", _("Refuse it"))]

    outcome = forms.ChoiceField(label=_("Your decision"), choices=OUTCOMES, widget=forms.RadioSelect)
    sites = Places(
        CertificationSite.objects.none(),
        label=_("Places that leave the scope"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("It goes to the MDA.")
    )

    def __init__(self, *args, act, **kwargs):
        super().__init__(*args, **kwargs)
        if act.kind == CertificationAct.Kind.REDUCE and not act.sites.exists():
            self.fields["sites"].queryset = in_scope(act.certification)
        else:
            del self.fields["sites"]


class AppealForm(forms.Form):
    grounds = forms.CharField(
        label=_("Grounds"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What was overlooked or judged wrongly, and what shows it."),
    )


class DecideAppealForm(forms.Form):
    OUTCOMES = [("yes", _("Uphold the appeal")), ("no", _("Reject the appeal"))]

    outcome = forms.ChoiceField(label=_("Your decision"), choices=OUTCOMES, widget=forms.RadioSelect)
    reasons = forms.CharField(label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 5}), help_text=_("They go to the MDA."))


class HoldForm(forms.Form):
    OUTCOMES = [("yes", _("It waits for the outcome of the appeal")), ("no", _("It stays in effect"))]

    outcome = forms.ChoiceField(label=_("The effect"), choices=OUTCOMES, widget=forms.RadioSelect)


class SurveillanceForm(TeamForm):
    field_order = ["starts_on", "ends_on", "lead", "members"]

    starts_on = CivilDate(label=_("First day"), help_text=_("For example 20 Nov 2026"))
    ends_on = CivilDate(label=_("Last day"))


class RenewalForm(SurveillanceForm):
    field_order = ["edition", "starts_on", "ends_on", "lead", "members"]

    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None)

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, scope=scope, **kwargs)
        self.fields["edition"].queryset = Edition.objects.filter(pk__in=[e.pk for e in editions.plannable(scope.today)])


class OfCertification(filters.FilterSet):
    q = filters.CharFilter(label=_("Name or number"), method="find")

    def find(self, queryset, name, value):
        return queryset.filter(Q(certification__holder__icontains=value) | Q(certification__number__icontains=value))


class ActFilter(OfCertification):
    kind = filters.ChoiceFilter(label=_("What is asked"), choices=CertificationAct.Kind.choices, empty_label=_("Everything"))
    state = filters.ChoiceFilter(label=_("State"), choices=CertificationAct.State.choices, empty_label=_("All states"))

    class Meta:
        model = CertificationAct
        fields = []


class SurveillanceFilter(OfCertification):
    state = filters.ChoiceFilter(label=_("State"), choices=Surveillance.State.choices, empty_label=_("All states"))

    class Meta:
        model = Surveillance
        fields = []


class AppealFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("MDA"), field_name="organisation__name", lookup_expr="icontains")
    state = filters.ChoiceFilter(label=_("State"), choices=CertificationAppeal.State.choices, empty_label=_("All states"))

    class Meta:
        model = CertificationAppeal
        fields = []
