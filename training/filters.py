"""What lists of courses, cohorts and officers are narrowed by."""

import datetime as dt

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from centres.models import Cadre, Centre, Officer, Organisation
from cse_portal.lib import clock

from .compliance import status
from .models import Cohort, Course, CourseVersion

MONTHS_AHEAD = 9


class CourseFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Title or code"), method="find")
    cadre = filters.ModelChoiceFilter(
        label=_("CSE cadre"), queryset=Cadre.objects.all(), to_field_name="code", empty_label=_("All cadres")
    )
    mode = filters.ChoiceFilter(label=_("Mode"), choices=CourseVersion.Mode.choices, method="taught", empty_label=_("All modes"))

    class Meta:
        model = Course
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(title__icontains=value) | Q(code__icontains=value))

    def taught(self, queryset, name, value):
        return queryset.filter(mode=value)


def months():
    """The months that a cohort may be looked for in: last month to nine ahead."""
    first = clock.today().replace(day=1)
    days = [clock.add_months(first, n) for n in range(-1, MONTHS_AHEAD)]
    return [(f"{d:%Y-%m}", formats.date_format(d, "F Y")) for d in days]


class CohortFilter(filters.FilterSet):
    cadre = filters.ModelChoiceFilter(
        label=_("CSE cadre"),
        field_name="course_version__course__cadre",
        queryset=Cadre.objects.all(),
        to_field_name="code",
        empty_label=_("All cadres"),
    )
    course = filters.ModelChoiceFilter(
        label=_("Course"),
        field_name="course_version__course",
        queryset=Course.objects.all(),
        to_field_name="code",
        empty_label=_("All courses"),
    )
    campus = filters.ModelChoiceFilter(
        label=_("Where"),
        queryset=Centre.objects.filter(kind=Centre.Kind.CAMPUS),
        to_field_name="code",
        empty_label=_("All campuses"),
    )
    month = filters.ChoiceFilter(label=_("Month"), choices=months, method="in_month", empty_label=_("From today"))
    state = filters.ChoiceFilter(label=_("State"), choices=Cohort.State.choices, method="in_state", empty_label=_("All states"))
    free = filters.BooleanFilter(label=_("Only with free seats"), method="with_free_seats", widget=forms.CheckboxInput)

    class Meta:
        model = Cohort
        fields = []

    @extend_schema_field(str)
    def in_month(self, queryset, name, value):
        first = dt.date.fromisoformat(f"{value}-01")
        return queryset.filter(starts_on__lt=clock.add_months(first, 1), ends_on__gte=first)

    def in_state(self, queryset, name, value):
        return queryset.filter(state=value)

    def with_free_seats(self, queryset, name, value):
        return queryset.filter(free__gt=0) if value else queryset


class OfficerStatusFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name, number or UPN"), method="find")
    status = filters.ChoiceFilter(
        label=_("Training status"), choices=list(status.LABELS.items()), method="in_status", empty_label=_("All")
    )
    cadre = filters.ModelChoiceFilter(
        label=_("CSE cadre"), queryset=Cadre.objects.all(), to_field_name="code", method="of_cadre", empty_label=_("All cadres")
    )
    organisation = filters.ModelChoiceFilter(
        label=_("MDA"),
        queryset=lambda request: Organisation.objects.within(request.scope.organisation_ids),
        to_field_name="code",
        method="of_mda",
        empty_label=_("All"),
    )

    class Meta:
        model = Officer
        fields = []

    def find(self, queryset, name, value):
        return queryset.found(value)

    def in_status(self, queryset, name, value):
        scope = self.request.scope
        return status.with_status(queryset, scope.today, [value], scope.organisation_ids if scope.organisation else None)

    def of_cadre(self, queryset, name, value):
        return queryset.filter(cadre_id=value.pk)

    def of_mda(self, queryset, name, value):
        return queryset.filter(organisation_id=value.pk)
