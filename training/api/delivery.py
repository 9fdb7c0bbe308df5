"""The API's door to cohorts, enrolments, completions and certificates. Acts call the same services as the pages."""

import django_filters as filters
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib import clock
from cse_portal.lib.api import IdempotentWrites, received
from training import policies
from training.filters import CohortFilter
from training.models import (
    Attendance,
    Certificate,
    Cohort,
    CohortSession,
    Completion,
    Enrolment,
)
from training.services import awards, enrolment, nominations, register, results

from .cohort_plan import CohortPlan

# What is read.


class SessionSerializer(serializers.ModelSerializer):
    room = serializers.CharField(source="room.name", read_only=True, default=None, allow_null=True)

    class Meta:
        model = CohortSession
        fields = ["uid", "number", "starts_at", "ends_at", "title", "room", "link", "sequence"]


class CohortSerializer(serializers.ModelSerializer):
    course = serializers.CharField(source="course_version.course.code", read_only=True)
    version = serializers.IntegerField(source="course_version.number", read_only=True)
    campus = serializers.SlugRelatedField("code", read_only=True)
    taken = serializers.IntegerField(read_only=True, default=0)
    free = serializers.IntegerField(read_only=True, default=0)
    sessions = SessionSerializer(many=True, read_only=True)
    trainers = serializers.SerializerMethodField(help_text="names")

    class Meta:
        model = Cohort
        fields = [
            "code",
            "course",
            "version",
            "campus",
            "starts_on",
            "ends_on",
            "capacity",
            "taken",
            "free",
            "state",
            "closed_on",
            "trainers",
            "sessions",
        ]

    def get_trainers(self, cohort) -> list[str]:
        return [str(t.user) for t in cohort.trainers.all()]


class EnrolmentSerializer(serializers.ModelSerializer):
    cohort = serializers.SlugRelatedField("code", read_only=True)
    officer = serializers.SlugRelatedField("ref", read_only=True)
    name = serializers.CharField(source="officer.full_name", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True, help_text="code of the MDA that enrolled")

    class Meta:
        model = Enrolment
        fields = ["id", "cohort", "officer", "name", "organisation", "state", "enrolled_at", "withdrawn_reason", "outcome_reason"]


class CompletionSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    course = serializers.CharField(source="course_version.course.code", read_only=True)
    version = serializers.IntegerField(source="course_version.number", read_only=True)

    class Meta:
        model = Completion
        fields = ["id", "officer", "course", "version", "on", "until", "withdrawn_on"]


class CertificateSerializer(serializers.ModelSerializer):
    officer = serializers.CharField(source="completion.officer.ref", read_only=True)
    state = serializers.SerializerMethodField(help_text="valid, expired, superseded, suspended or revoked, today")

    class Meta:
        model = Certificate
        fields = [
            "number",
            "code",
            "officer",
            "holder",
            "course_code",
            "course_title",
            "issued_on",
            "expires_on",
            "state",
            "state_on",
            "state_reason",
        ]

    def get_state(self, certificate) -> str:
        return certificate.state_as_of(clock.today())


# What is sent.


class EnrolInput(serializers.Serializer):
    officers = serializers.ListField(
        child=serializers.CharField(max_length=12), min_length=1, max_length=500, help_text="references of officers"
    )


class ReasonInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class MarkInput(serializers.Serializer):
    officer = serializers.CharField(max_length=12)
    mark = serializers.ChoiceField(Attendance.Mark.choices)


class RegisterInput(serializers.Serializer):
    session = serializers.IntegerField(min_value=1)
    marks = MarkInput(many=True, allow_empty=False)
    reason = serializers.CharField(max_length=200, required=False, default="", help_text="needed a day after the session")


class ScoreInput(serializers.Serializer):
    officer = serializers.CharField(max_length=12)
    score = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False)
    points = serializers.ListField(
        child=serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0),
        required=False,
        help_text="by criterion, instead of a score",
    )

    def validate(self, row):
        if ("score" in row) == ("points" in row):
            raise ValidationError(_("Give a score, or points by criterion."))
        return row


class ResultsInput(serializers.Serializer):
    component = serializers.IntegerField(
        required=False, min_value=0, help_text="number of the part; none or 0 where there is one final score"
    )
    results = ScoreInput(many=True, allow_empty=False)
    reason = serializers.CharField(required=False, max_length=200, help_text="why released results change")


class ChangedSerializer(serializers.Serializer):
    changed = serializers.IntegerField(help_text="how many differ from what stood")


# Doors.


def part_of(cohort, number):
    """The part of the assessment of that number; None for 0 or none."""
    found = cohort.course_version.components.filter(number=number).first() if number else None
    if number and found is None:
        raise ValidationError({"component": [_("There is no such part.")]})
    return found


class Readable(IdempotentWrites, ReadOnlyModelViewSet):
    """What the scope may see."""

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)

    def read(self, serializer):
        return received(serializer, self.request)


class Cohorts(CohortPlan, Readable):
    queryset = (
        Cohort.objects.select_related("course_version__course", "campus")
        .prefetch_related(
            Prefetch("sessions", CohortSession.objects.filter(cancelled_at=None).select_related("room")), "trainers__user"
        )
        .with_seats()
    )
    serializer_class = CohortSerializer
    filterset_class = CohortFilter
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def one(self, may):
        """The cohort of the address, if the scope may do this to it."""
        return fetch(Cohort.objects.all(), self.request.scope, may=may, code=self.kwargs["code"])

    def seats(self, cohort):
        """{officer's reference: enrolment id} of those who hold a seat."""
        return dict(cohort.enrolments.filter(state__in=Enrolment.SEATED).values_list("officer__ref", "pk"))

    def by_seat(self, cohort, rows, field):
        """{enrolment id: value} of rows that name officers."""
        seats = self.seats(cohort)
        if unknown := [row["officer"] for row in rows if row["officer"] not in seats]:
            raise ValidationError({"officer": [_("%(ref)s has no seat in this cohort.") % {"ref": ref} for ref in unknown]})
        return {seats[row["officer"]]: row[field] for row in rows}

    @extend_schema(request=EnrolInput, responses={201: EnrolmentSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def enrol(self, request, code):
        """Enrols officers of the own MDA and the MDAs below it, all or none."""
        cohort = self.one(policies.may_enrol)
        refs = set(self.read(EnrolInput)["officers"])
        ids = dict(Officer.objects.visible_to(request.scope).filter(ref__in=refs).values_list("ref", "pk"))
        if strangers := sorted(refs - set(ids)):
            raise ValidationError({"officers": [_("%(ref)s is not in your MDA.") % {"ref": ref} for ref in strangers]})
        made = nominations.nominate(request.scope, cohort=cohort, officers=list(ids.values()))
        return Response(EnrolmentSerializer(made.seated + made.waiting, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RegisterInput, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def mark(self, request, code):
        """Marks attendance of one session; the same marks again change nothing."""
        cohort = self.one(policies.may_mark)
        said = self.read(RegisterInput)
        session = cohort.sessions.filter(number=said["session"]).first()
        if session is None:
            raise ValidationError({"session": [_("There is no such session.")]})
        marks = self.by_seat(cohort, said["marks"], "mark")
        n = register.mark(request.scope, session=session, marks=marks, source=Attendance.Source.API, reason=said["reason"])
        return Response({"changed": n})

    @extend_schema(request=ResultsInput, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def result(self, request, code):
        """Records results of one part: drafts where results are moderated, else released; a change keeps what stood before."""
        cohort = self.one(policies.may_record_results)
        said = self.read(ResultsInput)
        component = part_of(cohort, said.get("component"))
        found = {f: self.by_seat(cohort, [row for row in said["results"] if f in row], f) for f in ("score", "points")}
        changed = results.record_results(
            request.scope,
            cohort=cohort,
            component=component,
            scores=found["score"],
            points=found["points"],
            reason=said.get("reason", ""),
        )
        return Response({"changed": changed})

    @extend_schema(request=None, responses=EnrolmentSerializer(many=True))
    @action(detail=True, methods=["post"])
    def close(self, request, code):
        """Decides outcomes and issues certificates: the enrolments with their reasons."""
        cohort = awards.close_cohort(request.scope, cohort=self.one(policies.may_close))
        decided = cohort.enrolments.filter(state__in=[Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED])
        return Response(
            EnrolmentSerializer(decided.select_related("cohort", "officer", "organisation").order_by("pk"), many=True).data
        )


class EnrolmentFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="cohort__code")
    officer = filters.CharFilter(field_name="officer__ref")
    state = filters.ChoiceFilter(choices=Enrolment.State.choices)

    class Meta:
        model = Enrolment
        fields = []


class Enrolments(Readable):
    queryset = Enrolment.objects.select_related("cohort", "officer", "organisation")
    serializer_class = EnrolmentSerializer
    filterset_class = EnrolmentFilter

    @extend_schema(request=ReasonInput, responses=EnrolmentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """Gives the seat back."""
        seat = fetch(self.queryset, request.scope, may=policies.may_withdraw, pk=pk)
        enrolment.withdraw(request.scope, enrolment=seat, reason=self.read(ReasonInput)["reason"])
        seat.refresh_from_db()
        return Response(EnrolmentSerializer(seat).data)


class Completions(Readable):
    queryset = Completion.objects.select_related("officer", "course_version__course")
    serializer_class = CompletionSerializer
    filterset_fields = {"officer__ref": ["exact"], "course_version__course__code": ["exact"]}


class Certificates(Readable):
    queryset = Certificate.objects.select_related("completion__officer")
    serializer_class = CertificateSerializer
    lookup_field = "number"
    lookup_value_regex = "[^/]+"
    filterset_fields = {"course_code": ["exact"], "completion__officer__ref": ["exact"]}


routes = [
    ("cohorts", Cohorts, "cohorts"),
    ("enrolments", Enrolments, "enrolments"),
    ("completions", Completions, "completions"),
    ("certificates", Certificates, "certificates"),
]
