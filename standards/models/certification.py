"""A certification, the places it lists, and the surveillances that watch over it."""

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.models import Centre, Organisation
from cse_portal.lib import clock
from training.models import SigningKey
from training.models.awards import certificate_code

from .audit import KEEPERS, OF_THE_MDA, Audit, AuditSite
from .decision import Decision


class CertificationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The register is public."""
        return self

    def in_force(self, on):
        return self.filter(state=Certification.State.IN_FORCE, issued_on__lte=on, expires_on__gt=on)

    def expired(self, on):
        return self.standing().filter(expires_on__lte=on)

    def at_centre(self, centre, on=None):
        """Of the centre itself, or of an MDA with the centre in its scope: ever, or still on that day."""
        covered = CertificationSite.objects.filter(certification=models.OuterRef("pk"), site__centre=centre)
        covered = covered.filter(Q(left_on=None) | Q(left_on__gt=on)) if on else covered
        return self.filter(Q(centre=centre) | Q(models.Exists(covered)))

    def standing(self):
        """Neither withdrawn nor replaced: what may have expired, or be renewed."""
        return self.filter(state__in=Certification.STANDING)

    def of_office(self, thing):
        """Of the same office as this audit or certification: the centre, whoever runs it, or the MDA itself."""
        return self.filter(centre=thing.centre_id) if thing.centre_id else self.filter(organisation=thing.organisation_id, centre=None)

    def as_of(self, on):
        """Adds `now`: in_force, expired, suspended, withdrawn or replaced on that day."""
        gone = models.When(state__in=Certification.STANDING, expires_on__lte=on, then=models.Value("expired"))
        return self.annotate(now=models.Case(gone, default=F("state"), output_field=models.CharField()))


def _once(name, subject, condition):
    """Of one office no two stand on the same day; looked at when the transaction ends, as one takes the place of another."""
    runs = models.Func("issued_on", "expires_on", function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=name,
        expressions=[(subject, RangeOperators.EQUAL), (runs, RangeOperators.OVERLAPS)],
        condition=Q(state__in=["in_force", "suspended"]) & condition,
        deferrable=models.Deferrable.DEFERRED,
    )


class Certification(models.Model):
    class State(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        SUSPENDED = "suspended", _("Suspended")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REPLACED = "replaced", _("Renewed")

    class Level(models.TextChoices):
        CERTIFIED = "certified", _("Certified")
        COMMENDED = "commended", _("Commended")
        EXCELLENCE = "excellence", _("Excellence")

    STANDING = (State.IN_FORCE, State.SUSPENDED)
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
    scope_text = models.CharField(_("scope"), max_length=300, blank=True, help_text="as printed")
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="renewed_by", help_text="the certification it continues"
    )
    suspended_until = models.DateField(null=True, help_text="withdrawn if not restored by then")
    state = models.CharField(max_length=9, choices=State, default=State.IN_FORCE, help_text="expired is computed from expires_on")
    state_on = models.DateField(null=True)
    state_reason = models.CharField(max_length=300, blank=True)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    payload = models.TextField()
    document = models.FileField(upload_to="certifications/%Y/", blank=True)
    drawn_at = models.DateTimeField(null=True)
    objects = CertificationQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-number"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_on__gt=F("issued_on")), name="certification_lasts_a_day"),
            _once("one_standing_certification_of_an_mda", "organisation", Q(centre=None)),
            _once("one_standing_certification_of_a_centre", "centre", Q(centre__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="certification_of_mda"),
            models.Index(fields=["id"], condition=Q(drawn_at=None), name="certification_not_drawn"),
        ]

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
        """in_force, expired, suspended, withdrawn or replaced."""
        if self.state in self.STANDING and day >= self.expires_on:
            return "expired"
        return self.state

    @property
    def state_today(self):
        return self.state_as_of(clock.today())

    def stood_on(self, day):
        """Whether it was in force on a day gone by: suspended and restored since, it was not in between. Reads `events` in their order."""
        said = [event.after for event in self.events.all() if event.on <= day]
        state = said[-1] if said else self.state
        return self.issued_on <= day < self.expires_on and state == self.State.IN_FORCE

    def get_absolute_url(self):
        return reverse("standards:certification", args=[self.code])


class CertificationSite(models.Model):
    """A place that the certificate lists, with its own level."""

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="sites")
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Certification.Level)
    left_on = models.DateField(null=True, help_text="taken out of the scope from this day")
    left_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certification", "site"], name="site_once_a_certification")]


class OfCertificationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat and panel; an MDA those of its own certifications."""
        if scope.is_system or scope.role in KEEPERS:
            return self
        return self.filter(certification__organisation__in=scope.organisation_ids) if scope.role in OF_THE_MDA else self.none()


class Surveillance(models.Model):
    """Watching over a certification, by month 12 and 24: all critical elements, a third of the rest drawn from a seed, open findings."""

    class State(models.TextChoices):
        DUE = "due", _("To be planned")
        PLANNED = "planned", _("Planned")
        PASSED = "passed", pgettext_lazy("surveillance", "Passed")
        FAILED = "failed", pgettext_lazy("surveillance", "Not passed")
        MISSED = "missed", _("Missed")

    trail_kind = "surveillance"
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="surveillances")
    month = models.PositiveSmallIntegerField(_("by month"))
    due_on = models.DateField(_("due"))
    seed = models.CharField(max_length=64)
    elements = ArrayField(models.CharField(max_length=8), help_text="codes")
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DUE)
    audit = models.OneToOneField(Audit, models.PROTECT, null=True, related_name="surveillance")
    objects = OfCertificationQuerySet.as_manager()

    class Meta:
        ordering = ["due_on"]
        constraints = [models.UniqueConstraint(fields=["certification", "month"], name="surveillance_once_a_month")]

    def __str__(self):
        return f"{self.certification.number}, {self.month}"

    @property
    def trail_ref(self):
        return f"{self.certification.number}/{self.month}"
