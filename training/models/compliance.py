"""The compliance ledger: derived rows, written by the database functions of migration 0005 alone (docs/architecture.md).

`status` is the position of the code in rules.STATUSES. An open span ends on 'infinity', which reads back as date.max.
Keys are plain integers without constraints: rows are written by the hundred thousand, and the night's verification checks them."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models

from centres.models import Officer, Role


class ComplianceSpanQuerySet(models.QuerySet):
    def on(self, day):
        """One for each officer in post on the day."""
        return self.filter(starts__lte=day, ends__gt=day)

    def visible_to(self, scope):
        """HR and authorised officers: days served in their MDA and those below it; HOPS: in those that a name grant opens;
        others: of the officers in sight."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER) and scope.organisation:
            return self.filter(organisation_id__in=list(scope.organisation_ids))
        if scope.role == Role.HOPS:
            return self.filter(organisation_id__in=list(scope.named_ids()))
        return self.filter(officer__in=Officer.objects.visible_to(scope))


class ComplianceSpan(models.Model):
    """The status of an officer over [starts, ends): spans of one officer never overlap and cover the days in post."""

    pk = models.CompositePrimaryKey("officer_id", "starts")
    officer = models.ForeignKey(Officer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="spans")
    organisation_id = models.IntegerField()
    cadre_id = models.IntegerField()
    county_id = models.IntegerField(null=True)
    status = models.SmallIntegerField()
    starts = models.DateField()
    ends = models.DateField()
    objects = ComplianceSpanQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation_id", "status", "officer"],
                include=["starts", "ends", "cadre_id", "county_id"],
                name="span_by_place",
            )
        ]
        constraints = [models.CheckConstraint(condition=models.Q(starts__lt=models.F("ends")), name="span_lasts_a_day")]


class Entry(models.Model):
    """From `effective_on` the cell holds `delta` more officers; true since `recorded_at`. Each row also carries `written_by`,
    the transaction (xid8): what a checkpoint has counted already."""

    cadre_id = models.IntegerField()
    status = models.SmallIntegerField()
    delta = models.IntegerField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True


class ComplianceDelta(Entry):
    """By MDA. Append-only; the night's compaction nets the rows of one cell, day and day of recording."""

    organisation_id = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["effective_on", "organisation_id", "cadre_id", "status"], include=["delta"], name="delta_by_day")
        ]


class ComplianceCountyDelta(Entry):
    """The same by county of posting: a ledger of its own, so that MDA figures read no more rows for it."""

    county_id = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["effective_on", "county_id", "cadre_id", "status"], include=["delta"], name="county_delta_by_day"
            )
        ]


class ComplianceNational(models.Model):
    """The national sum of the deltas before the watermark."""

    cadre_id = models.IntegerField()
    status = models.SmallIntegerField()
    delta = models.IntegerField()
    effective_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["effective_on"], include=["cadre_id", "status", "delta"], name="national_by_day"),
        ]


class ComplianceCheckpoint(models.Model):
    """All cells of a place at the end of a month: of an MDA, a county, or the nation (place 0). `counts` holds, for each of
    `cadres`, a number for each status."""

    class Book(models.IntegerChoices):
        MDA = 0
        COUNTY = 1
        NATIONAL = 2

    pk = models.CompositePrimaryKey("book", "on_day", "place_id")
    book = models.SmallIntegerField(choices=Book)
    on_day = models.DateField()
    place_id = models.IntegerField()
    cadres = ArrayField(models.IntegerField())
    counts = ArrayField(models.IntegerField())


class ComplianceWatermark(models.Model):
    """One row: checkpoints and rollup hold every delta of a transaction before `upto` (xid8), and none after."""

    built_at = models.DateTimeField()


class ComplianceWrite(models.Model):
    """One row each time spans changed: what has been seen of these tells whether a figure may have changed."""

    written_at = models.DateTimeField()


class RequirementScope(models.Model):
    """Where a requirement reaches, and when: the MDA and all below it as the tree was, or every MDA (0). Kept by triggers.
    `draft` 0 is in force; another number is a change that is being previewed."""

    draft = models.IntegerField(default=0)
    requirement_id = models.BigIntegerField()
    cadre_id = models.IntegerField()
    course_id = models.BigIntegerField()
    organisation_id = models.IntegerField()
    due_days = models.IntegerField()
    versions = ArrayField(models.BigIntegerField(), help_text="course versions that satisfy it, equivalents included")
    during = DateRangeField()

    class Meta:
        indexes = [models.Index(fields=["draft", "cadre_id", "organisation_id"], name="scope_by_place")]
