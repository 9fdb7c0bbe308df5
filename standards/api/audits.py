"""Audits and ratings, read and acted on; what the other rooms of the API share."""

import django_filters as filters
from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres.access import fetch
from centres.models import Role
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.evidence_forms import kind_of
from standards.filters import AuditFilter
from standards.models import Audit, AuditSite, Element, Meeting, Rating
from standards.services import audits, stage1
from standards.services.evidence import NOTES, Piece

# What is read.


class SiteSerializer(serializers.ModelSerializer):
    centre = serializers.SlugRelatedField("code", read_only=True, help_text="null: the head office")

    class Meta:
        model = AuditSite
        fields = ["id", "centre", "applies_to"]


class AuditSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True)
    centre = serializers.SlugRelatedField("code", read_only=True, help_text="the centre that is certified; null: the MDA")
    edition = serializers.SlugRelatedField("version", read_only=True)
    sites = serializers.SerializerMethodField(help_text="those whose results the caller may read")
    lead = serializers.SerializerMethodField()
    level = serializers.SerializerMethodField(help_text="worked out at submission; null for those who may not read it")
    result = serializers.SerializerMethodField(help_text="scoring at submission, by site; null for those who may not read it")

    class Meta:
        model = Audit
        fields = ["ref", "organisation", "centre", "edition", "starts_on", "ends_on", "state", "submitted_at", "sites", "lead", "level", "result"]

    def _open(self, audit):
        scope = self.context["request"].scope
        return [site for site in audit.sites.all() if scope.role != Role.CENTRE_MANAGER or site.centre_id == scope.centre.pk]

    @extend_schema_field(SiteSerializer(many=True))
    def get_sites(self, audit):
        return SiteSerializer(self._open(audit), many=True).data

    def _read(self, audit):
        if not audit.result or not policies.may_read_counts(self.context["request"].scope, audit):
            return None
        seen = {str(site.pk) for site in self._open(audit)}
        return audit.result | {"sites": {pk: said for pk, said in audit.result["sites"].items() if pk in seen}}

    def get_lead(self, audit) -> str | None:
        return next((str(m.user) for m in audit.team.all() if m.is_lead), None)

    def get_level(self, audit) -> str | None:
        return (self._read(audit) or {}).get("level")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_result(self, audit):
        return self._read(audit)


class RatingSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="site.audit.ref", read_only=True)
    site = serializers.IntegerField(source="site_id", read_only=True)
    element = serializers.CharField(source="element.code", read_only=True)
    rated_by = serializers.CharField(read_only=True)

    class Meta:
        model = Rating
        fields = ["id", "audit", "site", "element", "value", "justification", "revision", "rated_by", "rated_at"]


class NoteSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(NOTES)
    note = serializers.CharField(max_length=2000)
    n = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    collected_on = serializers.DateField(required=False, allow_null=True)
    covers_from = serializers.DateField(required=False, allow_null=True)
    covers_to = serializers.DateField(required=False, allow_null=True)


class RateSerializer(serializers.Serializer):
    audit = serializers.CharField()
    site = serializers.IntegerField()
    element = serializers.CharField()
    value = serializers.ChoiceField(Rating.Value.choices, required=False, default="", allow_blank=True, help_text="empty: only add evidence")
    justification = serializers.CharField(required=False, allow_blank=True, max_length=5000, default="")
    client_ref = serializers.CharField(max_length=36, help_text="made by the sender; the same again changes nothing")
    base_revision = serializers.IntegerField(min_value=0, default=0, help_text="revision that the sender saw; 0: none")
    evidence = NoteSerializer(many=True, required=False, default=list)
    upload = serializers.FileField(required=False, allow_empty_file=True, help_text="multipart only: one file of evidence")
    uploads = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, default=list, help_text="multipart only: several, at most 20")
    sha256 = serializers.CharField(required=False, default="", max_length=64, help_text="of `upload`, as the sender worked it out; compared")

    def pieces(self):
        data = self.validated_data
        if data.get("upload"):
            yield Piece(kind_of(data["upload"]), upload=data["upload"], sha256=data["sha256"])
        for upload in data["uploads"]:
            yield Piece(kind_of(upload), upload=upload)
        for note in data["evidence"]:
            yield Piece(**note)


class MeetingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Meeting
        fields = ["kind", "on", "present", "notes", "signed_for_auditee"]


class OfAudit(filters.FilterSet):
    audit = filters.CharFilter(field_name="site__audit__ref")
    site = filters.NumberFilter(field_name="site_id")
    element = filters.CharFilter(field_name="element__code")


def part_of(audit, site, code):
    """(site, element) of the audit by the site's id and the element's code; ValidationError where there is none."""
    site = audit.sites.filter(pk=site).first()
    element = site and Element.objects.of(audit.edition_id, site.applies_to).filter(code=code).first()
    if element is None:
        raise serializers.ValidationError({"element": ["This site or element is not part of the audit."]})
    return site, element


# Doors.


class Seen(ReadOnlyModelViewSet):
    """What the scope sees of `queryset`; `may(scope)` false is a 403."""

    may = None

    def check_permissions(self, request):
        super().check_permissions(request)
        if self.may and not type(self).may(request.scope):
            raise PermissionDenied

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)


class Audits(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_audits)
    queryset = Audit.objects.select_related("organisation", "centre", "edition").prefetch_related("sites__centre", "team__user")
    serializer_class = AuditSerializer
    filterset_class = AuditFilter
    lookup_field = "ref"
    lookup_value_regex = "[^/]+"

    @extend_schema(request=None, responses=AuditSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request, ref):
        """Freezes the audit: by its lead, once every element is rated with evidence."""
        audit = fetch(self.queryset, request.scope, may=policies.may_lead, ref=ref)
        audits.submit(request.scope, audit)
        return Response(self.get_serializer(self.get_queryset().get(ref=ref)).data)


    @extend_schema(request=MeetingSerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def meetings(self, request, ref):
        """Records the opening or the closing meeting, or corrects it; the closing one comes before the submission."""
        audit = fetch(self.queryset, request.scope, may=policies.may_record_meeting, ref=ref)
        return Response(MeetingSerializer(stage1.record_meeting(request.scope, audit, **received(MeetingSerializer, request))).data)


class Ratings(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_audits)
    queryset = Rating.objects.select_related("site__audit", "element", "rated_by")
    serializer_class = RatingSerializer
    filterset_class = OfAudit

    @extend_schema(request=RateSerializer, responses=RatingSerializer)
    def create(self, request):
        """Rates an element, adds evidence, or both. 409 with `theirs` when someone else saved meanwhile."""
        sent = RateSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = sent.validated_data
        audit = fetch(Audit.objects.all(), request.scope, may=policies.may_rate, ref=data["audit"])
        site, element = part_of(audit, data["site"], data["element"])
        rating = audits.record(
            request.scope, site=site, element=element, value=data["value"], justification=data["justification"],
            client_ref=data["client_ref"], base_revision=data["base_revision"], pieces=list(sent.pieces()),
        )  # fmt: skip
        return Response(RatingSerializer(rating).data if rating else None)


routes = [("audits", Audits, "audits"), ("ratings", Ratings, "ratings")]
