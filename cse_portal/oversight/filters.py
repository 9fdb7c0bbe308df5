"""What the trail and the outbox are narrowed by."""

import datetime as dt

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate
from standards import record_words
from standards.services import record

from .models import QuarterlyReturn, Target
from .subjects import kinds


class CivilDateFilter(filters.Filter):
    field_class = CivilDate


def midnight(day):
    """The instant that a civil day begins."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


class TrailFilter(filters.FilterSet):
    who = filters.CharFilter(label=_("Who"), method="by")
    verb = filters.CharFilter(label=_("What was done"), method="done")
    kind = filters.ChoiceFilter(label=_("To what"), choices=kinds, empty_label=_("Everything"))
    since = CivilDateFilter(label=_("From"), method="from_day")
    until = CivilDateFilter(label=pgettext_lazy("until", "To"), method="to_day")

    class Meta:
        model = Entry
        fields = []

    def by(self, queryset, name, value):
        return queryset.filter(Q(actor__icontains=value) | Q(actor_name__icontains=value))

    def done(self, queryset, name, value):
        return queryset.filter(Q(verb__icontains=value) | Q(verb__in=record_words.verbs_like(value)))

    def from_day(self, queryset, name, value):
        return queryset.filter(at__gte=midnight(value))

    def to_day(self, queryset, name, value):
        return queryset.filter(at__lt=midnight(value + dt.timedelta(days=1)))


class SubjectTrailFilter(TrailFilter):
    kind = None


class RecordFilter(TrailFilter):
    kind = filters.ChoiceFilter(label=_("To what"), choices=lambda: kinds(record.KINDS), empty_label=_("Everything"))


def quarters_of(model):
    """[(last day, name)] of the quarters that rows are about, the latest first."""
    days = model.objects.order_by("-quarter_ends").values_list("quarter_ends", flat=True).distinct()
    return [(f"{day}", clock.quarter_name(day)) for day in days]


class TargetFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Authority"), field_name="authority", lookup_expr="icontains")
    measure = filters.ChoiceFilter(label=_("Measure"), choices=Target.Measure.choices, empty_label=_("All"))
    quarter = filters.ChoiceFilter(
        label=_("Quarter"), field_name="quarter_ends", choices=lambda: quarters_of(Target), empty_label=_("All quarters")
    )
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[("in_force", _("In force")), ("superseded", pgettext_lazy("target", "Superseded"))],
        empty_label=_("All"),
        method="standing",
    )

    class Meta:
        model = Target
        fields = []

    def standing(self, queryset, name, value):
        return queryset.filter(superseded_at__isnull=value == "in_force")


class ReturnFilter(filters.FilterSet):
    """Of a list annotated by `judged`."""

    q = filters.CharFilter(label=_("MDA or reference"), method="find")
    quarter = filters.ChoiceFilter(
        label=_("Quarter"), field_name="quarter_ends", choices=lambda: quarters_of(QuarterlyReturn), empty_label=_("All quarters")
    )
    label = filters.ChoiceFilter(label=_("State"), choices=list(QuarterlyReturn.LABELS.items()), empty_label=_("All states"))
    restated = filters.ChoiceFilter(
        label=_("Restated"), choices=[("yes", _("Restated")), ("no", _("Not restated"))], empty_label=_("All"), method="again"
    )

    class Meta:
        model = QuarterlyReturn
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(organisation__name__icontains=value) | Q(organisation__code__iexact=value) | Q(ref__iexact=value.strip())
        )

    def again(self, queryset, name, value):
        later = QuarterlyReturn.objects.filter(restates=OuterRef("pk"))
        return queryset.filter(Exists(later) if value == "yes" else ~Exists(later))
