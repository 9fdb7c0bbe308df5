"""People: officers, their dated postings, excusals; who may act under which hat."""

import datetime as dt
import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Concat, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .places import Cadre, Centre, County, JobGroup, Organisation

ONE_DAY = dt.timedelta(days=1)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters that are read as digits


def new_ref(prefix="OF", length=6):
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))


class Role(models.TextChoices):
    LEARNER = "learner", _("Learner")
    HR_OFFICER = "hr_officer", _("HR officer")
    AUTHORISED_OFFICER = "authorised_officer", _("Authorised officer")
    SERVICE_CHAMPION = "service_champion", _("Service champion")
    CENTRE_MANAGER = "centre_manager", _("Centre manager")
    TRAINER = "trainer", _("Trainer")
    COORDINATOR = "coordinator", _("Programme coordinator")
    AUDITOR = "auditor", _("Auditor")
    SECRETARIAT = "secretariat", _("Certification secretariat")
    PANEL = "panel", _("Certification panel")
    HOPS = "hops", _("HOPS office")
    ADMINISTRATOR = "administrator", _("Administrator")


class OfficerQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """HR and authorised officers: in post in their MDA or below, or whose last post was there; a centre manager: the
        centre's staff; a learner: oneself; administrators: all. HOPS sees counts; names under a grant, of its MDA and below."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER) and scope.organisation:
            return self.of(scope.organisation_ids, scope.today)
        if scope.role == Role.HOPS and (named := scope.named_ids()):
            return self.of(named, scope.today)
        if scope.role == Role.CENTRE_MANAGER and scope.centre:
            return self.filter(
                models.Exists(Posting.objects.on(scope.today).filter(officer=models.OuterRef("pk"), centre=scope.centre))
            )
        if scope.role == Role.LEARNER and scope.officer:
            return self.filter(pk=scope.officer.pk)
        return self.none()

    def of(self, organisation_ids, on):
        """In post there, or whose last post was."""
        latest = Posting.objects.latest_of_officer(on).filter(officer=models.OuterRef("pk"), organisation__in=organisation_ids)
        return self.filter(models.Exists(latest))

    def in_post(self, on):
        return self.filter(models.Exists(Posting.objects.on(on).filter(officer=models.OuterRef("pk"))))

    def found(self, text):
        """Whom `finding` finds."""
        words, condition = finding(text)
        return self.alias(name_words=words).filter(condition)


def name_words(prefix=""):
    """All names in one text, each after a space: one index finds any fragment, and every word of a search."""
    return Upper(Concat(Value(" "), f"{prefix}surname", Value(" "), f"{prefix}first_name", Value(" "), f"{prefix}other_names"))


def finding(text, prefix=""):
    """(expression to alias as `name_words`, condition): whose name holds each word, or whose personal number, UPN or reference it
    is. A word of one or two letters is looked for where a name begins: the index holds threes. `prefix`: the way to the officer."""
    condition = models.Q()
    for word in text.split():
        condition &= models.Q(name_words__contains=word.upper() if len(word) > 2 else f" {word.upper()}")
    digits = text.replace(" ", "")
    if any(letter.isdigit() or letter == "-" for letter in digits):
        condition |= models.Q(**{f"{prefix}upn": digits}) | models.Q(**{f"{prefix}ref": digits.upper()})
    if digits.isdigit() and digits.strip("0"):
        condition |= models.Q(**{f"{prefix}personal_key": digits.lstrip("0")})
    return name_words(prefix), condition


class Officer(models.Model):
    """A public officer. No national ID, birth date, religion or salary: what is not needed is not held."""

    class Gender(models.TextChoices):
        FEMALE = "F", _("Female")
        MALE = "M", _("Male")

    trail_kind = "officer"
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    upn = models.CharField(_("UPN"), max_length=20, null=True, blank=True, unique=True)
    personal_no = models.CharField(_("personal number"), max_length=20, help_text="as first given")
    personal_key = models.CharField(max_length=12, help_text="digits only, without leading zeros: what is compared")
    number_series = models.CharField(max_length=20, help_text="national, or the organisation's code")
    surname = models.CharField(_("surname"), max_length=60)
    first_name = models.CharField(_("first name"), max_length=60)
    other_names = models.CharField(_("other names"), max_length=100, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, help_text="E.164")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="officer")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", help_text="the officer that this record turned out to be"
    )
    objects = OfficerQuerySet.as_manager()

    class Meta:
        ordering = ["surname", "first_name", "ref"]
        constraints = [
            models.UniqueConstraint(fields=["number_series", "personal_key"], name="personal_number_once_in_its_series"),
            models.CheckConstraint(
                condition=models.Q(personal_key__regex=r"^[1-9][0-9]{0,11}$"), name="personal_key_is_bare_digits"
            ),
        ]
        indexes = [
            models.Index(fields=["surname", "first_name", "ref"], name="officer_by_name"),
            models.Index(fields=["personal_key"], name="officer_by_number"),
            GinIndex(OpClass(name_words(), "gin_trgm_ops"), name="officer_name_words"),
        ]

    def __str__(self):
        return self.full_name

    @property
    def full_name(self):
        return " ".join(p for p in (self.first_name, self.other_names, self.surname) if p)

    @property
    def trail_ref(self):
        return self.ref

    def get_absolute_url(self):
        return reverse("training:officer", args=[self.ref])


class PostingQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those of the officers in sight, also in other MDAs before: training follows the officer."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        return self.filter(officer__in=Officer.objects.visible_to(scope))

    def on(self, day):
        return self.filter(during__contains=day)

    def latest_of_officer(self, on=None):
        """Only the posting that no later one of the same officer follows; with `on`, none that has begun by that day: whoever
        is to move is still in sight where he or she serves, and already where the next post is."""
        later = Posting.objects.filter(officer=models.OuterRef("officer"), during__fully_gt=models.OuterRef("during"))
        if on is not None:
            later = later.filter(during__startswith__lte=on)
        return self.filter(~models.Exists(later))


class Posting(models.Model):
    """Where an officer serves, as what, when; one at a time. Leaving closes it with a reason."""

    class Terms(models.TextChoices):
        PERMANENT = "permanent", _("Permanent")
        CONTRACT = "contract", _("Contract")
        SECONDMENT = "secondment", _("Secondment")
        CASUAL = "casual", _("Casual")
        INTERN = "intern", _("Intern")

    class End(models.TextChoices):
        """Why a posting ended; LEAVING: the officer left the service of the register. Older rows hold words of their own."""

        RETIRED = "retired", pgettext_lazy("officer", "Retired")
        RESIGNED = "resigned", _("Resigned")
        DIED = "died", _("Died")
        DISMISSED = "dismissed", _("Dismissed")
        CONTRACT_ENDED = "contract_ended", _("Contract ended")
        OTHER = "other", _("Other")
        TRANSFERRED = "transferred", _("Transferred to another MDA")
        NEW_POST = "new_post", _("New post")
        SECONDED = "seconded", _("Seconded")
        BACK = "back", _("Back from secondment")
        REORGANISATION = "reorganisation", _("Reorganisation")

    LEAVING = [End.RETIRED, End.RESIGNED, End.DIED, End.DISMISSED, End.CONTRACT_ENDED, End.OTHER]

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="postings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="postings", verbose_name=_("MDA"))
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="postings", verbose_name=_("CSE cadre"))
    job_group = models.ForeignKey(JobGroup, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("job group"))
    designation = models.CharField(_("designation"), max_length=120, blank=True)
    terms = models.CharField(_("terms"), max_length=12, choices=Terms, blank=True)
    county = models.ForeignKey(County, models.PROTECT, null=True, related_name="postings", verbose_name=_("county"))
    centre = models.ForeignKey(
        Centre, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("duty station")
    )
    host = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="seconded_in", verbose_name=_("seconded to")
    )
    during = DateRangeField(_("in post"))
    end_reason = models.CharField(_("why it ended"), max_length=60, blank=True)
    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["-during"]
        constraints = [
            ExclusionConstraint(
                name="one_posting_at_a_time",
                expressions=[("officer", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("An officer holds one post at a time."),
            ),
            models.CheckConstraint(condition=models.Q(during__isempty=False), name="posting_lasts_a_day"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "cadre"], condition=models.Q(during__upper_inf=True), name="posting_open_by_place"
            ),
            models.Index(fields=["centre"], condition=models.Q(centre__isnull=False), name="posting_by_centre"),
        ]

    @property
    def end_words(self):
        """Why it ended, for a person."""
        return self.End(self.end_reason).label if self.end_reason in self.End.values else self.end_reason

    @property
    def last_day(self):
        """The last day in this post, or None while no end is known."""
        return self.during.upper and self.during.upper - ONE_DAY


class ExcusalQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Those of the officers in sight."""
        return self.filter(officer__in=Officer.objects.visible_to(scope))


class Excusal(models.Model):
    """Days on which an officer is excused from training: study leave, secondment outside, about to retire."""

    class Reason(models.TextChoices):
        STUDY_LEAVE = "study_leave", _("Study leave")
        SECONDED_OUTSIDE = "seconded_outside", _("Seconded outside the public service")
        RETIRING = "retiring", _("Retiring within six months")

    trail_kind = "excusal"
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="excusals")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    during = DateRangeField(_("excused"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    objects = ExcusalQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_excusal_at_a_time",
                expressions=[("officer", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("The officer is excused on some of these days already."),
            ),
            models.CheckConstraint(condition=models.Q(during__isempty=False), name="excusal_lasts_a_day"),
        ]

    def __str__(self):
        return self.get_reason_display()

    @property
    def trail_ref(self):
        return str(self.pk)


class MembershipQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(during__contains=day)

    def with_state(self, on):
        """Adds `state`: ended; invited (no password set yet); active."""
        ended = models.Q(during__isempty=True) | models.Q(during__endswith__lte=on)
        invited = models.Q(user__password__startswith="!")
        return self.annotate(
            state=models.Case(
                models.When(ended, then=models.Value("ended")),
                models.When(invited, then=models.Value("invited")),
                default=models.Value("active"),
            )
        )

    def visible_to(self, scope):
        """Administrators: all; HR and authorised officers: the roles of their MDA and those below."""
        if scope.role == Role.ADMINISTRATOR or scope.is_system:
            return self
        if scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER):
            return self.filter(organisation__in=scope.organisation_ids)
        return self.none()


class Membership(models.Model):
    """A hat: one role of one user, for an MDA or a centre where the role belongs to one, dated."""

    FOR_ORGANISATION = [Role.HR_OFFICER, Role.AUTHORISED_OFFICER, Role.SERVICE_CHAMPION]
    NEEDS_SECOND_FACTOR = [Role.AUDITOR, Role.SECRETARIAT, Role.PANEL, Role.HOPS, Role.ADMINISTRATOR]

    trail_kind = "membership"
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("MDA")
    )
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, blank=True, related_name="memberships")
    during = DateRangeField()
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_hat_of_a_kind_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Coalesce("organisation", 0), RangeOperators.EQUAL),
                    (Coalesce("centre", 0), RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person already has this role here."),
            ),
            models.CheckConstraint(
                name="roles_of_an_mda_name_it",
                condition=~models.Q(role__in=["hr_officer", "authorised_officer", "service_champion"])
                | models.Q(organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="centre_managers_name_their_centre",
                condition=~models.Q(role="centre_manager") | models.Q(centre__isnull=False),
            ),
        ]

    def __str__(self):
        place = self.organisation or self.centre
        return f"{self.get_role_display()}, {place}" if place else str(self.get_role_display())

    @property
    def trail_ref(self):
        return str(self.pk)

    def is_in_force(self, on):
        return (
            not self.during.isempty
            and (self.during.lower is None or self.during.lower <= on)
            and (self.during.upper is None or on < self.during.upper)
        )


class ApiTokenQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """One's own, of every role one holds."""
        return self.filter(membership__user=scope.user) if scope.user else self.none()


class ApiToken(models.Model):
    """A bearer token for the API, acting under one hat; only its SHA-256 is kept."""

    trail_kind = "api_token"
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    objects = ApiTokenQuerySet.as_manager()

    def __str__(self):
        return self.name or f"token of {self.membership.user}"

    @property
    def trail_ref(self):
        return str(self.pk)
