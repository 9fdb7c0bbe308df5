"""The outbox: every e-mail and SMS is a row, with a key that says why it exists."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those who keep the portal running."""
        return self if scope.role in ("administrator", "system") else self.none()


class Notice(models.Model):
    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    trail_kind = "notice"
    key = models.CharField(max_length=200, unique=True, help_text="why it exists; one reason never makes two notices")
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.EMAIL)
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"))
    calendar = models.TextField(blank=True, help_text="an iCalendar object that goes with the e-mail")
    language = models.CharField(max_length=2, default="en")
    about_kind = models.CharField(max_length=40, blank=True)
    about_ref = models.CharField(max_length=120, blank=True)
    message_id = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    unheard = models.PositiveSmallIntegerField(
        default=0, help_text="attempts whose answer was never heard: any of them may have arrived"
    )
    error = models.TextField(blank=True)
    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # By id alone: the next to be sent is found at once, however many were sent before it.
            models.Index(fields=["id"], condition=models.Q(state__in=["queued", "sending"]), name="notice_to_send"),
            models.Index(fields=["about_kind", "about_ref"], name="notice_about"),
        ]

    def __str__(self):
        return self.subject or self.body[:60]

    @property
    def trail_ref(self):
        return str(self.pk)

    @property
    def due_at(self):
        """When it is, or was, to be sent."""
        return self.not_before or self.queued_at

    @property
    def maybe_twice(self):
        """Sent again after an attempt whose answer was not heard; both carry one Message-ID."""
        return self.unheard + (self.state == self.State.SENT) > 1
