"""Cohorts: sessions, trainers, enrolments, attendance, results."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Officer, Organisation, Role

from .framework import CourseVersion


class CohortQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The calendar is for everyone who signs in; who sits in it is not."""
        return self.none() if scope.is_public else self

    def with_seats(self):
        """Adds `taken`: live enrolments; `free`: seats left."""
        taken = (
            Enrolment.objects.filter(cohort=models.OuterRef("pk"), state__in=Enrolment.LIVE)
            .order_by()
            .values("cohort")
            .annotate(n=models.Count("*"))
            .values("n")
        )
        taken = Coalesce(models.Subquery(taken), 0)
        return self.annotate(taken=taken, free=F("capacity") - taken)


class Cohort(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        OPEN = "open", _("Open")
        CONFIRMED = "confirmed", _("Confirmed")
        RUNNING = "running", _("Running")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    LIVE = [State.PLANNED, State.OPEN, State.CONFIRMED, State.RUNNING]

    trail_kind = "cohort"
    code = models.CharField(_("code"), max_length=20, unique=True)
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="cohorts", verbose_name=_("course"))
    campus = models.ForeignKey(Centre, models.PROTECT, related_name="cohorts", verbose_name=_("campus"))
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    capacity = models.PositiveSmallIntegerField(_("places"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    closed_on = models.DateField(null=True)
    joining_notes = models.TextField(_("joining notes"), blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cohort_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(capacity__gte=1, capacity__lte=500), name="cohort_has_places"),
        ]
        indexes = [models.Index(fields=["state", "starts_on"], name="cohort_calendar")]

    def __str__(self):
        return f"{self.course_version.course.title}, {self.code}"

    @property
    def trail_ref(self):
        return self.code

    def get_absolute_url(self):
        return reverse("training:cohort", args=[self.code])


class CohortTrainer(models.Model):
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="trainers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="cohorts_taught")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "user"], name="trainer_once_a_cohort")]


class CohortSession(models.Model):
    trail_kind = "session"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    title = models.CharField(_("title"), max_length=120, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "number"], name="one_session_of_a_number"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            ExclusionConstraint(
                name="sessions_of_a_cohort_do_not_overlap",
                expressions=[
                    ("cohort", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.cohort.code} session {self.number}"

    @property
    def trail_ref(self):
        return f"{self.cohort.code}/{self.number}"


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR and authorised officers: enrolments their MDA made; trainers: own cohorts; coordinators, administrators: all;
        a learner: own."""
        if scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR) or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            return self.filter(organisation__in=scope.organisation_ids)
        if scope.role == Role.TRAINER:
            return self.filter(cohort__trainers__user=scope.user)
        if scope.role == Role.LEARNER and scope.officer:
            return self.filter(officer=scope.officer)
        return self.none()

    def live(self):
        return self.filter(state__in=Enrolment.LIVE)


class Enrolment(models.Model):
    """An officer in a cohort. `organisation` is the MDA that enrolled the officer and stays so after a transfer."""

    class State(models.TextChoices):
        NOMINATED = "nominated", _("Nominated")
        APPROVED = "approved", _("Approved")
        WAITLISTED = "waitlisted", _("Waitlisted")
        OFFERED = "offered", _("Offered")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        SUBSTITUTED = "substituted", _("Substituted")
        COMPLETED = "completed", _("Completed")
        NOT_COMPLETED = "not_completed", _("Not completed")

    # States that hold a seat.
    LIVE = [State.NOMINATED, State.APPROVED, State.OFFERED, State.CONFIRMED, State.COMPLETED, State.NOT_COMPLETED]

    trail_kind = "enrolment"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="enrolments")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="enrolments")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=13, choices=State, default=State.CONFIRMED)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    enrolled_at = models.DateTimeField()
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    outcome_reason = models.TextField(_("why"), blank=True, help_text="set at closing: why completed or not")
    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "officer"],
                condition=~Q(state__in=["declined", "withdrawn", "substituted"]),
                name="one_live_enrolment_per_officer_and_cohort",
                violation_error_message=_("This officer is already enrolled in this cohort."),
            )
        ]
        indexes = [
            models.Index(fields=["officer", "state"], name="enrolment_of_officer"),
            models.Index(fields=["organisation", "state"], name="enrolment_of_mda"),
        ]

    def __str__(self):
        return f"{self.officer} in {self.cohort.code}"

    @property
    def trail_ref(self):
        return f"{self.cohort.code}/{self.officer.ref}"


class AttendanceQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Marks of the enrolments in sight."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(scope))


class Attendance(models.Model):
    class Mark(models.TextChoices):
        PRESENT = "present", _("Present")
        LATE = "late", _("Late")
        EXCUSED = "excused", _("Excused")
        ABSENT = "absent", _("Absent")

    class Source(models.TextChoices):
        PAGE = "page", _("Register page")
        API = "api", _("API")

    session = models.ForeignKey(CohortSession, models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="marks")
    mark = models.CharField(max_length=7, choices=Mark)
    source = models.CharField(max_length=4, choices=Source, default=Source.PAGE)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField()
    objects = AttendanceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "enrolment"], name="one_mark_a_session")]


class AssessmentResult(models.Model):
    """The final score, 0 to 100. A correction is a new row; the latest counts."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="results")
    score = models.DecimalField(max_digits=5, decimal_places=2)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_is_a_percentage"),
            models.UniqueConstraint(fields=["enrolment"], condition=Q(superseded_at=None), name="one_standing_result"),
        ]
