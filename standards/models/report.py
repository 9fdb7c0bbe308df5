"""The audit report: what goes out, signed and locked at issue; addenda after it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from training.models import SigningKey

from .audit import Audit

USER = settings.AUTH_USER_MODEL


class AuditReportQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; the auditee reads what was issued to it, drafts as well, a centre's manager where it is of the own
        centre alone: a report is signed for all its sites."""
        return self.filter(audit__in=Audit.objects.open_to(scope, auditee_from=Audit.SUBMITTED).read_whole(scope))


class AuditReport(models.Model):
    """A report as issued: its whole content as data, hashed and signed. The draft goes to the auditee for comments; the final one
    carries them. Nothing of an issued report changes; what comes later is an addendum."""

    class Kind(models.TextChoices):
        DRAFT = "draft", _("Draft report")
        FINAL = "final", _("Report")

    trail_kind = "audit_report"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="reports")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    number = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField(help_text="every answered field; see standards.services.reports")
    sha256 = models.CharField(max_length=64, help_text="of the canonical content (RFC 8785)")
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    signature = models.TextField(help_text="Ed25519 over the hash, base64url")
    issued_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    comments_by = models.DateField(_("comments by"), null=True, help_text="of a draft: the auditee's last day to comment")
    document = models.FileField(upload_to="reports/%Y/", blank=True)
    workbook = models.FileField(upload_to="reports/%Y/", blank=True)
    drawn_at = models.DateTimeField(null=True)
    objects = AuditReportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["audit", "kind", "number"], name="report_once_a_number")]
        indexes = [models.Index(fields=["id"], condition=Q(drawn_at=None), name="report_not_drawn")]

    def __str__(self):
        return f"{self.audit.ref}: {self.get_kind_display()} {self.number}"

    @property
    def trail_ref(self):
        return f"{self.audit.ref}/{self.kind}/{self.number}"

    def get_absolute_url(self):
        return reverse("standards:report", args=[self.audit.ref, self.kind, self.number])


class ReportAddendum(models.Model):
    """What was added to an issued report, signed as the report is."""

    trail_kind = "report_addendum"
    report = models.ForeignKey(AuditReport, models.PROTECT, related_name="addenda")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("addendum"))
    sha256 = models.CharField(max_length=64)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    signature = models.TextField()
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="addendum_once_a_number")]

    def __str__(self):
        return f"{self.report}: {self.number}"

    @property
    def trail_ref(self):
        return f"{self.report.trail_ref}/{self.number}"
