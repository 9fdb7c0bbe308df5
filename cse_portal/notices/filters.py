"""What lists of messages are narrowed by."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import Notice


class NoticeFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("To or subject"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=Notice.State.choices, empty_label=_("All states"))
    channel = filters.ChoiceFilter(label=pgettext_lazy("channel", "Sent by"), choices=Notice.Channel.choices, empty_label=_("All"))

    class Meta:
        model = Notice
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(to__icontains=value) | Q(subject__icontains=value))
