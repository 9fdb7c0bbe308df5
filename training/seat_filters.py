"""What lists of nominations and seat requests are narrowed by."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from centres.models import Organisation
from centres.models.people import finding

from .models import Enrolment, SeatRequest


class NominationFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name or number"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=Enrolment.State.choices, empty_label=_("All states"))
    cohort = filters.CharFilter(label=_("Cohort"), field_name="cohort__code", lookup_expr="iexact")
    organisation = filters.ModelChoiceFilter(
        label=_("MDA"), queryset=lambda request: mdas(request), to_field_name="code", empty_label=_("All MDAs")
    )

    class Meta:
        model = Enrolment
        fields = []

    def find(self, queryset, name, value):
        words, condition = finding(value, "officer__")
        return queryset.alias(name_words=words).filter(condition)


def mdas(request):
    """Those that the scope may narrow by."""
    scope = request.scope
    found = Organisation.objects.in_being(scope.today)
    return found if scope.organisation_ids is None else found.filter(pk__in=scope.organisation_ids)


class SeatRequestFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=SeatRequest.State.choices, empty_label=_("All states"))
    cohort = filters.CharFilter(label=_("Cohort"), field_name="cohort__code", lookup_expr="iexact")

    class Meta:
        model = SeatRequest
        fields = []
