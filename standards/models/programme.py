"""Before an audit: the year's programme and its order by risk, applications, figures that ratings do not give, the sample of sites."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.models import Centre, Organisation, Role

from .audit import KEEPERS, OF_THE_MDA, Audit

USER = settings.AUTH_USER_MODEL


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat, panel and HOPS; auditors once adopted."""
        if scope.is_system or scope.role in (*KEEPERS, Role.HOPS):
            return self
        return self.exclude(state=AuditProgramme.State.DRAFT) if scope.role == Role.AUDITOR else self.none()


class AuditProgramme(models.Model):
    """The secretariat's plan of a financial year."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ADOPTED = "adopted", _("Adopted")
        CLOSED = "closed", _("Closed")

    trail_kind = "audit_programme"
    financial_year = models.CharField(_("financial year"), max_length=7, unique=True, help_text="2026/27")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    weights = models.JSONField(
        help_text="what each risk counts: {last_score, csi, complaints, overdue, never_audited}; see standards.risk"
    )
    note = models.TextField(_("note"), blank=True)
    adopted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    adopted_on = models.DateField(null=True)
    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["-financial_year"]

    def __str__(self):
        return f"FY {self.financial_year}"

    @property
    def trail_ref(self):
        return self.financial_year

    def get_absolute_url(self):
        return reverse("standards:programme", args=[self.financial_year.replace("/", "-")])


class ProgrammeLineQuerySet(models.QuerySet):
    def visible_to(self, scope):
        return self.filter(programme__in=AuditProgramme.objects.visible_to(scope))


class ProgrammeLine(models.Model):
    """An MDA or a centre in the programme. The portal suggests an order with its reasons; a person takes, moves or drops it."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", pgettext_lazy("programme", "Suggested")
        TAKEN = "taken", _("In the programme")
        DROPPED = "dropped", pgettext_lazy("programme", "Left out")

    trail_kind = "programme_line"
    programme = models.ForeignKey(AuditProgramme, models.PROTECT, related_name="lines")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("MDA"))
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("centre"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.SUGGESTED)
    suggested_position = models.PositiveIntegerField(help_text="by risk, 1 is most urgent")
    position = models.PositiveIntegerField(_("order"))
    risk = models.JSONField(help_text="the inputs and points as they stood when it was suggested; see standards.risk")
    month = models.DateField(_("month"), null=True, blank=True, help_text="first day of the month planned")
    reason = models.CharField(_("reason"), max_length=300, blank=True, help_text="why a person left the suggested order")
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    audit = models.OneToOneField(Audit, models.PROTECT, null=True, blank=True, related_name="programme_line")
    objects = ProgrammeLineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "organisation", "centre"], nulls_distinct=False, name="subject_once_a_programme"
            ),
        ]

    def __str__(self):
        return f"{self.programme}: {self.centre or self.organisation}"

    @property
    def trail_ref(self):
        return f"{self.programme.financial_year}/{self.pk}"


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat and panel: all that were sent; an MDA: its own."""
        if scope.is_system:
            return self
        if scope.role in KEEPERS:
            return self.exclude(state=Application.State.DRAFT)
        if scope.role in OF_THE_MDA:
            return self.filter(organisation__in=scope.organisation_ids)
        return self.none()


class Application(models.Model):
    """An MDA asks to be certified, or certified again, with the sites it asks for. Whoever asked does not decide."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "application"
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="certification_applications", verbose_name=_("MDA")
    )
    centre = models.ForeignKey(
        Centre,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("centre"),
        help_text="set when one centre is to be certified",
    )
    centres = models.ManyToManyField(Centre, blank=True, related_name="+", verbose_name=_("centres in scope"))
    scope_text = models.CharField(_("scope"), max_length=300, help_text="the services, as the certificate is to name them")
    contact = models.CharField(_("contact"), max_length=200)
    wished_from = models.DateField(_("wished from"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    applied_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    audit = models.OneToOneField(Audit, models.PROTECT, null=True, related_name="application")
    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "centre"],
                condition=Q(state__in=["draft", "sent"]),
                nulls_distinct=False,
                name="one_open_application",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("applied_by")),
                name="application_decided_by_another",
                violation_error_message=_("Whoever applied does not decide."),
            ),
        ]

    def __str__(self):
        return str(self.centre or self.organisation)

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        return reverse("standards:application", args=[self.pk])


class MeasuredFigureQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat, panel, HOPS and auditors; an MDA its own."""
        if scope.is_system or scope.role in (*KEEPERS, Role.HOPS, Role.AUDITOR):
            return self
        return self.filter(organisation__in=scope.organisation_ids) if scope.role in OF_THE_MDA else self.none()

    def standing(self):
        return self.filter(replaced_by=None)


class MeasuredFigure(models.Model):
    """Satisfaction, timeliness or complaints of a quarter, with how many and from where: what ratings do not give. A correction
    is a new row; the one it replaces stays."""

    class Kind(models.TextChoices):
        CSI = "csi", _("Customer satisfaction")
        TIMELINESS = "timeliness", _("Served within the charter time")
        COMPLAINTS = "complaints", _("Complaints received")

    trail_kind = "measured_figure"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="measured_figures", verbose_name=_("MDA"))
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="measured_figures", verbose_name=_("centre")
    )
    kind = models.CharField(_("figure"), max_length=10, choices=Kind)
    quarter_end = models.DateField(_("quarter"), help_text="last day of the quarter")
    value = models.DecimalField(
        _("value"), max_digits=12, decimal_places=4, help_text="a share from 0 to 1; of complaints, how many"
    )
    n = models.PositiveIntegerField(_("of how many"), help_text="answers, cases or customers")
    source = models.CharField(_("source"), max_length=300)
    recorded_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")
    objects = MeasuredFigureQuerySet.as_manager()

    class Meta:
        ordering = ["-quarter_end", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "centre", "kind", "quarter_end"],
                condition=Q(replaced_by=None),
                nulls_distinct=False,
                name="one_standing_figure_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0) & (Q(kind="complaints") | Q(value__lte=1)), name="measured_share_is_a_share"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.centre or self.organisation}, {self.quarter_end}"

    @property
    def trail_ref(self):
        return str(self.pk)


class SiteSampleQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Whoever sees the audit: seed, frame and rule are there to be checked."""
        return self.filter(audit__in=Audit.objects.visible_to(scope))


class SiteSample(models.Model):
    """The centres drawn for an audit of an MDA: ⌈√n⌉ of each size band, at least a quarter at random from the seed. Drawn again from
    `seed`, `frame` and `rule` it gives the same (standards.sampling). Drawn once an audit."""

    audit = models.OneToOneField(Audit, models.PROTECT, related_name="site_sample")
    seed = models.CharField(max_length=64)
    rule = models.JSONField(help_text="the edition's sampling rule as it stood")
    frame = models.JSONField(help_text="all centres in scope: [{code, size, band}]")
    chosen = models.JSONField(help_text="[{code, how: random or judgement, why}]")
    drawn_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField()
    objects = SiteSampleQuerySet.as_manager()
