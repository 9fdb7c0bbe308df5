"""The standing of a certification: acts that change it, the history of what happened, appeals."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Organisation

from .audit import KEEPERS, OF_THE_MDA, Audit
from .certification import Certification, CertificationSite, OfCertificationQuerySet
from .decision import Decision

USER = settings.AUTH_USER_MODEL


class CertificationAct(models.Model):
    """A change of a certification's standing: one person asks, another decides; lapse and surveillance come by the clock."""

    class Kind(models.TextChoices):
        SUSPEND = "suspend", _("Suspend")
        RESTORE = "restore", _("Restore")
        WITHDRAW = "withdraw", _("Withdraw")
        REDUCE = "reduce", _("Reduce the scope")
        LOWER = "lower", _("Lower the level")

    class Ground(models.TextChoices):
        OVERDUE_MAJOR = "overdue_major", _("Major nonconformity overdue")
        REFUSED_SURVEILLANCE = "refused_surveillance", _("Surveillance refused")
        NOT_PASSED = "not_passed", _("Surveillance not passed")
        MISUSE = "misuse", _("Misuse of the mark")
        COVERAGE = "coverage", _("Training coverage below the floor")
        VOLUNTARY = "voluntary", _("Asked for by the MDA")
        FALSIFICATION = "falsification", _("Falsified evidence")
        NOT_CURED = "not_cured", _("Not put right in time")
        CURED = "cured", _("Put right")
        REORGANISED = "reorganised", _("Reorganised")
        APPEAL = "appeal", _("Appeal upheld")
        LEVEL = "level", _("Level no longer reached")

    class State(models.TextChoices):
        ASKED = "asked", _("To be decided")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "certification_act"
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="acts")
    kind = models.CharField(_("act"), max_length=8, choices=Kind)
    ground = models.CharField(_("ground"), max_length=20, choices=Ground)
    reason = models.CharField(_("reason"), max_length=300)
    sites = models.ManyToManyField(CertificationSite, blank=True, related_name="+", help_text="of a reduction: those that leave")
    audit = models.ForeignKey(Audit, models.PROTECT, null=True, related_name="+", help_text="of a lowering: the audit that it follows from")
    levels = models.JSONField(null=True, help_text="of a lowering: {certificate or id of a place: [level before, level after]}")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", help_text="null: the portal's timetable")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = OfCertificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["certification"], condition=Q(state="asked"), name="one_open_act_a_certification"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by=None) | ~Q(decided_by=F("asked_by")),
                name="certification_act_decided_by_another",
                violation_error_message=_("Whoever asked does not decide."),
            ),
            models.CheckConstraint(
                condition=Q(kind="lower", levels__isnull=False, audit__isnull=False) | ~Q(kind="lower") & Q(levels__isnull=True, audit__isnull=True),
                name="lowering_says_its_levels",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.certification.number}"

    @property
    def trail_ref(self):
        return f"{self.certification.number}/{self.pk}"

    @property
    def lowered(self):
        """(level, lower level) of the certificate, in words; None of another act."""
        return self.levels and [Certification.Level(level).label for level in self.levels["certificate"]]

    def get_absolute_url(self):
        return reverse("standards:certification_act", args=[self.pk])


class CertificationEventQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The history of the register is public."""
        return self


# What appeals write into the register, and what a reader sees of it.
OF_APPEALS = {
    "Appeal upheld": _("Appeal upheld"),
    "Appeal rejected": _("Appeal rejected"),
    "Appeal taken back": _("Appeal taken back"),
    "Scope restored: appeal upheld": _("Scope restored: appeal upheld"),
    "Level restored: appeal upheld": _("Level restored: appeal upheld"),
}


class CertificationEvent(models.Model):
    """What happened to a certification, dated, with reason and actor: the public history and the change feed. Append-only; the feed
    runs in the order of `id`."""

    class Kind(models.TextChoices):
        AWARDED = "awarded", _("Certified")
        RENEWED = "renewed", _("Certified again")
        SURVEILLED = "surveilled", _("Surveillance passed")
        SUSPENDED = "suspended", _("Suspended")
        RESTORED = "restored", _("Restored")
        REDUCED = "reduced", _("Scope reduced")
        LOWERED = "lowered", _("Level lowered")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        APPEALED = "appealed", _("Appeal lodged")
        APPEAL_DECIDED = "appeal_decided", _("Appeal decided")

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind)
    on = models.DateField()
    recorded_at = models.DateTimeField()
    public_text = models.CharField(max_length=300, blank=True, help_text="what the public register says; names nobody")
    before = models.CharField(max_length=9, blank=True)
    after = models.CharField(max_length=9)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", help_text="null: the portal's timetable")
    act = models.ForeignKey(CertificationAct, models.PROTECT, null=True, related_name="events")
    objects = CertificationEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["certification", "kind"],
                condition=Q(kind__in=["awarded", "renewed", "expired"]),
                name="event_once_a_certification",
            )
        ]

    @property
    def said(self):
        """What the register says, in the reader's language where the portal wrote it."""
        if self.kind in (self.Kind.AWARDED, self.Kind.LOWERED):
            said = self.public_text.rpartition(" ")[2].lower()
            level = Certification.Level(said if said in Certification.Level else self.certification.level)
            return _("level %(level)s, %(n)s stars") % {"level": level.label, "n": Certification.STARS[level]}
        if self.kind == self.Kind.RENEWED:
            return _("Replaced by %(number)s") % {"number": self.public_text.rpartition(" ")[2]}
        if self.public_text in OF_APPEALS:
            return OF_APPEALS[self.public_text]
        own = self.kind in (self.Kind.REDUCED, self.Kind.APPEALED, self.Kind.APPEAL_DECIDED)
        return self.act.get_ground_display() if self.act_id and not own else self.public_text


class AppealQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat and panel; an MDA its own."""
        if scope.is_system or scope.role in KEEPERS:
            return self
        return self.filter(organisation__in=scope.organisation_ids) if scope.role in OF_THE_MDA else self.none()


class CertificationAppeal(models.Model):
    """An MDA appeals against a decision or an act. People without any part in it decide; the outcome is published."""

    class State(models.TextChoices):
        LODGED = "lodged", _("Lodged")
        UPHELD = "upheld", _("Upheld")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "certification_appeal"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("MDA"))
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="appeals")
    act = models.ForeignKey(CertificationAct, models.PROTECT, null=True, blank=True, related_name="appeals")
    grounds = models.TextField(_("grounds"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.LODGED)
    effect_suspended = models.BooleanField(_("effect suspended"), null=True, help_text="the act waits for the outcome")
    lodged_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField()
    due_on = models.DateField(help_text="decided by then")
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reasons = models.TextField(_("reasons"), blank=True)
    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["decision"], condition=Q(decision__isnull=False), name="one_appeal_a_decision"),
            models.UniqueConstraint(fields=["act"], condition=Q(act__isnull=False), name="one_appeal_an_act"),
            models.CheckConstraint(
                condition=Q(decision=None, act__isnull=False) | Q(decision__isnull=False, act=None),
                name="appeal_is_against_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("lodged_by")), name="appeal_decided_by_another"
            ),
        ]

    def __str__(self):
        return str(self.decision or self.act)

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        return reverse("standards:appeal", args=[self.pk])
