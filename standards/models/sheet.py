"""The score sheets: the auditors' ratings with evidence, and beside them the auditee's own self-assessment."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from centres.models import Role

from .audit import Audit, AuditSite
from .standard import Element


class RatingQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; the auditee once decided, a centre's manager that of the own centre."""
        found = self.filter(site__audit__in=Audit.objects.open_to(scope, auditee_from=[Audit.State.DECIDED]))
        return found.filter(site__centre=scope.centre) if scope.role == Role.CENTRE_MANAGER else found


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
    client_refs = ArrayField(
        models.CharField(max_length=40), default=list, help_text="of every save; one of them again is no change"
    )
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


class RatingConflictQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those who audit and decide."""
        return self.filter(site__audit__in=Audit.objects.open_to(scope))


class RatingConflict(models.Model):
    """A rating made on a device without having seen the one that stands. Both are shown; a member of the team settles which holds.
    Unsettled, it keeps the audit from being submitted."""

    trail_kind = "rating_conflict"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="rating_conflicts")
    element = models.ForeignKey(Element, models.PROTECT, related_name="+")
    value = models.CharField(_("rating"), max_length=2, choices=Rating.Value)
    justification = models.TextField(_("justification"), blank=True)
    client_ref = models.CharField(max_length=40, unique=True)
    base_revision = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(help_text="by the device's clock")
    received_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    taken = models.BooleanField(null=True, help_text="this one holds now; false: the one that stood stays")
    objects = RatingConflictQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["site", "element"], condition=Q(settled_at=None), name="conflict_open")]

    @property
    def trail_ref(self):
        return f"{self.site.audit.ref}/{self.site_id}/{self.element.code}"

    def __str__(self):
        return f"{self.element.code}: {self.get_value_display()}"


class Piece(models.Model):
    """What every piece of evidence holds. `collected_on` when it was seen, `covers_from/to` the period it speaks of, `received_at`
    when the portal had it: three different days."""

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        PHOTO = "photo", _("Photo")
        INTERVIEW = "interview", _("Interview")
        OBSERVATION = "observation", _("Observation")
        MYSTERY_VISIT = "mystery_visit", _("Mystery visit")
        DATA = "data", _("Data")

    WITH_FILE = (Kind.FILE, Kind.PHOTO)
    PICTURES = ("image/jpeg", "image/png")

    kind = models.CharField(_("kind"), max_length=13, choices=Kind)
    note = models.TextField(_("note"), blank=True)
    n = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    file = models.FileField(upload_to="evidence/%Y/%m/", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    collected_on = models.DateField(_("collected on"))
    covers_from = models.DateField(_("covers from"), null=True, blank=True)
    covers_to = models.DateField(_("covers to"), null=True, blank=True)
    received_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    client_ref = models.CharField(max_length=45, blank=True, help_text="the same again adds nothing")
    revision = models.PositiveSmallIntegerField(default=1)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replaced_by", help_text="the revision before; it stays"
    )
    removed_at = models.DateTimeField(null=True, help_text="taken back by its author before submission; kept for the trail")

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self):
        return self.file_name or self.note[:80]

    @property
    def trail_ref(self):
        return str(self.pk)

    @property
    def has_file(self):
        return self.kind in self.WITH_FILE

    @property
    def is_picture(self):
        """Shown small beside its name; opened, it comes as an attachment like any file."""
        return self.has_file and self.media_type in self.PICTURES


FILE_OR_NOTE = (Q(kind__in=["file", "photo"]) & ~Q(file="")) | (~Q(kind__in=["file", "photo"]) & ~Q(note=""))
PERIOD = Q(covers_from=None) | Q(covers_to=None) | Q(covers_to__gte=models.F("covers_from"))


class PieceQuerySet(models.QuerySet):
    def held(self):
        """The revisions that stand."""
        return self.filter(removed_at=None, replaced_by=None)

    def with_later(self):
        """`later`: whether a later revision takes its place."""
        return self.annotate(later=models.Exists(self.model.objects.filter(replaces=models.OuterRef("pk"))))


class EvidenceQuerySet(PieceQuerySet):
    def visible_to(self, scope):
        """Those who audit and decide; never the auditee: staff speak to auditors in confidence."""
        return self.filter(site__audit__in=Audit.objects.open_to(scope))


class Evidence(Piece):
    """Gathered by an auditor on one element: a file, a photo, or a note with its n. No names of citizens."""

    trail_kind = "evidence"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="evidence")
    element = models.ForeignKey(Element, models.PROTECT, related_name="evidence")
    objects = EvidenceQuerySet.as_manager()

    class Meta(Piece.Meta):
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "element", "client_ref"], condition=~Q(client_ref=""), name="evidence_sent_once"
            ),
            models.CheckConstraint(condition=FILE_OR_NOTE, name="evidence_is_a_file_or_a_note"),
            models.CheckConstraint(condition=PERIOD, name="evidence_covers_a_period"),
        ]


class SelfAssessmentQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """That it is asked for and where it stands: whoever sees the audit, but for HOPS."""
        return self.none() if scope.role == Role.HOPS else self.filter(audit__in=Audit.objects.visible_to(scope))


class SelfAssessment(models.Model):
    """The auditee rates itself on the elements of the same sheets. Submitted it is frozen, and shown beside the auditors' ratings."""

    trail_kind = "self_assessment"
    audit = models.OneToOneField(Audit, models.PROTECT, related_name="self_assessment")
    due_on = models.DateField(_("due"))
    opened_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="scoring of the self-ratings, as of an audit; see standards.scoring")
    objects = SelfAssessmentQuerySet.as_manager()

    def __str__(self):
        return self.audit.ref

    @property
    def trail_ref(self):
        return self.audit.ref


class SelfRating(models.Model):
    trail_kind = "self_rating"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="self_ratings")
    element = models.ForeignKey(Element, models.PROTECT, related_name="self_ratings")
    value = models.CharField(_("rating"), max_length=2, choices=Rating.Value)
    note = models.TextField(_("what shows it"), blank=True)
    revision = models.PositiveIntegerField(default=1)
    rated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "element"], name="one_self_rating_an_element")]

    def __str__(self):
        return f"{self.element.code}: {self.get_value_display()}"

    @property
    def trail_ref(self):
        return f"{self.site.audit.ref}/{self.site_id}/{self.element.code}"
