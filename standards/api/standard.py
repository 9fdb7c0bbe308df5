"""Editions of the Standard: read, taken away as files, compared; drafted, published and retired by those who keep it."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.api import IdempotentWrites, received
from standards import edition_difference, edition_file, policies
from standards.models import Edition, Element
from standards.services import edition_drafts, edition_mapping, editions

from .audits import Seen


class EditionSerializer(serializers.ModelSerializer):
    drawn_from = serializers.SlugRelatedField("version", read_only=True)

    class Meta:
        model = Edition
        fields = ["id", "version", "state", "published_on", "in_force_on", "transition_until", "retired_on", "source", "drawn_from"]


class ElementSerializer(serializers.ModelSerializer):
    principle = serializers.CharField(source="criterion.principle.code")
    criterion = serializers.CharField(source="criterion.code")

    class Meta:
        model = Element
        fields = ["code", "principle", "criterion", "title", "requirement", "guidance", "evidence_types", "critical", "applies_to", "weight"]


class EditionWithElementsSerializer(EditionSerializer):
    principles = serializers.SerializerMethodField(help_text="{code: name}")
    criteria = serializers.SerializerMethodField(help_text="{code: name}")
    elements = serializers.SerializerMethodField()
    mapping = serializers.SerializerMethodField(help_text="what elements of earlier editions became; `new` null: dropped")

    class Meta(EditionSerializer.Meta):
        fields = [*EditionSerializer.Meta.fields, "rules", "principles", "criteria", "elements", "mapping"]

    def _elements(self, edition):
        if not hasattr(edition, "read_elements"):
            edition.read_elements = editions.elements_of(edition)
        return edition.read_elements

    def get_principles(self, edition) -> dict[str, str]:
        return {e.criterion.principle.code: e.criterion.principle.name for e in self._elements(edition)}

    def get_criteria(self, edition) -> dict[str, str]:
        return {e.criterion.code: e.criterion.name for e in self._elements(edition)}

    @extend_schema_field(ElementSerializer(many=True))
    def get_elements(self, edition):
        return ElementSerializer(self._elements(edition), many=True).data

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_mapping(self, edition):
        return edition_file.mapping(edition)


class NameSerializer(serializers.Serializer):
    version = serializers.CharField(max_length=40)


class PublishSerializer(NameSerializer):
    in_force_on = serializers.DateField(required=False, allow_null=True, help_text="default: today")
    transition_until = serializers.DateField(required=False, allow_null=True)


class RetireSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ImportSerializer(serializers.Serializer):
    file = serializers.FileField(help_text="YAML or XLSX, in the shape of an exported edition", allow_empty_file=True)
    version = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", help_text="instead of the file's own name")
    take = serializers.BooleanField(default=False, help_text="false: only the difference from the draft of that name, nothing is written")


class MapSerializer(serializers.Serializer):
    edition = serializers.CharField(help_text="version of the earlier edition")
    old = serializers.CharField(help_text="code of its element")
    new = serializers.ListField(child=serializers.CharField(), help_text="codes that it became; empty: it was dropped")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


def as_json(difference):
    """Added and dropped by code, changed as {code: {field: [before, after]}}."""
    changes = lambda rows: {c.field: [c.old, c.new] for c in rows}  # noqa: E731
    parts = {
        part.name: {
            "added": [row["code"] for row in part.added],
            "dropped": [row["code"] for row in part.dropped],
            "changed": {row.code: changes(row.changes) for row in part.changed},
        }
        for part in difference.parts
    }
    about = {"rules": changes(difference.rules), "facts": changes(difference.facts), "moved": difference.moved, "mapping": difference.mapping}
    return {"same": not difference} | about | parts


class Editions(IdempotentWrites, Seen):
    """Published and retired editions, to everyone; drafts to those who keep the Standard. One edition comes with its elements."""

    permission_classes = [AllowAny]
    queryset = Edition.objects.select_related("drawn_from")
    lookup_value_regex = r"\d+"

    def get_parsers(self):
        return [MultiPartParser(), *super().get_parsers()]

    def get_serializer_class(self):
        return EditionSerializer if self.action == "list" else EditionWithElementsSerializer

    def one(self, may=None):
        return fetch(self.queryset, self.request.scope, may=may, pk=self.kwargs["pk"])

    def sent(self, serializer):
        return received(serializer, self.request)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="file/(?P<kind>yaml|xlsx)")
    def file(self, request, pk, kind):
        """The whole edition as YAML or XLSX; an import takes the same shape."""
        return edition_file.response(edition_file.document(self.one()), kind)

    @extend_schema(parameters=[OpenApiParameter("old", int, OpenApiParameter.PATH)], responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path=r"since/(?P<old>\d+)")
    def since(self, request, pk, old):
        """What differs from another edition, field by field."""
        other = fetch(self.queryset, request.scope, pk=old)
        return Response(as_json(edition_difference.between(edition_file.document(other), edition_file.document(self.one()))))

    @extend_schema(request=ImportSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"], url_path="import")
    def bring(self, request):
        """A file makes or corrects a draft; without `take` it only tells the difference."""
        if not policies.may_keep_standard(request.scope):
            raise PermissionDenied
        data = self.sent(ImportSerializer)
        with edition_file.kept(data["file"]) as file:
            document, difference, mark = edition_drafts.read(request.scope, file.name, data["version"])
        taken = edition_drafts.take(request.scope, document, seen=mark) if data["take"] else None
        return Response({"version": document["edition"], "id": taken and taken.pk, "taken": bool(taken), "difference": as_json(difference)})

    @extend_schema(request=NameSerializer, responses={201: EditionSerializer})
    @action(detail=True, methods=["post"])
    def clone(self, request, pk):
        """A new draft with everything of the edition."""
        made = edition_drafts.clone(request.scope, self.one(policies.may_clone), **self.sent(NameSerializer))
        return Response(EditionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PublishSerializer, responses={201: EditionSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request, pk):
        """Publishes a copy of the draft, which nobody edits any more."""
        made = editions.publish(request.scope, self.one(policies.may_publish), on=clock.today(), **self.sent(PublishSerializer))
        return Response(EditionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RetireSerializer, responses=EditionSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request, pk):
        """No audit is planned under it from now on."""
        done = editions.retire(request.scope, self.one(policies.may_retire), on=clock.today(), **self.sent(RetireSerializer))
        return Response(EditionSerializer(done).data)

    @extend_schema(request=MapSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"], url_path="map")
    def map_element(self, request, pk):
        """Says what an element of an earlier edition became."""
        edition, data = self.one(policies.may_map), self.sent(MapSerializer)
        old = Element.objects.filter(criterion__principle__edition__version=data["edition"], code=data["old"])
        old = old.select_related("criterion__principle__edition").first()
        new = {e.code: e for e in Element.objects.of(edition)}
        if old is None or not set(data["new"]) <= set(new):
            raise serializers.ValidationError({"old" if old is None else "new": [_("There is no such element.")]})
        edition_mapping.decide(request.scope, edition, old, new=[new[code] for code in data["new"]], note=data["note"])
        return Response(edition_file.mapping(edition))


routes = [("standards", Editions, "standards")]
