"""What lists of places and people are narrowed by."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .models import Membership, Role


class PeopleFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Name or e-mail"), method="find")
    role = filters.ChoiceFilter(label=_("Role"), choices=Role.choices, empty_label=_("All roles"))
    state = filters.ChoiceFilter(
        label=_("State"), choices=[("active", _("Active")), ("invited", _("Invited")), ("ended", _("Ended"))], empty_label=_("All states")
    )

    class Meta:
        model = Membership
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(user__name__icontains=value) | Q(user__email__icontains=value))
