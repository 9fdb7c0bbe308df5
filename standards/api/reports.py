"""Reports of audits: issuing, commenting, reading with what proves them, addenda."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.models import Audit, AuditReport
from standards.services import reports

from .audits import OfAudit, Seen


class ReportSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref", read_only=True)
    issued_by = serializers.CharField(read_only=True)

    class Meta:
        model = AuditReport
        fields = ["id", "audit", "kind", "number", "sha256", "issued_by", "issued_at", "comments_by"]


class IssueSerializer(serializers.Serializer):
    audit = serializers.CharField(help_text="number of the audit")
    kind = serializers.ChoiceField(AuditReport.Kind.choices)


class TextSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=20_000)


class Reports(IdempotentWrites, Seen):
    """Who may open the sheet; the auditee its own, without the confidential annex."""

    may = staticmethod(policies.may_list_findings)
    queryset = AuditReport.objects.select_related("audit__organisation", "audit__centre", "key", "issued_by")
    serializer_class = ReportSerializer
    filterset_class = OfAudit

    @extend_schema(request=IssueSerializer, responses=ReportSerializer)
    def create(self, request):
        """The lead issues the draft, or the final report once the MDA has commented or its days are over."""
        sent = received(IssueSerializer, request)
        audit = fetch(Audit.objects.all(), request.scope, may=policies.may_report, ref=sent["audit"])
        issue = reports.issue_draft if sent["kind"] == AuditReport.Kind.DRAFT else reports.issue_final
        return Response(ReportSerializer(issue(request.scope, audit)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request, *args, **kwargs):
        """The whole report as signed, with hash, key and signature; `annex` only for those who audit and decide."""
        report = self.get_object()
        return Response(reports.as_json(report, annex=policies.may_read_annex(request.scope, report.audit)))

    @extend_schema(request=TextSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def comments(self, request, pk):
        """The MDA comments on a draft."""
        report = self.get_object()
        fetch(Audit.objects.all(), request.scope, may=policies.may_comment, pk=report.audit_id)
        reply = reports.comment(request.scope, report.audit, text=self.text(request))
        return Response({"text": reply.text, "made_at": reply.made_at}, status=status.HTTP_201_CREATED)

    @extend_schema(request=TextSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def addenda(self, request, pk):
        """Adds to a final report; signed."""
        report = self.get_object()
        fetch(Audit.objects.all(), request.scope, may=policies.may_add_addendum, pk=report.audit_id)
        made = reports.add_addendum(request.scope, report, text=self.text(request))
        return Response(reports.addendum_content(made) | {"sha256": made.sha256, "signature": made.signature}, status=status.HTTP_201_CREATED)

    def text(self, request):
        return received(TextSerializer, request)["text"]


routes = [("audit-reports", Reports, "audit-reports")]
