"""From the report to the decision: recommendations, technical reviews, the panel's recommendations, decisions."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.models import Audit, Decision, PanelVote, Recommendation, TechnicalReview
from standards.services import certification, panel, review

from .audits import Seen


class OfAuditSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref", read_only=True)


class RecommendationSerializer(OfAuditSerializer):
    made_by = serializers.CharField(read_only=True)

    class Meta:
        model = Recommendation
        fields = ["id", "audit", "outcome", "reasons", "made_by", "made_at"]


class ReviewSerializer(OfAuditSerializer):
    reviewed_by = serializers.CharField(read_only=True)

    class Meta:
        model = TechnicalReview
        fields = ["id", "audit", "outcome", "notes", "reviewed_by", "reviewed_at"]


class VoteSerializer(OfAuditSerializer):
    member = serializers.CharField(source="user", read_only=True)

    class Meta:
        model = PanelVote
        fields = ["id", "audit", "round", "member", "outcome", "reasons", "at"]


class DecisionSerializer(OfAuditSerializer):
    decided_by = serializers.CharField(read_only=True)
    certification = serializers.SlugRelatedField("number", read_only=True, default=None)

    class Meta:
        model = Decision
        fields = ["id", "audit", "outcome", "reasons", "round", "quorum", "decided_by", "decided_at", "certification"]


class SaidSerializer(serializers.Serializer):
    audit = serializers.CharField()
    reasons = serializers.CharField(max_length=5000)


class RecommendSerializer(SaidSerializer):
    outcome = serializers.ChoiceField(Recommendation.Outcome.choices)


class SayReviewSerializer(serializers.Serializer):
    audit = serializers.CharField()
    outcome = serializers.ChoiceField(TechnicalReview.Outcome.choices)
    notes = serializers.CharField(max_length=5000)


class CastVoteSerializer(SaidSerializer):
    outcome = serializers.ChoiceField(PanelVote.Outcome.choices)


class DecideSerializer(SaidSerializer):
    outcome = serializers.ChoiceField(Decision.Outcome.choices)
    scope_text = serializers.CharField(max_length=300, required=False, allow_blank=True, help_text="as printed; the audit's own unless said")


class SaidOfAudit(IdempotentWrites, Seen):
    """Read by whoever sees the rows; written by those whom `allowed(scope, audit)` lets, as `shape` reads it."""

    allowed = shape = None

    def said(self, request):
        """(audit, what was sent of it)."""
        data = received(type(self).shape, request)
        return fetch(Audit.objects.all(), request.scope, may=type(self).allowed, ref=data.pop("audit")), data

    def answer(self, made):
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class Recommendations(SaidOfAudit):
    may = staticmethod(policies.may_list_recommendations)
    allowed, shape = staticmethod(policies.may_recommend), RecommendSerializer
    queryset = Recommendation.objects.select_related("audit", "made_by")
    serializer_class = RecommendationSerializer

    @extend_schema(request=RecommendSerializer, responses={201: RecommendationSerializer})
    def create(self, request):
        """The lead auditor recommends, once the final report is issued."""
        audit, data = self.said(request)
        return self.answer(review.recommend(request.scope, audit, **data))


class Reviews(SaidOfAudit):
    may = staticmethod(policies.may_list_recommendations)
    allowed, shape = staticmethod(policies.may_review), SayReviewSerializer
    queryset = TechnicalReview.objects.select_related("audit", "reviewed_by")
    serializer_class = ReviewSerializer

    @extend_schema(request=SayReviewSerializer, responses={201: ReviewSerializer})
    def create(self, request):
        """Somebody of the secretariat who took no part passes the file to the panel or returns it."""
        audit, data = self.said(request)
        return self.answer(review.review(request.scope, audit, **data))


class Votes(SaidOfAudit):
    may = staticmethod(policies.may_read_votes)
    allowed, shape = staticmethod(policies.may_decide), CastVoteSerializer
    queryset = PanelVote.objects.select_related("audit", "user")
    serializer_class = VoteSerializer

    @extend_schema(request=CastVoteSerializer, responses={201: VoteSerializer})
    def create(self, request):
        """A member of the panel recommends, or declares an interest, once a round."""
        audit, data = self.said(request)
        return self.answer(panel.vote(request.scope, audit, **data))


class Decisions(SaidOfAudit):
    may = staticmethod(policies.may_list_audits)
    allowed, shape = staticmethod(policies.may_decide), DecideSerializer
    queryset = Decision.objects.select_related("audit", "decided_by", "certification")
    serializer_class = DecisionSerializer

    @extend_schema(request=DecideSerializer, responses={201: DecisionSerializer})
    def create(self, request):
        """Records what most of the panel recommend, once its quorum has: by a member who took no part in the audit."""
        audit, data = self.said(request)
        made = certification.decide(
            request.scope, audit, outcome=data["outcome"], reasons_given=data["reasons"], scope_text=data.get("scope_text")
        )
        return self.answer(made)


routes = [
    ("recommendations", Recommendations, "recommendations"),
    ("reviews", Reviews, "reviews"),
    ("votes", Votes, "votes"),
    ("decisions", Decisions, "decisions"),
]
