"""Name grants by API."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from centres import policies
from centres.access import fetch
from centres.filters import NameGrantFilter
from centres.models import NameGrant, Organisation
from centres.services import grants
from centres.services.grants import address, state
from cse_portal.activity.models import Entry
from cse_portal.lib.api import IdempotentWrites, received

from .people import Kept


class NameGrantSerializer(serializers.ModelSerializer):
    user = serializers.CharField(read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True, help_text="the MDA and all below it")
    since = serializers.DateTimeField(source="during.lower", read_only=True)
    until = serializers.DateTimeField(source="during.upper", read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = NameGrant
        fields = ["id", "user", "email", "organisation", "reason", "since", "until", "state"]

    def get_state(self, grant) -> str:
        return state(grant)


class NameGrantInput(serializers.Serializer):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    reason = serializers.CharField(max_length=1000)


class LookSerializer(serializers.ModelSerializer):
    who = serializers.CharField(source="actor_name")
    officer = serializers.CharField(allow_null=True, help_text="reference of the officer; null: a list")
    address = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = ["at", "who", "officer", "address"]

    def get_address(self, entry) -> str:
        return address(entry)


class NameGrants(IdempotentWrites, Kept):
    """Who of HOPS may name which officers, and what was looked at."""

    may = policies.may_see_name_grants
    queryset = NameGrant.objects.select_related("user", "organisation")
    serializer_class = NameGrantSerializer
    filterset_class = NameGrantFilter
    lookup_value_regex = r"\d+"

    @extend_schema(request=NameGrantInput, responses={201: NameGrantSerializer})
    def create(self, request):
        """Opens the names of an MDA and those below it for 7 days."""
        if not policies.may_ask_for_names(request.scope):
            raise PermissionDenied
        return Response(NameGrantSerializer(grants.ask(request.scope, **received(NameGrantInput, request))).data, status=201)

    @extend_schema(request=None, responses=NameGrantSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        """Closes the names before the 7 days are over."""
        grant = fetch(self.queryset, request.scope, may=policies.may_end_name_grant, pk=pk)
        return Response(NameGrantSerializer(grants.end(request.scope, grant)).data)

    @extend_schema(responses=LookSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def looks(self, request, pk):
        """What was looked at under a grant."""
        grant = fetch(self.queryset, request.scope, pk=pk)
        page = self.paginate_queryset(grants.looks(request.scope, grant))
        return self.get_paginated_response(LookSerializer(page, many=True).data)


routes = [("name-grants", NameGrants, "name-grants")]
