"""The API's door to corrections of officers' records, and to the demand for training."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from training import policies
from training.models import CorrectionRequest
from training.rule_filters import CorrectionFilter
from training.services import corrections, demand

from .delivery import ReasonInput
from .rules import Gated
from .waivers import RemarkInput


class CorrectionSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    asked = serializers.JSONField(source="fields", read_only=True, help_text="{field: [as it was, as it should be]}")

    class Meta:
        model = CorrectionRequest
        fields = ["id", "officer", "asked", "reason", "state", "asked_at", "decided_at", "decision_reason"]


class Corrections(Gated):
    may = staticmethod(policies.may_see_corrections)
    queryset = CorrectionRequest.objects.select_related("officer__user")
    serializer_class = CorrectionSerializer
    filterset_class = CorrectionFilter

    @extend_schema(request=RemarkInput, responses=CorrectionSerializer)
    @action(detail=True, methods=["post"])
    def make(self, request, pk):
        """Corrects the register as asked; certificates follow a corrected name."""
        asked = self.one(policies.may_decide_correction)
        return self.said(corrections.make(request.scope, request=asked, reason=self.read(RemarkInput)["reason"]))

    @extend_schema(request=ReasonInput, responses=CorrectionSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """With a reason, which is told."""
        asked = self.one(policies.may_decide_correction)
        return self.said(corrections.refuse(request.scope, request=asked, reason=self.read(ReasonInput)["reason"]))


class DemandSerializer(serializers.Serializer):
    county = serializers.CharField(allow_null=True, help_text="code; null: not known")
    cadre = serializers.CharField(help_text="code")
    in_post = serializers.IntegerField()
    overdue = serializers.IntegerField()
    due = serializers.IntegerField()
    expiring = serializers.IntegerField()
    free_seats = serializers.IntegerField(help_text="in cohorts in the county that begin in these months")
    seats_lacking = serializers.IntegerField()


MONTHS = OpenApiParameter("months", OpenApiTypes.INT, enum=demand.MONTHS, description="looking ahead; 3 when left out")


class Demand(ViewSet):
    """Where training is wanted, by county and CSE cadre. Counts, no names."""

    @extend_schema(parameters=[MONTHS], responses=DemandSerializer(many=True))
    def list(self, request):
        if not policies.may_see_demand(request.scope):
            raise PermissionDenied
        months = {str(m): m for m in demand.MONTHS}.get(request.GET.get("months", ""), demand.MONTHS[0])
        rows = demand.read(request.scope.today, months).rows
        return Response(
            [
                {
                    "county": r.county.code if r.county else None,
                    "cadre": r.cadre.code,
                    "in_post": r.in_post,
                    "overdue": r.overdue,
                    "due": r.due,
                    "expiring": r.expiring,
                    "free_seats": r.free,
                    "seats_lacking": r.short,
                }
                for r in rows
            ]
        )


routes = [("corrections", Corrections, "corrections"), ("demand", Demand, "demand")]
