"""The quality of the staff register by API: the same rows as the page."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from centres import policies
from centres.filters import QualityFilter
from centres.services import quality


class QualitySerializer(serializers.Serializer):
    code, name = serializers.CharField(), serializers.CharField()
    counted = serializers.BooleanField(help_text="obliged, or joined by agreement")
    state = serializers.ChoiceField(choices=["known", "stale", "never"])
    as_at = serializers.DateField(allow_null=True, help_text="of the last return that names the MDA")
    age = serializers.IntegerField(allow_null=True, help_text="days since")
    last_return = serializers.CharField(help_text="reference of the last return filed for the MDA itself")

    def get_fields(self):
        return super().get_fields() | {name: serializers.IntegerField() for name in quality.COUNTS}


class RegisterQuality(ViewSet):
    """Counts of what is missing and waiting, MDA by MDA; no names."""

    @extend_schema(
        parameters=[OpenApiParameter("q", str), OpenApiParameter("state", str), OpenApiParameter("missing", str)],
        responses=QualitySerializer(many=True),
    )
    def list(self, request):
        if not policies.may_see_register_quality(request.scope):
            raise PermissionDenied
        rows = QualityFilter(request.query_params).of(quality.read(request.scope, request.scope.today))
        return Response({"results": QualitySerializer(rows, many=True).data})


routes = [("register-quality", RegisterQuality, "register-quality")]
