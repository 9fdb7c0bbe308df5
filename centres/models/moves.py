"""What two people settle about an officer's place: transfers, possible leavers, two records of one person; who looked at names."""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .people import Officer, Role, new_ref
from .places import Organisation
from .rosters import OfMdaQuerySet, Roster

USER = settings.AUTH_USER_MODEL


def transfer_ref():
    return new_ref("TR")


class TransferRequestQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR and authorised officers: from or to their MDA or one below; administrators all."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            return self.filter(
                models.Q(from_organisation__in=scope.organisation_ids) | models.Q(to_organisation__in=scope.organisation_ids)
            )
        return self.none()


class TransferRequest(models.Model):
    """A gaining MDA claims an officer in post elsewhere. The losing MDA accepts or disputes; unanswered, it is released."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        ACCEPTED = "accepted", _("Accepted")
        RELEASED = "released", _("Released after 14 days")
        DISPUTED = "disputed", _("Disputed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        STAYS = "stays", _("Stays in the old MDA")

    OPEN = [State.REQUESTED, State.DISPUTED]
    DONE = [State.ACCEPTED, State.RELEASED]

    trail_kind = "transfer"
    ref = models.CharField(max_length=12, unique=True, default=transfer_ref, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="transfers")
    from_organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="transfers_out", verbose_name=_("from"))
    to_organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="transfers_in", verbose_name=_("to"))
    on = models.DateField(_("takes effect"), help_text="first day in post at the gaining MDA")
    post = models.JSONField(default=dict, help_text="the new posting: cadre, job_group, county, centre (ids), designation, terms")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=300, blank=True, help_text="why it is disputed or withdrawn")
    answer_by = models.DateField(_("answer by"), help_text="released on this day if nobody has answered")
    roster = models.ForeignKey(Roster, models.PROTECT, null=True, related_name="transfers")
    requested_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    objects = TransferRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["officer"],
                condition=models.Q(state__in=["requested", "disputed"]),
                name="one_open_transfer_an_officer",
                violation_error_message=_("Another MDA has asked for this officer already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(from_organisation=models.F("to_organisation")), name="transfer_to_another_mda"
            ),
        ]

    def __str__(self):
        return f"{self.ref}, {self.officer}"

    @property
    def trail_ref(self):
        return self.ref

    def get_absolute_url(self):
        return reverse("centres:transfer", args=[self.ref])


class PossibleLeaver(models.Model):
    """An officer in post whom a full return does not name. A person says whether he or she has left."""

    class State(models.TextChoices):
        OPEN = "open", _("To be answered")
        LEFT = "left", _("Has left")
        IN_POST = "in_post", _("Still in post")
        MOOT = "moot", _("Settled otherwise")

    trail_kind = "possible_leaver"
    roster = models.ForeignKey(Roster, models.PROTECT, related_name="possible_leavers")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="possible_leavings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="possible_leavers")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    objects = OfMdaQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=models.Q(state="open"), name="asked_once_about_an_officer")
        ]

    def __str__(self):
        return str(self.officer)

    @property
    def trail_ref(self):
        return str(self.pk)


class OfficerMergeQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR officers: those of officers in sight; administrators all."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role != Role.HR_OFFICER:
            return self.none()
        return self.filter(kept__in=Officer.objects.visible_to(scope))


class OfficerMerge(models.Model):
    """Two records that were one person: what went from `dropped` to `kept`, so that it can be undone within 30 days."""

    trail_kind = "officer_merge"
    kept = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    dropped = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict, help_text="{table: what moved or was cut}, as undoing needs it")
    merged_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    merged_at = models.DateTimeField()
    undone_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    objects = OfficerMergeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["dropped"], condition=models.Q(undone_at=None), name="dropped_once"),
            models.CheckConstraint(condition=~models.Q(kept=models.F("dropped")), name="merged_with_another"),
        ]

    def __str__(self):
        return f"{self.kept}, {self.kept.ref}"

    @property
    def trail_ref(self):
        return str(self.pk)


class TwoPeople(models.Model):
    """Someone looked: these two records are two people, and are no longer shown as candidates."""

    one = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    other = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    said_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="told_apart_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="told_apart_in_order"),
        ]


class NameGrantQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HOPS: one's own; HR and authorised officers: those that name their MDA's officers or those of one below, also by way of
        an MDA above; administrators all."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            return self.filter(organisation__in=scope.organisation_ids | scope.organisation_ids_above)
        return self.filter(user=scope.user) if scope.role == Role.HOPS else self.none()

    def in_force(self, now):
        return self.filter(during__contains=now)


class NameGrant(models.Model):
    """HOPS sees counts; to see the names of an MDA someone states a reason and has seven days. The MDA sees who looked."""

    trail_kind = "name_grant"
    user = models.ForeignKey(USER, models.PROTECT, related_name="name_grants")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="name_grants", verbose_name=_("MDA and all below")
    )
    reason = models.TextField(_("reason"))
    during = DateTimeRangeField()
    objects = NameGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.user}: {self.organisation}"

    @property
    def trail_ref(self):
        return str(self.pk)

    def get_absolute_url(self):
        return reverse("centres:name_grant", args=[self.pk])

    def is_in_force(self, now):
        return not self.during.isempty and self.during.lower <= now < self.during.upper
