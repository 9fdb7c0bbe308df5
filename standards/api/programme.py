"""The year's programme, applications and measured figures, read and acted on."""

import django_filters as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from centres.access import fetch
from centres.models import Centre, Organisation
from cse_portal.lib.api import IdempotentWrites, received
from standards import policies
from standards.models import Application, AuditProgramme, MeasuredFigure, ProgrammeLine, SiteSample
from standards.programme_filters import ApplicationFilter, LineFilter, MeasureFilter
from standards.services import applications, measures, programmes, sampling

from .audits import Seen


class MeasureSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    centre = serializers.SlugRelatedField("code", queryset=Centre.objects.all(), required=False, allow_null=True)
    replaced_by = serializers.PrimaryKeyRelatedField(read_only=True, help_text="the row that corrected this one")

    class Meta:
        model = MeasuredFigure
        fields = ["id", "organisation", "centre", "kind", "quarter_end", "value", "n", "source", "recorded_at", "replaced_by"]
        read_only_fields = ["recorded_at"]
        validators = []  # the same quarter again is a correction


class Measures(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_measures)
    queryset = MeasuredFigure.objects.select_related("organisation", "centre")
    serializer_class = MeasureSerializer
    filterset_class = MeasureFilter

    @extend_schema(request=MeasureSerializer, responses={201: MeasureSerializer})
    def create(self, request):
        """Records a figure of a quarter; the same quarter again is a correction. By the secretariat."""
        if not policies.may_record_measures(request.scope):
            raise PermissionDenied
        made = measures.record(request.scope, **received(MeasureSerializer, request))
        return Response(MeasureSerializer(made).data, status=status.HTTP_201_CREATED)


class ProgrammeSerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditProgramme
        fields = ["id", "financial_year", "state", "weights", "note", "adopted_on"]


class ProgrammeLineSerializer(serializers.ModelSerializer):
    programme = serializers.CharField(source="programme.financial_year", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)
    centre = serializers.SlugRelatedField("code", read_only=True)
    audit = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = ProgrammeLine
        fields = [
            "id",
            "programme",
            "organisation",
            "centre",
            "state",
            "suggested_position",
            "position",
            "risk",
            "month",
            "reason",
            "audit",
        ]


class DecideProgrammeLineSerializer(serializers.Serializer):
    state = serializers.ChoiceField(ProgrammeLine.State.choices)
    month = serializers.DateField(required=False, allow_null=True)
    position = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class Programmes(IdempotentWrites, Seen):
    may = staticmethod(policies.may_see_programme)
    queryset = AuditProgramme.objects.all()
    serializer_class = ProgrammeSerializer

    @extend_schema(request=None, responses=ProgrammeSerializer)
    @action(detail=True, methods=["post"])
    def suggest(self, request, pk):
        """Assesses every MDA and Huduma Centre again. What people decided stays."""
        programme = fetch(self.queryset, request.scope, may=policies.may_keep_programme, pk=pk)
        return Response(ProgrammeSerializer(programmes.suggest(request.scope, programme)).data)


class LinesOf(LineFilter):
    programme = filters.CharFilter(field_name="programme__financial_year", help_text="2026/27")


class ProgrammeLines(IdempotentWrites, Seen):
    may = staticmethod(policies.may_see_programme)
    queryset = ProgrammeLine.objects.select_related("programme", "organisation", "centre", "audit")
    serializer_class = ProgrammeLineSerializer
    filterset_class = LinesOf

    @extend_schema(request=DecideProgrammeLineSerializer, responses=ProgrammeLineSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Takes a line into a month, leaves it out with a reason, moves it, or gives it back to the suggestion."""
        line = fetch(self.queryset, request.scope, may=policies.may_keep_programme, pk=pk)
        return Response(ProgrammeLineSerializer(programmes.decide(request.scope, line, **received(DecideProgrammeLineSerializer, request))).data)


class ApplicationSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    centre = serializers.SlugRelatedField("code", queryset=Centre.objects.all(), required=False, allow_null=True)
    centres = serializers.SlugRelatedField("code", queryset=Centre.objects.all(), many=True, required=False)
    audit = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = Application
        fields = [
            "id", "organisation", "centre", "centres", "scope_text", "contact", "wished_from", "note", "state", "applied_at", "decided_at",
            "decision_reason", "audit",
        ]  # fmt: skip
        read_only_fields = ["state", "applied_at", "decided_at", "decision_reason"]
        validators = []  # the service says which application is open


class RefuseApplicationSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class Applications(IdempotentWrites, Seen):
    may = staticmethod(policies.may_list_applications)
    queryset = Application.objects.select_related("organisation", "centre", "audit").prefetch_related("centres")
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilter

    def _one(self, may):
        return fetch(self.queryset, self.request.scope, may=may, pk=self.kwargs["pk"])

    def _said(self, application, status=status.HTTP_200_OK):
        return Response(ApplicationSerializer(application).data, status=status)

    @extend_schema(request=ApplicationSerializer, responses={201: ApplicationSerializer})
    def create(self, request):
        """A draft, by the service champion or the authorised officer of the MDA."""
        if not policies.may_apply(request.scope):
            raise PermissionDenied
        return self._said(applications.draft(request.scope, **received(ApplicationSerializer, request)), status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ApplicationSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request, pk):
        """Sends a draft to the secretariat; from then on it does not change."""
        return self._said(applications.send(request.scope, self._one(policies.may_change_application)))

    @extend_schema(request=None, responses=ApplicationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """Takes back what is not decided."""
        return self._said(applications.withdraw(request.scope, self._one(policies.may_withdraw_application)))

    @extend_schema(request=RefuseApplicationSerializer, responses=ApplicationSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """Refused by the secretariat, with a reason. Accepting plans the audit, on the page."""
        application = self._one(policies.may_decide_application)
        return self._said(applications.refuse(request.scope, application, **received(RefuseApplicationSerializer, request)))


class SiteSampleSerializer(serializers.ModelSerializer):
    audit = serializers.CharField(source="audit.ref", read_only=True)
    reproducible = serializers.SerializerMethodField(
        help_text="whether seed, frame and rule give the same sites again, tried just now"
    )

    class Meta:
        model = SiteSample
        fields = ["id", "audit", "seed", "rule", "frame", "chosen", "drawn_at", "reproducible"]

    def get_reproducible(self, sample) -> bool:
        return sampling.is_reproducible(sample)


class SiteSamples(Seen):
    """The centres drawn for audits of MDAs, with all that a draw by somebody else needs: see docs/decisions.md."""

    may = staticmethod(policies.may_list_audits)
    queryset = SiteSample.objects.select_related("audit")
    serializer_class = SiteSampleSerializer


routes = [
    ("site-samples", SiteSamples, "site-samples"),
    ("applications", Applications, "applications"),
    ("programmes", Programmes, "programmes"),
    ("programme-lines", ProgrammeLines, "programme-lines"),
    ("measures", Measures, "measures"),
]
