"""Staff returns by API: the same upload, preview, corrections and confirming as the pages."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres import imports, policies, tasks
from centres.access import fetch
from centres.filters import RosterFilter
from centres.models import Organisation, Roster, RosterRow
from centres.services import rosters, taking_in
from cse_portal.lib.api import IdempotentWrites, received


class RosterSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True, allow_null=True, help_text="null: a national file")

    follows = serializers.SlugRelatedField("ref", read_only=True, allow_null=True, help_text="whose rejected rows these are")

    class Meta:
        model = Roster
        fields = [
            "ref", "organisation", "as_at", "full", "follows", "file_name", "state", "problem", "expected", "rows", "created", "changed",
            "unchanged", "transfer", "rejected", "leavers", "uploaded_at", "applied_at",
        ]  # fmt: skip


class ProblemSerializer(serializers.Serializer):
    column = serializers.CharField(help_text="empty: the whole row")
    value = serializers.CharField()
    code = serializers.CharField()
    remedy = serializers.CharField()


class RosterRowSerializer(serializers.ModelSerializer):
    row = serializers.IntegerField(source="line", help_text="line of the file; the heading is 1")
    cells = serializers.ListField(child=serializers.CharField(), help_text="the row as given, where it was rejected")
    diff = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), help_text="{field: [old, new]}")
    problems = ProblemSerializer(many=True)

    class Meta:
        model = RosterRow
        fields = ["row", "outcome", "cells", "diff", "problems"]


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField(help_text="CSV or XLSX")
    as_at = serializers.DateField(required=False, help_text="day that the file describes; today if left out")
    organisation = serializers.SlugRelatedField(
        "code",
        queryset=Organisation.objects.all(),
        required=False,
        help_text="the MDA; left out: one's own, or all for an administrator",
    )
    full = serializers.BooleanField(default=False, help_text="the file lists everyone in post")
    follows = serializers.CharField(required=False, help_text="ref of the return whose rejected rows these are")


class CellsSerializer(serializers.Serializer):
    cells = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=1000), help_text="{heading: text}")


class Rosters(IdempotentWrites, ReadOnlyModelViewSet):
    """Staff returns of one's MDA and those under it."""

    queryset = Roster.objects.select_related("organisation", "follows")
    serializer_class = RosterSerializer
    filterset_class = RosterFilter
    lookup_field = "ref"

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not policies.may_file_roster(request.scope):
            raise PermissionDenied

    def get_parsers(self):
        return [MultiPartParser(), *super().get_parsers()]

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)

    def held(self, ref):
        return fetch(self.queryset, self.request.scope, ref=ref)

    def answer(self, roster, status=200):
        return Response(RosterSerializer(roster, context=self.get_serializer_context()).data, status=status)

    @extend_schema(request=UploadSerializer, responses={201: RosterSerializer})
    def create(self, request):
        """Keeps the file; it is read in the background. Ask for the return until `state` is `read` or `failed`."""
        given = received(UploadSerializer, request)
        if follows := given.pop("follows", ""):
            given["follows"] = self.held(follows)
        given.setdefault("as_at", request.scope.today)
        with transaction.atomic():
            roster = rosters.receive(request.scope, file_name=given["file"].name, **given)
            transaction.on_commit(lambda: tasks.hand_over(tasks.read_roster, roster.pk))
        return self.answer(roster, 201)

    @extend_schema(
        parameters=[OpenApiParameter("outcome", enum=RosterRow.Outcome.values)], responses=RosterRowSerializer(many=True)
    )
    @action(detail=True, filterset_class=None)
    def rows(self, request, ref):
        """The rows of a return: what each would do, or why it was rejected. `?outcome=` narrows them."""
        lines = self.held(ref).lines.all()
        if (outcome := request.query_params.get("outcome")) in RosterRow.Outcome.values:
            lines = lines.filter(outcome=outcome)
        page = self.paginate_queryset(lines)
        return self.get_paginated_response(RosterRowSerializer(page, many=True).data)

    @extend_schema(request=CellsSerializer, responses=RosterRowSerializer)
    @action(detail=True, methods=["post"], url_path=r"rows/(?P<line>[0-9]{1,9})", filterset_class=None)
    def fix(self, request, ref, line):
        """Corrects cells of a rejected row, which is checked again."""
        roster, form = self.held(ref), CellsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        places = {heading: place for place, heading in enumerate(roster.headings)}
        if unknown := [heading for heading in form.validated_data["cells"] if heading not in places]:
            raise serializers.ValidationError({"cells": [f"The file has no column “{heading}”." for heading in unknown]})
        cells = {places[heading]: text for heading, text in form.validated_data["cells"].items()}
        row = imports.fix_row(request.scope, roster=roster, line=int(line), cells=cells)
        return Response(RosterRowSerializer(row).data)

    @extend_schema(request=None, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request, ref):
        """Takes the accepted rows in, all together or not at all. A large return: `state` is `applying` until it is done."""
        roster = taking_in.confirm(request.scope, roster=self.held(ref))
        if roster.state == Roster.State.APPLYING:
            transaction.on_commit(lambda: tasks.hand_over(tasks.apply_roster, roster.pk))
        return self.answer(roster)

    @extend_schema(request=None, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, ref):
        """Puts the return aside, also while it is read or taken in."""
        return self.answer(rosters.cancel(request.scope, roster=self.held(ref)))


routes = [("rosters", Rosters, "rosters")]
