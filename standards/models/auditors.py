"""The auditor register: who is qualified, who trained or advised whom, and how alike auditors judge."""

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation, Role

from .audit import KEEPERS
from .sheet import Rating
from .standard import Edition, Element

USER = settings.AUTH_USER_MODEL


class AuditorQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat, panel and HOPS: all; an auditor: oneself."""
        if scope.is_system or scope.role in (*KEEPERS, Role.HOPS):
            return self
        return self.filter(user=scope.user) if scope.role == Role.AUDITOR else self.none()


class Auditor(models.Model):
    """A line of the register. Whether the assessor's certificate is valid is read from the portal's own training, never typed."""

    trail_kind = "auditor"
    user = models.OneToOneField(USER, models.PROTECT, related_name="auditor")
    sectors = models.CharField(_("sectors known"), max_length=300, blank=True)
    languages = models.CharField(_("languages"), max_length=120, blank=True)
    audits_a_year = models.PositiveSmallIntegerField(_("audits a year at most"), default=12)
    paused_on = models.DateField(_("paused from"), null=True, blank=True)
    paused_reason = models.CharField(_("reason"), max_length=300, blank=True)
    entered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    entered_on = models.DateField()
    objects = AuditorQuerySet.as_manager()

    class Meta:
        ordering = ["user__name"]

    def __str__(self):
        return str(self.user)

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        return reverse("standards:auditor", args=[self.pk])


class EngagementQuerySet(models.QuerySet):
    def visible_to(self, scope):
        if scope.is_system or scope.role in KEEPERS:
            return self
        return self.filter(user=scope.user) if scope.role == Role.AUDITOR else self.none()


class Engagement(models.Model):
    """A person worked for an MDA or a centre otherwise than as its officer: advised, trained, or has another tie. Stands in the way
    of auditing or deciding there until the cooling-off is over."""

    class Kind(models.TextChoices):
        ADVISED = "advised", _("Advised")
        TRAINED = "trained", _("Trained its staff")
        TIE = "tie", _("Other tie")

    trail_kind = "engagement"
    user = models.ForeignKey(USER, models.PROTECT, related_name="engagements")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("MDA"))
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("centre"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    during = DateRangeField(_("from, to"))
    note = models.CharField(_("what"), max_length=300)
    recorded_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-during"]
        indexes = [models.Index(fields=["user"], name="engagement_of_user")]

    def __str__(self):
        return f"{self.user}: {self.get_kind_display()}, {self.centre or self.organisation}"

    @property
    def trail_ref(self):
        return str(self.pk)


class CalibrationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat and panel: all; auditors: those that are open or closed."""
        if scope.is_system or scope.role in KEEPERS:
            return self
        return self.exclude(state=Calibration.State.DRAFT) if scope.role == Role.AUDITOR else self.none()


class Calibration(models.Model):
    """A made-up case that every auditor rates alone, once a year; agreement is shown when it closes."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    trail_kind = "calibration"
    title = models.CharField(_("title"), max_length=150)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("edition"))
    closes_on = models.DateField(_("closes"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    objects = CalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return self.title

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        return reverse("standards:calibration", args=[self.pk])


class CalibrationItem(models.Model):
    """One element of the case: what is told, and what those who made the case hold to be right."""

    calibration = models.ForeignKey(Calibration, models.PROTECT, related_name="items")
    element = models.ForeignKey(Element, models.PROTECT, related_name="+")
    story = models.TextField(_("what was found"))
    expected = models.CharField(_("rating held to be right"), max_length=2, choices=Rating.Value)

    class Meta:
        ordering = ["element__position"]
        constraints = [models.UniqueConstraint(fields=["calibration", "element"], name="element_once_a_calibration")]


class CalibrationAnswer(models.Model):
    item = models.ForeignKey(CalibrationItem, models.PROTECT, related_name="answers")
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    value = models.CharField(max_length=2, choices=Rating.Value)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="answer_once_an_item")]
