"""Seats: what is kept for an MDA, what is offered from the waiting list, who approves in whose place, who asks for a seat.

Free seats of an MDA in a cohort = capacity - sum over MDAs of max(quota, seats held) + its own unused quota, where a released
quota counts nothing. The sum never exceeds the capacity: a trigger refuses it (migration 0009).
"""

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from centres.models import Officer, Organisation, Role

from .delivery import Cohort, Enrolment

USER = settings.AUTH_USER_MODEL
OF_AN_MDA = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


class QuotaQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Coordinators, administrators and trainers all; an MDA's people those of their MDA and below."""
        if scope.organisation_ids is None:
            return self
        return self.filter(organisation__in=scope.organisation_ids) if scope.role in OF_AN_MDA else self.none()

    def standing(self):
        """Not yet released into the pool."""
        return self.filter(released_at=None)


class SeatQuota(models.Model):
    """Seats of a cohort kept for an MDA, without names, until they are released into the pool."""

    trail_kind = "seat_quota"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="quotas")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="seat_quotas", verbose_name=_("MDA"))
    seats = models.PositiveSmallIntegerField(_("seats"))
    release_on = models.DateField(_("released"), help_text="from this day, unused seats are anybody's")
    released_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField()
    objects = QuotaQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "organisation"], name="one_quota_of_an_mda"),
            models.CheckConstraint(condition=Q(seats__lte=500), name="quota_within_a_cohort"),
        ]
        indexes = [models.Index(fields=["release_on"], condition=Q(released_at=None), name="quotas_to_release")]

    def __str__(self):
        return f"{self.cohort.code}: {self.organisation}"

    @property
    def trail_ref(self):
        return f"{self.cohort.code}/{self.organisation.code}"


class OfferQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those of the enrolments in sight."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(scope))

    def open(self):
        return self.filter(outcome=SeatOffer.Outcome.OPEN)


class SeatOffer(models.Model):
    """A freed seat offered to the first who waits for it, until an hour. The enrolment is then in state `offered`."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "seat_offer"
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="offers")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("expires"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, default=Outcome.OPEN)
    settled_at = models.DateTimeField(null=True)
    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment"], condition=Q(outcome="open"), name="one_open_offer"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="offer_stands_a_while"),
            models.CheckConstraint(
                condition=Q(outcome="open") | Q(settled_at__isnull=False), name="offer_settled_at_some_moment"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(outcome="open"), name="open_offers")]

    @property
    def trail_ref(self):
        return str(self.pk)


class DelegationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR and authorised officers those of their MDA; who was delegated to, own; administrators all."""
        if scope.is_system or scope.role == Role.ADMINISTRATOR:
            return self
        own = Q(delegate=scope.user) if scope.user else Q(pk=None)
        return self.filter(own | Q(organisation__in=scope.organisation_ids) if scope.role in OF_AN_MDA else own)

    def on(self, day):
        return self.filter(during__contains=day)


class ApprovalDelegation(models.Model):
    """While an authorised officer is away, another officer of the MDA approves its nominations."""

    trail_kind = "approval_delegation"
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("MDA"))
    delegator = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("authorised officer"))
    delegate = models.ForeignKey(USER, models.PROTECT, related_name="delegations", verbose_name=_("delegate"))
    during = DateRangeField(_("days"))
    reason = models.CharField(_("reason"), max_length=200)
    made_at = models.DateTimeField()
    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegated_to_another"),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False), name="delegation_has_an_end"
            ),
        ]

    def __str__(self):
        return f"{self.delegator}: {self.delegate}"

    @property
    def trail_ref(self):
        return str(self.pk)


class SeatRequestQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """A learner's own; HR and authorised officers those of officers now in their MDA; coordinators and administrators all."""
        if scope.is_system or scope.role in (Role.COORDINATOR, Role.ADMINISTRATOR):
            return self
        if scope.role == Role.LEARNER:
            return self.filter(officer=scope.officer) if scope.officer else self.none()
        return self.filter(officer__in=Officer.objects.visible_to(scope)) if scope.role in OF_AN_MDA else self.none()


class SeatRequest(models.Model):
    """An officer asks the own MDA for a seat in a cohort; the HR officer nominates or says why not."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        NOMINATED = "nominated", _("Nominated")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    trail_kind = "seat_request"
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="seat_requests")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="seat_requests")
    reason = models.CharField(_("why"), max_length=300, blank=True)
    needs = models.CharField(_("what you need there"), max_length=300, blank=True, help_text="sign language, large print, access")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    objects = SeatRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "officer"],
                condition=Q(state="asked"),
                name="seat_asked_for_once",
                violation_error_message=_("You have asked for a seat in this cohort already."),
            )
        ]

    def __str__(self):
        return f"{self.officer}: {self.cohort.code}"

    @property
    def trail_ref(self):
        return str(self.pk)
