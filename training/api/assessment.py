"""The API's door to results, their moderation and correction, appeals and evaluations. Acts call the same services as the pages."""

import django_filters as filters
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from training import policies
from training.models import Appeal, AssessmentResult, Attendance, Cohort, Correction, Enrolment
from training.services import appeals, assessment, corrections_of_results, evaluation, moderation

from .delivery import ChangedSerializer, Readable, part_of
from .rules import Gated

# What is read.


class ResultSerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)
    component = serializers.IntegerField(source="component.number", read_only=True, default=0, help_text="0: the one final score")
    name = serializers.SerializerMethodField(help_text="of the part")
    standing = serializers.SerializerMethodField(help_text="false: superseded")

    class Meta:
        model = AssessmentResult
        fields = ["id", "cohort", "officer", "component", "name", "score", "points", "state", "reason", "recorded_at", "released_at", "standing"]  # fmt: skip

    def get_name(self, result) -> str:
        return str(assessment.name_of(result.component))

    def get_standing(self, result) -> bool:
        return result.superseded_at is None


class WaitingSerializer(serializers.Serializer):
    cohort = serializers.CharField(source="cohort.code")
    component = serializers.IntegerField(source="number", help_text="0: the one final score")
    name = serializers.CharField()
    drafts = serializers.IntegerField()
    own = serializers.IntegerField(source="mine", help_text="drafts that you recorded, and do not moderate")
    sent_back = serializers.IntegerField(source="back")
    moderated = serializers.IntegerField()


class ResultCorrectionSerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)
    component = serializers.IntegerField(source="component.number", read_only=True, default=0)

    class Meta:
        model = Correction
        fields = ["id", "cohort", "officer", "component", "was", "score", "reason", "state", "asked_at", "decided_at", "decision_reason"]  # fmt: skip


class AppealSerializer(serializers.ModelSerializer):
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)
    session = serializers.IntegerField(source="session.number", read_only=True, default=None)
    component = serializers.IntegerField(source="component.number", read_only=True, default=None)

    class Meta:
        model = Appeal
        fields = ["id", "enrolment", "cohort", "officer", "about", "session", "component", "grounds", "state", "made_at", "due_on", "decided_at", "decision_reason"]  # fmt: skip


class RatedSerializer(serializers.Serializer):
    code = serializers.CharField()
    question = serializers.CharField()
    n = serializers.IntegerField()
    mean = serializers.DecimalField(max_digits=4, decimal_places=2)
    counts = serializers.ListField(child=serializers.IntegerField(), help_text="of 1, 2, 3, 4, 5")


class SummarySerializer(serializers.Serializer):
    state = serializers.CharField(help_text="none, open, too_few or published: ratings and texts only in the last")
    invited = serializers.IntegerField()
    answered = serializers.IntegerField()
    until = serializers.DateField(allow_null=True)
    overall = serializers.DecimalField(max_digits=4, decimal_places=2, allow_null=True)
    rated = RatedSerializer(many=True)
    texts = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


# What is sent.


class PartInput(serializers.Serializer):
    component = serializers.IntegerField(required=False, min_value=0, help_text="number of the part; none or 0: the final score")


class ChangeInput(serializers.Serializer):
    officer = serializers.CharField(max_length=12)
    score = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)


class ModerateInput(PartInput):
    looked_at = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, help_text="references of officers; all if left out"
    )
    changes = ChangeInput(many=True, required=False)
    note = serializers.CharField(required=False, max_length=200)


class SendBackInput(PartInput):
    note = serializers.CharField(max_length=300)


class AskCorrectionInput(PartInput):
    cohort = serializers.CharField(max_length=20)
    officer = serializers.CharField(max_length=12)
    score = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)
    reason = serializers.CharField(max_length=300)


class DecideInput(serializers.Serializer):
    agree = serializers.BooleanField()
    reason = serializers.CharField(required=False, max_length=300, allow_blank=True)


class AppealInput(PartInput):
    enrolment = serializers.IntegerField()
    about = serializers.ChoiceField(Appeal.About.choices)
    session = serializers.IntegerField(required=False, min_value=1, help_text="number of the session, where a mark is appealed")
    grounds = serializers.CharField(max_length=4000)


class DecideAppealInput(serializers.Serializer):
    uphold = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000)
    mark = serializers.ChoiceField(Attendance.Mark.choices, required=False)
    score = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False)


class AnswerInput(serializers.Serializer):
    ratings = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=5))
    liked = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    improve = serializers.CharField(required=False, allow_blank=True, max_length=2000)


# Doors.


class ResultFilter(filters.FilterSet):
    cohort = filters.CharFilter(field_name="enrolment__cohort__code")
    officer = filters.CharFilter(field_name="enrolment__officer__ref")
    state = filters.ChoiceFilter(choices=AssessmentResult.State.choices)
    component = filters.NumberFilter(field_name="component__number")
    standing = filters.BooleanFilter(field_name="superseded_at", lookup_expr="isnull")

    class Meta:
        model = AssessmentResult
        fields = []


class Results(Readable):
    """Learners and MDAs read what is released; who makes results reads drafts too."""

    queryset = AssessmentResult.objects.select_related("enrolment__cohort", "enrolment__officer", "component")
    serializer_class = ResultSerializer
    filterset_class = ResultFilter


class Moderation(IdempotentWrites, GenericViewSet):
    """What waits for a second person, and what that person does with it, by cohort."""

    queryset = Cohort.objects.all()
    serializer_class = WaitingSerializer
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    pagination_class = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not policies.may_moderate(request.scope):
            raise PermissionDenied

    def cohort(self):
        return fetch(Cohort.objects.all(), self.request.scope, may=policies.may_moderate, code=self.kwargs["code"])

    def read(self, serializer):
        return received(serializer, self.request)

    def list(self, request):
        """Results in the making, by cohort and part."""
        return Response(WaitingSerializer(moderation.waiting(request.scope), many=True).data)

    @extend_schema(request=ModerateInput, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def moderate(self, request, code):
        """Moderates the drafts of one part that others recorded."""
        cohort, said = self.cohort(), self.read(ModerateInput)
        seats = dict(cohort.enrolments.filter(state__in=Enrolment.SEATED).values_list("officer__ref", "pk"))
        refs = [*said.get("looked_at", []), *(row["officer"] for row in said.get("changes", []))]
        if unknown := [ref for ref in refs if ref not in seats]:
            raise ValidationError({"officer": [_("%(ref)s has no seat in this cohort.") % {"ref": ref} for ref in unknown]})
        looked_at = [seats[ref] for ref in said["looked_at"]] if "looked_at" in said else moderation.ALL
        _n, changed = moderation.moderate(
            request.scope,
            cohort=cohort,
            component=part_of(cohort, said.get("component")),
            looked_at=looked_at,
            scores={seats[row["officer"]]: row["score"] for row in said.get("changes", [])},
            note=said.get("note", ""),
        )
        return Response({"changed": changed})

    @extend_schema(request=SendBackInput, responses=ChangedSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request, code):
        """Gives the drafts of one part back to whoever recorded them."""
        cohort, said = self.cohort(), self.read(SendBackInput)
        part = part_of(cohort, said.get("component"))
        return Response({"changed": moderation.send_back(request.scope, cohort=cohort, component=part, note=said["note"])})

    @extend_schema(request=None, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request, code):
        """Makes what is moderated visible to the learners; each is told once."""
        return Response({"changed": moderation.release(request.scope, cohort=self.cohort())})


class ResultCorrections(Gated):
    """Changes of results asked for after a cohort was closed."""

    may = staticmethod(policies.may_moderate)
    queryset = corrections_of_results.of_results().select_related("enrolment__cohort", "enrolment__officer", "component")
    serializer_class = ResultCorrectionSerializer
    filterset_fields = {"state": ["exact"], "enrolment__cohort__code": ["exact"]}

    @extend_schema(request=AskCorrectionInput, responses={201: ResultCorrectionSerializer})
    def create(self, request):
        said = self.read(AskCorrectionInput)
        cohort = fetch(Cohort.objects.all(), request.scope, may=policies.may_record_results, code=said["cohort"])
        seat = fetch(
            Enrolment.objects.filter(cohort=cohort), request.scope, officer__ref=said["officer"], state__in=assessment.DECIDED
        )
        made = corrections_of_results.ask(
            request.scope,
            enrolment=seat,
            component=part_of(cohort, said.get("component")),
            score=said["score"],
            reason=said["reason"],
        )
        return self.said(made, status.HTTP_201_CREATED)

    @extend_schema(request=DecideInput, responses=ResultCorrectionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Agrees or refuses; never who asked."""
        correction = self.one(policies.may_decide_result)
        said = self.read(DecideInput)
        corrections_of_results.decide(request.scope, correction=correction, agreed=said["agree"], reason=said.get("reason", ""))
        return self.said(correction)


class Appeals(Gated):
    may = staticmethod(policies.may_see_appeals)
    queryset = Appeal.objects.select_related("enrolment__cohort__course_version", "enrolment__officer", "session", "component")
    serializer_class = AppealSerializer
    filterset_fields = {"state": ["exact"], "enrolment__cohort__code": ["exact"]}

    @extend_schema(request=AppealInput, responses={201: AppealSerializer})
    def create(self, request):
        """A learner appeals a mark or a result of the own."""
        if not policies.may_see_own_training(request.scope):
            raise PermissionDenied
        said = self.read(AppealInput)
        seat = fetch(
            Enrolment.objects.select_related("cohort__course_version"),
            request.scope,
            may=policies.may_appeal,
            pk=said["enrolment"],
        )
        made = appeals.appeal(
            request.scope,
            enrolment=seat,
            about=said["about"],
            grounds=said["grounds"],
            session=seat.cohort.sessions.filter(number=said.get("session") or 0).first(),
            component=part_of(seat.cohort, said.get("component")),
        )
        return self.said(made, status.HTTP_201_CREATED)

    @extend_schema(request=DecideAppealInput, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk):
        """Decides, by somebody without a hand in it; upheld, `mark` or `score` is put right."""
        thing = self.one(policies.may_decide_appeal)
        said = self.read(DecideAppealInput)
        appeals.decide(
            request.scope,
            appeal=thing,
            upheld=said["uphold"],
            reason=said["reason"],
            mark=said.get("mark", ""),
            score=said.get("score"),
        )
        return self.said(thing)

    @extend_schema(request=None, responses=AppealSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """The learner takes the appeal back."""
        thing = self.one(lambda scope, one: policies.may_appeal(scope, one.enrolment))
        appeals.withdraw(request.scope, appeal=thing)
        return self.said(thing)


class Evaluations(GenericViewSet):
    """Sums of a cohort's evaluation, by its code. Without Idempotency-Key: what it keeps would tie an answer to a person; a
    second answer is refused anyway."""

    queryset = Cohort.objects.select_related("course_version")
    serializer_class = SummarySerializer
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def retrieve(self, request, code):
        cohort = fetch(self.queryset.all(), request.scope, may=policies.may_see_evaluation, code=code)
        return Response(SummarySerializer(evaluation.summary(cohort)).data)

    @extend_schema(request=None, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request, code):
        """Reminds those who have not answered, once in all."""
        cohort = fetch(self.queryset.all(), request.scope, may=policies.may_see_evaluation, code=code)
        return Response({"changed": evaluation.remind(request.scope, cohort=cohort)})

    @extend_schema(request=AnswerInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def answer(self, request, code):
        """A learner who attended answers, once."""
        if not policies.may_see_own_training(request.scope):
            raise PermissionDenied
        invitation = evaluation.invitation_of(request.scope, fetch(self.queryset.all(), request.scope, code=code))
        if invitation is None:
            raise Http404
        evaluation.answer(invitation=invitation, **received(AnswerInput, request))
        return Response(status=status.HTTP_204_NO_CONTENT)


routes = [
    ("results", Results, "results"),
    ("moderation", Moderation, "moderation"),
    ("result-corrections", ResultCorrections, "result-corrections"),
    ("appeals", Appeals, "appeals"),
    ("evaluations", Evaluations, "evaluations"),
]
