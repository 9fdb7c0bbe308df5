"""What training leaves behind: completions, certificates, and the keys that sign them."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Officer, Role
from centres.models.people import new_ref

from .delivery import Enrolment
from .framework import CourseVersion
from .rules import PriorTraining


class CompletionQuerySet(models.QuerySet):
    def held_on(self, day):
        """Unexpired on that day: `on` counts, `until` does not."""
        return self.filter(Q(until=None) | Q(until__gt=day), on__lte=day)

    def visible_to(self, scope):
        return self.filter(officer__in=Officer.objects.visible_to(scope)) if not scope.role == Role.COORDINATOR else self


class Completion(models.Model):
    """An officer completed a course version. It belongs to the officer, whatever MDA comes after. `until` null: for good."""

    trail_kind = "completion"
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="completions")
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="completions")
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, related_name="completion")
    prior = models.OneToOneField(
        PriorTraining, models.PROTECT, null=True, related_name="completion", help_text="training elsewhere that was verified"
    )
    on = models.DateField(_("completed"))
    until = models.DateField(_("valid until"), null=True)
    withdrawn_on = models.DateField(null=True, help_text="the certificate was revoked: it no longer counts from this day")
    objects = CompletionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("on")), name="completion_lasts_a_day")]
        indexes = [models.Index(fields=["officer", "course_version", "on", "until"], name="completion_of_officer")]

    def __str__(self):
        return f"{self.officer}: {self.course_version}"

    @property
    def trail_ref(self):
        return str(self.pk)


class SigningKey(models.Model):
    """A public Ed25519 key that has signed certificates; kept for ever, so old certificates verify."""

    trail_kind = "signing_key"
    kid = models.CharField(max_length=16, unique=True, help_text="first 8 bytes of SHA-256 of the public key, hex")
    public_key = models.CharField(max_length=64, help_text="base64url of 32 bytes")
    first_used_on = models.DateField()
    retired_on = models.DateField(null=True, help_text="signs nothing from this day; what it signed still verifies")

    def __str__(self):
        return self.kid

    @property
    def trail_ref(self):
        return self.kid


def certificate_code():
    """96 bits that nobody can guess, in groups that a person can type."""
    raw = new_ref("", 20)[1:]
    return "-".join(raw[i : i + 5] for i in range(0, 20, 5))


class CertificateQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those whose officer is in sight; coordinators all; trainers of own cohorts."""
        if scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR) or scope.is_system:
            return self
        if scope.role == Role.TRAINER:
            return self.filter(completion__enrolment__cohort__trainers__user=scope.user)
        return self.filter(completion__officer__in=Officer.objects.visible_to(scope))


class Certificate(models.Model):
    """The award as printed. The holder's name and course are kept as printed, whatever changes later."""

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        SUPERSEDED = "superseded", _("Superseded")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")

    trail_kind = "certificate"
    completion = models.ForeignKey(Completion, models.PROTECT, related_name="certificates")
    number = models.CharField(_("number"), max_length=20, unique=True, help_text="CSE-2026-000123")
    code = models.CharField(max_length=23, unique=True, default=certificate_code)
    holder = models.CharField(_("holder"), max_length=200)
    course_code = models.CharField(max_length=20)
    course_title = models.CharField(max_length=200)
    issued_on = models.DateField(_("issued"))
    expires_on = models.DateField(_("expires"), null=True)
    state = models.CharField(max_length=10, choices=State, default=State.VALID, help_text="expired is computed from expires_on")
    state_on = models.DateField(null=True)
    state_reason = models.CharField(max_length=300, blank=True)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    payload = models.TextField(help_text="base64url of the signed CBOR that the QR carries")
    document = models.FileField(upload_to="certificates/%Y/", blank=True)
    drawn_at = models.DateTimeField(null=True)
    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["completion"], condition=Q(state="valid"), name="one_valid_certificate_a_completion"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(drawn_at=None), name="certificate_not_drawn")]

    def __str__(self):
        return f"{self.number}, {self.holder}"

    @property
    def trail_ref(self):
        return self.number

    @property
    def last_day(self):
        """The last day it counts: what is printed. `expires_on` is the first day it does not."""
        return self.expires_on - dt.timedelta(days=1) if self.expires_on else None

    def state_as_of(self, day):
        """The state, where a valid one is expired from `expires_on`."""
        if self.state == self.State.VALID and self.expires_on and day >= self.expires_on:
            return "expired"
        return self.state


class SerialNumber(models.Model):
    """The last serial given in a year; locked while certificates are numbered, so that numbers have no gaps."""

    series = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)


class CertificateActQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Coordinators and administrators."""
        return self if scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR) or scope.is_system else self.none()


class CertificateAct(models.Model):
    """Certificates to be revoked, suspended or reinstated, one or a range of numbers: one person asks, another decides."""

    class Kind(models.TextChoices):
        REVOKE = "revoke", _("Revoke")
        SUSPEND = "suspend", _("Suspend")
        REINSTATE = "reinstate", _("Reinstate")

    class State(models.TextChoices):
        ASKED = "asked", _("To be decided")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "certificate_act"
    kind = models.CharField(_("act"), max_length=9, choices=Kind)
    first_number = models.CharField(_("first number"), max_length=20)
    last_number = models.CharField(_("last number"), max_length=20)
    certificates = models.ManyToManyField(Certificate, related_name="acts")
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = CertificateActQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="certificate_act_decided_by_another",
                violation_error_message=_("Whoever asked does not decide."),
            ),
        ]

    def __str__(self):
        numbers = self.first_number if self.first_number == self.last_number else f"{self.first_number} – {self.last_number}"
        return f"{self.get_kind_display()}: {numbers}"

    def get_absolute_url(self):
        return reverse("training:certificate_act", args=[self.pk])

    @property
    def trail_ref(self):
        return str(self.pk)


class CorrectionRequestQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """A learner's own; HR and authorised officers those of officers now in their MDA; coordinators and administrators all."""
        if scope.is_system or scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR):
            return self
        if scope.role == Role.LEARNER:
            return self.filter(officer=scope.officer) if scope.officer else self.none()
        return self.filter(officer__in=Officer.objects.visible_to(scope))


class CorrectionRequest(models.Model):
    """An officer asks the own MDA to correct what the register holds of them. Once a name is corrected, standing certificates
    are issued anew and the old ones superseded."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        MADE = "made", _("Corrected")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "correction_request"
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="correction_requests")
    fields = models.JSONField(help_text="{field: [as it is, as it should be]}")
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.FileField(_("evidence"), upload_to="corrections/%Y/", blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = CorrectionRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=Q(state="asked"), name="one_open_correction_request")
        ]

    def __str__(self):
        return f"{self.officer}"

    @property
    def trail_ref(self):
        return str(self.pk)
