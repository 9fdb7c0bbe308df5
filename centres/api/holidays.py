"""Public holidays, which working-day deadlines pass over."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres import policies
from centres.access import fetch
from centres.filters import HolidayFilter
from centres.models import Holiday
from centres.services import holidays
from cse_portal.lib.api import IdempotentWrites, received


class HolidaySerializer(serializers.ModelSerializer):
    class Meta:
        model = Holiday
        fields = ["id", "day", "name", "authority"]
        extra_kwargs = {"day": {"validators": []}}  # the service says which holiday it is already


class RemoveHolidaySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class Holidays(IdempotentWrites, ReadOnlyModelViewSet):
    queryset = Holiday.objects.all()
    serializer_class = HolidaySerializer
    filterset_class = HolidayFilter

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)

    def _keeper(self, scope, thing=None):
        if not policies.may_keep_holidays(scope):
            raise PermissionDenied

    @extend_schema(request=HolidaySerializer, responses={201: HolidaySerializer})
    def create(self, request):
        """Adds a day: coordinators, secretariat, administrators. Deadlines already given do not move."""
        self._keeper(request.scope)
        made = holidays.declare(request.scope, **received(HolidaySerializer, request))
        return Response(HolidaySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RemoveHolidaySerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request, pk):
        """Takes a day to come off the list, with a reason."""
        holiday = fetch(self.queryset, request.scope, may=policies.may_keep_holidays, pk=pk)
        holidays.remove(request.scope, holiday, **received(RemoveHolidaySerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)


routes = [("holidays", Holidays, "holidays")]
