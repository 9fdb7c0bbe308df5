"""Measured figures, read and recorded."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from centres.models import Centre, Organisation
from cse_portal.lib.api import IdempotentWrites
from standards import policies
from standards.models import MeasuredFigure
from standards.programme_filters import MeasureFilter
from standards.services import measures

from .audits import Seen


class MeasureSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    centre = serializers.SlugRelatedField("code", queryset=Centre.objects.all(), required=False, allow_null=True)
    replaced_by = serializers.PrimaryKeyRelatedField(read_only=True, help_text="the row that corrected this one")

    class Meta:
        model = MeasuredFigure
        fields = ["id", "organisation", "centre", "kind", "quarter_end", "value", "n", "source", "recorded_at", "replaced_by"]
        read_only_fields = ["recorded_at"]
        validators = []  # the same quarter again is a correction


class Measures(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_measures)
    queryset = MeasuredFigure.objects.select_related("organisation", "centre")
    serializer_class = MeasureSerializer
    filterset_class = MeasureFilter

    @extend_schema(request=MeasureSerializer, responses={201: MeasureSerializer})
    def create(self, request):
        """Records a figure of a quarter; the same quarter again is a correction. By the secretariat."""
        if not policies.may_record_measures(request.scope):
            raise PermissionDenied
        sent = MeasureSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = measures.record(request.scope, **sent.validated_data)
        return Response(MeasureSerializer(made).data, status=status.HTTP_201_CREATED)


routes = [("measures", Measures, "measures")]
