"""The API's door to waivers and prior training. Acts call the same services as the pages."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from centres.models import Officer
from training import policies
from training.models import Course, CourseVersion, PriorTraining, Waiver
from training.rule_filters import PriorTrainingFilter, WaiverFilter
from training.services import prior_training, waivers

from .delivery import ReasonInput
from .rules import Gated

# What is read.


class WaiverSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    name = serializers.CharField(source="officer.full_name", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True, help_text="code of the MDA that asked")
    first_day = serializers.DateField(source="during.lower", read_only=True)
    last_day = serializers.DateField(read_only=True)

    class Meta:
        model = Waiver
        fields = [
            "id", "officer", "name", "organisation", "first_day", "last_day", "reason", "state", "requested_at", "decided_at", "decision_reason",
        ]  # fmt: skip


class PriorTrainingSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    name = serializers.CharField(source="officer.full_name", read_only=True)
    course = serializers.CharField(source="course_version.course.code", read_only=True)
    version = serializers.IntegerField(source="course_version.number", read_only=True)

    class Meta:
        model = PriorTraining
        fields = [
            "id", "officer", "name", "course", "version", "provider", "title", "on", "until", "evidence_sha256", "state", "claimed_at",
            "decided_at", "decision_reason",
        ]  # fmt: skip


# What is sent.


class WaiverInput(serializers.Serializer):
    officers = serializers.ListField(
        child=serializers.CharField(max_length=12), min_length=1, max_length=5000, help_text="references"
    )
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    reason = serializers.CharField(max_length=1000)


class SkippedSerializer(serializers.Serializer):
    officer = serializers.CharField()
    why = serializers.CharField()


class AskedSerializer(serializers.Serializer):
    asked = serializers.IntegerField()
    skipped = SkippedSerializer(many=True)


class RemarkInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class EndInput(serializers.Serializer):
    on = serializers.DateField(help_text="the first day on which the officer is no longer waived")
    reason = serializers.CharField(max_length=300)


class PriorTrainingInput(serializers.Serializer):
    officer = serializers.CharField(max_length=12, required=False, help_text="reference; left out by learners")
    course = serializers.SlugRelatedField("code", queryset=Course.objects.all())
    version = serializers.IntegerField(required=False, help_text="left out: the newest")
    provider = serializers.CharField(max_length=200)
    title = serializers.CharField(max_length=200)
    on = serializers.DateField()
    until = serializers.DateField(
        required=False, help_text="the first day it no longer counts; left out: as the course version says"
    )
    evidence = serializers.FileField(help_text="PDF, JPEG or PNG")


# Doors.


class Waivers(Gated):
    may = staticmethod(policies.may_see_waivers)
    queryset = Waiver.objects.select_related("officer__user", "organisation")
    serializer_class = WaiverSerializer
    filterset_class = WaiverFilter

    @extend_schema(request=WaiverInput, responses={201: AskedSerializer})
    def create(self, request):
        """Asks for a waiver for each of the officers; who is left out is said with the reason."""
        if not policies.may_ask_for_waiver(request.scope):
            raise PermissionDenied
        said = self.read(WaiverInput)
        refs = set(said["officers"])
        found = dict(Officer.objects.visible_to(request.scope).filter(ref__in=refs).values_list("ref", "pk"))
        if strangers := sorted(refs - set(found)):
            raise ValidationError({"officers": [_("%(ref)s is not in your MDA.") % {"ref": ref} for ref in strangers]})
        n, skipped = waivers.request_many(
            request.scope, officers=list(found.values()), first=said["first_day"], last=said["last_day"], reason=said["reason"]
        )
        names = {pk: ref for ref, pk in found.items()}
        body = {"asked": n, "skipped": [{"officer": names[pk], "why": why} for pk, why in skipped]}
        return Response(body, status=status.HTTP_201_CREATED if n else status.HTTP_200_OK)

    @extend_schema(request=RemarkInput, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request, pk):
        """By an authorised officer who did not ask for it."""
        waiver = self.one(policies.may_decide_waiver)
        return self.said(waivers.approve(request.scope, waiver=waiver, reason=self.read(RemarkInput)["reason"]))

    @extend_schema(request=ReasonInput, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """With a reason, which is told."""
        waiver = self.one(policies.may_decide_waiver)
        return self.said(waivers.refuse(request.scope, waiver=waiver, reason=self.read(ReasonInput)["reason"]))

    @extend_schema(request=None, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """Before anyone decided."""
        return self.said(waivers.withdraw(request.scope, waiver=self.one(policies.may_withdraw_waiver)))

    @extend_schema(request=EndInput, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        """Ends it before its last day."""
        waiver = self.one(policies.may_end_waiver)
        return self.said(waivers.end_early(request.scope, waiver=waiver, **self.read(EndInput)))


class PriorTrainings(Gated):
    may = staticmethod(policies.may_see_prior_training)
    queryset = PriorTraining.objects.select_related("officer__user", "course_version__course")
    serializer_class = PriorTrainingSerializer
    filterset_class = PriorTrainingFilter

    def get_parsers(self):
        return [MultiPartParser(), *super().get_parsers()]

    @extend_schema(request={"multipart/form-data": PriorTrainingInput}, responses={201: PriorTrainingSerializer})
    def create(self, request):
        """Records training done elsewhere, with its evidence (multipart)."""
        scope = request.scope
        if not policies.may_record_prior_training(scope):
            raise PermissionDenied
        said = dict(self.read(PriorTrainingInput))
        ref, number = said.pop("officer", None), said.pop("version", None)
        officer = Officer.objects.visible_to(scope).filter(ref=ref).first() if ref else scope.officer
        if officer is None:
            raise ValidationError({"officer": [_("%(ref)s is not in your MDA.") % {"ref": ref or ""}]})
        versions = CourseVersion.objects.published().filter(course=said.pop("course"))
        version = versions.filter(number=number).first() if number else versions.order_by("-number").first()
        if version is None:
            raise ValidationError({"version": [_("There is no such version.")]})
        return self.said(prior_training.record(scope, officer=officer, course_version=version, **said), status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def evidence(self, request, pk):
        """The file."""
        file, media_type, name = prior_training.open_evidence(self.one(policies.may_see_prior_training))
        return FileResponse(file, as_attachment=True, filename=name, content_type=media_type)

    @extend_schema(request=RemarkInput, responses=PriorTrainingSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request, pk):
        """By a coordinator who did not record it: it counts."""
        prior = self.one(policies.may_verify_prior_training)
        return self.said(prior_training.verify(request.scope, prior=prior, reason=self.read(RemarkInput)["reason"]))

    @extend_schema(request=ReasonInput, responses=PriorTrainingSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """With a reason, which is told."""
        prior = self.one(policies.may_verify_prior_training)
        return self.said(prior_training.refuse(request.scope, prior=prior, reason=self.read(ReasonInput)["reason"]))

    @extend_schema(request=ReasonInput, responses=PriorTrainingSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """The verification was wrong: it no longer counts from today."""
        prior = self.one(policies.may_withdraw_verification)
        return self.said(prior_training.withdraw(request.scope, prior=prior, reason=self.read(ReasonInput)["reason"]))


routes = [
    ("waivers", Waivers, "waivers"),
    ("prior-training", PriorTrainings, "prior-training"),
]
