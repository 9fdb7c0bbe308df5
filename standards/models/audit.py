"""An audit: its sites, team, declarations, stage 1, visits and meetings."""

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation, Role
from cse_portal.lib import clock

from .standard import Edition

KEEPERS = (Role.SECRETARIAT, Role.PANEL)
OF_THE_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)


class VotesThatCount(models.Func):
    """How many votes of an audit's round count on a day."""

    template = "(SELECT count(*) FROM standards_votes_that_count(%(expressions)s))"
    output_field = models.IntegerField()


class AuditQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """That an audit is, when, and what came of it. Secretariat, panel and HOPS: all; auditors: those whose team they are on;
        an MDA and a centre's manager: their own, an unannounced one once on site."""
        if scope.role in (*KEEPERS, Role.HOPS) or scope.is_system:
            return self
        if scope.role == Role.AUDITOR:
            return self.filter(team__user=scope.user)
        rated = AuditSite.objects.filter(audit=models.OuterRef("pk"), ratings__isnull=False)
        never_came = Q(state__in=[Audit.State.CANCELLED, Audit.State.LAPSED]) & ~models.Exists(rated)
        unseen = Q(state__in=[Audit.State.PLANNED, Audit.State.STAGE_1]) | never_came
        return self.of_auditee(scope).exclude(Q(kind=Audit.Kind.SHORT_NOTICE) & unseen)

    def of_auditee(self, scope):
        if scope.role in OF_THE_MDA:
            return self.filter(organisation__in=scope.organisation_ids)
        if scope.role == Role.CENTRE_MANAGER and scope.centre:
            return self.filter(models.Exists(AuditSite.objects.filter(audit=models.OuterRef("pk"), centre=scope.centre)))
        return self.none()

    def open_to(self, scope, auditee_from=()):
        """What was found. Secretariat and panel: all; auditors: those whose team they are on, once declared free of interest;
        the auditee: its own, in the states `auditee_from`. HOPS reads counts, not sheets."""
        if scope.role in KEEPERS or scope.is_system:
            return self
        if scope.role == Role.AUDITOR:
            return self.filter(team__user=scope.user, team__declared_at__isnull=False, team__interest=False)
        return self.of_auditee(scope).filter(state__in=auditee_from)

    def read_whole(self, scope):
        """Left out: of a centre's manager, audits that looked at other sites as well. A report is signed for all its sites."""
        if scope.role != Role.CENTRE_MANAGER:
            return self
        return self.exclude(models.Exists(AuditSite.objects.filter(audit=models.OuterRef("pk")).exclude(centre=scope.centre)))

    def locked(self, pk, no_key=False):
        """The audit under lock, with what its rules read. `no_key`: rows may go on to refer to it meanwhile."""
        return self.select_for_update(of=["self"], no_key=no_key).select_related("organisation", "centre", "edition").get(pk=pk)

    def under_review(self):
        """Between report and decision. Adds `recommended_at`, `sent_at` and `reviewed_as` of the latest review."""
        of_audit = lambda model: apps.get_model("standards", model).objects.filter(audit=models.OuterRef("pk"))  # noqa: E731
        review = of_audit("TechnicalReview").order_by("-id")
        return self.filter(state=Audit.State.REPORT).annotate(
            sent_at=models.Subquery(review.values("reviewed_at")[:1]),
            reviewed_as=models.Subquery(review.values("outcome")[:1]),
            recommended_at=models.Subquery(of_audit("Recommendation").order_by("-id").values("made_at")[:1]),
        )

    def waiting_for_review(self):
        """Recommended, and not reviewed since."""
        return self.under_review().filter(Q(sent_at=None) | Q(sent_at__lt=models.F("recommended_at")), recommended_at__isnull=False)

    def waiting_for_decision(self):
        """Passed by the technical review. Adds the present `round` of votes and `votes_cast`, those so far that count today (`ballots`)."""
        deferred = apps.get_model("standards", "Decision").objects.filter(audit=models.OuterRef("pk"), outcome="defer").order_by()
        deferrals = models.Subquery(deferred.values("audit").annotate(n=models.Count("pk")).values("n"))
        found = self.under_review().filter(reviewed_as="passed", sent_at__gte=models.F("recommended_at"))
        return found.annotate(round=1 + Coalesce(deferrals, 0)).annotate(votes_cast=VotesThatCount("pk", Cast("round", models.IntegerField()), models.Value(clock.today())))


class Audit(models.Model):
    """Of one MDA or one Huduma Centre, under one edition."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
        STAGE_1 = "stage_1", _("Stage 1")
        STAGE_2 = "stage_2", _("Stage 2")
        SUBMITTED = "submitted", _("Submitted")
        REPORT = "report", _("Report")
        DECIDED = "decided", _("Decided")
        LAPSED = "lapsed", _("Lapsed")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        CERTIFICATION = "certification", _("Certification")
        SURVEILLANCE = "surveillance", _("Surveillance")
        RECERTIFICATION = "recertification", _("Recertification")
        SHORT_NOTICE = "short_notice", _("Short notice")

    OPEN = (State.PLANNED, State.SELF_ASSESSMENT, State.STAGE_1, State.STAGE_2)
    BEFORE_STAGE_2 = (State.PLANNED, State.SELF_ASSESSMENT, State.STAGE_1)
    SUBMITTED = (State.SUBMITTED, State.REPORT, State.DECIDED)
    ENDED = (State.DECIDED, State.LAPSED, State.CANCELLED)

    trail_kind = "audit"
    ref = models.CharField(max_length=14, unique=True, help_text="AU-2026-0007")
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="audits",
        verbose_name=_("MDA"),
        help_text="whose services are audited; a centre's operator",
    )
    centre = models.ForeignKey(
        Centre,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audits",
        verbose_name=_("centre"),
        help_text="set when one centre, not the MDA, is certified",
    )
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="audits", verbose_name=_("edition"))
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.CERTIFICATION)
    certification = models.ForeignKey(
        "standards.Certification",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audits_after",
        help_text="watched over, or to be renewed",
    )
    elements_asked = ArrayField(
        models.CharField(max_length=8),
        null=True,
        help_text="codes that a surveillance looks at; null: every element of the edition",
    )
    scope_text = models.CharField(_("scope"), max_length=300, blank=True, help_text="the services, as the certificate names them")
    state = models.CharField(_("state"), max_length=15, choices=State, default=State.PLANNED)
    ended_on = models.DateField(null=True, help_text="lapsed or cancelled")
    ended_reason = models.CharField(max_length=300, blank=True)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="scoring at submission, fixed for ever; see standards.scoring")
    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-ref"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="audit_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "report", "decided"])
                | Q(submitted_by__isnull=False, submitted_at__isnull=False, result__isnull=False),
                name="submitted_audits_carry_their_result",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "starts_on"], name="audit_by_state"),
            models.Index(fields=["organisation"], name="audit_of_mda"),
        ]

    def __str__(self):
        return f"{self.ref}, {self.subject}"

    @property
    def trail_ref(self):
        return self.ref

    @property
    def subject(self):
        """What is certified: the centre, or the MDA."""
        return self.centre or self.organisation

    @property
    def is_open(self):
        return self.state in self.OPEN

    def get_absolute_url(self):
        return reverse("standards:audit", args=[self.ref])


class AuditSiteQuerySet(models.QuerySet):
    def open_to(self, scope):
        """Of an audit that they read, whose results: a centre's manager those of the own centre; others all."""
        return self.filter(centre=scope.centre) if scope.role == Role.CENTRE_MANAGER else self


class WithPlace(models.Manager.from_queryset(AuditSiteQuerySet)):
    """A site is shown and judged by its place, so it comes with it."""

    def get_queryset(self):
        return super().get_queryset().select_related("centre")


class AuditSite(models.Model):
    """A place rated: the MDA's head office (centre null: its `mda` elements) or a centre (its `centre` elements)."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="sites")
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="audit_sites")

    objects = WithPlace()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "centre"], nulls_distinct=False, name="site_once_an_audit"),
        ]

    def __str__(self):
        return str(self.centre) if self.centre else str(_("Head office"))

    @property
    def applies_to(self) -> str:
        return "centre" if self.centre_id else "mda"


class WithName(models.Manager):
    """A member of a team is shown by name, so the user comes along."""

    def get_queryset(self):
        return super().get_queryset().select_related("user")


class TeamMember(models.Model):
    """An auditor of the team, who declares before the sheet opens. `interest` true: may not rate; the secretariat names another."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="audit_teams")
    is_lead = models.BooleanField(_("lead auditor"), default=False)
    declared_at = models.DateTimeField(null=True)
    interest = models.BooleanField(null=True, help_text="what was declared: an interest in the MDA or none")
    declaration = models.TextField(blank=True)

    objects = WithName()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audit", "user"], name="auditor_once_a_team"),
            models.UniqueConstraint(fields=["audit"], condition=Q(is_lead=True), name="one_lead_auditor"),
        ]


class Stage1Review(models.Model):
    """The desk review: is the MDA ready for the visit, and what is to be looked at. Not ready: done again."""

    trail_kind = "stage_1_review"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="stage_1_reviews")
    ready = models.BooleanField(_("ready for stage 2"))
    read = models.TextField(_("documents read"))
    concerns = models.TextField(_("areas of concern"), blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    @property
    def trail_ref(self):
        return self.audit.ref

    def __str__(self):
        return self.audit.ref


class VisitQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The auditee's own, once it sees the audit; who audits and decides."""
        auditee = scope.role in (*OF_THE_MDA, Role.CENTRE_MANAGER)
        return self.filter(audit__in=Audit.objects.visible_to(scope) if auditee else Audit.objects.open_to(scope))


class Visit(models.Model):
    """A line of the audit plan: where the team is, when, and for what."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="visits")
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="visits", verbose_name=_("site"))
    on = models.DateField(_("day"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    activity = models.CharField(_("what"), max_length=200)
    auditors = models.ManyToManyField(TeamMember, blank=True, related_name="visits", verbose_name=_("auditors"))
    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["on", "starts", "id"]
        constraints = [models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="visit_ends_after_it_starts")]


class Meeting(models.Model):
    """The opening or closing meeting. At the closing meeting the findings are shown; the auditee's head signs that they were."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening meeting")
        CLOSING = "closing", _("Closing meeting")

    trail_kind = "audit_meeting"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="meetings")
    kind = models.CharField(_("meeting"), max_length=7, choices=Kind)
    on = models.DateField(_("day"))
    present = models.TextField(_("present"))
    notes = models.TextField(_("notes"), blank=True)
    signed_for_auditee = models.CharField(_("signed for the auditee"), max_length=200, blank=True, help_text="name and office")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audit", "kind"], name="meeting_once_a_kind")]

    @property
    def trail_ref(self):
        return f"{self.audit.ref}/{self.kind}"

    def __str__(self):
        return f"{self.audit.ref}: {self.get_kind_display()}"
