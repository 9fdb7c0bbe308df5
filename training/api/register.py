"""The API's door to the register: marks that stand, marks sent in batches with their client ids, marks in conflict."""

import django_filters as filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from centres.access import fetch
from training import marks, policies
from training.models import Attendance, AttendanceEntry, Correction, Enrolment
from training.services import corrections_of_marks, register

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


class CorrectionInput(serializers.Serializer):
    enrolment = serializers.IntegerField(min_value=1)
    session = serializers.IntegerField(min_value=1, help_text="its number")
    mark = serializers.ChoiceField(Attendance.Mark.choices)
    reason = serializers.CharField(max_length=300)


class DecisionInput(serializers.Serializer):
    make = serializers.BooleanField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", help_text="needed to refuse")


class MarkCorrectionSerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    session = serializers.IntegerField(source="session.number", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)

    class Meta:
        model = Correction
        fields = [
            "id",
            "cohort",
            "session",
            "officer",
            "was",
            "mark",
            "reason",
            "state",
            "asked_at",
            "decided_at",
            "decision_reason",
        ]


class MarkCorrections(Readable):
    """Corrections of marks of closed cohorts: one asks, another decides."""

    queryset = Correction.objects.filter(session__isnull=False).select_related(
        "session", "enrolment__cohort", "enrolment__officer"
    )
    serializer_class = MarkCorrectionSerializer

    @extend_schema(request=CorrectionInput, responses={201: MarkCorrectionSerializer})
    def create(self, request):
        if not policies.may_send_marks(request.scope):
            raise PermissionDenied
        said = self.read(CorrectionInput)
        seat = fetch(Enrolment.objects.select_related("cohort"), request.scope, pk=said["enrolment"])
        session = seat.cohort.sessions.filter(number=said["session"]).first()
        if session is None:
            raise serializers.ValidationError({"session": [_("There is no such session.")]})
        made = corrections_of_marks.ask(request.scope, enrolment=seat, session=session, mark=said["mark"], reason=said["reason"])
        return Response(MarkCorrectionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DecisionInput, responses=MarkCorrectionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Makes or refuses it; never who asked."""
        correction = fetch(self.queryset, request.scope, may=may_settle, pk=pk)
        done = corrections_of_marks.decide(request.scope, correction=correction, **self.read(DecisionInput))
        return Response(MarkCorrectionSerializer(done).data)


def may_settle(scope, thing):
    """Who marks the cohort of an entry or a correction."""
    return policies.may_mark(scope, thing.enrolment.cohort)


routes = [
    ("attendance", AttendanceMarks, "attendance"),
    ("attendance-entries", AttendanceEntries, "attendance-entries"),
    ("mark-corrections", MarkCorrections, "mark-corrections"),
]
