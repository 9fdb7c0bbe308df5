"""The API's door to the register: marks that stand, marks sent in batches with their client ids, marks in conflict."""

import django_filters as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from centres.access import fetch
from training import marks, policies
from training.models import Attendance, AttendanceEntry
from training.services import register

from .delivery import Readable


class AttendanceSerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    session = serializers.IntegerField(source="session.number", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)
    client_id = serializers.UUIDField(source="entry.client_id", read_only=True, default=None)

    class Meta:
        model = Attendance
        fields = ["id", "cohort", "session", "officer", "mark", "source", "client_id", "marked_at"]


class EntrySerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    session = serializers.IntegerField(source="session.number", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)
    marked_by = serializers.CharField(read_only=True, default="")

    class Meta:
        model = AttendanceEntry
        fields = [
            "id", "client_id", "cohort", "session", "officer", "mark", "source", "device", "state", "reason", "marked_by",
            "marked_at", "received_at",
        ]  # fmt: skip


class AnswerSerializer(serializers.Serializer):
    client_id = serializers.UUIDField()
    state = serializers.ChoiceField(["applied", "known", "conflict", "refused"])
    detail = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    standing = serializers.DictField(allow_null=True, help_text="client_id and mark that stand now")


class AttendanceFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="enrolment__cohort__code")
    session = filters.NumberFilter(field_name="session__number")

    class Meta:
        model = Attendance
        fields = []


class EntryFilter(AttendanceFilter):
    state = filters.ChoiceFilter(choices=AttendanceEntry.State.choices)
    officer = filters.CharFilter(field_name="enrolment__officer__ref")

    class Meta(AttendanceFilter.Meta):
        model = AttendanceEntry


class AttendanceMarks(Readable):
    queryset = Attendance.objects.select_related("session", "entry", "enrolment__cohort", "enrolment__officer")
    serializer_class = AttendanceSerializer
    filterset_class = AttendanceFilter

    @extend_schema(request=marks.KeptMarks, responses=AnswerSerializer(many=True))
    def create(self, request):
        """Takes in up to 500 marks of any sessions. The same client id again changes nothing. A mark whose `base` is not what
        stands now, and which differs from it, is kept in conflict until a person settles it."""
        if not policies.may_send_marks(request.scope):
            raise PermissionDenied
        shape = marks.KeptMarks(data=request.data)
        shape.is_valid(raise_exception=True)
        said = shape.validated_data
        answers = register.record_batch(request.scope, shape.rows(), source=register.Source.API, device=said["device"])
        return Response(marks.answered(answers), status=status.HTTP_200_OK)


class AttendanceEntries(Readable):
    """Every mark as it was made. `?state=conflict`: those that wait for a person."""

    queryset = AttendanceEntry.objects.select_related("session", "marked_by", "enrolment__cohort", "enrolment__officer")
    serializer_class = EntrySerializer
    filterset_class = EntryFilter

    @extend_schema(request=None, responses=AttendanceSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request, pk):
        """Says that this one of the marks in conflict is right; the others are set aside."""
        entry = fetch(self.queryset.select_related("session__cohort"), request.scope, may=may_settle, pk=pk)
        stands = register.settle(request.scope, session=entry.session, enrolment=entry.enrolment, entry=entry)
        return Response(AttendanceSerializer(stands).data)


def may_settle(scope, entry):
    return policies.may_mark(scope, entry.enrolment.cohort)


routes = [
    ("attendance", AttendanceMarks, "attendance"),
    ("attendance-entries", AttendanceEntries, "attendance-entries"),
]
