"""The register with its history, what changes a certification's standing, surveillance and appeals."""

import django_filters as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.filters import CertificationFilter
from standards.models import (
    Certification,
    CertificationAct,
    CertificationAppeal,
    CertificationEvent,
    CertificationSite,
    Decision,
    Surveillance,
)
from standards.services import certification_appeals, standing
from standards.standing_forms import ActFilter, AppealFilter, SurveillanceFilter

from .audits import Seen


class CertifiedPlaceSerializer(serializers.ModelSerializer):
    centre = serializers.SlugRelatedField("code", source="site.centre", read_only=True)
    name = serializers.CharField(source="site", read_only=True)

    class Meta:
        model = CertificationSite
        fields = ["id", "centre", "name", "level", "left_on", "left_reason"]


class CertificationEventSerializer(serializers.ModelSerializer):
    """`text` is what the public register says; it names nobody."""

    certification = serializers.CharField(source="certification.code", read_only=True)
    number = serializers.CharField(source="certification.number", read_only=True)
    holder = serializers.CharField(source="certification.holder", read_only=True)
    ground = serializers.CharField(source="act.ground", read_only=True, default=None)
    text = serializers.CharField(source="public_text", read_only=True)

    class Meta:
        model = CertificationEvent
        fields = ["id", "certification", "number", "holder", "kind", "on", "recorded_at", "before", "after", "ground", "text"]


class CertificationSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True)
    centre = serializers.SlugRelatedField("code", read_only=True)
    state = serializers.ChoiceField(CertificationFilter.STATES, source="now", help_text="as of today")
    renews = serializers.SlugRelatedField("number", read_only=True)
    sites = CertifiedPlaceSerializer(many=True, read_only=True)

    class Meta:
        model = Certification
        fields = [
            "number", "code", "holder", "organisation", "centre", "level", "stars", "scope_text", "issued_on", "expires_on", "state", "state_on",
            "state_reason", "suspended_until", "renews", "sites", "payload",
        ]  # fmt: skip


class CertificationWithHistorySerializer(CertificationSerializer):
    events = CertificationEventSerializer(many=True, read_only=True)

    class Meta(CertificationSerializer.Meta):
        fields = [*CertificationSerializer.Meta.fields, "events"]


class CertificationActSerializer(serializers.ModelSerializer):
    certification = serializers.CharField(source="certification.code", read_only=True)
    number = serializers.CharField(source="certification.number", read_only=True)
    sites = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    asked_by = serializers.CharField(read_only=True, allow_null=True, help_text="null: the portal's timetable")
    decided_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = CertificationAct
        fields = [
            "id", "certification", "number", "kind", "ground", "reason", "sites", "levels", "state", "asked_by", "asked_at", "decided_by", "decided_at",
            "decision_reason",
        ]  # fmt: skip


class AskActSerializer(serializers.Serializer):
    certification = serializers.CharField(help_text="its code")
    kind = serializers.ChoiceField(CertificationAct.Kind.choices)
    ground = serializers.ChoiceField(CertificationAct.Ground.choices)
    reason = serializers.CharField(max_length=300)
    sites = serializers.ListField(child=serializers.IntegerField(), required=False, default=list, help_text="ids of the certification's sites; only to reduce")


class AnswerActSerializer(serializers.Serializer):
    grant = serializers.BooleanField()
    reason = serializers.CharField(max_length=300)


class SurveillanceSerializer(serializers.ModelSerializer):
    certification = serializers.CharField(source="certification.code", read_only=True)
    holder = serializers.CharField(source="certification.holder", read_only=True)
    audit = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = Surveillance
        fields = ["id", "certification", "holder", "month", "due_on", "seed", "elements", "state", "audit"]


class CertificationAppealSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True)
    audit = serializers.CharField(source="decision.audit.ref", read_only=True, default=None)
    lodged_by = serializers.CharField(read_only=True)
    decided_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = CertificationAppeal
        fields = ["id", "organisation", "audit", "act", "grounds", "state", "effect_suspended", "lodged_by", "lodged_at", "due_on", "decided_by", "decided_at", "reasons"]


class LodgeAppealSerializer(serializers.Serializer):
    audit = serializers.CharField(required=False, help_text="number of the audit whose decision is appealed against")
    act = serializers.IntegerField(required=False)
    grounds = serializers.CharField(max_length=10_000)

    def validate(self, said):
        if ("audit" in said) == ("act" in said):
            raise serializers.ValidationError({"act": ["Name the audit or the act."]})
        return said


class DecideCertificationAppealSerializer(serializers.Serializer):
    uphold = serializers.BooleanField()
    reasons = serializers.CharField(max_length=10_000)


class RegisterFilter(CertificationFilter):
    organisation = filters.CharFilter(field_name="organisation__code")
    centre = filters.CharFilter(field_name="centre__code")


class Certifications(Seen):
    """The public register; no account needed. One certification comes with its history."""

    permission_classes = [AllowAny]
    queryset = Certification.objects.select_related("organisation", "centre", "renews").prefetch_related("sites__site__centre")
    filterset_class = RegisterFilter
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def get_serializer_class(self):
        return CertificationSerializer if self.action == "list" else CertificationWithHistorySerializer

    def get_queryset(self):
        found = super().get_queryset().as_of(self.request.scope.today)
        return found if self.action == "list" else found.prefetch_related("events__act", "events__certification")


class EventFilter(filters.FilterSet):
    after = filters.NumberFilter(field_name="id", lookup_expr="gt", label="those after this id")
    certification = filters.CharFilter(field_name="certification__code")
    organisation = filters.CharFilter(field_name="certification__organisation__code")
    centre = filters.CharFilter(field_name="certification__centre__code")
    kind = filters.ChoiceFilter(choices=CertificationEvent.Kind.choices)


class Events(Seen):
    """What happened to certifications, in the order in which it was recorded: the change feed. No account needed."""

    permission_classes = [AllowAny]
    queryset = CertificationEvent.objects.select_related("certification", "act").order_by("id")
    serializer_class = CertificationEventSerializer
    filterset_class = EventFilter


class Acts(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_acts)
    queryset = CertificationAct.objects.select_related("certification", "asked_by", "decided_by").prefetch_related("sites")
    serializer_class = CertificationActSerializer
    filterset_class = ActFilter

    @extend_schema(request=AskActSerializer, responses={201: CertificationActSerializer})
    def create(self, request):
        """Asks to suspend, restore, withdraw or reduce; a member of the panel decides."""
        data = received(AskActSerializer, request)
        held = fetch(Certification.objects.all(), request.scope, may=policies.may_ask_act, code=data.pop("certification"))
        data["sites"] = held.sites.filter(pk__in=data["sites"])
        return Response(CertificationActSerializer(standing.ask(request.scope, held, **data)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AnswerActSerializer, responses=CertificationActSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Grants or refuses it: by a member of the panel who did not ask."""
        act = fetch(self.queryset, request.scope, may=policies.may_decide_act, pk=pk)
        return Response(CertificationActSerializer(standing.decide(request.scope, act, **received(AnswerActSerializer, request))).data)


class Surveillances(Seen):
    may = staticmethod(policies.may_list_acts)
    queryset = Surveillance.objects.select_related("certification", "audit")
    serializer_class = SurveillanceSerializer
    filterset_class = SurveillanceFilter


class Appeals(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_appeals)
    queryset = CertificationAppeal.objects.select_related("organisation", "decision__audit", "act", "lodged_by", "decided_by")
    serializer_class = CertificationAppealSerializer
    filterset_class = AppealFilter

    @extend_schema(request=LodgeAppealSerializer, responses={201: CertificationAppealSerializer})
    def create(self, request):
        """Lodges an appeal against an audit's decision or an act: by the MDA's authorised officer, in time."""
        data = received(LodgeAppealSerializer, request)
        if "act" in data:
            against = {"act": fetch(CertificationAct.objects.all(), request.scope, may=policies.may_appeal_against, pk=data["act"])}
        else:
            final = Decision.objects.exclude(outcome=Decision.Outcome.DEFER)
            against = {"decision": fetch(final, request.scope, may=policies.may_appeal_against, audit__ref=data["audit"])}
        made = certification_appeals.lodge(request.scope, grounds=data["grounds"], **against)
        return Response(CertificationAppealSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DecideCertificationAppealSerializer, responses=CertificationAppealSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Upholds or rejects it: by a member of the panel who had no part in it."""
        appeal = fetch(self.queryset, request.scope, may=policies.may_decide_appeal, pk=pk)
        return Response(CertificationAppealSerializer(certification_appeals.decide(request.scope, appeal, **received(DecideCertificationAppealSerializer, request))).data)


routes = [
    ("certifications", Certifications, "certifications"),
    ("certification-events", Events, "certification-events"),
    ("certification-acts", Acts, "certification-acts"),
    ("surveillances", Surveillances, "surveillances"),
    ("certification-appeals", Appeals, "certification-appeals"),
]
