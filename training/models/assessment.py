"""Results by component, from draft to released, and the evaluation of a cohort by those who attended it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from centres.models import Role

from .delivery import Cohort, Enrolment
from .framework import AssessmentComponent

USER = settings.AUTH_USER_MODEL


class ResultQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who records and checks results sees drafts; everybody else what was released, of the enrolments in sight."""
        found = self.filter(enrolment__in=Enrolment.objects.visible_to(scope))
        makers = (Role.TRAINER, Role.COORDINATOR, Role.ADMINISTRATOR)
        return found if scope.role in makers or scope.is_system else found.filter(state="released")

    def standing(self):
        """Those that count: released and not superseded."""
        return self.filter(state="released", superseded_at=None)

    def in_the_making(self):
        """Drafts and moderated results, not yet released."""
        return self.filter(state__in=["draft", "moderated"], superseded_at=None)


class AssessmentResult(models.Model):
    """A score, 0 to 100: of a component, or the final one where the course version has none. A correction is a new row; the
    standing released row counts. Where the version is moderated, a second person checks a draft before it is released."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        MODERATED = "moderated", _("Moderated")
        RELEASED = "released", _("Released")

    trail_kind = "result"
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="results")
    component = models.ForeignKey(AssessmentComponent, models.PROTECT, null=True, related_name="results")
    score = models.DecimalField(max_digits=5, decimal_places=2)
    points = models.JSONField(default=list, help_text="points by criterion or item, in the order of the component's rubric")
    state = models.CharField(max_length=9, choices=State, default=State.RELEASED)
    reason = models.CharField(max_length=200, blank=True, help_text="why a released score was changed")
    recorded_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    moderated_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    moderated_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    sent_back = models.CharField(max_length=300, blank=True, help_text="why a draft was sent back to whoever recorded it")
    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_is_a_percentage"),
            models.UniqueConstraint(
                fields=["enrolment", "component"],
                condition=Q(superseded_at=None, state="released"),
                nulls_distinct=False,
                name="one_standing_result",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "component"],
                condition=Q(superseded_at=None, state__in=["draft", "moderated"]),
                nulls_distinct=False,
                name="one_result_in_the_making",
            ),
            models.CheckConstraint(
                condition=Q(moderated_by=None) | ~Q(moderated_by=F("recorded_by")),
                name="result_moderated_by_another",
                violation_error_message=_("Whoever recorded a result does not moderate it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="moderated") | Q(moderated_by__isnull=False), name="moderated_result_names_who"
            ),
        ]

    @property
    def trail_ref(self):
        return str(self.pk)


class EvaluationInvitation(models.Model):
    """Whether an officer who attended has given an evaluation; what was answered is not linked to it in any way."""

    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="evaluation")
    answered = models.BooleanField(default=False)
    until = models.DateField(help_text="the last day to answer: the same for a whole cohort, and never moved")


class Evaluation(models.Model):
    """One anonymous evaluation of a cohort. A random key and no time at all: order, hour or day would tell who wrote it. No
    door shows a single one; `services/evaluation.py` gives sums."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="evaluations")
    ratings = models.JSONField(help_text="{question code: 1 to 5}")
    liked = models.TextField(_("what helped most"), blank=True)
    improve = models.TextField(_("what to improve"), blank=True)

    class Meta:
        ordering = ["id"]
