"""The attendance register: every mark ever made, the one that stands, and corrections that need a second person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .delivery import CohortSession, Enrolment

USER = settings.AUTH_USER_MODEL


class AttendanceQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Marks of the enrolments in sight."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(scope))


class Mark(models.TextChoices):
    PRESENT = "present", _("Present")
    LATE = "late", _("Late")
    EXCUSED = "excused", _("Excused")
    ABSENT = "absent", _("Absent")


class Source(models.TextChoices):
    PAGE = "page", _("Register page")
    DEVICE = "device", _("Phone without network")
    QR = "qr", _("Checked in by QR code")
    PAPER = "paper", _("Paper sheet")
    API = "api", _("API")
    CORRECTION = "correction", _("Correction")


class AttendanceEntry(models.Model):
    """One mark as somebody made it; never changed but to say what became of it. `base`: the entry that stood on the device
    when the mark was made. A mark made over another that the device had not seen waits in state `conflict` for a person."""

    class State(models.TextChoices):
        APPLIED = "applied", _("Applied")
        CONFLICT = "conflict", _("In conflict")
        SET_ASIDE = "set_aside", _("Set aside")

    client_id = models.UUIDField(unique=True, help_text="given by the device; the same one again changes nothing")
    session = models.ForeignKey(CohortSession, models.PROTECT, related_name="entries")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="entries")
    mark = models.CharField(max_length=7, choices=Mark)
    source = models.CharField(max_length=10, choices=Source)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.APPLIED)
    device = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="needed once the session is over for a day")
    marked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField(help_text="by the device's clock, never later than received")
    received_at = models.DateTimeField()
    settled_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["session", "enrolment", "id"], name="entries_of_a_mark"),
            models.Index(fields=["session"], condition=Q(state="conflict"), name="marks_in_conflict"),
        ]


class Attendance(models.Model):
    """The mark that stands for an officer in a session."""

    Mark = Mark
    Source = Source

    session = models.ForeignKey(CohortSession, models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="marks")
    mark = models.CharField(max_length=7, choices=Mark)
    source = models.CharField(max_length=10, choices=Source, default=Source.PAGE)
    entry = models.ForeignKey(AttendanceEntry, models.PROTECT, null=True, related_name="+")
    marked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField()
    objects = AttendanceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "enrolment"], name="one_mark_a_session")]


class SheetScan(models.Model):
    """A signed paper sheet, photographed or scanned: the evidence of marks taken from paper."""

    trail_kind = "sheet_scan"
    session = models.ForeignKey(CohortSession, models.PROTECT, related_name="scans")
    file = models.FileField(_("file"), upload_to="sheets/%Y/")
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    @property
    def trail_ref(self):
        return str(self.pk)


class OfEnrolmentQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those of the enrolments in sight."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(scope))


class Correction(models.Model):
    """A change asked for after the cohort was closed: of a mark (`session`, `mark`) or of a result (`component`, `score`).
    Another person decides; the outcome is then decided anew."""

    class State(models.TextChoices):
        ASKED = "asked", _("To be decided")
        MADE = "made", pgettext_lazy("correction", "Made")
        REFUSED = "refused", _("Refused")

    trail_kind = "correction"
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="corrections")
    session = models.ForeignKey(CohortSession, models.PROTECT, null=True, related_name="+")
    mark = models.CharField(max_length=7, choices=Mark, blank=True)
    component = models.ForeignKey("training.AssessmentComponent", models.PROTECT, null=True, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    was = models.CharField(max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)
    objects = OfEnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="correction_decided_by_another",
                violation_error_message=_("Whoever asked for a correction does not decide it."),
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False, mark__gt="", score=None) | Q(session=None, mark="", score__range=(0, 100)),
                name="correction_of_a_mark_or_a_result",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment}"

    @property
    def trail_ref(self):
        return str(self.pk)


class Appeal(models.Model):
    """A learner disputes a mark, a result or the outcome; somebody who made none of them decides, by a day."""

    class About(models.TextChoices):
        ATTENDANCE = "attendance", _("Attendance")
        RESULT = "result", _("Result")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "appeal"
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="appeals")
    about = models.CharField(_("about"), max_length=10, choices=About)
    session = models.ForeignKey(CohortSession, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("session"))
    component = models.ForeignKey(
        "training.AssessmentComponent",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("part of the assessment"),
    )
    grounds = models.TextField(_("grounds"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    due_on = models.DateField(_("to be decided by"))
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    correction = models.OneToOneField(Correction, models.PROTECT, null=True, related_name="appeal")
    objects = OfEnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "about"], condition=Q(state="open"), name="one_open_appeal_of_a_kind"),
        ]

    def __str__(self):
        return f"{self.enrolment}"

    @property
    def trail_ref(self):
        return str(self.pk)
