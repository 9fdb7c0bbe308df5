"""From the report to the decision: the lead's recommendation, the technical review, the panel's votes, what it decides."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from centres.models import Role

from .audit import Audit

USER = settings.AUTH_USER_MODEL


class OfAudit(models.Model):
    """Known in the trail by its audit."""

    class Meta:
        abstract = True

    def __str__(self):
        return self.audit.ref

    @property
    def trail_ref(self):
        return self.audit.ref


class OfOpenAuditQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; never the auditee."""
        return self.filter(audit__in=Audit.objects.open_to(scope))


class Recommendation(OfAudit):
    """The lead auditor's recommendation to the panel, with the reasons. A later one follows a review that was returned."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Do not certify")

    trail_kind = "recommendation"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="recommendations")
    outcome = models.CharField(_("recommendation"), max_length=7, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    objects = OfOpenAuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]


class TechnicalReview(OfAudit):
    """Somebody of the secretariat who took no part checks the file before the panel sees it; passes it, or returns it."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("Passed to the panel")
        RETURNED = "returned", _("Returned to the lead auditor")

    trail_kind = "technical_review"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="technical_reviews")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    notes = models.TextField(_("what was checked"))
    reviewed_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()
    objects = OfOpenAuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]


class PanelVoteQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Secretariat; the panel, of a round still open once one's own vote is in it: nobody votes after colleagues, and who declared an
        interest reads the own declaration alone."""
        if scope.is_system or scope.role == Role.SECRETARIAT:
            return self
        if scope.role != Role.PANEL:
            return self.none()
        own = PanelVote.objects.filter(audit=OuterRef("audit"), round=OuterRef("round"), user=scope.user).exclude(outcome="interest")
        closed = Decision.objects.filter(audit=OuterRef("audit"), round=OuterRef("round"))
        return self.filter(Q(user=scope.user) | Exists(own) | Exists(closed))


class PanelVote(OfAudit):
    """A panel member's recommendation in one round; a deferred decision opens the next round. Never changed: who thinks again votes
    in the next round. A declared interest is a vote that counts for nothing and keeps its author out."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Do not certify")
        DEFER = "defer", _("Defer")
        INTEREST = "interest", _("Interest declared")

    trail_kind = "panel_vote"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="votes")
    round = models.PositiveSmallIntegerField(default=1)
    user = models.ForeignKey(USER, models.PROTECT, related_name="panel_votes")
    outcome = models.CharField(_("recommendation"), max_length=8, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    at = models.DateTimeField()
    objects = PanelVoteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "round", "user"], name="vote_once_a_round"),
            models.CheckConstraint(condition=~Q(reasons=""), name="votes_give_reasons"),
        ]

    def __str__(self):
        return f"{self.audit.ref}: {self.get_outcome_display()}"


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Whoever sees the audit; the auditee once it is final."""
        audits = Audit.objects.visible_to(scope)
        if not (scope.is_national or scope.is_system):
            audits = audits.filter(state=Audit.State.DECIDED)
        return self.filter(audit__in=audits)


class Decision(OfAudit):
    """Of the panel, recorded by its chair of the day; nobody of the audit's team: refused by policy, service and database."""

    class Outcome(models.TextChoices):
        CERTIFY = "certify", _("Certify")
        REFUSE = "refuse", _("Refuse")
        DEFER = "defer", _("Defer")

    trail_kind = "decision"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("decision"), max_length=7, choices=Outcome)
    reasons = models.TextField(_("reasons"))
    result = models.JSONField(help_text="scoring for the decision, on the day: re-ratings, plans accepted and findings open")
    round = models.PositiveSmallIntegerField(default=1, help_text="whose votes led to it")
    quorum = models.PositiveSmallIntegerField(default=1, help_text="votes that the edition asks for")
    checks = models.JSONField(default=list, help_text="the conflict checks as shown: [{person, check, passed, found}]")
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()
    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["audit"], condition=~Q(outcome="defer"), name="one_final_decision_an_audit"),
            models.CheckConstraint(condition=~Q(reasons=""), name="decisions_give_reasons"),
        ]

    def __str__(self):
        return f"{self.audit.ref}: {self.get_outcome_display()}"
