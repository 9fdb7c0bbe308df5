"""The trail: who did what, when, under which hat, old to new. Rows are only ever added; seals chain them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .words import by_itself, said


class Seal(models.Model):
    """SHA-256 over the canonical content of some committed rows and the seal before."""

    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next")
    entry_ids = ArrayField(models.BigIntegerField())
    content = models.BinaryField(
        help_text="SHA-256 of each row, 32 bytes each, in the order of entry_ids: tells which row differs"
    )
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class EntryQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """The whole trail, names included: administrators. Others read it subject by subject, through the subject."""
        return self if scope.role in ("administrator", "system") else self.none()

    def about(self, subject):
        return self.filter(kind=subject.trail_kind, ref=subject.trail_ref)


class Entry(models.Model):
    """One act. Stores values, not foreign keys, so that a renamed MDA keeps its history."""

    at = models.DateTimeField(_("when"))
    actor = models.CharField(_("who"), max_length=254, help_text="e-mail, or system:<task>")
    actor_name = models.CharField(max_length=200)
    hat = models.CharField(_("hat"), max_length=40, blank=True)
    hat_place = models.CharField(max_length=200, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=120)
    label = models.CharField(max_length=300)
    changes = models.JSONField(default=dict, help_text="{field: [old, new]}")
    note = models.TextField(blank=True)
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="entries")
    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["kind", "ref", "-id"], name="entry_by_subject"),
            models.Index(fields=["actor", "-id"], name="entry_by_actor"),
            models.Index(fields=["id"], condition=models.Q(seal=None), name="entry_unsealed"),
        ]

    @property
    def who(self):
        """For a reader: a person, or what the portal did by itself."""
        return by_itself(self) or self.actor_name

    @property
    def done(self):
        """The verb in the reader's language."""
        return said(self.verb)
