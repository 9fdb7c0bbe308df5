"""What lists of courses, cohorts and officers are narrowed by."""

import datetime as dt

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from centres.models import Cadre, Centre, County, Organisation
from centres.models.people import finding
from centres.services import registers
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate
from cse_portal.lib.templatetags.cse import long_day

from .compliance import people, status
from .models import Cohort, ComplianceSpan, Course, CourseVersion, Room, TrainerAccreditation

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


class RoomFilter(filters.FilterSet):
    campus = filters.ModelChoiceFilter(
        label=_("Campus"),
        field_name="centre",
        queryset=Centre.objects.filter(kind=Centre.Kind.CAMPUS),
        to_field_name="code",
        empty_label=_("All campuses"),
    )
    least = filters.NumberFilter(label=_("Places at least"), field_name="capacity", lookup_expr="gte")

    class Meta:
        model = Room
        fields = []


class TrainerFilter(filters.FilterSet):
    course = filters.ModelChoiceFilter(
        label=_("Accredited for"),
        queryset=Course.objects.all(),
        to_field_name="code",
        empty_label=_("Any course"),
        method="for_course",
    )

    class Meta:
        model = User
        fields = []

    def for_course(self, queryset, name, value):
        today = clock.today()
        return queryset.filter(
            Exists(TrainerAccreditation.objects.filter(user=OuterRef("pk"), course=value, during__contains=today))
        )


by_code = extend_schema_field(OpenApiTypes.STR)  # how the API's schema tells of a choice by code


class DayFilter(filters.DateFilter):
    field_class = CivilDate


def mdas_in_reach(request):
    scope = getattr(request, "scope", None)  # the API's schema is drawn without one
    return Organisation.objects.within(scope.organisation_ids) if scope else Organisation.objects.none()


class StaffFilter(filters.FilterSet):
    """Of the officers in post on `on` (today when left out), as spans: what the scope may see, narrowed. The base of the list,
    its export, its API and of what is chosen in bulk."""

    q = filters.CharFilter(label=_("Name, number or UPN"))
    status = filters.ChoiceFilter(label=_("Training status"), choices=list(status.LABELS.items()), empty_label=_("All"))
    organisation = by_code(
        filters.ModelChoiceFilter(label=_("MDA"), queryset=mdas_in_reach, to_field_name="code", empty_label=_("All"))
    )
    below = filters.BooleanFilter(label=_("With the MDAs below it"), widget=forms.CheckboxInput)
    counted = filters.BooleanFilter(label=_("Only MDAs that the figures count"), widget=forms.HiddenInput)
    cadre = by_code(
        filters.ModelChoiceFilter(
            label=_("CSE cadre"), queryset=Cadre.objects.all(), to_field_name="code", empty_label=_("All cadres")
        )
    )
    county = by_code(
        filters.ModelChoiceFilter(
            label=_("County"), queryset=County.objects.all(), to_field_name="code", empty_label=_("All counties")
        )
    )
    centre = by_code(
        filters.ModelChoiceFilter(
            label=_("Duty station"), queryset=Centre.objects.all(), to_field_name="code", empty_label=_("All")
        )
    )
    expires = filters.ChoiceFilter(
        label=_("Expires within"),
        choices=[("30", _("30 days")), ("60", _("60 days")), ("90", _("90 days"))],
        empty_label=_("Any time"),
    )
    lacking = by_code(
        filters.ModelChoiceFilter(
            label=_("Lacks the course"), queryset=Course.objects.all(), to_field_name="code", empty_label=_("Any")
        )
    )
    seat = filters.ChoiceFilter(
        label=_("Seat in a cohort"), choices=[("yes", _("Has one")), ("no", _("Has none"))], empty_label=_("Either")
    )
    contact = filters.ChoiceFilter(
        label=_("Missing"),
        choices=[
            ("no_email", _("E-mail")),
            ("no_phone", _("Phone")),
            ("neither", _("E-mail and phone")),
            ("no_upn", _("UPN")),
            ("no_county", _("County")),
            ("no_job_group", _("Job group")),
        ],
        empty_label=_("Anything or nothing"),
    )
    on = DayFilter(label=_("As of"))

    FIRST = ("q", "status", "organisation", "below", "cadre")  # the others are behind "More filters"

    class Meta:
        model = ComplianceSpan
        fields = []

    @property
    def day(self):
        return (
            self.form.cleaned_data.get("on") if self.is_bound and not self.errors.get("on") else None
        ) or self.request.scope.today

    @property
    def asked(self):
        """{name: value} of the filters that are filled in."""
        if not self.is_bound:
            return {}
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", False)}

    def filter_queryset(self, queryset):
        asked, on = self.form.cleaned_data, self.day
        found = people.in_post(self.request.scope, on)
        if text := asked.get("q"):
            words, condition = finding(text, "officer__")
            found = found.alias(name_words=words).filter(condition)
        if state := asked.get("status"):
            found = found.filter(status=people.code(state))
        if mda := asked.get("organisation"):
            found = found.filter(people.at(mda, on, asked.get("below")))
            if asked.get("counted"):
                found = found.filter(organisation_id__in=registers.counted_below(mda.pk, on))
        if cadre := asked.get("cadre"):
            found = found.filter(cadre_id=cadre.pk)
        if county := asked.get("county"):
            found = found.filter(county_id=county.pk)
        if centre := asked.get("centre"):
            found = found.filter(people.at_centre(centre.pk, on))
        if days := asked.get("expires"):
            found = found.filter(people.lapses_by(on, on + dt.timedelta(days=int(days))))
        if course := asked.get("lacking"):
            found = found.filter(people.lacks(course.pk, on))
        if seat := asked.get("seat"):
            found = found.filter(people.has_seat(on)) if seat == "yes" else found.exclude(people.has_seat(on))
        if contact := asked.get("contact"):
            found = found.filter(people.no_job_group(on)) if contact == "no_job_group" else found.filter(**CONTACT[contact])
        return found

    def words(self):
        """[(label, what was chosen)] of the filters that narrow the list."""
        said = []
        for name, value in self.asked.items():
            field = self.form.fields[name]
            shown = dict(getattr(field, "choices", ())).get(value) if isinstance(value, str) else None
            shown = shown or (_("yes") if value is True else long_day(value) if hasattr(value, "isoformat") else value)
            said.append((field.label, shown))
        return said


CONTACT = {
    "no_email": {"officer__email": ""},
    "no_phone": {"officer__phone": ""},
    "neither": {"officer__email": "", "officer__phone": ""},
    "no_upn": {"officer__upn": None},
    "no_county": {"county_id": None},
}
