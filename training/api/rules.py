"""The API's door to requirements and their changes. Acts call the same services as the pages."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from centres.access import fetch
from centres.models import Cadre, Organisation
from training import policies, tasks
from training.models import Course, Requirement, RequirementChange, RequirementChangeLine
from training.models.framework import LONGEST_GRACE
from training.services import requirements, rule_effect

from .delivery import Readable, ReasonInput

# What is read.


class RequirementSerializer(serializers.ModelSerializer):
    cadre = serializers.SlugRelatedField("code", read_only=True)
    course = serializers.SlugRelatedField("code", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True, help_text="and all below it; null: everywhere")
    in_force_from = serializers.DateField(source="in_force.lower", read_only=True, allow_null=True)
    in_force_until = serializers.DateField(
        source="in_force.upper", read_only=True, allow_null=True, help_text="the first day it is not"
    )
    undone = serializers.BooleanField(
        source="in_force.isempty", read_only=True, help_text="published and undone: in force on no day"
    )

    class Meta:
        model = Requirement
        fields = [
            "id", "cadre", "course", "organisation", "in_force_from", "in_force_until", "due_within_days", "authority", "assumed", "undone",
        ]  # fmt: skip


class LineSerializer(serializers.ModelSerializer):
    says = serializers.SerializerMethodField()

    class Meta:
        model = RequirementChangeLine
        fields = ["act", "requirement", "says"]

    def get_says(self, line) -> str:
        return requirements.words(line)


class EffectSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["exact", "sampled"])
    on = serializers.DateField()
    of = serializers.IntegerField(help_text="officers in post whom the change can touch")
    looked = serializers.IntegerField(help_text="of these, looked at")
    newly = serializers.IntegerField(help_text="newly due or overdue")
    overdue = serializers.IntegerField(help_text="become overdue")
    no_longer = serializers.IntegerField(help_text="no longer due or overdue")
    error = serializers.DictField(
        child=serializers.IntegerField(), help_text="half the width of the 95 % interval of each; 0 where counted exactly"
    )


class RuleChangeSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True, read_only=True)
    effect = serializers.SerializerMethodField()
    counted = serializers.IntegerField(read_only=True, allow_null=True, help_text="an exact count is under way: officers so far")

    class Meta:
        model = RequirementChange
        fields = [
            "ref", "title", "authority", "state", "lines", "effect", "counted", "officers", "applied", "drafted_at", "published_at", "undone_at",
        ]  # fmt: skip

    @extend_schema_field(EffectSerializer(allow_null=True))
    def get_effect(self, change):
        if not change.preview or not policies.may_read_drafts(self.context["request"].scope):
            return None
        found = change.preview
        return {key: found[key] for key in ("kind", "on", "of", "looked", "error")} | rule_effect.measures(found["cells"])


# What is sent.


class LineInput(serializers.Serializer):
    act = serializers.ChoiceField(
        ["add", "end", "edition"], help_text="edition: ends the rule and continues it with another grace"
    )
    requirement = serializers.PrimaryKeyRelatedField(queryset=Requirement.objects.all(), required=False, help_text="end, edition")
    on = serializers.DateField(
        required=False, help_text="end, edition: the first day on which the rule, as it was, no longer binds"
    )
    cadre = serializers.SlugRelatedField("code", queryset=Cadre.objects.all(), required=False)
    course = serializers.SlugRelatedField("code", queryset=Course.objects.all(), required=False)
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all(), required=False, allow_null=True)
    first = serializers.DateField(required=False)
    until = serializers.DateField(required=False, allow_null=True, help_text="the first day it no longer binds; null: for good")
    due_within_days = serializers.IntegerField(min_value=0, max_value=LONGEST_GRACE, required=False)

    NEEDS = {
        "add": ["cadre", "course", "first", "due_within_days"],
        "end": ["requirement", "on"],
        "edition": ["requirement", "on", "due_within_days"],
    }

    def validate(self, said):
        if missing := [name for name in self.NEEDS[said["act"]] if name not in said]:
            raise ValidationError({name: [_("This field is required.")] for name in missing})
        return said


class RuleChangeInput(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    authority = serializers.CharField(max_length=300, required=False, default="")
    lines = LineInput(many=True, allow_empty=False)


class PreviewInput(serializers.Serializer):
    on = serializers.DateField(required=False, help_text="left out: the first day on which the change does anything")


# Doors.


class Gated(Readable):
    """Readable by those whom `may` lets in."""

    may = staticmethod(policies.may_see_requirements)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not self.may(request.scope):
            raise PermissionDenied

    def one(self, may):
        """The thing of the address, if the scope may do this to it."""
        return fetch(self.queryset, self.request.scope, may=may, **{self.lookup_field: self.kwargs[self.lookup_field]})

    def said(self, thing, code=status.HTTP_200_OK):
        return Response(self.get_serializer(self.get_queryset().get(pk=thing.pk)).data, status=code)


class Requirements(Readable):
    queryset = Requirement.objects.select_related("cadre", "course", "organisation")
    serializer_class = RequirementSerializer
    filterset_fields = {"cadre__code": ["exact"], "course__code": ["exact"]}


class RuleChanges(Gated):
    lines = ("requirement__cadre", "requirement__course", "requirement__organisation", "cadre", "course", "organisation")
    queryset = RequirementChange.objects.prefetch_related(*(f"lines__{name}" for name in lines))
    serializer_class = RuleChangeSerializer
    lookup_field = "ref"
    lookup_value_regex = "[^/]+"
    filterset_fields = {"state": ["exact"]}

    @extend_schema(request=RuleChangeInput, responses={201: RuleChangeSerializer})
    def create(self, request):
        """Drafts a change with its lines, all or none."""
        if not policies.may_change_rules(request.scope):
            raise PermissionDenied
        said = self.read(RuleChangeInput)
        with transaction.atomic():
            change = requirements.draft(request.scope, title=said["title"], authority=said["authority"])
            for line in said["lines"]:
                self.add(change, dict(line))
        return self.said(change, status.HTTP_201_CREATED)

    def add(self, change, line):
        act = line.pop("act")
        if act == "add":
            line = {"organisation": None, "until": None} | {k: v for k, v in line.items() if k not in ("requirement", "on")}
            requirements.require(self.request.scope, change=change, **line)
        elif act == "end":
            requirements.end(self.request.scope, change=change, requirement=line["requirement"], on=line["on"])
        else:
            given = {name: line[name] for name in ("requirement", "on", "due_within_days")}
            requirements.new_edition(self.request.scope, change=change, **given)

    @extend_schema(request=PreviewInput, responses=RuleChangeSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request, ref):
        """Counts the effect: exactly, or from a sample at once and exactly in the background."""
        change = self.one(policies.may_change_rules)
        change = requirements.preview(request.scope, change=change, on=self.read(PreviewInput).get("on"))
        if change.counted is not None:
            tasks.soon(tasks.count_rule_change, change.pk)
        return self.said(change)

    @extend_schema(request=None, responses=RuleChangeSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request, ref):
        """Writes the rules; statuses follow, `applied` of `officers`."""
        change = requirements.publish(request.scope, change=self.one(policies.may_change_rules))
        tasks.soon(tasks.apply_rule_change, change.pk)
        return self.said(change)

    @extend_schema(request=ReasonInput, responses=RuleChangeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request, ref):
        """Takes the rules back as if the change had never been."""
        change = self.one(policies.may_change_rules)
        change = requirements.undo(request.scope, change=change, reason=self.read(ReasonInput)["reason"])
        tasks.soon(tasks.apply_rule_change, change.pk)
        return self.said(change)

    @extend_schema(request=None, responses=RuleChangeSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request, ref):
        """Puts the draft aside."""
        change = self.one(policies.may_change_rules)
        requirements.discard(request.scope, change=change)
        return self.said(change)


routes = [
    ("requirements", Requirements, "requirements"),
    ("rule-changes", RuleChanges, "rule-changes"),
]
