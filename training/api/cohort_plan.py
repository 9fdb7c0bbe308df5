"""What a coordinator does with a cohort, by API: opens it, sets its sessions, go or no go; and how an MDA rebooks."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from centres.models import Centre, Organisation
from cse_portal.accounts.models import User
from training import policies
from training.models import Cohort, CourseVersion, Room
from training.services import cohorts, rebooking, sessions
from training.services.clashes import Meeting


def campus_field(**kwargs):
    return serializers.SlugRelatedField("code", queryset=Centre.objects.filter(kind=Centre.Kind.CAMPUS), **kwargs)


def room_field():
    return serializers.PrimaryKeyRelatedField(
        queryset=Room.objects.select_related("centre"), required=False, allow_null=True, default=None
    )


def trainers_field():
    return serializers.SlugRelatedField(
        "email", queryset=User.objects.all(), many=True, required=False, help_text="e-mail addresses"
    )


class PlanInput(serializers.Serializer):
    minimum = serializers.IntegerField(min_value=1, max_value=500, required=False)
    decide_by = serializers.DateField(required=False, allow_null=True)
    nominations_close_on = serializers.DateField(required=False, allow_null=True)
    offer_hours = serializers.IntegerField(min_value=1, max_value=720, required=False)
    reason = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="why in spite of a clash")


class OpenInput(PlanInput):
    course = serializers.CharField(max_length=20)
    version = serializers.IntegerField(min_value=1)
    campus = campus_field()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    capacity = serializers.IntegerField(min_value=1, max_value=500, required=False)
    room = room_field()
    link = serializers.URLField(required=False, default="")
    trainers = trainers_field()
    joining_notes = serializers.CharField(max_length=2000, allow_blank=True, default="")

    def validate(self, said):
        version = CourseVersion.objects.filter(course__code=said.pop("course"), number=said.pop("version")).first()
        if version is None:
            raise serializers.ValidationError({"version": ["There is no such version."]})
        return said | {"course_version": version, "trainers": said.get("trainers", [])}


class MeetingInput(serializers.Serializer):
    uid = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="of the session that stands; left out: a new one"
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    title = serializers.CharField(max_length=120, allow_blank=True, default="")
    room = room_field()
    link = serializers.URLField(required=False, allow_blank=True, default="")


class SessionsInput(serializers.Serializer):
    sessions = MeetingInput(many=True, allow_empty=False, help_text="all of them; one left out is cancelled")
    starts_on = serializers.DateField(required=False, default=None, allow_null=True)
    ends_on = serializers.DateField(required=False, default=None, allow_null=True)
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class ConfirmInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class CancelInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200)
    rebook_to = serializers.SlugRelatedField("code", queryset=Cohort.objects.all(), required=False, allow_null=True, default=None)


class RebookInput(serializers.Serializer):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())


class RebookedSerializer(serializers.Serializer):
    seated = serializers.IntegerField()
    waiting = serializers.IntegerField()
    refused = serializers.ListField(child=serializers.CharField())


class CohortPlan:
    """Mixin of the viewset of cohorts."""

    def said(self, cohort, code=status.HTTP_200_OK):
        return Response(self.get_serializer(self.get_queryset().get(pk=cohort.pk)).data, status=code)

    @extend_schema(request=OpenInput)
    def create(self, request):
        """Opens a cohort with the usual sessions."""
        if not policies.may_open_cohort(request.scope):
            raise PermissionDenied
        return self.said(cohorts.open_cohort(request.scope, **self.read(OpenInput)), status.HTTP_201_CREATED)

    @extend_schema(request=SessionsInput)
    @action(detail=True, methods=["post"])
    def sessions(self, request, code):
        """Sets the sessions: one that is named by its uid is moved, one left out is cancelled."""
        cohort, said = self.one(policies.may_change_cohort), self.read(SessionsInput)
        meetings = [Meeting(**row) for row in said.pop("sessions")]
        return self.said(sessions.set_sessions(request.scope, cohort=cohort, sessions=meetings, **said))

    @extend_schema(request=ConfirmInput)
    @action(detail=True, methods=["post"])
    def confirm(self, request, code):
        """Go: it will be held."""
        cohort = self.one(policies.may_change_cohort)
        return self.said(cohorts.confirm_cohort(request.scope, cohort=cohort, **self.read(ConfirmInput)))

    @extend_schema(request=CancelInput)
    @action(detail=True, methods=["post"])
    def cancel(self, request, code):
        """No go: seats, room and trainers are given back; `rebook_to` is offered instead."""
        cohort = self.one(policies.may_change_cohort)
        return self.said(cohorts.cancel_cohort(request.scope, cohort=cohort, **self.read(CancelInput)))

    @extend_schema(request=RebookInput, responses=RebookedSerializer)
    @action(detail=True, methods=["post"])
    def rebook(self, request, code):
        """Moves the MDA's officers from the cancelled cohort to the one offered instead."""
        cohort = self.one(policies.may_rebook)
        made = rebooking.rebook(
            request.scope, cohort=cohort, to=cohort.rebook_to or cohort, organisation=self.read(RebookInput)["organisation"]
        )
        refused = [sentence for _officer, _code, sentence in made.refused]
        return Response({"seated": len(made.seated), "waiting": len(made.waiting), "refused": refused})
