"""The independent decision on an audit, and the certification that follows."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation
from training.models import SigningKey
from training.models.awards import certificate_code

from .audit import Audit, AuditSite


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Whoever sees the audit; the auditee once it is final."""
        audits = Audit.objects.visible_to(scope)
        if not (scope.is_national or scope.is_system):
            audits = audits.filter(state=Audit.State.DECIDED)
        return self.filter(audit__in=audits)


class Decision(models.Model):
    """By someone who is not on the audit's team: refused by policy, service and database."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Refuse")
        DEFER = "defer", _("Defer")

    trail_kind = "decision"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("decision"), max_length=7, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    result = models.JSONField(help_text="scoring for the decision, on the day")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()
    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["audit"], condition=~Q(outcome="defer"), name="one_final_decision_an_audit"),
            models.CheckConstraint(condition=~Q(reasons=""), name="decisions_give_reasons"),
        ]

    def __str__(self):
        return f"{self.audit.ref}: {self.get_outcome_display()}"

    @property
    def trail_ref(self):
        return self.audit.ref


class CertificationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The register is public."""
        return self

    def in_force(self, on):
        return self.filter(state=Certification.State.IN_FORCE, issued_on__lte=on, expires_on__gt=on)

    def expired(self, on):
        return self.filter(state=Certification.State.IN_FORCE, expires_on__lte=on)

    def as_of(self, on):
        """Adds `now`: in_force, expired, suspended or withdrawn on that day."""
        gone = models.When(state=Certification.State.IN_FORCE, expires_on__lte=on, then=models.Value("expired"))
        return self.annotate(now=models.Case(gone, default=F("state"), output_field=models.CharField()))


class Certification(models.Model):
    class State(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        SUSPENDED = "suspended", _("Suspended")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Level(models.TextChoices):
        CERTIFIED = "certified", _("Certified")
        COMMENDED = "commended", _("Commended")
        EXCELLENCE = "excellence", _("Excellence")

    STARS = {Level.CERTIFIED: 3, Level.COMMENDED: 4, Level.EXCELLENCE: 5}

    trail_kind = "certification"
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="certification")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="certifications", verbose_name=_("MDA"))
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="certifications", verbose_name=_("centre"))
    number = models.CharField(_("number"), max_length=20, unique=True, help_text="HSEQS-2026-0012")
    code = models.CharField(max_length=23, unique=True, default=certificate_code)
    holder = models.CharField(max_length=250, help_text="as printed")
    level = models.CharField(_("level"), max_length=10, choices=Level)
    issued_on = models.DateField(_("certified"))
    expires_on = models.DateField(_("expires"))
    state = models.CharField(max_length=9, choices=State, default=State.IN_FORCE, help_text="expired is computed from expires_on")
    state_on = models.DateField(null=True)
    state_reason = models.CharField(max_length=300, blank=True)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    payload = models.TextField()
    objects = CertificationQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-number"]
        constraints = [models.CheckConstraint(condition=Q(expires_on__gt=F("issued_on")), name="certification_lasts_a_day")]
        indexes = [models.Index(fields=["organisation", "state"], name="certification_of_mda")]

    def __str__(self):
        return f"{self.number}, {self.holder}"

    @property
    def trail_ref(self):
        return self.number

    @property
    def last_day(self):
        return self.expires_on - dt.timedelta(days=1)

    @property
    def stars(self) -> int:
        return self.STARS[self.level]

    def state_as_of(self, day):
        """in_force, expired, suspended or withdrawn."""
        if self.state == self.State.IN_FORCE and day >= self.expires_on:
            return "expired"
        return self.state

    def get_absolute_url(self):
        return reverse("standards:certification", args=[self.code])


class CertificationSite(models.Model):
    """A place that the certificate lists, with its own level."""

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="sites")
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Certification.Level)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certification", "site"], name="site_once_a_certification")]
