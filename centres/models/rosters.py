"""Staff returns: the file as received, and what each of its rows would do."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Membership, Officer, Role, new_ref
from .places import Cadre, Centre, County, JobGroup, Organisation


def roster_ref():
    return new_ref("SR")


class OfMdaQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Administrators: all. HR and authorised officers: those of their MDA or one below."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            return self.filter(organisation__in=scope.organisation_ids)
        return self.none()


class Roster(models.Model):
    """One staff file. `organisation` null: a national file by an administrator."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Waiting to be read")
        READING = "reading", _("Reading")
        READ = "read", _("To be confirmed")
        APPLYING = "applying", _("Being taken in")
        APPLIED = "applied", _("Applied")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Could not be read")

    trail_kind = "roster"
    ref = models.CharField(max_length=12, unique=True, default=roster_ref, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="rosters", verbose_name=_("MDA"))
    reach = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", editable=False,
        help_text="who filed it answers for this MDA and those below, so officers move between them; null: for all",
    )  # fmt: skip
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="corrections", editable=False, help_text="whose rejected rows these are"
    )
    as_at = models.DateField(_("as at"))
    full = models.BooleanField(
        _("lists everyone in post"), default=False, help_text="who is in post and not in it is listed as a possible leaver"
    )
    file = models.FileField(upload_to="rosters/%Y/%m/")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    problem = models.TextField(blank=True, help_text="why the file could not be read, or was not taken in")
    headings = models.JSONField(default=list, help_text="the headings as given, in order")
    expected = models.PositiveIntegerField(db_default=0, help_text="about how many rows the file has; 0: not known yet")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    transfer = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    leavers = models.PositiveIntegerField(db_default=0, help_text="in post and not in a file that lists everyone")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, help_text="last sign of life of the worker that reads it")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often work on it was begun since it last got on")
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="who confirmed it"
    )
    applied_as = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", help_text="the hat of who confirmed it"
    )
    applied_at = models.DateTimeField(null=True)
    objects = OfMdaQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.file_name} ({self.ref})"

    @property
    def trail_ref(self):
        return self.ref


def _meant(model):
    """What a row means by a code: an id without a constraint, which would be checked for each of the rows."""
    return models.ForeignKey(model, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False)


class RosterRow(models.Model):
    """One row of the file: what it says, what it would do, or why it was rejected. Null: the row does not say."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        TRANSFER = "transfer", _("Transfer request")
        REJECTED = "rejected", _("Rejected")

    VALUES = [
        "personal_no", "personal_key", "series", "upn", "surname", "first_name", "other_names", "gender", "organisation",
        "cadre", "job_group", "designation", "terms", "county", "centre", "in_post_since", "email", "phone",
    ]  # fmt: skip

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="lines", db_index=False, db_constraint=False)
    line = models.PositiveIntegerField(help_text="line of the file as a person sees it; the header is 1")
    outcome = models.CharField(max_length=9, choices=Outcome)
    cells = models.JSONField(default=list, help_text="the row as given, in the order of the headings; kept where it was rejected")
    personal_no = models.CharField(max_length=20, null=True)
    personal_key = models.CharField(max_length=12, null=True)
    series = models.CharField(max_length=20, null=True)
    upn = models.CharField(max_length=20, null=True)
    surname = models.CharField(max_length=60, null=True)
    first_name = models.CharField(max_length=60, null=True)
    other_names = models.CharField(max_length=100, null=True)
    gender = models.CharField(max_length=1, null=True)
    organisation = _meant(Organisation)
    cadre = _meant(Cadre)
    job_group = _meant(JobGroup)
    designation = models.CharField(max_length=120, null=True)
    terms = models.CharField(max_length=12, null=True)
    county = _meant(County)
    centre = _meant(Centre)
    in_post_since = models.DateField(null=True)
    email = models.CharField(max_length=254, null=True)
    phone = models.CharField(max_length=16, null=True)
    officer = models.ForeignKey(
        Officer,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="null where nothing changes",
    )
    diff = models.JSONField(default=dict, help_text="{field: [old, new]}")
    problems = models.JSONField(default=list, help_text="[{column, value, code, remedy}]")

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["roster", "line"], name="one_row_a_line")]
        indexes = [models.Index(fields=["roster", "outcome", "line"], name="roster_row_by_outcome")]

    @property
    def values(self):
        """{field: what the row says}, ids for places; only what it says."""
        given = {key: getattr(self, self._meta.get_field(key).attname) for key in self.VALUES}
        return {key: value for key, value in given.items() if value is not None}


class RosterCoverage(models.Model):
    """An MDA that an applied file's accepted rows name: its register is as old as the latest such file's as-at date."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="covers")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="returns")
    officers = models.PositiveIntegerField(help_text="accepted rows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster", "organisation"], name="mda_once_a_roster")]
