"""The auditor register, engagements, teams with their conflict checks, calibration cases: read and acted on."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from centres.access import fetch
from centres.models import Centre, Organisation
from cse_portal.accounts.models import User
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.auditor_filters import AuditorFilter, CalibrationFilter
from standards.models import Audit, Auditor, Calibration, Engagement
from standards.services import auditors, calibrations, impartiality, programme

from .audits import Seen


class AuditorSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="user", read_only=True)
    assessor_until = serializers.SerializerMethodField(help_text="last valid day of the assessor certificate; null: none on record, or no end")
    lead_until = serializers.SerializerMethodField(help_text="last valid day of the lead assessor certificate")
    certificate = serializers.SerializerMethodField(help_text="valid, soon (expires within 90 days), expired or none")
    audits_this_year = serializers.IntegerField(source="audits_now", read_only=True, help_text="of the financial year")
    audits_done = serializers.IntegerField(read_only=True)
    calibrated_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Auditor
        fields = [
            "id", "name", "sectors", "languages", "certificate", "assessor_until", "lead_until", "audits_a_year", "audits_this_year",
            "audits_done", "calibrated_on", "paused_on", "paused_reason", "entered_on",
        ]  # fmt: skip

    @extend_schema_field(OpenApiTypes.DATE)
    def get_assessor_until(self, line):
        return auditors.last_valid(line.assessor_until)

    @extend_schema_field(OpenApiTypes.DATE)
    def get_lead_until(self, line):
        return auditors.last_valid(line.lead_until)

    def get_certificate(self, line) -> str:
        return auditors.standing(line.assessor_until, self.context["request"].scope.today)


class EngagementSerializer(serializers.ModelSerializer):
    auditor = serializers.IntegerField(source="user.auditor.pk", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)
    centre = serializers.SlugRelatedField("code", read_only=True)
    since = serializers.DateField(source="during.lower", read_only=True)
    until = serializers.SerializerMethodField(help_text="last day; null: it goes on")

    class Meta:
        model = Engagement
        fields = ["id", "auditor", "organisation", "centre", "kind", "since", "until", "note"]

    @extend_schema_field(OpenApiTypes.DATE)
    def get_until(self, engagement):
        return auditors.last_day(engagement.during)


class EngageSerializer(serializers.Serializer):
    auditor = serializers.IntegerField()
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    centre = serializers.SlugRelatedField("code", queryset=Centre.objects.all(), required=False, allow_null=True)
    kind = serializers.ChoiceField(Engagement.Kind.choices)
    since = serializers.DateField()
    until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=300)


class ObstacleSerializer(serializers.Serializer):
    code = serializers.CharField()
    sentence = serializers.CharField()


class MemberSerializer(serializers.Serializer):
    user = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user")
    is_lead = serializers.BooleanField()
    declared_at = serializers.DateTimeField(allow_null=True)
    interest = serializers.BooleanField(allow_null=True)
    obstacles = ObstacleSerializer(many=True, help_text="what speaks against it as things stand now")


class TeamSerializer(serializers.Serializer):
    ref = serializers.CharField()
    team = MemberSerializer(many=True)


class NameTeamSerializer(serializers.Serializer):
    lead = serializers.SlugRelatedField("email", queryset=User.objects.filter(is_active=True))
    members = serializers.SlugRelatedField("email", queryset=User.objects.filter(is_active=True), many=True, required=False, default=list)


class DeclareSerializer(serializers.Serializer):
    interest = serializers.BooleanField()
    declaration = serializers.CharField(required=False, allow_blank=True, default="", max_length=5000)


class CalibrationSerializer(serializers.ModelSerializer):
    edition = serializers.SlugRelatedField("version", read_only=True)
    items = serializers.SerializerMethodField(help_text="elements with what was found; `expected` once the case is closed")
    agreement = serializers.SerializerMethodField(help_text="of all answers, once the case is closed")

    class Meta:
        model = Calibration
        fields = ["id", "title", "edition", "state", "closes_on", "items", "agreement"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_items(self, case):
        told = case.state == Calibration.State.CLOSED
        return [
            {"element": i.element.code, "story": i.story} | ({"expected": i.expected} if told else {}) for i in case.items.all()
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_agreement(self, case):
        found = calibrations.agreement_of(case)
        if found is None:
            return None
        of = found[0]
        return {
            "auditors": of.auditors,
            "elements": of.elements,
            "answers": of.overall.n,
            "as_expected": of.overall.alike,
            "alpha": round(float(of.alpha), 4) if of.alpha is not None else None,
            "by_element": {code: {"n": line.n, "as_expected": line.alike} for code, line in of.by_element.items()},
        }


class CaseAnswerSerializer(serializers.Serializer):
    ratings = serializers.DictField(child=serializers.CharField(max_length=2), help_text="{element code: rating}, every element of the case")


class Auditors(Seen):
    may = staticmethod(policies.may_list_auditors)
    queryset = Auditor.objects.all()
    serializer_class = AuditorSerializer
    filterset_class = AuditorFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self):
        return auditors.with_competence(super().get_queryset(), self.request.scope.today)


class Engagements(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_auditors)
    queryset = Engagement.objects.select_related("user__auditor", "organisation", "centre").filter(user__auditor__isnull=False)
    serializer_class = EngagementSerializer

    @extend_schema(request=EngageSerializer, responses={201: EngagementSerializer})
    def create(self, request):
        """For whom an auditor worked: by the auditor, or the secretariat for any."""
        if not policies.may_record_engagement(request.scope):
            raise PermissionDenied
        data = received(EngageSerializer, request)
        line = fetch(Auditor.objects.select_related("user"), request.scope, may=policies.may_record_engagement, pk=data.pop("auditor"))
        made = auditors.engage(request.scope, line, **data)
        return Response(EngagementSerializer(made).data, status=status.HTTP_201_CREATED)


class Teams(IdempotentWrites, GenericViewSet):
    """The team of an audit with its declarations and conflict checks. PUT names it; `declare` is for its members."""

    queryset = Audit.objects.select_related("organisation", "centre", "edition").prefetch_related("team__user")
    serializer_class = TeamSerializer
    lookup_field = "ref"
    lookup_value_regex = "[^/]+"

    def answer(self, audit):
        rows = impartiality.team_checks(audit)
        for member, found in rows:
            member.obstacles = [o._asdict() for o in found]
        return Response({"ref": audit.ref, "team": MemberSerializer([m for m, _found in rows], many=True).data})

    def retrieve(self, request, ref):
        return self.answer(fetch(self.queryset, request.scope, may=policies.may_read_team, ref=ref))

    @extend_schema(request=NameTeamSerializer, responses=TeamSerializer)
    def update(self, request, ref):
        """Names lead and members by email. 409 with the reason where something speaks against one of them."""
        audit = fetch(self.queryset, request.scope, may=policies.may_name_team, ref=ref)
        return self.answer(programme.name_team(request.scope, audit, **received(NameTeamSerializer, request)))

    @extend_schema(request=DeclareSerializer, responses=TeamSerializer)
    @action(detail=True, methods=["post"])
    def declare(self, request, ref):
        """A member of the team declares an interest or none, once; only then the sheet opens."""
        audit = fetch(self.queryset, request.scope, may=policies.may_declare, ref=ref)
        programme.declare(request.scope, audit, **received(DeclareSerializer, request))
        return self.answer(audit)


class Calibrations(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_calibrations)
    queryset = Calibration.objects.select_related("edition").prefetch_related("items__element")
    serializer_class = CalibrationSerializer
    filterset_class = CalibrationFilter
    lookup_value_regex = r"\d+"

    @extend_schema(request=CaseAnswerSerializer, responses=CalibrationSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, pk):
        """The ratings of the auditor who asks, of every element, once."""
        case = fetch(self.queryset, request.scope, may=policies.may_answer_calibration, pk=pk)
        return Response(self.get_serializer(calibrations.answer(request.scope, case, ratings=received(CaseAnswerSerializer, request)["ratings"])).data)


routes = [
    ("auditors", Auditors, "auditors"),
    ("engagements", Engagements, "engagements"),
    ("audit-teams", Teams, "audit-teams"),
    ("calibrations", Calibrations, "calibrations"),
]
