"""What lists of places and people are narrowed by."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from cse_portal.lib import clock

from .access import organisations_below
from .models import Centre, County, Membership, Organisation, Role, Roster, Service, Standing


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

    class Meta:
        model = Organisation
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(code__icontains=value))

    @extend_schema_field(str)
    def below(self, queryset, name, value):
        """All that report to it, at any depth."""
        return queryset.filter(pk__in=organisations_below(value.pk, self.request.scope.today) - {value.pk})


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
