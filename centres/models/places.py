"""Places: counties, organisations (MDAs) and their reporting lines, centres, services; the CSE cadres and job groups."""

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Reference(models.Model):
    """A row that comes from a reference file; the file's next edition corrects it in place."""

    source = models.TextField(_("source"), blank=True)

    class Meta:
        abstract = True

    @property
    def trail_ref(self):
        return self.code


class PublicQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Public facts."""
        return self


class County(Reference):
    trail_kind = "county"
    code = models.CharField(_("code"), max_length=3, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    iso = models.CharField(max_length=6, blank=True)
    headquarters = models.CharField(_("headquarters"), max_length=60, blank=True)
    former_province = models.CharField(_("former province"), max_length=40, blank=True)
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "counties"

    def __str__(self):
        return self.name


class Cadre(Reference):
    """One of the five CSE cadres; not HRIS's "cadre", which means profession."""

    trail_kind = "cadre"
    code = models.CharField(_("code"), max_length=3, unique=True)
    name = models.CharField(_("name"), max_length=60)
    sequence = models.PositiveSmallIntegerField()
    typical_grades = models.CharField(max_length=200, blank=True)
    who = models.TextField(blank=True)
    purpose = models.TextField(blank=True)
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]

    def __str__(self):
        return self.name


class JobGroup(Reference):
    trail_kind = "job_group"
    code = models.CharField(_("job group"), max_length=4, unique=True)
    csg_grade = models.CharField(max_length=10, blank=True)
    src_band = models.CharField(max_length=4, blank=True)
    typical_title = models.CharField(max_length=100, blank=True)
    suggested_cadre = models.ForeignKey(Cadre, models.PROTECT, null=True, related_name="+")
    confidence = models.CharField(max_length=100, blank=True)
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.code


def _name_then(path, on):
    """What the organisation at `path` was called on that day."""
    then = FormerName.objects.filter(organisation=models.OuterRef(path or "pk"), during__contains=on).values("name")[:1]
    return Coalesce(models.Subquery(then), f"{path}__name" if path else "name")


class OrganisationQuerySet(PublicQuerySet):
    def within(self, organisation_ids):
        """Only these; None means all (a national hat)."""
        return self if organisation_ids is None else self.filter(pk__in=organisation_ids)

    def in_being(self, on):
        return self.filter(during__contains=on)

    def placed(self, on):
        """Adds `parent_code`, `parent_name` and `standing` as they are on that day."""
        line = ReportingLine.objects.filter(organisation=models.OuterRef("pk"), during__contains=on)
        standing = Standing.objects.filter(organisation=models.OuterRef("pk"), during__contains=on)
        return self.annotate(
            parent_code=models.Subquery(line.values("parent__code")[:1]),
            parent_name=models.Subquery(line.annotate(called=_name_then("parent", on)).values("called")[:1]),
            standing=models.Subquery(standing.values("kind")[:1]),
        )

    def named(self, on):
        """Adds `name_then`: what each was called on that day."""
        return self.annotate(name_then=_name_then("", on))

    def with_headcount(self, on, organisation_ids=None):
        """Adds `in_post`: officers in post there on that day; of these organisations only (None: of all), elsewhere None."""
        there = (
            apps.get_model("centres", "Posting")
            .objects.filter(organisation=models.OuterRef("pk"), during__contains=on)
            .order_by()
        )
        n = Coalesce(models.Subquery(there.values("organisation").annotate(n=models.Count("*")).values("n")), 0)
        if organisation_ids is not None:
            n = models.Case(models.When(pk__in=organisation_ids, then=n), default=None)
        return self.annotate(in_post=n)

    def counted(self, on):
        """In the national figure on that day: obliged, or joined by agreement."""
        return self.filter(
            models.Exists(
                Standing.objects.filter(organisation=models.OuterRef("pk"), during__contains=on, kind__in=Standing.COUNTED)
            )
        )


class Organisation(Reference):
    class Kind(models.TextChoices):
        EXECUTIVE_OFFICE = "executive_office", _("Executive office")
        MINISTRY = "ministry", _("Ministry")
        STATE_DEPARTMENT = "state_department", _("State department")
        DEPARTMENT = "department", _("Department")
        STATE_CORPORATION = "state_corporation", _("State corporation")
        STATUTORY_AUTHORITY = "statutory_authority", _("Statutory authority")
        PUBLIC_UNIVERSITY = "public_university", _("Public university")
        TVET_INSTITUTION = "tvet_institution", _("TVET institution")
        PROGRAMME = "programme", _("Programme")
        COUNTY_GOVERNMENT = "county_government", _("County government")
        CONSTITUTIONAL_COMMISSION = "constitutional_commission", _("Constitutional commission")
        INDEPENDENT_OFFICE = "independent_office", _("Independent office")
        ARM_OF_GOVERNMENT = "arm_of_government", _("Arm of government")
        PROFESSIONAL_BODY = "professional_body", _("Professional body")

    NATIONAL_PAYROLL = {Kind.EXECUTIVE_OFFICE, Kind.MINISTRY, Kind.STATE_DEPARTMENT, Kind.DEPARTMENT, Kind.PROGRAMME}

    trail_kind = "organisation"
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    county = models.ForeignKey(
        County, models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name=_("county")
    )
    during = DateRangeField(_("in being"))
    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "name"], name="organisation_by_kind")]

    def __str__(self):
        return self.name

    def name_on(self, day):
        """What it was, or will be, called on that day."""
        if "name_then" in self.__dict__:
            return self.name_then
        then = self.former_names.filter(during__contains=day).values_list("name", flat=True).first()
        return then or self.name

    @property
    def number_series(self):
        """The series that its personal numbers are unique in: the national payroll's, or its own."""
        return "national" if self.kind in self.NATIONAL_PAYROLL else self.code

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("oversight:organisation", args=[self.code])


class ReportingLine(models.Model):
    """Who reports to whom, dated: the tree can be asked as of any day."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="lines")
    parent = models.ForeignKey(Organisation, models.PROTECT, related_name="lines_below")
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_parent_at_a_time",
                expressions=[("organisation", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("An organisation reports to one organisation at a time."),
            ),
            models.CheckConstraint(condition=~models.Q(organisation=models.F("parent")), name="not_its_own_parent"),
        ]


class Standing(models.Model):
    """Whether the training directive binds the organisation, dated."""

    class Kind(models.TextChoices):
        OBLIGED = "obliged", _("Obliged")
        BY_AGREEMENT = "by_agreement", _("By agreement, not joined")
        JOINED = "joined", _("Joined by agreement")
        LISTED = "listed", _("Listed only")

    COUNTED = [Kind.OBLIGED, Kind.JOINED]

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="standings")
    kind = models.CharField(max_length=12, choices=Kind)
    during = DateRangeField()
    authority = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_standing_at_a_time",
                expressions=[("organisation", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]


class FormerName(models.Model):
    """What an organisation was called before, or will be from a day to come; its `name` is today's."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="former_names")
    name = models.CharField(max_length=200)
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_name_at_a_time",
                expressions=[("organisation", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]


class ReorganisationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those made: everyone with a role; drafts: administrators."""
        if scope.role == "administrator" or scope.is_system:
            return self
        return self.none() if scope.is_public else self.filter(state=Reorganisation.State.MADE)


class Reorganisation(models.Model):
    """One dated change of the organisation tree with its authority: renames, mergers, splits, moves. Previewed, then made."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        MADE = "made", pgettext_lazy("reorganisation", "Made")
        DISCARDED = "discarded", _("Discarded")

    trail_kind = "reorganisation"
    title = models.CharField(_("title"), max_length=200)
    on = models.DateField(_("takes effect"))
    authority = models.CharField(_("authority"), max_length=300, help_text="Executive order, legal notice or Cabinet decision")
    steps = models.JSONField(
        default=list,
        help_text="[{act: rename|create|merge|split|move|standing|close, organisation: code, …}], see services/steps.py",
    )
    effect = models.JSONField(default=dict, help_text="what making it does, as last counted: {} before the first preview")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(null=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    settled_on = models.DateField(null=True, help_text="when what carries no dates (names, centres, number series) followed")
    objects = ReorganisationQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]

    def __str__(self):
        return self.title

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("centres:reorganisation", args=[self.pk])


class Succession(models.Model):
    """`successor` took over from `predecessor` on that day: trends on today's structure follow it."""

    reorganisation = models.ForeignKey(Reorganisation, models.PROTECT, related_name="successions")
    predecessor = models.ForeignKey(Organisation, models.PROTECT, related_name="successors")
    successor = models.ForeignKey(Organisation, models.PROTECT, related_name="predecessors")
    on = models.DateField()
    authority = models.CharField(max_length=300)
    officers = models.PositiveIntegerField(default=0, help_text="in post on that day who went over")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor", "on"], name="one_succession"),
            models.CheckConstraint(condition=~models.Q(predecessor=models.F("successor")), name="succeeds_another"),
        ]


class Centre(Reference):
    class Kind(models.TextChoices):
        HUDUMA_CENTRE = "huduma_centre", _("Huduma Centre")
        CAMPUS = "campus", _("KSG campus")
        MDA_OFFICE = "mda_office", _("MDA office")

    class Status(models.TextChoices):
        OPERATIONAL = "operational", _("Open")
        ANNOUNCED = "announced", _("Announced")
        CLOSED = "closed", _("Closed")

    trail_kind = "centre"
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    subkind = models.CharField(max_length=40, blank=True, help_text="KSG: campus, institute or centre of excellence")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="centres", help_text="who runs it")
    county = models.ForeignKey(County, models.PROTECT, related_name="centres", verbose_name=_("county"))
    town = models.CharField(_("town"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    opens = models.TimeField(_("opens"), null=True)
    closes = models.TimeField(_("closes"), null=True)
    extended_hours = models.BooleanField(default=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.OPERATIONAL)
    lat = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    lon = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    notes = models.TextField(blank=True)
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("oversight:centre", args=[self.code])


class Service(Reference):
    CHANNELS = {
        "huduma_centre": _("Huduma Centre"),
        "mashinani": _("Huduma Mashinani"),
        "online": _("Online"),
        "contact_centre": _("Contact centre"),
    }

    trail_kind = "service"
    code = models.CharField(_("code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="services", verbose_name=_("owner"))
    channels = ArrayField(models.CharField(max_length=20), default=list)
    turnaround = models.CharField(_("turnaround promised"), max_length=200, blank=True)
    fee = models.CharField(_("fee"), max_length=200, blank=True)
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def channel_words(self):
        """Where it is given, in words."""
        return ", ".join(str(self.CHANNELS.get(c, c)) for c in self.channels)

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("centres:service", args=[self.code])


class ServiceOffering(models.Model):
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="offerings")
    service = models.ForeignKey(Service, models.PROTECT, related_name="offerings")
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_offering_at_a_time",
                expressions=[
                    ("centre", RangeOperators.EQUAL),
                    ("service", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            )
        ]


class Holiday(models.Model):
    """A public holiday: working-day clocks pass it over. Days that the moon or a Gazette notice sets are added when they are known."""

    trail_kind = "holiday"
    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    authority = models.CharField(_("authority"), max_length=200, help_text="Public Holidays Act, or the Gazette notice")
    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ["day"]

    def __str__(self):
        return self.name

    @property
    def trail_ref(self):
        return self.day.isoformat()
