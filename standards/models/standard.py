"""The Huduma Service Excellence Quality Standard as versioned data: edition, principles, criteria, elements."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class EditionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Published and retired editions are for everyone; a draft for those who keep the Standard."""
        return self if scope.role in ("administrator", "secretariat", "system") else self.exclude(state=Edition.State.DRAFT)

    def published(self):
        return self.filter(state=Edition.State.PUBLISHED)


class Edition(models.Model):
    """One edition. Immutable once published; an audit pins one."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    trail_kind = "edition"
    version = models.CharField(_("edition"), max_length=40, unique=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    published_on = models.DateField(null=True)
    in_force_on = models.DateField(_("in force from"), null=True, help_text="audits may be planned under it from this day")
    transition_until = models.DateField(
        _("transition until"), null=True, help_text="last day on which an audit may still be planned under the edition before"
    )
    retired_on = models.DateField(null=True)
    rules = models.JSONField(help_text="scale, thresholds, levels, finding rules and deadlines; read by standards.scoring")
    source = models.TextField(blank=True)
    drawn_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="drawn",
        help_text="what it was copied from: the draft published as this, or the edition cloned as this draft",
    )
    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"HSEQS {self.version}"

    @property
    def trail_ref(self):
        return self.version


class Principle(models.Model):
    trail_kind = "principle"
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="principles")
    code = models.CharField(max_length=4)
    name = models.CharField(_("principle"), max_length=100)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="principle_once_an_edition")]

    @property
    def trail_ref(self):
        return f"{self.edition.version}/{self.code}"

    def __str__(self):
        return self.name


class Criterion(models.Model):
    trail_kind = "criterion"
    principle = models.ForeignKey(Principle, models.PROTECT, related_name="criteria")
    code = models.CharField(max_length=6)
    name = models.CharField(_("criterion"), max_length=150)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "criteria"
        constraints = [models.UniqueConstraint(fields=["principle", "code"], name="criterion_once_a_principle")]

    @property
    def trail_ref(self):
        return f"{self.principle.edition.version}/{self.code}"

    def __str__(self):
        return self.name


class ElementQuerySet(models.QuerySet):
    def of(self, edition_id, place=None):
        """An edition's elements in its order; `place` mda or centre: those rated there."""
        found = self.filter(criterion__principle__edition=edition_id).select_related("criterion__principle")
        return found.filter(applies_to__in=[place, Element.AppliesTo.BOTH]) if place else found


class Element(models.Model):
    class AppliesTo(models.TextChoices):
        BOTH = "both", _("Head office and centre")
        CENTRE = "centre", _("Centre")
        MDA = "mda", _("Head office")

    trail_kind = "element"
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="elements")
    code = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    requirement = models.TextField()
    guidance = models.TextField(blank=True)
    evidence_types = ArrayField(models.CharField(max_length=60), default=list)
    critical = models.BooleanField(default=False)
    applies_to = models.CharField(max_length=6, choices=AppliesTo)
    weight = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    objects = ElementQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["criterion", "code"], name="element_once_a_criterion")]

    @property
    def trail_ref(self):
        return f"{self.criterion.principle.edition.version}/{self.code}"

    def __str__(self):
        return f"{self.code} {self.title}"


class ElementMapping(models.Model):
    """What an element of an earlier edition became in a later one; `new` null: it was dropped. Trends across editions follow it."""

    trail_kind = "element_mapping"
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="mappings", help_text="the later edition")
    old = models.ForeignKey(Element, models.PROTECT, related_name="became")
    new = models.ForeignKey(Element, models.PROTECT, null=True, related_name="was")
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "old", "new"], nulls_distinct=False, name="element_mapped_once")
        ]

    def __str__(self):
        return f"{self.old.code} → {self.new.code if self.new else '–'}"

    @property
    def trail_ref(self):
        return f"{self.edition.version}/{self.old.code}"
