"""The training framework: courses, their versions and equivalents, and who must hold which."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from centres.models import Cadre, Organisation
from centres.models.places import Reference

LONGEST_GRACE = 3650  # days


class CourseQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The framework is public to everyone who signs in."""
        return self


class Course(Reference):
    trail_kind = "course"
    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="courses", verbose_name=_("CSE cadre"))
    prerequisite = models.CharField(_("prerequisite"), max_length=200, blank=True)
    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.title

    @property
    def trail_ref(self):
        return self.code

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("training:course", args=[self.code])


class CourseVersion(models.Model):
    """A curriculum as taught from a day; completions and certificates name it. Published versions are not edited."""

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
    published_on = models.DateField(null=True)

    class Meta:
        ordering = ["course__code", "-number"]
        constraints = [
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
        from django.urls import reverse

        return reverse("training:requirement", args=[self.pk])

    @property
    def trail_ref(self):
        return str(self.pk)
