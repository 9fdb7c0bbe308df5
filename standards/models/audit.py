"""An audit: its sites, team, ratings with evidence, and the findings raised."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Organisation, Role

from .standard import Edition, Element

KEEPERS = (Role.SECRETARIAT, Role.PANEL)
OF_THE_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION)


class AuditQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """That an audit is, when, and what came of it. Secretariat, panel and HOPS: all; auditors: those whose team they are on;
        an MDA and a centre's manager: their own, once submitted."""
        if scope.role in (*KEEPERS, Role.HOPS) or scope.is_system:
            return self
        if scope.role == Role.AUDITOR:
            return self.filter(team__user=scope.user)
        return self.of_auditee(scope).filter(state__in=Audit.SUBMITTED)

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

    def waiting_for_decision(self):
        return self.filter(state=Audit.State.SUBMITTED)


class Audit(models.Model):
    """Of one MDA or one Huduma Centre, under one edition."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        STAGE_2 = "stage_2", _("Stage 2")
        SUBMITTED = "submitted", _("Submitted")
        DECIDED = "decided", _("Decided")
        LAPSED = "lapsed", _("Lapsed")

    OPEN = (State.PLANNED, State.STAGE_2)
    SUBMITTED = (State.SUBMITTED, State.DECIDED)

    trail_kind = "audit"
    ref = models.CharField(max_length=14, unique=True, help_text="AU-2026-0007")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="audits", verbose_name=_("MDA"), help_text="whose services are audited; a centre's operator")
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, blank=True, related_name="audits", verbose_name=_("centre"), help_text="set when one centre, not the MDA, is certified")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="audits", verbose_name=_("edition"))
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PLANNED)
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
                condition=~Q(state__in=["submitted", "decided"]) | Q(submitted_by__isnull=False, submitted_at__isnull=False, result__isnull=False),
                name="submitted_audits_carry_their_result",
            ),
        ]
        indexes = [models.Index(fields=["state", "starts_on"], name="audit_by_state"), models.Index(fields=["organisation"], name="audit_of_mda")]

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


class AuditSite(models.Model):
    """A place rated: the MDA's head office (centre null: its `mda` elements) or a centre (its `centre` elements)."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="sites")
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="audit_sites")

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


class TeamMember(models.Model):
    """An auditor of the team, who declares before the sheet opens. `interest` true: may not rate; the secretariat names another."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="audit_teams")
    is_lead = models.BooleanField(_("lead auditor"), default=False)
    declared_at = models.DateTimeField(null=True)
    interest = models.BooleanField(null=True, help_text="what was declared: an interest in the MDA or none")
    declaration = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audit", "user"], name="auditor_once_a_team"),
            models.UniqueConstraint(fields=["audit"], condition=Q(is_lead=True), name="one_lead_auditor"),
        ]


class RatingQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; the auditee once decided."""
        return self.filter(site__audit__in=Audit.objects.open_to(scope, auditee_from=[Audit.State.DECIDED]))


class Rating(models.Model):
    class Value(models.TextChoices):
        NOT_MET = "N", _("Not met")
        PARTLY_MET = "P", _("Partly met")
        MET = "M", _("Met")
        EXEMPLARY = "E", _("Exemplary")
        NOT_APPLICABLE = "NA", _("Not applicable")

    trail_kind = "rating"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="ratings")
    element = models.ForeignKey(Element, models.PROTECT, related_name="ratings")
    value = models.CharField(_("rating"), max_length=2, choices=Value)
    justification = models.TextField(_("justification"), blank=True)
    na_approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    client_refs = ArrayField(models.CharField(max_length=40), default=list, help_text="of every save; one of them again is no change")
    rated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rated_at = models.DateTimeField()
    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "element"], name="one_rating_an_element")]

    def __str__(self):
        return f"{self.element.code}: {self.get_value_display()}"

    @property
    def trail_ref(self):
        return f"{self.site.audit.ref}/{self.site_id}/{self.element.code}"


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those who audit and decide; never the auditee: staff speak to auditors in confidence."""
        return self.filter(site__audit__in=Audit.objects.open_to(scope))

    def held(self):
        return self.filter(removed_at=None)


class Evidence(models.Model):
    """A file, or a note of an interview, an observation or data with its n."""

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        INTERVIEW = "interview", _("Interview")
        OBSERVATION = "observation", _("Observation")
        DATA = "data", _("Data")

    trail_kind = "evidence"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="evidence")
    element = models.ForeignKey(Element, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    note = models.TextField(_("note"), blank=True)
    n = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    file = models.FileField(upload_to="evidence/%Y/%m/", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    collected_on = models.DateField(_("collected on"))
    received_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    client_ref = models.CharField(max_length=45, blank=True, help_text="the same again adds nothing")
    removed_at = models.DateTimeField(null=True, help_text="taken back by its author before submission; kept for the trail")
    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["site", "element", "client_ref"], condition=~Q(client_ref=""), name="evidence_sent_once"),
            models.CheckConstraint(condition=(Q(kind="file") & ~Q(file="")) | (~Q(kind="file") & ~Q(note="")), name="evidence_is_a_file_or_a_note"),
        ]

    def __str__(self):
        return self.file_name or self.note[:80]

    @property
    def trail_ref(self):
        return str(self.pk)


class FindingQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; the auditee from submission, to answer them."""
        return self.filter(audit__in=Audit.objects.open_to(scope, auditee_from=Audit.SUBMITTED))

    def open_majors(self):
        return self.filter(grade=Finding.Grade.MAJOR).exclude(state__in=Finding.CLOSED)


class Finding(models.Model):
    """A nonconformity or remark inside an audit, raised by the edition's rules or by an auditor."""

    class Grade(models.TextChoices):
        MAJOR = "major", _("Major")
        MINOR = "minor", _("Minor")
        OBSERVATION = "observation", _("Observation")
        GOOD_PRACTICE = "good_practice", _("Good practice")

    class State(models.TextChoices):
        RAISED = "raised", _("Raised")
        DISPUTED = "disputed", _("Disputed")
        PLAN_DUE = "plan_due", _("Plan due")
        PLAN_ACCEPTED = "plan_accepted", _("Plan accepted")
        EVIDENCE_SUBMITTED = "evidence_submitted", _("Evidence submitted")
        VERIFIED = "verified", _("Verified")
        EFFECTIVE = "effective", _("Effective")
        REOPENED = "reopened", _("Reopened")

    CLOSED = [State.VERIFIED, State.EFFECTIVE]

    trail_kind = "finding"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField()
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="findings")
    grade = models.CharField(_("grade"), max_length=13, choices=Grade)
    rule = models.CharField(max_length=40, blank=True, help_text="the rule of the edition that raised it; blank: raised by hand")
    about = models.CharField(max_length=8, blank=True, help_text="code of the element, criterion or principle that the rule judged")
    elements = models.ManyToManyField(Element, related_name="findings")
    statement = models.TextField(_("finding"))
    state = models.CharField(_("state"), max_length=18, choices=State, default=State.RAISED)
    due_on = models.DateField(null=True)
    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["audit", "number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="finding_once_a_number"),
            models.UniqueConstraint(fields=["site", "rule", "about"], condition=~Q(rule=""), name="finding_once_a_rule"),
        ]

    def __str__(self):
        return f"{self.audit.ref} {self.label}"

    @property
    def label(self) -> str:
        """NC-02 of a nonconformity, OB-02 of the others."""
        return f"{'NC' if self.grade in (self.Grade.MAJOR, self.Grade.MINOR) else 'OB'}-{self.number:02}"

    @property
    def trail_ref(self):
        return f"{self.audit.ref}/{self.number}"
