"""Reorganisations by API: the same drafts, preview and making as the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from centres import policies
from centres.access import fetch
from centres.filters import ReorganisationFilter
from centres.models import Reorganisation
from centres.reorganisation_forms import STEP_FORMS, codes_for
from centres.services import reorganisations
from cse_portal.lib.api import IdempotentWrites, received


class ReorganisationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reorganisation
        fields = ["id", "title", "on", "authority", "state", "steps", "effect", "drafted_at", "made_at", "settled_on"]

    def to_representation(self, instance):
        shown = super().to_representation(instance)
        if not policies.may_reorganise(self.context["request"].scope):
            shown["effect"] = {key: value for key, value in shown["effect"].items() if key != "hats"}
        return shown


class DraftSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    on = serializers.DateField(help_text="first day on which it holds: past, today or to come")
    authority = serializers.CharField(max_length=300)
    steps = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        default=list,
        max_length=500,
        help_text="{act, organisation, …} each: rename (name), create (name, kind, parent, county, standing), merge (into, people, "
        "numbers), split (into, cadre, county, centre, numbers), move (parent), standing (standing), close; places by code",
    )

    def validate(self, given):
        """Each step has the shape that its page's form has."""
        good, faults = [], {}
        for number, step in enumerate(given["steps"], 1):
            form = STEP_FORMS.get(step.get("act"))
            if form is None:
                faults[str(number)] = {"act": [f"One of {', '.join(STEP_FORMS)}."]}
                continue
            unsaid = {name: field.initial for name, field in form.base_fields.items() if field.initial}
            form = form(data=unsaid | step, codes=codes_for(given["on"], good))
            if form.is_valid():
                good.append(form.step())
            else:
                faults[str(number)] = form.errors
        if faults:
            raise serializers.ValidationError({"steps": faults})
        return given | {"steps": good}


class Reorganisations(IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Those made are for everyone with a role; drafts are an administrator's. The names of people in `effect.hats` too."""

    queryset = Reorganisation.objects.all()
    serializer_class = ReorganisationSerializer
    filterset_class = ReorganisationFilter

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not policies.may_see_registries(request.scope):
            raise PermissionDenied

    def held(self):
        return fetch(Reorganisation.objects.all(), self.request.scope, may=policies.may_reorganise, pk=self.kwargs["pk"])

    def answer(self, reorganisation, status=200):
        return Response(ReorganisationSerializer(reorganisation, context=self.get_serializer_context()).data, status=status)

    @extend_schema(request=DraftSerializer, responses={201: ReorganisationSerializer})
    def create(self, request):
        """A draft: it changes nothing."""
        if not policies.may_reorganise(request.scope):
            raise PermissionDenied
        return self.answer(reorganisations.draft(request.scope, **received(DraftSerializer, request)), 201)

    @extend_schema(request=None, responses=ReorganisationSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request, pk):
        """Counts what making it would do, and lists what would be refused, in `effect`."""
        return self.answer(reorganisations.preview(request.scope, self.held()))

    @extend_schema(request=None, responses=ReorganisationSerializer)
    @action(detail=True, methods=["post"])
    def make(self, request, pk):
        """All its steps on their day, or none."""
        return self.answer(reorganisations.make(request.scope, self.held()))

    @extend_schema(request=None, responses=ReorganisationSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request, pk):
        return self.answer(reorganisations.discard(request.scope, self.held()))


routes = [("reorganisations", Reorganisations, "reorganisations")]
