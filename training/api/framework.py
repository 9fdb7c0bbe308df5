"""The API's door to the training framework: courses, their versions and materials, competencies. Acts call the same services as the
pages."""

from django.db.models import Prefetch
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from centres.access import fetch
from training import curriculum, policies
from training.models import (
    AssessmentComponent,
    Competency,
    CompetencyLevel,
    Course,
    CourseMaterial,
    CourseVersion,
    TaughtCompetency,
)
from training.services import course_links, framework, materials

from .delivery import Readable, ReasonInput

# What is read.


class ComponentSerializer(serializers.ModelSerializer):
    class Meta:
        model = AssessmentComponent
        fields = ["number", "kind", "name", "weight", "pass_mark", "rubric"]


class TaughtSerializer(serializers.ModelSerializer):
    competency = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = TaughtCompetency
        fields = ["competency", "level"]


class MaterialSerializer(serializers.ModelSerializer):
    course = serializers.CharField(source="course_version.course.code", read_only=True)
    version = serializers.IntegerField(source="course_version.number", read_only=True)

    class Meta:
        model = CourseMaterial
        fields = ["id", "course", "version", "title", "size", "sha256", "trainers_only", "added_at", "withdrawn_at"]


class CourseVersionSerializer(serializers.ModelSerializer):
    course = serializers.SlugRelatedField("code", read_only=True)
    components = ComponentSerializer(many=True, read_only=True)
    taught = TaughtSerializer(many=True, read_only=True)

    class Meta:
        model = CourseVersion
        fields = [
            "id", "course", "number", "state", "mode", "days", "summary", "competencies", "assessment", "assessed", "moderated",
            "pass_mark", "minimum_attendance", "capacity", "validity_months", "assumed", "changes", "published_on", "components",
            "taught",
        ]  # fmt: skip


class CourseSerializer(serializers.ModelSerializer):
    cadre = serializers.SlugRelatedField("code", read_only=True)
    versions = CourseVersionSerializer(many=True, read_only=True)
    accepts = serializers.SerializerMethodField(help_text="codes of courses that count where this one is required")
    opened_by = serializers.SerializerMethodField(help_text="codes of courses of which any one opens this one; none: open to all")

    class Meta:
        model = Course
        fields = ["code", "title", "cadre", "prerequisite", "opened_by", "versions", "accepts", "source"]

    def get_accepts(self, course) -> list[str]:
        return sorted(e.accepted.code for e in course.equivalences.all())

    def get_opened_by(self, course) -> list[str]:
        return sorted(p.accepted.code for p in course.prerequisites.all())


class CadreLevelSerializer(serializers.ModelSerializer):
    cadre = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = CompetencyLevel
        fields = ["cadre", "level"]


class CompetencySerializer(serializers.ModelSerializer):
    levels = CadreLevelSerializer(many=True, read_only=True)

    class Meta:
        model = Competency
        fields = ["code", "name", "principles", "levels", "source"]


class DifferenceSerializer(serializers.Serializer):
    label = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


# What is sent.


class CriterionInput(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    most = serializers.IntegerField(min_value=1, max_value=1000, help_text="highest points")


class ComponentInput(serializers.Serializer):
    kind = serializers.ChoiceField(AssessmentComponent.Kind.choices)
    name = serializers.CharField(max_length=80)
    weight = serializers.IntegerField(min_value=0, max_value=100, default=0, help_text="of those that count, 100 in sum")
    pass_mark = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, default=None)
    rubric = CriterionInput(many=True, default=list)


class TaughtInput(serializers.Serializer):
    competency = serializers.SlugRelatedField("code", queryset=Competency.objects.all())
    level = serializers.IntegerField(min_value=1, max_value=3)


class DraftInput(serializers.ModelSerializer):
    components = ComponentInput(many=True, required=False, help_text="as a whole, in order")
    taught = TaughtInput(many=True, required=False, help_text="as a whole")

    class Meta:
        model = CourseVersion
        fields = [*curriculum.FIELDS, "changes", "components", "taught"]
        extra_kwargs = {name: {"required": False} for name in [*curriculum.FIELDS, "changes"]}


class LinksInput(serializers.Serializer):
    accepted = serializers.SlugRelatedField("code", many=True, queryset=Course.objects.all(), help_text="as a whole")


class MaterialInput(serializers.Serializer):
    title = serializers.CharField(max_length=150)
    file = serializers.FileField()
    trainers_only = serializers.BooleanField(default=False)


# Doors.


class Courses(Readable):
    queryset = Course.objects.select_related("cadre")
    serializer_class = CourseSerializer
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    filterset_fields = {"cadre__code": ["exact"]}

    def get_queryset(self):
        versions = CourseVersion.objects.visible_to(self.request.scope).prefetch_related("components", "taught__competency")
        versions = versions.select_related("course")
        linked = ("equivalences__accepted", "prerequisites__accepted")
        return super().get_queryset().prefetch_related(Prefetch("versions", versions), *linked)

    def one(self):
        return fetch(Course.objects.all(), self.request.scope, may=policies.may_change_framework, code=self.kwargs["code"])

    def said(self, course):
        return Response(CourseSerializer(self.get_queryset().get(pk=course.pk)).data)

    @extend_schema(request=None, responses={201: CourseVersionSerializer})
    @action(detail=True, methods=["post"])
    def draft(self, request, code):
        """Drafts the next version, saying what the latest says."""
        version = framework.draft_version(request.scope, course=self.one())
        return Response(CourseVersionSerializer(version).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=LinksInput, responses=CourseSerializer)
    @action(detail=True, methods=["post"])
    def prerequisites(self, request, code):
        """Sets of which courses any one, unexpired on the first day, opens this one."""
        course = self.one()
        course_links.set_prerequisites(request.scope, course=course, accepted=self.read(LinksInput)["accepted"])
        return self.said(course)

    @extend_schema(request=LinksInput, responses=CourseSerializer)
    @action(detail=True, methods=["post"])
    def equivalents(self, request, code):
        """Sets which courses count where this one is required; statuses follow at once."""
        course = self.one()
        course_links.set_equivalents(request.scope, course=course, accepted=self.read(LinksInput)["accepted"])
        return self.said(course)


class CourseVersions(Readable):
    queryset = CourseVersion.objects.select_related("course").prefetch_related("components", "taught__competency")
    serializer_class = CourseVersionSerializer
    filterset_fields = {"course__code": ["exact"], "state": ["exact"]}

    def one(self, may=policies.may_change_framework):
        return fetch(self.queryset, self.request.scope, may=may, pk=self.kwargs["pk"])

    def said(self, version):
        return Response(CourseVersionSerializer(self.queryset.get(pk=version.pk)).data)

    @extend_schema(request=DraftInput, responses=CourseVersionSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request, pk):
        """Changes what a draft says; what is left out stays."""
        version = self.one()
        shape = DraftInput(version, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        said = dict(shape.validated_data)
        if "taught" in said:
            levels = {row["competency"].pk: row["level"] for row in said["taught"]}
            if len(levels) < len(said["taught"]):
                raise ValidationError({"taught": [_("A competency is named twice.")]})
            said["taught"] = levels
        return self.said(framework.change_draft(request.scope, version=version, **said))

    @extend_schema(request=None, responses=CourseVersionSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request, pk):
        """Publishes a draft for good and retires the version before it."""
        return self.said(framework.publish(request.scope, version=self.one()))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def discard(self, request, pk):
        """Takes a draft away."""
        framework.discard(request.scope, version=self.one())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ReasonInput, responses=CourseVersionSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request, pk):
        """Ends new cohorts of it."""
        return self.said(framework.retire(request.scope, version=self.one(), reason=self.read(ReasonInput)["reason"]))

    @extend_schema(responses=DifferenceSerializer(many=True))
    @action(detail=True, methods=["get"])
    def differences(self, request, pk):
        """What it says otherwise than the version before it."""
        version = self.one(policies.may_see_courses)
        before = version.course.versions.published().filter(number__lt=version.number).order_by("-number").first()
        return Response(DifferenceSerializer(curriculum.differences(before, version) if before else [], many=True).data)

    @extend_schema(request={"multipart/form-data": MaterialInput}, responses={201: MaterialSerializer})
    @action(detail=True, methods=["post"])
    def materials(self, request, pk):
        """Adds a material (multipart)."""
        made = materials.add(request.scope, version=self.one(), **self.read(MaterialInput))
        return Response(MaterialSerializer(made).data, status=status.HTTP_201_CREATED)


class CourseMaterials(Readable):
    queryset = CourseMaterial.objects.select_related("course_version__course")
    serializer_class = MaterialSerializer
    filterset_fields = {"course_version__course__code": ["exact"], "course_version__number": ["exact"]}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request, pk):
        """The file."""
        material = fetch(self.queryset, request.scope, may=policies.may_see_courses, pk=pk)
        file, media_type, name = materials.opened(material)
        return FileResponse(file, as_attachment=True, filename=name, content_type=media_type)

    @extend_schema(request=None, responses=MaterialSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        """No longer offered to anybody."""
        material = fetch(self.queryset, request.scope, may=policies.may_change_framework, pk=pk)
        return Response(MaterialSerializer(materials.withdraw(request.scope, material=material)).data)


class Competencies(Readable):
    queryset = Competency.objects.prefetch_related("levels__cadre")
    serializer_class = CompetencySerializer
    lookup_field = "code"
    lookup_value_regex = "[^/]+"


routes = [
    ("courses", Courses, "courses"),
    ("course-versions", CourseVersions, "course-versions"),
    ("course-materials", CourseMaterials, "course-materials"),
    ("competencies", Competencies, "competencies"),
]
