"""What cohorts need: rooms, accredited trainers; and the calendar feeds that people subscribe to."""

import datetime as dt
import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from centres.models import Centre

from .framework import Course

USER = settings.AUTH_USER_MODEL


class SignedInQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Everyone who signs in."""
        return self.none() if scope.is_public else self


class Room(models.Model):
    trail_kind = "room"
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="rooms", verbose_name=_("campus"))
    name = models.CharField(_("name"), max_length=60)
    capacity = models.PositiveSmallIntegerField(_("places"))
    notes = models.CharField(_("equipment and access"), max_length=200, blank=True)
    closed_on = models.DateField(_("closed"), null=True, blank=True, help_text="first day on which it cannot be booked")
    objects = SignedInQuerySet.as_manager()

    class Meta:
        ordering = ["centre__name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "name"],
                name="one_room_of_a_name",
                violation_error_message=_("The campus has a room of this name."),
            ),
            models.CheckConstraint(condition=Q(capacity__range=(1, 2000)), name="room_has_places"),
        ]

    def __str__(self):
        return f"{self.name}, {self.centre}"

    @property
    def trail_ref(self):
        return f"{self.centre.code}/{self.name}"


class AccreditationQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Coordinators and administrators all; trainers their own."""
        if scope.role in ("coordinator", "administrator") or scope.is_system:
            return self
        return self.filter(user=scope.user) if scope.role == "trainer" else self.none()

    def covering(self, first, last):
        """In force on all days from first to last."""
        return self.filter(during__contains=first).filter(during__contains=last)


class TrainerAccreditation(models.Model):
    """A trainer may teach the course on these days."""

    trail_kind = "trainer_accreditation"
    user = models.ForeignKey(USER, models.PROTECT, related_name="accreditations", verbose_name=_("trainer"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="accreditations", verbose_name=_("course"))
    during = DateRangeField(_("accredited"))
    authority = models.CharField(_("authority"), max_length=200, blank=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ended_reason = models.CharField(max_length=200, blank=True)
    objects = AccreditationQuerySet.as_manager()

    class Meta:
        ordering = ["user__name", "course__code", "during"]
        constraints = [
            ExclusionConstraint(
                name="accredited_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("course", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The trainer is accredited for this course on some of these days already."),
            ),
            models.CheckConstraint(condition=Q(during__isempty=False, during__lower_inf=False), name="accreditation_has_a_day"),
        ]

    def __str__(self):
        return f"{self.user}: {self.course}"

    @property
    def last(self):
        """The last day, or None."""
        return self.during.upper and self.during.upper - dt.timedelta(days=1)

    @property
    def trail_ref(self):
        return str(self.pk)


def feed_token():
    return secrets.token_urlsafe(24)


class CalendarFeed(models.Model):
    """The secret address under which a calendar program reads a person's sessions; a new token ends the old address."""

    trail_kind = "calendar_feed"
    user = models.OneToOneField(USER, models.PROTECT, related_name="calendar_feed")
    token = models.CharField(max_length=40, unique=True, default=feed_token)
    made_at = models.DateTimeField()

    @property
    def trail_ref(self):
        return str(self.pk)
