"""What HOPS asks for and what MDAs answer: targets, quarterly returns."""

from django.conf import settings
from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.models import Cadre, Organisation, Role, Succession
from centres.models.people import new_ref
from cse_portal.lib import clock

USER = settings.AUTH_USER_MODEL


def return_ref():
    return new_ref("QR")


class TargetQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Targets are public within government: everyone with a role."""
        return self if scope.membership is not None or scope.is_system else self.none()

    def in_force(self):
        """Those that no later one supersedes."""
        return self.filter(superseded_at=None)


class Target(models.Model):
    """What HOPS asks of a measure by the end of a quarter, with its authority. A changed target supersedes, never edits."""

    class Measure(models.TextChoices):
        COVERAGE = "coverage", _("Coverage: up to date, % of those required")
        RETURNS = "returns", _("Quarterly returns signed in time, %")

    trail_kind = "target"
    measure = models.CharField(_("measure"), max_length=12, choices=Measure)
    cadre = models.ForeignKey(
        Cadre, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("CSE cadre"), help_text=_("empty: all")
    )
    quarter_ends = models.DateField(_("quarter"), help_text="last day of the quarter")
    value = models.DecimalField(_("target, %"), max_digits=5, decimal_places=2)
    authority = models.CharField(_("authority"), max_length=300)
    entered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["-quarter_ends", "measure", "cadre__sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "cadre", "quarter_ends"],
                condition=Q(superseded_at=None),
                nulls_distinct=False,
                name="one_target_in_force",
            ),
            models.CheckConstraint(condition=Q(value__gt=0, value__lte=100), name="target_is_a_percentage"),
        ]

    def __str__(self):
        of = f", {self.cadre.name}" if self.cadre_id else ""
        return f"{self.get_measure_display()}{of}, {self.quarter}: {self.value:f} %"

    @property
    def quarter(self):
        return clock.quarter_name(self.quarter_ends)

    @property
    def trail_ref(self):
        return str(self.pk)


def taken_over(organisation_ids, on):
    """Ids of MDAs that are no longer in being on the day and that one of these took over."""
    by_these = Succession.objects.filter(successor__in=organisation_ids, on__lte=on)
    return by_these.exclude(predecessor__during__contains=on).values_list("predecessor", flat=True)


class QuarterlyReturnQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR and authorised officers: of their MDA and those below, and of MDAs that have ended and that theirs took over; HOPS and
        administrators: all."""
        if scope.is_system or scope.role in (Role.HOPS, Role.ADMINISTRATOR):
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            ids = scope.organisation_ids
            return self.filter(Q(organisation__in=ids) | Q(organisation__in=taken_over(ids, scope.today)))
        return self.none()

    def firsts(self):
        """Without restatements: one a quarter of each MDA."""
        return self.filter(restates=None)

    def judged(self, on):
        """Adds `due_on`, `limit_on`, `filed_on` and `label` as of the day. What counts is the day of filing: by the due day it is
        open, filed or signed; until the limit late; after it, not admissible, or missing while nothing is filed."""
        due, late = settings.RETURN_DUE_DAYS, settings.RETURN_LATE_DAYS
        after = [ExpressionWrapper(F("quarter_ends") + Value(days), models.DateField()) for days in (due, due + late)]
        day = Coalesce("filed_on", Value(on), output_field=models.DateField())
        return self.annotate(due_on=after[0], limit_on=after[1], filed_on=TruncDate("filed_at"), judged_on=day).annotate(
            label=Case(
                When(judged_on__lte=F("due_on"), then=F("state")),
                When(judged_on__lte=F("limit_on"), then=Value("late")),
                When(filed_at=None, then=Value("missing")),
                default=Value("not_admissible"),
                output_field=models.CharField(),
            )
        )

    def signed_in_time(self):
        """Of `judged` ones: filed and signed by the due day."""
        return self.filter(state=QuarterlyReturn.State.SIGNED, signed_at__date__lte=F("due_on"))


class QuarterlyReturn(models.Model):
    """What an MDA reports of a quarter. Its figures come from the ledger, are frozen when filed, and are signed by another."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FILED = "filed", _("Filed")
        SIGNED = "signed", _("Signed")

    LABELS = {
        "open": _("Open"),
        "filed": _("Filed"),
        "signed": _("Signed"),
        "late": pgettext_lazy("return", "Late"),
        "not_admissible": _("Not admissible"),
        "missing": pgettext_lazy("return", "Missing"),
    }

    trail_kind = "return"
    ref = models.CharField(max_length=12, unique=True, default=return_ref, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="quarterly_returns", verbose_name=_("MDA"))
    quarter_ends = models.DateField(_("quarter"), help_text="last day of the quarter")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    figures = models.JSONField(null=True, help_text="frozen when filed: counts per cadre and status, and the ledger's mark")
    comment = models.TextField(_("comment"), blank=True)
    filed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    restates = models.OneToOneField("self", models.PROTECT, null=True, related_name="restated_by")
    restatement_reason = models.TextField(blank=True)
    objects = QuarterlyReturnQuerySet.as_manager()

    class Meta:
        ordering = ["-quarter_ends", "organisation__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "quarter_ends"], condition=Q(restates=None), name="one_first_return_a_quarter"
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("filed_by")),
                name="return_signed_by_another",
                violation_error_message=_("Whoever filed a return does not sign it."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", figures=None)
                | Q(state__in=["filed", "signed"], figures__isnull=False, filed_at__isnull=False),
                name="filed_return_has_figures",
            ),
            models.CheckConstraint(condition=~Q(state="signed") | Q(signed_at__isnull=False), name="signed_return_says_when"),
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(signed_by__isnull=False, filed_by__isnull=False),
                name="signed_return_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.ref}, {self.organisation}, {self.quarter}"

    @property
    def quarter(self):
        return clock.quarter_name(self.quarter_ends)

    @property
    def trail_ref(self):
        return self.ref

    def get_absolute_url(self):
        return reverse("oversight:return", args=[self.ref])
