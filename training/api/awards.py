"""The API's door to what is asked about certificates: one coordinator asks, another decides."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from centres.access import fetch
from training import policies
from training.models import CertificateAct
from training.services import certificate_acts

from .delivery import Readable, ReasonInput


class CertificateActSerializer(serializers.ModelSerializer):
    certificates = serializers.SerializerMethodField(help_text="how many")
    asked_by = serializers.StringRelatedField()
    decided_by = serializers.StringRelatedField()

    class Meta:
        model = CertificateAct
        fields = [
            "id", "kind", "first_number", "last_number", "certificates", "reason", "state", "asked_by", "asked_at",
            "decided_by", "decided_at", "decision_reason",
        ]  # fmt: skip

    def get_certificates(self, act) -> int:
        return act.certificates.count()


class AskInput(serializers.Serializer):
    kind = serializers.ChoiceField(CertificateAct.Kind.choices)
    first_number = serializers.CharField(max_length=20)
    last_number = serializers.CharField(max_length=20, required=False, default="")
    reason = serializers.CharField(max_length=300)


class AgreeInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, default="")


class ActFilter(filters.FilterSet):
    class Meta:
        model = CertificateAct
        fields = ["state", "kind"]


class CertificateActs(Readable):
    queryset = CertificateAct.objects.select_related("asked_by", "decided_by")
    serializer_class = CertificateActSerializer
    filterset_class = ActFilter

    def get_queryset(self):
        if not policies.may_see_certificates(self.request.scope):
            raise PermissionDenied
        return super().get_queryset()

    def one(self, may):
        return fetch(self.queryset, self.request.scope, may=may, pk=self.kwargs["pk"])

    def said(self, act, code=status.HTTP_200_OK):
        return Response(CertificateActSerializer(act).data, status=code)

    @extend_schema(request=AskInput, responses={201: CertificateActSerializer})
    def create(self, request):
        """Asks that certificates are revoked, suspended or reinstated: one number, or a range."""
        if not policies.may_ask_certificate_act(request.scope):
            raise PermissionDenied
        said = self.read(AskInput)
        act = certificate_acts.ask(
            request.scope, kind=said["kind"], first=said["first_number"], last=said["last_number"], reason=said["reason"]
        )
        return self.said(act, status.HTTP_201_CREATED)

    @extend_schema(request=AgreeInput, responses=CertificateActSerializer)
    @action(detail=True, methods=["post"])
    def agree(self, request, pk):
        """By another coordinator: it is done at once."""
        act = self.one(policies.may_decide_certificate_act)
        return self.said(certificate_acts.decide(request.scope, act=act, agree=True, reason=self.read(AgreeInput)["reason"]))

    @extend_schema(request=ReasonInput, responses=CertificateActSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """With a reason; nothing changes."""
        act = self.one(policies.may_decide_certificate_act)
        return self.said(certificate_acts.decide(request.scope, act=act, agree=False, reason=self.read(ReasonInput)["reason"]))

    @extend_schema(request=None, responses=CertificateActSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """By who asked, before anyone decided."""
        return self.said(certificate_acts.withdraw(request.scope, act=self.one(policies.may_withdraw_certificate_act)))


routes = [("certificate-acts", CertificateActs, "certificate-acts")]
