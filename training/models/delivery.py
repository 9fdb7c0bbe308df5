"""Cohorts: their sessions and trainers, and who sits in them.

Columns `busy` (tstzmultirange) of enrolments and cohort trainers are the cohort's session times; triggers keep them, and
exclusion constraints on them refuse an officer or a trainer in two places at once (migration 0009).
"""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Officer, Organisation, Role

from .framework import CourseVersion
from .resources import Room


class CohortQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The calendar is for everyone who signs in; who sits in it is not."""
        return self.none() if scope.is_public else self

    def with_seats(self, organisations=()):
        """Adds `taken`: live enrolments; `free`: seats left in the pool, and those kept for these MDAs (ids)."""
        live = Enrolment.objects.filter(state__in=Enrolment.LIVE).order_by()
        taken = live.filter(cohort=models.OuterRef("pk")).values("cohort").annotate(n=models.Count("*")).values("n")
        held = live.filter(cohort=models.OuterRef("cohort"), organisation=models.OuterRef("organisation"))
        held = held.values("cohort").annotate(n=models.Count("*")).values("n")
        quotas = self.model._meta.get_field("quotas").related_model.objects.standing().filter(cohort=models.OuterRef("pk"))
        left = Greatest(F("seats") - Coalesce(models.Subquery(held), 0), 0)
        kept = quotas.exclude(organisation__in=organisations).order_by().values("cohort").annotate(n=models.Sum(left)).values("n")
        taken, kept = Coalesce(models.Subquery(taken), 0), Coalesce(models.Subquery(kept), 0)
        return self.annotate(taken=taken, free=F("capacity") - taken - kept)


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
    minimum = models.PositiveSmallIntegerField(_("held from"), default=1, help_text="officers needed for it to be held")
    decide_by = models.DateField(_("decided by"), null=True, blank=True, help_text="go or no go")
    nominations_close_on = models.DateField(_("nominations close"), null=True, blank=True, help_text="last day to nominate")
    offer_hours = models.PositiveSmallIntegerField(_("an offer stands, hours"), default=48)
    cancel_reason = models.CharField(max_length=300, blank=True)
    rebook_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", help_text="offered in place of the one that is cancelled"
    )
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
    reason = models.CharField(max_length=200, blank=True, help_text="why in spite of a clash or without accreditation")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "user"], name="trainer_once_a_cohort")]


class SessionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """As cohorts: everyone who signs in."""
        return self.none() if scope.is_public else self


class CohortSession(models.Model):
    trail_kind = "session"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room"))
    link = models.URLField(_("link"), blank=True, help_text="where it is held online")
    room_reason = models.CharField(max_length=200, blank=True, help_text="why the room is booked twice or too small")
    cancelled_at = models.DateTimeField(null=True)
    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False, help_text="of its calendar event, for ever")
    sequence = models.PositiveSmallIntegerField(default=0, help_text="of its calendar event: one more at each change")
    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            ExclusionConstraint(
                name="room_booked_once",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None, room_reason=""),
                violation_error_message=_("The room is booked at that time."),
            ),
            models.UniqueConstraint(fields=["cohort", "number"], name="one_session_of_a_number"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            ExclusionConstraint(
                name="sessions_of_a_cohort_do_not_overlap",
                expressions=[
                    ("cohort", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
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

    # States in which an officer is expected in the hall.
    SEATED = [State.APPROVED, State.CONFIRMED]
    # States before the cohort is closed that hold a seat, and those that ever held one to the end.
    HOLDING = [State.NOMINATED, State.APPROVED, State.OFFERED, State.CONFIRMED]
    LIVE = [State.NOMINATED, State.APPROVED, State.OFFERED, State.CONFIRMED, State.COMPLETED, State.NOT_COMPLETED]

    trail_kind = "enrolment"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="enrolments")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="enrolments")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=13, choices=State, default=State.CONFIRMED)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    enrolled_at = models.DateTimeField()
    approve_by = models.DateTimeField(null=True, help_text="a nomination not approved by then gives its seat back")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True, help_text="since when on the waiting list; the queue goes by this, then by id")
    answered_at = models.DateTimeField(null=True, help_text="when the officer, or the MDA for the officer, confirmed or declined")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", help_text="the enrolment whose seat this officer took over"
    )
    clash_reason = models.CharField(max_length=200, blank=True, help_text="why in spite of another course at the same time")
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
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(enrolled_by=None) | ~Q(approved_by=F("enrolled_by")),
                name="nomination_approved_by_another",
                violation_error_message=_("Whoever nominated does not approve."),
            ),
            models.CheckConstraint(
                condition=~Q(state="waitlisted") | Q(queued_at__isnull=False), name="waiting_since_some_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["cohort", "queued_at", "id"], condition=Q(state="waitlisted"), name="waiting_list"),
            models.Index(fields=["approve_by"], condition=Q(state="nominated"), name="nominations_to_approve"),
            models.Index(fields=["officer", "state"], name="enrolment_of_officer"),
            models.Index(fields=["organisation", "state"], name="enrolment_of_mda"),
        ]

    def __str__(self):
        return f"{self.officer} in {self.cohort.code}"

    @property
    def trail_ref(self):
        return f"{self.cohort.code}/{self.officer.ref}"
