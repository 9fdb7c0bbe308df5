"""Findings and corrective action: read, raised, answered, reviewed, verified."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from centres.access import fetch
from centres.models import Organisation
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.filters import FindingFilter
from standards.models import Audit, CorrectiveAction, Dispute, Element, Evidence, Finding, ReRating, Verification
from standards.services import conduct, corrective, findings, verifying
from standards.services.evidence import Piece
from standards.services.overdue import overdue_mdas
from training.models import Cohort

from .audits import NoteSerializer, Seen


class CorrectivePlanSerializer(serializers.ModelSerializer):
    class Meta:
        model = CorrectiveAction
        fields = ["correction", "root_cause", "action", "owner", "due_on", "state", "submitted_at", "reviewed_at", "review_note"]
        read_only_fields = ["state", "submitted_at", "reviewed_at", "review_note"]


class FindingDisputeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Dispute
        fields = ["reason", "made_at", "due_on", "outcome", "grade", "decision_reason", "decided_at"]


class VerificationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Verification
        fields = ["kind", "outcome", "note", "on", "verified_at"]


class ReRatingSerializer(serializers.ModelSerializer):
    element = serializers.CharField(source="element.code")

    class Meta:
        model = ReRating
        fields = ["element", "value", "on"]


class FindingSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref", read_only=True)
    site = serializers.IntegerField(source="site_id", read_only=True)
    elements = serializers.SlugRelatedField("code", many=True, read_only=True)
    recurs = serializers.CharField(source="recurs.trail_ref", default=None, read_only=True, help_text="audit/number of the earlier finding")

    class Meta:
        model = Finding
        fields = [
            "id", "audit", "number", "label", "site", "grade", "computed_grade", "grade_reason", "rule", "about", "elements", "statement", "recurs",
            "state", "answer_by", "acknowledged_at", "plan_by", "due_on", "limit_on", "check_from",
        ]  # fmt: skip


class WholeFindingSerializer(FindingSerializer):
    plans = CorrectivePlanSerializer(source="corrective_actions", many=True, read_only=True)
    disputes = FindingDisputeSerializer(many=True, read_only=True)
    verifications = VerificationSerializer(many=True, read_only=True)
    replies = serializers.SlugRelatedField("text", many=True, read_only=True)
    re_ratings = serializers.SerializerMethodField()

    class Meta(FindingSerializer.Meta):
        fields = [*FindingSerializer.Meta.fields, "plans", "disputes", "verifications", "replies", "re_ratings"]

    def get_re_ratings(self, finding) -> list[dict]:
        rows = ReRating.objects.filter(verification__finding=finding).select_related("element")
        return ReRatingSerializer(rows, many=True).data


# What is sent.


def text(**said):
    return serializers.CharField(max_length=5000, **said)


class RaiseFindingSerializer(serializers.Serializer):
    audit = serializers.CharField()
    site = serializers.IntegerField()
    elements = serializers.ListField(child=serializers.CharField(), max_length=100)
    evidence = serializers.ListField(child=serializers.IntegerField(), max_length=500, help_text="ids of evidence on these elements")
    grade = serializers.ChoiceField(Finding.Grade.choices)
    statement = text()
    falsified = serializers.BooleanField(default=False)


class FindingGradeSerializer(serializers.Serializer):
    grade = serializers.ChoiceField(Finding.Grade.choices)
    reason = text()


class FindingReasonSerializer(serializers.Serializer):
    reason = text()


class FindingReplySerializer(serializers.Serializer):
    text = text()


class DecideDisputeSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(Dispute.Outcome.choices)
    grade = serializers.ChoiceField(Finding.Grade.choices, required=False, default="", allow_blank=True)
    reason = text()


class ReviewCorrectivePlanSerializer(serializers.Serializer):
    accept = serializers.BooleanField()
    note = text(required=False, default="", allow_blank=True)


class CheckEffectSerializer(serializers.Serializer):
    accept = serializers.BooleanField()
    note = text()


class VerifyCorrectionSerializer(CheckEffectSerializer):
    ratings = serializers.DictField(child=serializers.ChoiceField(["P", "M"]), required=False, default=dict, help_text="{code: P or M}")


class CorrectionEvidenceSerializer(serializers.Serializer):
    notes = NoteSerializer(many=True, required=False, default=list)
    upload = serializers.FileField(required=False, help_text="multipart only")
    sha256 = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    client_ref = serializers.CharField(required=False, default="", allow_blank=True, max_length=36, help_text="the same again adds nothing")
    complete = serializers.BooleanField(default=False, help_text="all is in: to be verified")


def pieces(notes, upload=None, sha256=""):
    """Evidence as the services take it."""
    if upload:
        yield Piece(Evidence.Kind.FILE, upload=upload, sha256=sha256)
    for note in notes:
        yield Piece(**note)


class FollowUpVisitSerializer(serializers.Serializer):
    day = serializers.DateField()
    reason = text()


class NominateForFindingSerializer(serializers.Serializer):
    cohort = serializers.CharField()
    officers = serializers.ListField(child=serializers.CharField(), max_length=500, help_text="refs of officers")


ONE = Finding.objects.select_related("audit__organisation", "audit__centre", "audit__edition", "site__centre", "recurs__audit")
ONE = ONE.prefetch_related("elements__criterion", "audit__team")


class Findings(IdempotentWrites, Seen):
    """Of audits in sight; the auditee's own from submission. Acts need the same rights as on the pages."""

    may = staticmethod(policies.may_list_findings)
    queryset = ONE
    filterset_class = FindingFilter

    def get_queryset(self):
        seen = super().get_queryset().with_next_due()
        return seen if self.action == "list" else seen.prefetch_related("corrective_actions", "disputes", "verifications", "replies")

    def get_serializer_class(self):
        return FindingSerializer if self.action == "list" else WholeFindingSerializer

    def _do(self, may, do, shape=None):
        """Calls `do(scope, finding, **what was sent)` under `may`; the finding as it is then. `shape`: serializer of what is sent."""
        finding = fetch(ONE, self.request.scope, may=may, pk=self.kwargs["pk"])
        said = {}
        if shape:
            said = received(shape, self.request)
        do(self.request.scope, finding, **said)
        return Response(WholeFindingSerializer(self.get_queryset().get(pk=finding.pk)).data)

    @extend_schema(request=RaiseFindingSerializer, responses={201: WholeFindingSerializer})
    def create(self, request):
        """Raises a finding by hand, inside an audit that is not submitted."""
        data = received(RaiseFindingSerializer, request)
        audit = fetch(Audit.objects.all(), request.scope, may=policies.may_raise_finding, ref=data.pop("audit"))
        site = get_object_or_404(audit.sites, pk=data.pop("site"))
        codes, pieces = data.pop("elements"), data.pop("evidence")
        elements = list(Element.objects.of(audit.edition_id, site.applies_to).filter(code__in=codes))
        evidence = list(Evidence.objects.filter(site=site, pk__in=pieces))
        made = findings.raise_by_hand(request.scope, site=site, elements=elements, evidence=evidence, **data)
        return Response(WholeFindingSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=FindingGradeSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def grade(self, request, pk):
        """Raised by a member of the team, lowered by the lead; until submission."""
        return self._do(lambda scope, finding: policies.may_raise_finding(scope, finding.audit), findings.regrade, FindingGradeSerializer)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, pk):
        """One raised by hand, until submission."""
        findings.take_back(request.scope, fetch(ONE, request.scope, may=policies.may_take_back_finding, pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request, pk):
        """The auditee accepts the finding; the clock of the plan begins."""
        return self._do(policies.may_answer_finding, corrective.acknowledge)

    @extend_schema(request=FindingReasonSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def dispute(self, request, pk):
        """The auditee does not accept the finding."""
        return self._do(policies.may_answer_finding, corrective.dispute, FindingReasonSerializer)

    @extend_schema(request=DecideDisputeSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """A dispute, by someone without any part in the audit."""
        return self._do(policies.may_decide_dispute, verifying.decide_dispute, DecideDisputeSerializer)

    @extend_schema(request=FindingReplySerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def reply(self, request, pk):
        """The auditee's own words, kept as written."""
        return self._do(policies.may_reply_to_finding, corrective.reply, FindingReplySerializer)

    @extend_schema(request=CorrectivePlanSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request, pk):
        """Correction, root cause and corrective action."""
        return self._do(policies.may_answer_finding, corrective.submit_plan, CorrectivePlanSerializer)

    @extend_schema(request=ReviewCorrectivePlanSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request, pk):
        """An auditor of the team accepts or returns the plan."""
        return self._do(policies.may_review_plan, verifying.review_plan, ReviewCorrectivePlanSerializer)

    @extend_schema(request=CorrectionEvidenceSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def evidence(self, request, pk):
        """Evidence of the correction; `complete` hands it to the auditors."""

        def send(scope, finding, *, complete, client_ref, **said):
            add = corrective.send_evidence if complete else corrective.add_evidence
            add(scope, finding, list(pieces(**said)), client_ref)

        return self._do(policies.may_answer_finding, send, CorrectionEvidenceSerializer)

    @extend_schema(request=VerifyCorrectionSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request, pk):
        """The correction, with new ratings of its elements where it lifts them."""
        return self._do(policies.may_verify, verifying.verify, VerifyCorrectionSerializer)

    @extend_schema(request=CheckEffectSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def effect(self, request, pk):
        """The effect of the correction, later, by somebody who did not verify it."""
        return self._do(policies.may_verify, verifying.check_effect, CheckEffectSerializer)

    @extend_schema(request=FollowUpVisitSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def visit(self, request, pk):
        """A follow-up visit, which puts off the final limit of a major."""
        return self._do(policies.may_grant_visit, verifying.grant_visit, FollowUpVisitSerializer)

    @extend_schema(request=NominateForFindingSerializer, responses=WholeFindingSerializer)
    @action(detail=True, methods=["post"])
    def nominate(self, request, pk):
        """Officers whom a finding on conduct concerns, to a cohort, by their HR officer."""

        def nominate(scope, finding, *, cohort, officers):
            cohort = get_object_or_404(Cohort.objects.visible_to(scope), code=cohort)
            conduct.nominate(scope, finding, cohort=cohort, officers=conduct.officers_of(scope, officers))

        return self._do(policies.may_nominate_for_finding, nominate, NominateForFindingSerializer)


class OverdueFindingsSerializer(serializers.Serializer):
    organisation = serializers.CharField(source="code")
    with_hops = serializers.IntegerField(source="told")
    majors = serializers.IntegerField()
    minors = serializers.IntegerField()
    since = serializers.SerializerMethodField()

    def get_since(self, row) -> str | None:
        day = row.since or row.plan_since
        return day.isoformat() if day else None


class OverdueFindings(Seen):
    """Overdue corrective action by MDA, in counts."""

    may = staticmethod(policies.may_see_overdue_findings)
    queryset = Organisation.objects.none()
    serializer_class = OverdueFindingsSerializer
    http_method_names = ["get", "head", "options"]
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def get_queryset(self):
        return overdue_mdas(self.request.scope.today)


routes = [("findings", Findings, "findings"), ("overdue-findings", OverdueFindings, "overdue-findings")]
