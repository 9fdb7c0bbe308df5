"""Changes of who must be trained, and what an officer is let off or credited with: rule changes, waivers, prior training."""

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Cadre, Officer, Organisation, Role
from centres.models.people import new_ref

from .framework import LONGEST_GRACE, Course, CourseVersion, Requirement

USER = settings.AUTH_USER_MODEL


def change_ref():
    return new_ref("RC")


class RequirementChangeQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """What was ever in force: everyone; drafts: coordinators, the HOPS office and administrators."""
        if scope.is_system or scope.role in (Role.COORDINATOR, Role.HOPS, Role.ADMINISTRATOR):
            return self
        return self.exclude(state__in=[RequirementChange.State.DRAFT, RequirementChange.State.DISCARDED])


class RequirementChange(models.Model):
    """A draft of the rules, its effect previewed, then published, and undone if it was wrong. The rules lab is its draft state."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHING = "publishing", _("Being applied")
        PUBLISHED = "published", _("Published")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    trail_kind = "requirement_change"
    ref = models.CharField(max_length=12, unique=True, default=change_ref, editable=False)
    title = models.CharField(_("title"), max_length=200)
    authority = models.CharField(_("authority"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    preview = models.JSONField(default=dict, help_text="effect as last counted: sampled or exact, per status and cadre")
    previewed_at = models.DateTimeField(null=True)
    counted = models.PositiveIntegerField(null=True, help_text="exact count under way: officers looked at so far")
    officers = models.PositiveIntegerField(default=0, help_text="officers whom the change can touch")
    applied = models.PositiveIntegerField(default=0, help_text="applying or undoing: of these, done so far")
    applied_to = models.BigIntegerField(default=0, help_text="id of the last officer done")
    claimed_at = models.DateTimeField(null=True, help_text="last sign of life of the worker that counts or applies")
    drafted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    objects = RequirementChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("rule change")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("training:rule_change", args=[self.ref])

    @property
    def trail_ref(self):
        return self.ref


class RequirementChangeLine(models.Model):
    """One step of a change: a new requirement, or the end of one in force. A new edition of a rule is both."""

    class Act(models.TextChoices):
        ADD = "add", _("Require")
        END = "end", _("No longer require")

    change = models.ForeignKey(RequirementChange, models.CASCADE, related_name="lines")
    act = models.CharField(max_length=3, choices=Act)
    requirement = models.ForeignKey(
        Requirement,
        models.PROTECT,
        null=True,
        related_name="change_lines",
        help_text="the one ended; the one made once published",
    )
    ends_on = models.DateField(null=True, help_text="end: first day on which it no longer binds")
    was_in_force = DateRangeField(null=True, help_text="end: what in_force was, to undo")
    cadre = models.ForeignKey(Cadre, models.PROTECT, null=True, related_name="+", verbose_name=_("CSE cadre"))
    course = models.ForeignKey(Course, models.PROTECT, null=True, related_name="+", verbose_name=_("course"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("MDA and all below")
    )
    in_force = DateRangeField(null=True)
    due_within_days = models.PositiveSmallIntegerField(_("due within days"), null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="change_line_is_whole",
                condition=Q(act="end", requirement__isnull=False, ends_on__isnull=False)
                | Q(
                    act="add",
                    cadre__isnull=False,
                    course__isnull=False,
                    in_force__isnull=False,
                    in_force__isempty=False,
                    due_within_days__isnull=False,
                    due_within_days__lte=LONGEST_GRACE,
                ),
            )
        ]


class OfOfficerQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those of officers in sight; coordinators and administrators all."""
        if scope.is_system or scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR):
            return self
        return self.filter(officer__in=Officer.objects.visible_to(scope))


class Waiver(models.Model):
    """Days on which no course is required of an officer, for a reason; another person approves. It ends by itself."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        ENDED = "ended", _("Ended early")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    COUNTED = [State.APPROVED, State.ENDED]

    trail_kind = "waiver"
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="waivers")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", help_text="the MDA that asked")
    reason = models.TextField(_("reason"))
    during = DateRangeField(_("waived"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = OfOfficerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["officer"], name="waiver_of_officer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="waiver_decided_by_another",
                violation_error_message=_("Whoever asked for a waiver does not decide it."),
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False), name="waiver_has_an_end"
            ),
        ]

    def __str__(self):
        return f"{self.officer}: {self.get_state_display()}"

    @property
    def trail_ref(self):
        return str(self.pk)

    @property
    def last_day(self):
        return self.during.upper - dt.timedelta(days=1)

    def state_as_of(self, day):
        """The state, where an approved waiver is in_force, ahead or expired."""
        if self.state != self.State.APPROVED:
            return self.state
        return "ahead" if day < self.during.lower else "in_force" if day < self.during.upper else "expired"

    def get_absolute_url(self):
        return reverse("training:waiver", args=[self.pk])


class PriorTraining(models.Model):
    """Training done elsewhere or before the portal, with evidence. It counts once a second person has verified it."""

    class State(models.TextChoices):
        CLAIMED = "claimed", _("To be verified")
        VERIFIED = "verified", _("Verified")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    STANDING = [State.CLAIMED, State.VERIFIED]

    trail_kind = "prior_training"
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="prior_training")
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="+", verbose_name=_("counts as"))
    provider = models.CharField(_("provider"), max_length=200)
    title = models.CharField(_("title as on the certificate"), max_length=200)
    on = models.DateField(_("completed"))
    until = models.DateField(_("valid until"), null=True, blank=True, help_text="first day on which it no longer counts")
    evidence = models.FileField(_("evidence"), upload_to="prior-training/%Y/")
    evidence_sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CLAIMED)
    claimed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    claimed_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = OfOfficerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("claimed_by")),
                name="prior_training_verified_by_another",
                violation_error_message=_("Whoever recorded this training does not verify it."),
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("on")), name="prior_training_lasts_a_day"),
            models.UniqueConstraint(
                fields=["officer", "course_version", "on"],
                condition=Q(state__in=["claimed", "verified"]),
                name="prior_training_recorded_once",
            ),
        ]

    def __str__(self):
        return f"{self.officer}: {self.title}"

    @property
    def trail_ref(self):
        return str(self.pk)

    @property
    def last_day(self):
        return self.until and self.until - dt.timedelta(days=1)

    def get_absolute_url(self):
        return reverse("training:prior", args=[self.pk])
