"""The API's door to the calendar: free seats by week, sessions, rooms, accreditations."""

from django.core.exceptions import PermissionDenied
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from cse_portal.accounts.models import User
from training import policies, weeks
from training.cohort_forms import CalendarForm
from training.filters import RoomFilter
from training.models import Cohort, CohortSession, Course, Room, TrainerAccreditation
from training.services import accreditation, agenda, rooms
from training.services.sessions import mode_of

from .cohort_plan import campus_field
from .delivery import CohortSerializer, Readable
from .rules import Gated

# What is read.


class RoomSerializer(serializers.ModelSerializer):
    campus = serializers.SlugRelatedField("code", source="centre", read_only=True)

    class Meta:
        model = Room
        fields = ["id", "campus", "name", "capacity", "notes", "closed_on"]


class AccreditationSerializer(serializers.ModelSerializer):
    trainer = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    course = serializers.SlugRelatedField("code", read_only=True)
    first_day = serializers.DateField(source="during.lower", read_only=True)
    last_day = serializers.DateField(source="last", read_only=True, allow_null=True)

    class Meta:
        model = TrainerAccreditation
        fields = ["id", "trainer", "name", "course", "first_day", "last_day", "authority", "ended_reason"]


class CohortSessionSerializer(serializers.ModelSerializer):
    cohort = serializers.SlugRelatedField("code", read_only=True)
    campus = serializers.CharField(source="cohort.campus.code", read_only=True)
    room = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    cancelled = serializers.SerializerMethodField()

    class Meta:
        model = CohortSession
        fields = [
            "uid", "sequence", "cohort", "campus", "number", "starts_at", "ends_at", "title", "room", "link", "room_reason", "cancelled",
        ]  # fmt: skip

    def get_cancelled(self, session) -> bool:
        return session.cancelled_at is not None


class CalendarSerializer(CohortSerializer):
    """A cohort of the calendar. `free`: seats free for all; for people of an MDA with those kept for it."""

    mode = serializers.SerializerMethodField(help_text="in-person, virtual or blended, as its sessions are held")
    waiting = serializers.IntegerField(read_only=True)

    class Meta(CohortSerializer.Meta):
        fields = [
            "code", "course", "version", "campus", "mode", "starts_on", "ends_on", "capacity", "taken", "free", "waiting", "state",
            "minimum", "decide_by", "nominations_close_on", "trainers",
        ]  # fmt: skip

    def get_mode(self, cohort) -> str:
        return str(mode_of(list(cohort.sessions.all())))


# What is sent.


class RoomInput(serializers.Serializer):
    campus = campus_field()
    name = serializers.CharField(max_length=60)
    capacity = serializers.IntegerField(min_value=1, max_value=2000)
    notes = serializers.CharField(max_length=200, allow_blank=True, default="")


class RoomChangeInput(serializers.Serializer):
    name = serializers.CharField(max_length=60)
    capacity = serializers.IntegerField(min_value=1, max_value=2000)
    notes = serializers.CharField(max_length=200, allow_blank=True, default="")


class CloseRoomInput(serializers.Serializer):
    on = serializers.DateField(allow_null=True, help_text="first day on which it cannot be booked; null opens it again")


class AccreditInput(serializers.Serializer):
    trainer = serializers.SlugRelatedField("email", queryset=User.objects.all())
    course = serializers.SlugRelatedField("code", queryset=Course.objects.all())
    first_day = serializers.DateField()
    last_day = serializers.DateField(required=False, allow_null=True, default=None)
    authority = serializers.CharField(max_length=200, allow_blank=True, default="")


class EndAccreditationInput(serializers.Serializer):
    last_day = serializers.DateField()
    reason = serializers.CharField(max_length=200)


# Doors.


class Rooms(Gated):
    queryset = Room.objects.select_related("centre").order_by("centre__name", "name")
    serializer_class = RoomSerializer
    filterset_class = RoomFilter
    may = staticmethod(policies.may_see_rooms)

    @extend_schema(request=RoomInput, responses={201: RoomSerializer})
    def create(self, request):
        """Adds a room to a campus."""
        if not policies.may_change_rooms(request.scope):
            raise PermissionDenied
        said = self.read(RoomInput)
        room = rooms.add(request.scope, centre=said.pop("campus"), **said)
        return self.said(room, status.HTTP_201_CREATED)

    @extend_schema(request=RoomChangeInput, responses=RoomSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request, pk):
        """Its name, places and notes."""
        room = self.one(policies.may_change_rooms)
        return self.said(rooms.change(request.scope, room=room, **self.read(RoomChangeInput)))

    @extend_schema(request=CloseRoomInput, responses=RoomSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk):
        """From that day it cannot be booked."""
        room = self.one(policies.may_change_rooms)
        return self.said(rooms.close(request.scope, room=room, on=self.read(CloseRoomInput)["on"]))


class AccreditationFilter(filters.FilterSet):
    course = filters.CharFilter(field_name="course__code")
    trainer = filters.CharFilter(field_name="user__email")

    class Meta:
        model = TrainerAccreditation
        fields = []


class Accreditations(Gated):
    queryset = TrainerAccreditation.objects.select_related("user", "course").order_by("user__name", "course__code", "during")
    serializer_class = AccreditationSerializer
    filterset_class = AccreditationFilter
    may = staticmethod(policies.may_see_trainers)

    @extend_schema(request=AccreditInput, responses={201: AccreditationSerializer})
    def create(self, request):
        """Accredits a trainer for a course."""
        if not policies.may_accredit(request.scope):
            raise PermissionDenied
        said = self.read(AccreditInput)
        made = accreditation.grant(
            request.scope,
            user=said["trainer"],
            course=said["course"],
            first=said["first_day"],
            last=said["last_day"],
            authority=said["authority"],
        )
        return self.said(made, status.HTTP_201_CREATED)

    @extend_schema(request=EndAccreditationInput, responses=AccreditationSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        """Accredited no longer than to that day."""
        one = self.one(policies.may_accredit)
        said = self.read(EndAccreditationInput)
        return self.said(accreditation.end(request.scope, accreditation=one, last=said["last_day"], reason=said["reason"]))


class SessionFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="cohort__code")
    campus = filters.CharFilter(field_name="cohort__campus__code")
    room = filters.NumberFilter(field_name="room")
    since = filters.DateFilter(field_name="ends_at", lookup_expr="date__gte")
    until = filters.DateFilter(field_name="starts_at", lookup_expr="date__lte")

    class Meta:
        model = CohortSession
        fields = []


class Sessions(Readable):
    """Sessions with the identity of their calendar events; those cancelled too."""

    queryset = CohortSession.objects.select_related("cohort__campus").order_by("starts_at", "pk")
    serializer_class = CohortSessionSerializer
    filterset_class = SessionFilter
    lookup_field = "uid"


class Calendar(GenericViewSet):
    """The cohorts of a period with their free seats: `period` is a quarter ("2027-1") or a year ("2027"), else the twelve weeks to come."""

    queryset = Cohort.objects.none()
    serializer_class = CalendarSerializer
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter(name, OpenApiTypes.STR) for name in ("period", "cadre", "campus", "free")],
        responses=CalendarSerializer(many=True),
    )
    def list(self, request):
        """The cohorts by their first day."""
        form = CalendarForm(request.query_params)
        form.is_valid()  # what it does not know narrows nothing
        asked = form.cleaned_data
        period = weeks.read(request.query_params.get("period"), request.scope.today)
        return Response(CalendarSerializer(agenda.read(request.scope, period, asked), many=True).data)


routes = [
    ("rooms", Rooms, "rooms"),
    ("accreditations", Accreditations, "accreditations"),
    ("sessions", Sessions, "sessions"),
    ("calendar", Calendar, "calendar"),
]
