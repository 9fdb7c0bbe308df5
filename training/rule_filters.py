"""What lists of requirements, waivers and prior training are narrowed by."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from centres.access import organisations_above
from centres.models import Cadre, Officer, Organisation

from .filters import DayFilter
from .models import CorrectionRequest, Course, PriorTraining, Requirement, Waiver


class RequirementFilter(filters.FilterSet):
    on = DayFilter(label=_("In force on"), method="in_force_on")
    cadre = filters.ModelChoiceFilter(
        label=_("CSE cadre"), queryset=Cadre.objects.all(), to_field_name="code", empty_label=_("All cadres")
    )
    organisation = filters.ModelChoiceFilter(
        label=_("Binding in"),
        queryset=Organisation.objects.all(),
        to_field_name="code",
        method="binding_in",
        empty_label=_("Any MDA"),
    )
    history = filters.BooleanFilter(label=_("Also past and future rules"), method="with_history", widget=forms.CheckboxInput)

    class Meta:
        model = Requirement
        fields = []

    @property
    def day(self):
        """The day asked for, else today."""
        return (self.form.cleaned_data.get("on") if self.form.is_valid() else None) or self.request.scope.today

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("history") else found.on(self.day)

    def in_force_on(self, queryset, name, value):
        return queryset

    def with_history(self, queryset, name, value):
        return queryset

    def binding_in(self, queryset, name, value):
        return queryset.filter(Q(organisation=None) | Q(organisation__in=organisations_above(value.pk, self.day)))


class OfOfficerFilter(filters.FilterSet):
    """What lists of single officers' facts share: the officer looked for, and the MDA."""

    q = filters.CharFilter(label=_("Name, number or UPN"), method="find")

    def find(self, queryset, name, value):
        return queryset.filter(officer__in=Officer.objects.found(value))


WAIVER_STATES = [
    ("requested", _("Requested")),
    ("in_force", _("In force")),
    ("ahead", _("Approved, not begun")),
    ("expired", _("Expired")),
    ("ended", _("Ended early")),
    ("refused", _("Refused")),
    ("withdrawn", _("Withdrawn")),
]


class WaiverFilter(OfOfficerFilter):
    state = filters.ChoiceFilter(label=_("State"), choices=WAIVER_STATES, method="in_state", empty_label=_("All states"))
    organisation = filters.ModelChoiceFilter(
        label=_("MDA"),
        queryset=lambda request: Organisation.objects.within(request.scope.organisation_ids),
        to_field_name="code",
        empty_label=_("All"),
    )

    class Meta:
        model = Waiver
        fields = []

    @extend_schema_field(str)
    def in_state(self, queryset, name, value):
        today = self.request.scope.today
        approved = {
            "in_force": Q(during__contains=today),
            "ahead": Q(during__startswith__gt=today),
            "expired": Q(during__endswith__lte=today),
        }
        if value in approved:
            return queryset.filter(approved[value], state=Waiver.State.APPROVED)
        return queryset.filter(state=value)


class PriorTrainingFilter(OfOfficerFilter):
    state = filters.ChoiceFilter(label=_("State"), choices=PriorTraining.State.choices, empty_label=_("All states"))
    course = filters.ModelChoiceFilter(
        label=_("Counts as"),
        field_name="course_version__course",
        queryset=Course.objects.all(),
        to_field_name="code",
        empty_label=_("Any course"),
    )

    class Meta:
        model = PriorTraining
        fields = []


class CorrectionFilter(OfOfficerFilter):
    state = filters.ChoiceFilter(label=_("State"), choices=CorrectionRequest.State.choices, empty_label=_("All states"))

    class Meta:
        model = CorrectionRequest
        fields = []
