"""Self-assessments, evidence of both sides and the audit plan, read and acted on."""

import django_filters as filters
from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from cse_portal.lib.doors import attachment
from standards import policies
from standards.evidence_forms import kind_of
from standards.models import Audit, Evidence, Rating, SelfAssessment, SelfRating, SubmittedEvidence, TeamMember, Visit
from standards.services import evidence, selfassessment, stage1
from standards.services.evidence import Piece

from .audits import NoteSerializer, OfAudit, Seen, part_of


class SelfRatingSerializer(serializers.ModelSerializer):
    site = serializers.IntegerField(source="site_id")
    element = serializers.CharField(source="element.code")
    rated_by = serializers.CharField()

    class Meta:
        model = SelfRating
        fields = ["site", "element", "value", "note", "revision", "rated_by", "rated_at"]


class SelfAssessmentSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref")
    organisation = serializers.CharField(source="audit.organisation.code")
    submitted_by = serializers.CharField(default=None)
    ratings = serializers.SerializerMethodField(help_text="null for those who read it once it is submitted")
    result = serializers.SerializerMethodField(help_text="scoring at submission, by site")

    class Meta:
        model = SelfAssessment
        fields = ["audit", "organisation", "due_on", "opened_at", "submitted_at", "submitted_by", "result", "ratings"]

    def _reads(self, held):
        return policies.may_read_self_assessment(self.context["request"].scope, held.audit)

    def _open(self, held):
        return held.audit.sites.open_to(self.context["request"].scope)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_result(self, held):
        if not held.result or not self._reads(held):
            return None
        seen = {str(pk) for pk in self._open(held).values_list("pk", flat=True)}
        return held.result | {"sites": {pk: said for pk, said in held.result["sites"].items() if pk in seen}}

    @extend_schema_field(SelfRatingSerializer(many=True))
    def get_ratings(self, held):
        if not self._reads(held):
            return None
        found = SelfRating.objects.filter(site__in=self._open(held)).select_related("element", "rated_by").order_by("site_id", "element__position")
        return SelfRatingSerializer(found, many=True).data


class SelfAssessmentInListSerializer(SelfAssessmentSerializer):
    class Meta(SelfAssessmentSerializer.Meta):
        fields = [f for f in SelfAssessmentSerializer.Meta.fields if f not in ("ratings", "result")]


class SelfRateSerializer(serializers.Serializer):
    site = serializers.IntegerField()
    element = serializers.CharField()
    value = serializers.ChoiceField(Rating.Value.choices, required=False, default="", allow_blank=True, help_text="empty: only add evidence")
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000, default="", help_text="what shows it")
    client_ref = serializers.CharField(max_length=36, help_text="made by the sender; evidence with the same again is not added twice")
    base_revision = serializers.IntegerField(min_value=0, default=0, help_text="revision that the sender saw; 0: none")
    evidence = NoteSerializer(many=True, required=False, default=list)
    uploads = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, default=list, help_text="multipart only: at most 20")

    def pieces(self):
        for upload in self.validated_data["uploads"]:
            yield Piece(kind_of(upload), upload=upload)
        for note in self.validated_data["evidence"]:
            yield Piece(**note)


class SelfAssessments(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_self_assessments)
    queryset = SelfAssessment.objects.select_related("audit__organisation", "audit__edition", "submitted_by").prefetch_related("audit__team")
    lookup_field = "audit__ref"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "[^/]+"

    def get_serializer_class(self):
        return SelfAssessmentInListSerializer if self.action == "list" else SelfAssessmentSerializer

    @extend_schema(request=SelfRateSerializer, responses=SelfRatingSerializer)
    @action(detail=True, methods=["post"])
    def rate(self, request, ref):
        """Rates an element of the own MDA, adds evidence, or both. 409 with `theirs` when someone else saved meanwhile."""
        audit = fetch(Audit.objects.select_related("edition"), request.scope, may=policies.may_self_assess, ref=ref)
        sent = SelfRateSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = sent.validated_data
        site, element = part_of(audit, data["site"], data["element"])
        rating = selfassessment.rate(
            request.scope, site=site, element=element, value=data["value"], note=data["note"], base_revision=data["base_revision"],
            pieces=list(sent.pieces()), client_ref=data["client_ref"],
        )  # fmt: skip
        return Response(SelfRatingSerializer(rating).data if rating else None)

    @extend_schema(request=None, responses=SelfAssessmentSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request, ref):
        """Freezes the self-assessment, once every element is rated and something shows it."""
        audit = fetch(Audit.objects.all(), request.scope, may=policies.may_self_assess, ref=ref)
        selfassessment.submit(request.scope, audit)
        return Response(self.get_serializer(self.get_queryset().get(audit=audit)).data)


class PieceSerializer(serializers.ModelSerializer):
    element = serializers.CharField(source="element.code", default=None)
    site = serializers.IntegerField(source="site_id")
    replaces = serializers.IntegerField(source="replaces_id", help_text="the revision before; it stays")
    outside = serializers.SerializerMethodField(help_text="the period lies outside what the audit looks back at")
    added_by = serializers.CharField()
    FIELDS = ["id", "audit", "site", "element", "kind", "note", "n", "file_name", "media_type", "size", "sha256", "collected_on", "covers_from", "covers_to",
              "received_at", "added_by", "revision", "replaces", "removed_at", "outside"]  # fmt: skip

    def get_outside(self, piece) -> bool:
        return evidence.outside(piece, evidence.audit_of(piece))


class EvidenceSerializer(PieceSerializer):
    audit = serializers.CharField(source="site.audit.ref")

    class Meta:
        model = Evidence
        fields = PieceSerializer.FIELDS


class SubmittedEvidenceSerializer(PieceSerializer):
    audit = serializers.CharField(source="audit.ref")
    finding = serializers.IntegerField(source="finding_id")

    class Meta:
        model = SubmittedEvidence
        fields = [*PieceSerializer.FIELDS, "finding"]


class SentFilter(OfAudit):
    audit = filters.CharFilter(field_name="audit__ref")
    finding = filters.NumberFilter(field_name="finding_id")


class WithFile:
    """The file of a piece, as an attachment."""

    @extend_schema(responses=OpenApiTypes.BINARY)
    @action(detail=True)
    def file(self, request, pk):
        """As it was received; 404 for a note, and for what was taken back."""
        return attachment(fetch(self.queryset.filter(kind__in=Evidence.WITH_FILE, removed_at=None), request.scope, pk=pk))


class EvidenceOfAuditors(WithFile, Seen):
    """What auditors gathered; never for the auditee. Added with a rating: see `ratings`."""

    may = staticmethod(policies.may_list_evidence)
    queryset = Evidence.objects.select_related("site__audit__edition", "element", "added_by")
    serializer_class = EvidenceSerializer
    filterset_class = OfAudit


class EvidenceOfAuditees(IdempotentWrites, WithFile, Seen):
    """What MDAs sent with a self-assessment or for a finding."""

    may = staticmethod(policies.may_list_sent_evidence)
    queryset = SubmittedEvidence.objects.select_related("audit__edition", "site", "element", "added_by")
    serializer_class = SubmittedEvidenceSerializer
    filterset_class = SentFilter

    @extend_schema(request=None, responses=SubmittedEvidenceSerializer)
    @action(detail=True, methods=["post"])
    def take_back(self, request, pk):
        """Of a self-assessment that is not submitted yet; it stays on record."""
        piece = fetch(self.queryset, request.scope, may=policies.may_take_back_self_evidence, pk=pk)
        return Response(self.get_serializer(selfassessment.take_back(request.scope, piece)).data)


class VisitSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref")
    site = serializers.IntegerField(source="site_id")
    auditors = serializers.SerializerMethodField(help_text="empty: the whole team")

    class Meta:
        model = Visit
        fields = ["id", "audit", "site", "on", "starts", "ends", "activity", "auditors"]

    def get_auditors(self, visit) -> list[str]:
        return [str(member.user) for member in visit.auditors.all()]


class PlanVisitSerializer(serializers.Serializer):
    audit = serializers.CharField()
    site = serializers.IntegerField()
    on = serializers.DateField()
    starts = serializers.TimeField()
    ends = serializers.TimeField()
    activity = serializers.CharField(max_length=200)
    auditors = serializers.ListField(child=serializers.EmailField(), required=False, default=list, help_text="members of the team")


class VisitFilter(filters.FilterSet):
    audit = filters.CharFilter(field_name="audit__ref")


class Visits(IdempotentWrites, Seen):
    """Lines of audit plans."""

    may = staticmethod(policies.may_list_self_assessments)
    queryset = Visit.objects.select_related("audit", "site").prefetch_related("auditors__user")
    serializer_class = VisitSerializer
    filterset_class = VisitFilter

    @extend_schema(request=PlanVisitSerializer, responses={201: VisitSerializer})
    def create(self, request):
        """Adds a line: by a member of the team."""
        if request.scope.role != policies.Role.AUDITOR:
            raise PermissionDenied
        data = received(PlanVisitSerializer, request)
        audit = fetch(Audit.objects.all(), request.scope, may=policies.may_write_audit_plan, ref=data.pop("audit"))
        site = audit.sites.filter(pk=data.pop("site")).first()
        named = data.pop("auditors")
        team = list(TeamMember.objects.filter(audit=audit, user__email__in=named))
        if site is None or len(team) != len(set(named)):
            raise serializers.ValidationError({"site": ["This site, or one of the auditors, is not part of the audit."]})
        made = stage1.add_visit(request.scope, audit, site=site, auditors=team, **data)
        return Response(VisitSerializer(made).data, status=status.HTTP_201_CREATED)


routes = [
    ("self-assessments", SelfAssessments, "self-assessments"),
    ("evidence", EvidenceOfAuditors, "evidence"),
    ("submitted-evidence", EvidenceOfAuditees, "submitted-evidence"),
    ("visits", Visits, "visits"),
]
