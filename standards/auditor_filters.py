"""What the auditor register and the calibration cases are narrowed by; the same for pages and API."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .models import Auditor, Calibration
from .services import auditors


class AuditorFilter(filters.FilterSet):
    CERTIFICATES = [("valid", _("Valid")), ("soon", _("Expires soon")), ("expired", _("Expired")), ("none", _("None on record"))]
    YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]

    q = filters.CharFilter(label=_("Name, sector or language"), method="find")
    certificate = filters.ChoiceFilter(label=_("Assessor certificate"), choices=CERTIFICATES, empty_label=_("All"), method="held")
    lead = filters.ChoiceFilter(label=_("May lead"), choices=YES_OR_NO, empty_label=_("All"), method="leads")
    paused = filters.ChoiceFilter(label=_("Paused"), choices=YES_OR_NO, empty_label=_("All"), method="is_paused")

    class Meta:
        model = Auditor
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(user__name__icontains=value) | Q(sectors__icontains=value) | Q(languages__icontains=value))

    def held(self, queryset, name, value):
        return queryset.filter(auditors.STANDINGS[value](self.request.scope.today))

    def leads(self, queryset, name, value):
        today = self.request.scope.today
        return queryset.filter(Q(lead_until__gt=today) if value == "yes" else Q(lead_until__lte=today) | Q(lead_until=None))

    def is_paused(self, queryset, name, value):
        return queryset.filter(paused_on__isnull=value == "no")


class CalibrationFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=Calibration.State.choices, empty_label=_("All states"))

    class Meta:
        model = Calibration
        fields = []
