"""The independent decision on an audit, and the certification that follows."""

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation, Role
from training.models import SigningKey
from training.models.awards import certificate_code

from .audit import KEEPERS, OF_THE_MDA, Audit, AuditSite

USER = settings.AUTH_USER_MODEL


class PanelVoteQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat; the panel, of a round still open once one's own vote is in it: nobody votes after colleagues."""
        if scope.is_system or scope.role == Role.SECRETARIAT:
            return self
        if scope.role != Role.PANEL:
            return self.none()
        own = PanelVote.objects.filter(audit=models.OuterRef("audit"), round=models.OuterRef("round"), user=scope.user)
        closed = Decision.objects.filter(audit=models.OuterRef("audit"), round=models.OuterRef("round"))
        return self.filter(models.Exists(own) | models.Exists(closed))


class PanelVote(models.Model):
    """A panel member's recommendation in one round; a deferred decision opens the next round. Never changed: who thinks again votes
    in the next round. A declared interest is a vote that counts for nothing and keeps its author out."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Do not certify")
        DEFER = "defer", _("Defer")
        INTEREST = "interest", _("Interest declared")

    trail_kind = "panel_vote"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="votes")
    round = models.PositiveSmallIntegerField(default=1)
    user = models.ForeignKey(USER, models.PROTECT, related_name="panel_votes")
    outcome = models.CharField(_("recommendation"), max_length=8, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    at = models.DateTimeField()
    objects = PanelVoteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "round", "user"], name="vote_once_a_round"),
            models.CheckConstraint(condition=~Q(reasons=""), name="votes_give_reasons"),
        ]

    def __str__(self):
        return f"{self.audit.ref}: {self.get_outcome_display()}"

    @property
    def trail_ref(self):
        return self.audit.ref


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Whoever sees the audit; the auditee once it is final."""
        audits = Audit.objects.visible_to(scope)
        if not (scope.is_national or scope.is_system):
            audits = audits.filter(state=Audit.State.DECIDED)
        return self.filter(audit__in=audits)


class Decision(models.Model):
    """Of the panel, recorded by its chair of the day; nobody of the audit's team: refused by policy, service and database."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Refuse")
        DEFER = "defer", _("Defer")

    trail_kind = "decision"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("decision"), max_length=7, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    result = models.JSONField(help_text="scoring for the decision, on the day: re-ratings, plans accepted and findings open")
    round = models.PositiveSmallIntegerField(default=1, help_text="whose votes led to it")
    quorum = models.PositiveSmallIntegerField(default=1, help_text="votes that the edition asks for")
    checks = models.JSONField(default=list, help_text="the conflict checks as shown: [{person, check, passed, found}]")
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
        return self.standing().filter(expires_on__lte=on)

    def at_centre(self, centre, on=None):
        """Of the centre itself, or of an MDA with the centre in its scope: ever, or still on that day."""
        covered = CertificationSite.objects.filter(certification=models.OuterRef("pk"), site__centre=centre)
        covered = covered.filter(Q(left_on=None) | Q(left_on__gt=on)) if on else covered
        return self.filter(Q(centre=centre) | Q(models.Exists(covered)))

    def standing(self):
        """Neither withdrawn nor replaced: what may have expired, or be renewed."""
        return self.filter(state__in=Certification.STANDING)

    def as_of(self, on):
        """Adds `now`: in_force, expired, suspended, withdrawn or replaced on that day."""
        gone = models.When(state__in=Certification.STANDING, expires_on__lte=on, then=models.Value("expired"))
        return self.annotate(now=models.Case(gone, default=F("state"), output_field=models.CharField()))


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
        constraints = [models.CheckConstraint(condition=Q(expires_on__gt=F("issued_on")), name="certification_lasts_a_day")]
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


class CertificationActQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat and panel; an MDA those on its own certifications."""
        if scope.is_system or scope.role in KEEPERS:
            return self
        return self.filter(certification__organisation__in=scope.organisation_ids) if scope.role in OF_THE_MDA else self.none()


class CertificationAct(models.Model):
    """A change of a certification's standing: one person asks, another decides; lapse and surveillance come by the clock."""

    class Kind(models.TextChoices):
        SUSPEND = "suspend", _("Suspend")
        RESTORE = "restore", _("Restore")
        WITHDRAW = "withdraw", _("Withdraw")
        REDUCE = "reduce", _("Reduce the scope")

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
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", help_text="null: the portal's timetable")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    objects = CertificationActQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["certification"], condition=Q(state="asked"), name="one_open_act_a_certification"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by=None) | ~Q(decided_by=F("asked_by")),
                name="certification_act_decided_by_another",
                violation_error_message=_("Whoever asked does not decide."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.certification.number}"

    @property
    def trail_ref(self):
        return f"{self.certification.number}/{self.pk}"

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
                fields=["certification", "kind"], condition=Q(kind__in=["awarded", "renewed", "expired"]), name="event_once_a_certification"
            )
        ]

    @property
    def said(self):
        """What the register says, in the reader's language where the portal wrote it."""
        if self.kind == self.Kind.AWARDED:
            return _("Level: %(level)s") % {"level": self.certification.get_level_display()}
        if self.kind == self.Kind.RENEWED:
            return _("Replaced by %(number)s") % {"number": self.public_text.rpartition(" ")[2]}
        if self.public_text in OF_APPEALS:
            return OF_APPEALS[self.public_text]
        own = self.kind in (self.Kind.REDUCED, self.Kind.APPEALED, self.Kind.APPEAL_DECIDED)
        return self.act.get_ground_display() if self.act_id and not own else self.public_text


class SurveillanceQuerySet(models.QuerySet):
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
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Not passed")
        MISSED = "missed", _("Missed")

    trail_kind = "surveillance"
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="surveillances")
    month = models.PositiveSmallIntegerField(_("by month"))
    due_on = models.DateField(_("due"))
    seed = models.CharField(max_length=64)
    elements = ArrayField(models.CharField(max_length=8), help_text="codes")
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DUE)
    audit = models.OneToOneField(Audit, models.PROTECT, null=True, related_name="surveillance")
    objects = SurveillanceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on"]
        constraints = [models.UniqueConstraint(fields=["certification", "month"], name="surveillance_once_a_month")]

    def __str__(self):
        return f"{self.certification.number}, {self.month}"

    @property
    def trail_ref(self):
        return f"{self.certification.number}/{self.month}"


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
