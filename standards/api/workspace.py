"""The audit without network, for other programs: the pack of a site, what was kept meanwhile, ratings that differ."""

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies, workspace_forms
from standards.models import Audit, AuditSite, RatingConflict
from standards.services import conflicts, fieldwork

from .audits import OfAudit, Seen


class Sites(IdempotentWrites, GenericViewSet):
    """One site of an audit, for members of its team who declared to have no interest."""

    queryset = AuditSite.objects.all()
    lookup_value_regex = r"\d+"
    serializer_class = workspace_forms.AnswerShape

    def site(self):
        audit = fetch(
            Audit.objects.select_related("edition", "organisation", "centre"),
            self.request.scope,
            may=policies.may_work_on_site,
            ref=self.kwargs["ref"],
        )
        site = audit.sites.filter(pk=self.kwargs["pk"]).first()
        if site is None:
            raise Http404
        site.audit = audit
        return site

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def pack(self, request, **kwargs):
        """Everything that rating the site needs: elements, rules, ratings with revisions, evidence, findings."""
        return Response(fieldwork.pack(request.scope, self.site()))

    @extend_schema(
        request={"application/json": workspace_forms.ChangesShape, "multipart/form-data": workspace_forms.OneFileShape},
        responses=workspace_forms.AnswerShape(many=True),
    )
    @action(detail=True, methods=["post"])
    def sync(self, request, **kwargs):
        """Takes in each change by itself; one sent before changes nothing. An answer each: saved, same, conflict or refused."""
        site = self.site()
        try:
            changes, upload = workspace_forms.sent(request.data, request.FILES)
        except (ValueError, KeyError, TypeError):
            raise serializers.ValidationError({"changes": ["A list of changes is asked for, or one change with its upload."]})
        return Response({"answers": workspace_forms.take_in(request.scope, site, changes, upload)})


class RatingConflictSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="site.audit.ref", read_only=True)
    element = serializers.CharField(source="element.code", read_only=True)
    made_by = serializers.CharField(read_only=True)
    settled_by = serializers.CharField(read_only=True, default=None)

    class Meta:
        model = RatingConflict
        fields = [
            "id",
            "audit",
            "site",
            "element",
            "value",
            "justification",
            "made_by",
            "made_at",
            "received_at",
            "settled_by",
            "settled_at",
            "taken",
        ]


class SettleShape(serializers.Serializer):
    taken = serializers.BooleanField(help_text="true: this one holds from now on; false: the one that stands stays")


class RatingConflicts(IdempotentWrites, Seen):
    """Ratings made without sight of the one that stood, for those who audit and decide."""

    may = staticmethod(policies.may_list_audits)
    queryset = RatingConflict.objects.select_related("site__audit", "element", "made_by", "settled_by")
    serializer_class = RatingConflictSerializer
    filterset_class = OfAudit

    @extend_schema(request=SettleShape, responses=RatingConflictSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request, pk):
        """A member of the team says which holds; the other stays on record."""
        conflict = fetch(self.queryset, request.scope, may=policies.may_settle_conflict, pk=pk)
        return Response(
            RatingConflictSerializer(conflicts.settle(request.scope, conflict, taken=received(SettleShape, request)["taken"])).data
        )


routes = [
    (r"audits/(?P<ref>[^/]+)/sites", Sites, "audit-sites"),
    ("rating-conflicts", RatingConflicts, "rating-conflicts"),
]
