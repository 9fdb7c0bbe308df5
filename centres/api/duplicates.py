"""Possible duplicates and merges by API."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from centres import policies
from centres.access import fetch
from centres.filters import DuplicateFilter, MergeFilter
from centres.models import Officer, OfficerMerge
from centres.services import duplicates, merging
from cse_portal.lib.api import IdempotentWrites, received


class PairSerializer(serializers.Serializer):
    one = serializers.CharField(source="one.ref", default=None, help_text="reference; null: out of your sight")
    one_organisation = serializers.CharField(source="one_post.organisation.code", default=None)
    other = serializers.CharField(source="other.ref", default=None, help_text="reference; null: out of your sight")
    other_organisation = serializers.CharField(source="other_post.organisation.code", default=None)
    why = serializers.ListField(child=serializers.ChoiceField(choices=list(duplicates.REASONS)))


class PageSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next_page = serializers.IntegerField(allow_null=True)
    results = PairSerializer(many=True)


class TwoSerializer(serializers.Serializer):
    kept = serializers.CharField(help_text="reference of the record that stays")
    dropped = serializers.CharField(help_text="reference of the record that becomes it")
    overlap = serializers.ChoiceField(
        choices=["later", "kept"], default="later", help_text="which post counts on days that both claim"
    )


class MergeSerializer(serializers.ModelSerializer):
    kept = serializers.SlugRelatedField("ref", read_only=True)
    dropped = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = OfficerMerge
        fields = ["id", "kept", "dropped", "merged_at", "undone_at"]


class ForKeepers:
    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not policies.may_see_duplicates(request.scope):
            raise PermissionDenied

    def two(self, request):
        given = received(TwoSerializer, request)
        found = [fetch(Officer.objects.all(), request.scope, ref=given[key]) for key in ("kept", "dropped")]
        return *found, given["overlap"]


class Duplicates(ForKeepers, IdempotentWrites, ViewSet):
    """Records that may be one person, of which at least one is in sight."""

    PAGE = 50

    @extend_schema(
        parameters=[OpenApiParameter("page", int), OpenApiParameter("why", str), OpenApiParameter("organisation", str)],
        responses=PageSerializer,
    )
    def list(self, request):
        asked = DuplicateFilter(request.query_params, scope=request.scope)
        rows = asked.of(duplicates.pairs(request.scope, asked.organisation))
        page = request.query_params.get("page", "1")
        page = int(page) if page.isdecimal() and 0 < int(page) < 10**6 else 1
        start, end = (page - 1) * self.PAGE, page * self.PAGE
        shown = duplicates.shown(request.scope, rows[start:end])
        more = page + 1 if end < len(rows) else None
        return Response({"count": len(rows), "next_page": more, "results": PairSerializer(shown, many=True).data})

    @extend_schema(request=TwoSerializer, responses={200: None})
    @action(detail=False, methods=["post"], url_path="two-people")
    def two_people(self, request):
        """These are two people: they are no longer shown."""
        one, other, _overlap = self.two(request)
        duplicates.tell_apart(request.scope, one, other)
        return Response({})


class Merges(ForKeepers, IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Records merged. A merge is undone within 30 days."""

    queryset = OfficerMerge.objects.select_related("kept", "dropped")
    serializer_class = MergeSerializer
    filterset_class = MergeFilter

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)

    @extend_schema(request=TwoSerializer, responses={201: MergeSerializer})
    def create(self, request):
        kept, dropped, overlap = self.two(request)
        done = merging.merge(request.scope, kept=kept, dropped=dropped, overlap=overlap)
        return Response(MergeSerializer(done).data, status=201)

    @extend_schema(request=None, responses=MergeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request, pk):
        held = fetch(OfficerMerge.objects.all(), request.scope, may=policies.may_undo_merge, pk=pk)
        return Response(MergeSerializer(merging.undo(request.scope, held)).data)


routes = [("duplicates", Duplicates, "duplicates"), ("merges", Merges, "merges")]
