"""The training framework: courses, their versions and equivalents, and who must hold which."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Cadre, Organisation
from centres.models.places import PublicQuerySet, Reference

LONGEST_GRACE = 3650  # days


class Competency(Reference):
    """What the CSE cadres must be able to do, tied to a principle of the Standard."""

    trail_kind = "competency"
    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("competency"), max_length=120)
    principles = models.CharField(_("principles of the Standard"), max_length=20, blank=True, help_text="P1/P5")
    sequence = models.PositiveSmallIntegerField()
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        verbose_name_plural = "competencies"

    def __str__(self):
        return self.name


class Level(models.IntegerChoices):
    AWARE = 1, _("Aware")
    ABLE = 2, _("Able")
    LEAD = 3, _("Able to lead")


class CompetencyLevel(models.Model):
    """The level that a CSE cadre needs. No row: not needed."""

    competency = models.ForeignKey(Competency, models.PROTECT, related_name="levels")
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="competency_levels")
    level = models.PositiveSmallIntegerField(choices=Level)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competency", "cadre"], name="one_level_a_cadre"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 3)), name="cadre_level_is_one_to_three"),
        ]


class CourseQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The framework is public to everyone who signs in."""
        return self


class Course(Reference):
    trail_kind = "course"
    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="courses", verbose_name=_("CSE cadre"))
    prerequisite = models.CharField(_("prerequisite"), max_length=200, blank=True, help_text="in words; see CoursePrerequisite")
    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.title

    @property
    def trail_ref(self):
        return self.code

    def get_absolute_url(self):
        return reverse("training:course", args=[self.code])


class CourseVersionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Drafts: coordinators; the rest: everyone who signs in."""
        return self if scope.role == "coordinator" or scope.is_system else self.exclude(state="draft")

    def published(self):
        """Now or once: all but drafts."""
        return self.exclude(state="draft")

    def taught(self):
        """Those that a new cohort can be of."""
        return self.filter(state="published")


class CourseVersion(models.Model):
    """A curriculum as taught from a day; completions and certificates name it. A version that was published by an act, or that
    a cohort or completion names, is never edited; the database refuses it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    class Mode(models.TextChoices):
        IN_PERSON = "in-person", _("In person")
        VIRTUAL = "virtual", _("Virtual")
        BLENDED = "blended", _("Blended")

    trail_kind = "course_version"
    course = models.ForeignKey(Course, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode)
    days = models.DecimalField(_("days"), max_digits=4, decimal_places=1)
    competencies = ArrayField(models.CharField(max_length=200), default=list)
    assessment = models.CharField(_("assessment"), max_length=200, blank=True)
    assessed = models.BooleanField(default=True, help_text="false: attendance alone decides")
    pass_mark = models.PositiveSmallIntegerField(_("pass mark"), default=60)
    minimum_attendance = models.PositiveSmallIntegerField(_("minimum attendance, %"), default=80)
    capacity = models.PositiveSmallIntegerField(_("places in a cohort"), default=35)
    validity_months = models.PositiveSmallIntegerField(_("certificate valid, months"), help_text="0: no certificate")
    assumed = ArrayField(models.CharField(max_length=30), default=list, help_text="fields whose value no source gives")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PUBLISHED)
    summary = models.TextField(_("what it covers"), blank=True)
    changes = models.TextField(_("what changed since the version before"), blank=True)
    moderated = models.BooleanField(default=True, help_text="results are checked by a second person before they are released")
    published_on = models.DateField(null=True, help_text="empty: comes from the reference file, taught since before the record")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    objects = CourseVersionQuerySet.as_manager()

    class Meta:
        ordering = ["course__code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["course"], condition=models.Q(state="draft"), name="one_draft_a_course"),
            models.UniqueConstraint(fields=["course", "number"], name="one_version_of_a_number"),
            models.CheckConstraint(
                condition=models.Q(pass_mark__lte=100, minimum_attendance__lte=100, capacity__gte=1),
                name="course_rules_make_sense",
            ),
        ]

    def __str__(self):
        return f"{self.course.code} v{self.number}"

    @property
    def trail_ref(self):
        return f"{self.course.code}/{self.number}"

    def get_absolute_url(self):
        return reverse("training:course_version", args=[self.course.code, self.number])


class MaterialQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Everyone who signs in, but what is for trainers only, of a draft, or withdrawn."""
        if scope.role == "coordinator" or scope.is_system:
            return self
        standing = self.filter(withdrawn_at=None).exclude(course_version__state="draft")
        return standing if scope.role == "trainer" else standing.filter(trainers_only=False)


class TaughtCompetency(models.Model):
    """The level of a competency that a course version brings an officer to."""

    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="taught")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(choices=Level)

    class Meta:
        ordering = ["competency__sequence"]
        constraints = [
            models.UniqueConstraint(fields=["course_version", "competency"], name="one_level_taught"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 3)), name="taught_level_is_one_to_three"),
        ]


class AssessmentComponent(models.Model):
    """A part of a version's assessment. Weights of the counted ones add up to 100; a pre-test counts nothing and shows the gain."""

    class Kind(models.TextChoices):
        PRE_TEST = "pre_test", _("Test before the course")
        TEST = "test", _("Test")
        PRACTICAL = "practical", _("Practical")
        PROJECT = "project", _("Project or assignment")

    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="components")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    name = models.CharField(_("name"), max_length=80)
    weight = models.PositiveSmallIntegerField(_("weight, %"), default=0)
    pass_mark = models.PositiveSmallIntegerField(_("pass mark of this part"), null=True, blank=True)
    rubric = models.JSONField(
        default=list, blank=True, help_text='[{"name", "most"}]: criteria or items and their highest points'
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["course_version", "number"], name="one_component_of_a_number"),
            models.CheckConstraint(
                condition=models.Q(kind="pre_test", weight=0) | (~models.Q(kind="pre_test") & models.Q(weight__range=(1, 100))),
                name="only_a_pre_test_weighs_nothing",
            ),
            models.CheckConstraint(condition=models.Q(pass_mark=None) | models.Q(pass_mark__lte=100), name="component_pass_mark"),
        ]

    def __str__(self):
        return self.name


class CourseMaterial(models.Model):
    """A file to download. It may be added to a version at any time and withdrawn, never replaced in place."""

    trail_kind = "course_material"
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="materials")
    title = models.CharField(_("title"), max_length=150)
    file = models.FileField(_("file"), upload_to="materials/%Y/")
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    trainers_only = models.BooleanField(_("for trainers only"), default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]

    def __str__(self):
        return self.title

    @property
    def trail_ref(self):
        return str(self.pk)


class CoursePrerequisite(models.Model):
    """One of the courses of which any one, unexpired on the first day, opens `course`."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="prerequisites")
    accepted = models.ForeignKey(Course, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "accepted"], name="one_prerequisite"),
            models.CheckConstraint(condition=~models.Q(course=models.F("accepted")), name="prerequisite_is_another"),
        ]


class CourseEquivalence(models.Model):
    """A completion of `accepted` satisfies a requirement of `course`."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="equivalences")
    accepted = models.ForeignKey(Course, models.PROTECT, related_name="+")
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "accepted"], name="one_equivalence"),
            models.CheckConstraint(condition=~models.Q(course=models.F("accepted")), name="equivalent_to_another"),
        ]


class RequirementQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The framework is public to everyone who signs in."""
        return self

    def on(self, day):
        """In force on that day."""
        return self.filter(in_force__contains=day)


class Requirement(models.Model):
    """Officers of a CSE cadre (in an organisation and all below, or everywhere) must hold the course. A rule that was
    published by mistake and undone is kept, in force on no day."""

    trail_kind = "requirement"
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="requirements", verbose_name=_("CSE cadre"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="requirements", verbose_name=_("course"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("MDA and all below")
    )
    in_force = DateRangeField(_("in force"))
    due_within_days = models.PositiveSmallIntegerField(_("due within days"), default=90)
    authority = models.CharField(_("authority"), max_length=300, blank=True)
    assumed = ArrayField(models.CharField(max_length=30), default=list)
    objects = RequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(due_within_days__lte=LONGEST_GRACE), name="grace_is_at_most_ten_years")
        ]

    def __str__(self):
        return f"{self.cadre}: {self.course}"

    def get_absolute_url(self):
        return reverse("training:requirement", args=[self.pk])

    @property
    def trail_ref(self):
        return str(self.pk)
