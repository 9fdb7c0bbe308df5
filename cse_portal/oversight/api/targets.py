"""Targets by API."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres.access import fetch
from centres.models import Cadre
from cse_portal.lib.api import IdempotentWrites, received
from cse_portal.oversight import policies
from cse_portal.oversight.filters import TargetFilter
from cse_portal.oversight.models import Target
from cse_portal.oversight.services import targets


class TargetSerializer(serializers.ModelSerializer):
    cadre = serializers.SlugRelatedField("code", read_only=True, allow_null=True, help_text="null: all cadres together")
    quarter = serializers.CharField(read_only=True, help_text="for example FY 2026/27 Q2")
    entered_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Target
        fields = [
            "id",
            "measure",
            "cadre",
            "quarter",
            "quarter_ends",
            "value",
            "authority",
            "entered_by",
            "entered_at",
            "superseded_at",
        ]


class TargetInput(serializers.Serializer):
    measure = serializers.ChoiceField(Target.Measure.choices)
    cadre = serializers.SlugRelatedField("code", queryset=Cadre.objects.all(), allow_null=True, required=False, default=None)
    quarter_ends = serializers.DateField(help_text="last day of a quarter, for example 2026-12-31")
    value = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=1, max_value=100)
    authority = serializers.CharField(max_length=300)


class WhyInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class Targets(IdempotentWrites, ReadOnlyModelViewSet):
    """What HOPS asks, those superseded too. `?state=in_force` leaves them out."""

    queryset = Target.objects.select_related("cadre", "entered_by")
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self):
        if not policies.may_see_targets(self.request.scope):
            raise PermissionDenied
        return self.queryset.visible_to(self.request.scope)

    @extend_schema(request=TargetInput, responses={201: TargetSerializer})
    def create(self, request):
        """Sets a target; one that stood for the same is superseded."""
        if not policies.may_set_targets(request.scope):
            raise PermissionDenied
        return Response(TargetSerializer(targets.enter(request.scope, **received(TargetInput, request))).data, status=201)

    @extend_schema(request=WhyInput, responses=TargetSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """Takes a target back; it stays on record."""
        target = fetch(self.queryset, request.scope, may=policies.may_set_targets, pk=pk)
        return Response(TargetSerializer(targets.withdraw(request.scope, target, reason=received(WhyInput, request)["reason"])).data)


routes = [("targets", Targets, "targets")]
