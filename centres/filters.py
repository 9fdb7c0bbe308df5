"""What lists of places and people are narrowed by."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from drf_spectacular.utils import extend_schema_field

from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate

from .access import organisations_below
from .models import (
    Centre,
    County,
    Holiday,
    Membership,
    NameGrant,
    Officer,
    OfficerMerge,
    Organisation,
    PossibleLeaver,
    Reorganisation,
    Role,
    Roster,
    Service,
    Standing,
    TransferRequest,
)


class DayFilter(filters.CharFilter):
    """A civil date as people write it."""

    field_class = CivilDate


class OrganisationFilter(filters.FilterSet):
    """Of a list annotated by `placed`."""

    q = filters.CharFilter(label=_("Name or code"), method="find")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Organisation.Kind.choices, empty_label=_("All kinds"))
    standing = filters.ChoiceFilter(label=_("Standing"), choices=Standing.Kind.choices, empty_label=_("All"))
    county = filters.ModelChoiceFilter(
        label=_("County"), queryset=County.objects.all(), to_field_name="code", empty_label=_("All counties")
    )
    parent = filters.ModelChoiceFilter(
        label=_("Under"),
        queryset=lambda request: Organisation.objects.filter(lines_below__during__contains=clock.today()).distinct(),
        to_field_name="code",
        empty_label=_("All"),
        method="below",
    )
    on = DayFilter(label=_("As of"), method="as_of")

    class Meta:
        model = Organisation
        fields = []

    @staticmethod
    def day_of(params, today):
        """The day asked for; today where none, or no date, is given."""
        try:
            return clock.parse_date(params.get("on") or "")
        except ValueError:
            return today

    def as_of(self, queryset, name, value):
        """The list itself is of that day."""
        return queryset

    def find(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(code__icontains=value))

    @extend_schema_field(str)
    def below(self, queryset, name, value):
        """All that report to it, at any depth."""
        on = self.day_of(self.request.GET, self.request.scope.today)
        return queryset.filter(pk__in=organisations_below(value.pk, on) - {value.pk})


class CentreFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name, town or county"), method="find")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Centre.Kind.choices, empty_label=_("All kinds"))
    county = filters.ModelChoiceFilter(
        label=_("County"), queryset=County.objects.all(), to_field_name="code", empty_label=_("All counties")
    )
    status = filters.ChoiceFilter(label=_("Status"), choices=Centre.Status.choices, empty_label=_("All"))
    hours = filters.ChoiceFilter(
        label=_("Hours"),
        choices=[("extended", _("Extended")), ("standard", _("Usual"))],
        empty_label=_("All"),
        method="open_for",
    )

    class Meta:
        model = Centre
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(name__icontains=value) | Q(town__icontains=value) | Q(county__name__icontains=value) | Q(code__iexact=value)
        )

    def open_for(self, queryset, name, value):
        return queryset.filter(extended_hours=value == "extended")


class ServiceFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Service"), field_name="name", lookup_expr="icontains")
    channel = filters.ChoiceFilter(
        label=_("Where"), choices=list(Service.CHANNELS.items()), empty_label=_("Anywhere"), method="given_at"
    )
    owner = filters.ModelChoiceFilter(
        label=_("Owner"),
        queryset=Organisation.objects.filter(services__isnull=False).distinct(),
        to_field_name="code",
        empty_label=_("All owners"),
    )

    class Meta:
        model = Service
        fields = []

    def given_at(self, queryset, name, value):
        return queryset.filter(channels__contains=[value])


class PeopleFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name, email or MDA"), method="find")
    role = filters.ChoiceFilter(label=_("Role"), choices=Role.choices, empty_label=_("All roles"))
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[("active", _("Active")), ("invited", _("Invited")), ("ended", _("Ended"))],
        empty_label=_("All states"),
    )

    class Meta:
        model = Membership
        fields = []

    def find(self, queryset, name, value):
        there = Q(organisation__name__icontains=value) | Q(organisation__code__iexact=value) | Q(centre__name__icontains=value)
        return queryset.filter(there | Q(user__name__icontains=value) | Q(user__email__icontains=value))


class RosterFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("File or MDA"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=Roster.State.choices, empty_label=_("All states"))

    class Meta:
        model = Roster
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(file_name__icontains=value)
            | Q(organisation__name__icontains=value)
            | Q(organisation__code__iexact=value)
            | Q(ref__iexact=value)
        )


class ReorganisationFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Title, authority or organisation"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=Reorganisation.State.choices, empty_label=_("All states"))

    class Meta:
        model = Reorganisation
        fields = []

    def find(self, queryset, name, value):
        named = Organisation.objects.filter(Q(name__icontains=value) | Q(former_names__name__icontains=value))
        codes = {value.strip().upper(), *named.values_list("code", flat=True)[:100]}
        touched = Q()
        for code in codes:
            touched |= Q(steps__contains=[{"organisation": code}]) | Q(steps__contains=[{"into": code}])
        return queryset.filter(Q(title__icontains=value) | Q(authority__icontains=value) | touched)


class TransferFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Officer, number or MDA"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=TransferRequest.State.choices, empty_label=_("All states"))
    losing = filters.ModelChoiceFilter(
        label=_("From"),
        field_name="from_organisation",
        queryset=Organisation.objects.all(),
        to_field_name="code",
        empty_label=_("All"),
        widget=forms.HiddenInput,
    )
    overdue = filters.BooleanFilter(label=_("Overdue"), method="past_answer", widget=forms.CheckboxInput)

    class Meta:
        model = TransferRequest
        fields = []

    def find(self, queryset, name, value):
        there = Q(from_organisation__name__icontains=value) | Q(to_organisation__name__icontains=value) | Q(ref__iexact=value)
        return queryset.filter(there | Q(officer__in=Officer.objects.found(value)))

    def past_answer(self, queryset, name, value):
        return queryset.filter(answer_by__lt=self.request.scope.today) if value else queryset


class LeaverFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Officer or number"), method="find")
    organisation = filters.ModelChoiceFilter(
        label=_("MDA"),
        queryset=lambda request: (
            Organisation.objects.within(request.scope.organisation_ids)
            .filter(possible_leavers__in=PossibleLeaver.objects.visible_to(request.scope))
            .distinct()
        ),
        to_field_name="code",
        empty_label=_("All"),
    )
    state = filters.ChoiceFilter(label=_("State"), choices=PossibleLeaver.State.choices, empty_label=_("To be answered"))

    class Meta:
        model = PossibleLeaver
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(officer__in=Officer.objects.found(value))


class MergeFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name or reference"), method="find")

    class Meta:
        model = OfficerMerge
        fields = []

    def find(self, queryset, name, value):
        same = Q(kept__ref__iexact=value.strip()) | Q(dropped__ref__iexact=value.strip())
        return queryset.filter(same | Q(kept__surname__icontains=value) | Q(kept__first_name__icontains=value))


class DuplicateFilter:
    """Of pairs of officers, which are no queryset: why they look alike, and the MDA of one of them."""

    def __init__(self, data, scope):
        self.form = DuplicateFilterForm(data, scope=scope)
        self.filters = self.form.fields
        self.said = self.form.cleaned_data if self.form.is_valid() else {}
        self.scope = scope

    @property
    def narrows(self):
        return any(self.said.values())

    @property
    def organisation(self):
        return self.said.get("organisation")

    def of(self, pairs):
        why = self.said.get("why")
        return [pair for pair in pairs if not why or why in pair[2]]


class DuplicateFilterForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why"),
        required=False,
        choices=[
            ("", _("Any reason")),
            ("upn", _("UPN")),
            ("number", _("Personal number")),
            ("phone", _("Name and phone")),
            ("email", _("Name and e-mail")),
        ],
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("MDA"), to_field_name="code", required=False, empty_label=_("All")
    )

    def __init__(self, data, scope):
        super().__init__(data)
        self.fields["organisation"].queryset = Organisation.objects.within(scope.organisation_ids)


class NameGrantFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Who, MDA or reason"), method="find")
    state = filters.ChoiceFilter(
        label=_("State"), choices=[("in_force", _("In force")), ("ended", _("Ended"))], empty_label=_("All"), method="standing"
    )

    class Meta:
        model = NameGrant
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(user__name__icontains=value)
            | Q(organisation__name__icontains=value)
            | Q(organisation__code__iexact=value)
            | Q(reason__icontains=value)
        )

    def standing(self, queryset, name, value):
        held = Q(during__contains=clock.now())
        return queryset.filter(held if value == "in_force" else ~held)


class QualityFilter:
    """Of rows of services/quality.py: name or code, how known the register is, what is missing or waiting."""

    GAPS = {
        "no_county": _("County"),
        "no_email": _("E-mail"),
        "no_phone": _("Phone"),
        "no_upn": _("UPN"),
        "no_job_group": _("Job group"),
    }
    WAITING = {
        "leavers": _("Possible leavers"),
        "transfers": _("Transfers open"),
        "overdue": _("Transfers overdue"),
        "duplicates": _("Possible duplicates"),
        "rejected": _("Rows rejected"),
    }

    def __init__(self, data):
        self.form = QualityFilterForm(data)
        self.filters = self.form.fields
        self.said = self.form.cleaned_data if self.form.is_valid() else {}

    @property
    def narrows(self):
        return any(self.said.values())

    def of(self, rows):
        text, state, missing = (self.said.get(key) or "" for key in ("q", "state", "missing"))
        return [
            row
            for row in rows
            if text.casefold() in f"{row.name} {row.code}".casefold()
            and state in ("", row.state)
            and (not missing or getattr(row, missing))
        ]


class QualityFilterForm(forms.Form):
    q = forms.CharField(label=_("Name or code"), required=False)
    state = forms.ChoiceField(
        label=_("Register"),
        required=False,
        choices=[("", _("All")), ("known", _("Known")), ("stale", _("Out of date")), ("never", _("Never filed"))],
    )
    missing = forms.ChoiceField(
        label=_("With"),
        required=False,
        choices=[
            ("", _("Anything")),
            (_("Missing"), list(QualityFilter.GAPS.items())),
            (pgettext_lazy("register", "Waiting"), list(QualityFilter.WAITING.items())),
        ],
    )


class HolidayFilter(filters.FilterSet):
    """Without a year: from this year on."""

    year = filters.ChoiceFilter(
        label=_("Year"),
        empty_label=_("This year and later"),
        method="of_year",
        choices=lambda: [(str(d.year), str(d.year)) for d in Holiday.objects.dates("day", "year")],
    )

    class Meta:
        model = Holiday
        fields = []

    @extend_schema_field(int)
    def of_year(self, queryset, name, value):
        return queryset.filter(day__year=value)

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("year"):
            queryset = queryset.filter(day__year__gte=clock.today().year)
        return super().filter_queryset(queryset)
