"""Findings: raised inside an audit, disputed or answered, corrected, verified, and later looked at for effect."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from centres.models import Role
from training.models import Enrolment

from .audit import OF_THE_MDA, Audit, AuditSite
from .sheet import FILE_OR_NOTE, PERIOD, Evidence, Piece, PieceQuerySet, Rating
from .standard import Element

USER = settings.AUTH_USER_MODEL


class FindingQuerySet(models.QuerySet):
    def visible_to(self, scope):
        """Who may open the sheet; the auditee from submission, to answer them: a centre's manager those of the own centre."""
        found = self.filter(audit__in=Audit.objects.open_to(scope, auditee_from=Audit.SUBMITTED))
        return found.filter(site__centre=scope.centre) if scope.role == Role.CENTRE_MANAGER else found

    def open_majors(self):
        return self.filter(grade=Finding.Grade.MAJOR).exclude(state__in=Finding.CLOSED)

    def answered(self):
        """Nonconformities of submitted audits: those that somebody owes something."""
        return self.filter(grade__in=Finding.NONCONFORMITIES, audit__state__in=Audit.SUBMITTED)

    def with_next_due(self):
        """Adds `next_due`: the day by which, or from which, the next step is to be taken."""
        state = Finding.State
        steps = {"answer_by": [state.RAISED], "plan_by": [state.PLAN_DUE, state.REOPENED], "due_on": [state.PLAN_ACCEPTED]}
        steps["check_from"] = [state.VERIFIED]
        return self.annotate(next_due=models.Case(*(models.When(state__in=held, then=F(day)) for day, held in steps.items()), default=None))

    def overdue(self, on):
        """The MDA owes a plan or evidence since before the day. What waits for the certification side is not overdue."""
        state = Finding.State
        late = Q(state__in=[state.PLAN_DUE, state.REOPENED], plan_by__lt=on)
        late |= Q(state__in=[state.PLAN_DUE, state.REOPENED, state.PLAN_ACCEPTED], due_on__lt=on)
        return self.answered().filter(late)

    def _judged_by(self, scope):
        """Adds `part`: whether the reader took part in the audit, and so decides no dispute of it."""
        part = models.Func(F("audit_id"), models.Value(scope.user.pk), function="standards_took_part", output_field=models.BooleanField())
        return self.visible_to(scope).answered().annotate(part=part)

    def waiting_for(self, scope):
        """Those that wait for an act of the scope."""
        state = Finding.State
        effect = Q(state=state.VERIFIED, check_from__lte=scope.today)
        if scope.user:
            seen = Verification.objects.filter(finding=models.OuterRef("pk"), kind="correction", outcome="accepted", verified_by=scope.user)
            effect &= ~models.Exists(seen)
        waits = {
            Role.AUDITOR: Q(state__in=[state.PLAN_SUBMITTED, state.EVIDENCE_SUBMITTED]) | effect,
            Role.SECRETARIAT: Q(state=state.DISPUTED, part=False) | Q(state=state.EVIDENCE_SUBMITTED) | effect,
            Role.PANEL: Q(state=state.DISPUTED, part=False),
        }
        if scope.role in (Role.SECRETARIAT, Role.PANEL):
            return self._judged_by(scope).filter(waits[scope.role])
        if scope.role in waits:
            return self.visible_to(scope).answered().filter(waits[scope.role])
        return self.visible_to(scope).answered().filter(state__in=[state.RAISED, state.PLAN_DUE, state.PLAN_ACCEPTED, state.REOPENED])


class Finding(models.Model):
    """A nonconformity or remark inside an audit, raised by the edition's rules or by an auditor."""

    class Grade(models.TextChoices):
        MAJOR = "major", _("Major")
        MINOR = "minor", _("Minor")
        OBSERVATION = "observation", _("Observation")
        GOOD_PRACTICE = "good_practice", _("Good practice")

    class State(models.TextChoices):
        RAISED = "raised", _("Raised")
        DISPUTED = "disputed", _("Disputed")
        PLAN_DUE = "plan_due", _("Plan due")
        PLAN_SUBMITTED = "plan_submitted", _("Plan submitted")
        PLAN_ACCEPTED = "plan_accepted", _("Plan accepted")
        EVIDENCE_SUBMITTED = "evidence_submitted", _("Evidence submitted")
        VERIFIED = "verified", _("Verified")
        EFFECTIVE = "effective", _("Effective")
        REOPENED = "reopened", _("Reopened")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    CLOSED = [State.VERIFIED, State.EFFECTIVE, State.WITHDRAWN]
    NONCONFORMITIES = [Grade.MAJOR, Grade.MINOR]

    trail_kind = "finding"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField()
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="findings")
    grade = models.CharField(_("grade"), max_length=13, choices=Grade)
    rule = models.CharField(max_length=40, blank=True, help_text="the rule of the edition that raised it; blank: raised by hand")
    about = models.CharField(
        max_length=8, blank=True, help_text="code of the element, criterion or principle that the rule judged"
    )
    elements = models.ManyToManyField(Element, related_name="findings")
    evidence = models.ManyToManyField(Evidence, related_name="findings")
    statement = models.TextField(_("finding"))
    computed_grade = models.CharField(
        max_length=13, choices=Grade, blank=True, help_text="what the rule says, where a person raised or lowered it"
    )
    grade_reason = models.TextField(_("reason of the grade"), blank=True)
    raised_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    recurs = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="recurred_as",
        help_text="the same of an earlier audit, which this reopens",
    )
    state = models.CharField(_("state"), max_length=18, choices=State, default=State.RAISED)
    answer_by = models.DateField(null=True, help_text="acknowledged or disputed by then")
    plan_by = models.DateField(null=True, help_text="correction, root cause and plan by then")
    due_on = models.DateField(null=True, help_text="evidence of correction by then")
    limit_on = models.DateField(null=True, help_text="final limit of a major: after it the audit lapses")
    check_from = models.DateField(null=True, help_text="effect is looked at from this day")
    acknowledged_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["audit", "number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="finding_once_a_number"),
            models.UniqueConstraint(fields=["site", "rule", "about"], condition=~Q(rule=""), name="finding_once_a_rule"),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="finding_by_state")]

    def __str__(self):
        return f"{self.audit.ref} {self.label}"

    @property
    def label(self) -> str:
        """NC-02 of a nonconformity, OB-02 of the others."""
        return f"{'NC' if self.grade in (self.Grade.MAJOR, self.Grade.MINOR) else 'OB'}-{self.number:02}"

    @property
    def trail_ref(self):
        return f"{self.audit.ref}/{self.number}"

    @property
    def is_nonconformity(self):
        return self.grade in self.NONCONFORMITIES

    def get_absolute_url(self):
        return reverse("standards:finding", args=[self.audit.ref, self.number])


class Reply(models.Model):
    """The auditee's right of reply: on the draft report, or on one finding. Kept with the report as it was written."""

    trail_kind = "reply"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="replies")
    finding = models.ForeignKey(Finding, models.PROTECT, null=True, blank=True, related_name="replies")
    text = models.TextField(_("reply"))
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.text[:80]

    @property
    def trail_ref(self):
        return self.audit.ref


class Dispute(models.Model):
    """The auditee does not accept a finding. Someone who took no part in the audit decides."""

    class Outcome(models.TextChoices):
        STANDS = "stands", _("The finding stands")
        REGRADED = "regraded", _("A lighter grade")
        WITHDRAWN = "withdrawn", _("The finding is withdrawn")

    trail_kind = "dispute"
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="disputes")
    reason = models.TextField(_("why it is disputed"))
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    due_on = models.DateField(help_text="decided by then")
    outcome = models.CharField(_("decision"), max_length=9, choices=Outcome, blank=True)
    grade = models.CharField(_("grade"), max_length=13, choices=Finding.Grade, blank=True)
    decision_reason = models.TextField(_("reasons"), blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(outcome=""), name="one_open_dispute"),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("made_by")), name="dispute_decided_by_another"),
        ]

    def __str__(self):
        return str(self.finding)

    @property
    def trail_ref(self):
        return self.finding.trail_ref


class CorrectiveAction(models.Model):
    """What the auditee does about a finding: correction, root cause, action. Returned, a new one follows; what was sent stays."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    trail_kind = "corrective_action"
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="corrective_actions")
    correction = models.TextField(_("correction"), help_text="what was put right at once")
    root_cause = models.TextField(_("root cause"))
    action = models.TextField(_("corrective action"), help_text="so that it does not happen again")
    owner = models.CharField(_("owner"), max_length=200, help_text="name and office")
    due_on = models.DateField(_("done by"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.SUBMITTED)
    submitted_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(state="submitted"), name="one_plan_under_review"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("submitted_by")), name="plan_reviewed_by_another"
            ),
        ]

    def __str__(self):
        return str(self.finding)

    @property
    def trail_ref(self):
        return self.finding.trail_ref


class SubmittedEvidenceQuerySet(PieceQuerySet):
    def visible_to(self, scope):
        """The auditee's own, a centre's manager of the own centre; who audits and decides, once it was submitted."""
        if scope.role == Role.CENTRE_MANAGER and scope.centre:
            return self.filter(audit__in=Audit.objects.visible_to(scope), site__centre=scope.centre)
        if scope.role in OF_THE_MDA:
            return self.filter(audit__in=Audit.objects.visible_to(scope))
        found = self.filter(audit__in=Audit.objects.open_to(scope))
        return found if scope.is_system else found.exclude(finding=None, audit__self_assessment__submitted_at=None)


class SubmittedEvidence(Piece):
    """Evidence that the auditee sends: with its self-assessment (`element`), or of a correction (`finding`)."""

    trail_kind = "submitted_evidence"
    audit = models.ForeignKey(Audit, models.PROTECT, related_name="submitted_evidence")
    site = models.ForeignKey(AuditSite, models.PROTECT, null=True, related_name="submitted_evidence")
    element = models.ForeignKey(Element, models.PROTECT, null=True, related_name="+")
    finding = models.ForeignKey(Finding, models.PROTECT, null=True, related_name="submitted_evidence")
    objects = SubmittedEvidenceQuerySet.as_manager()

    class Meta(Piece.Meta):
        verbose_name_plural = "submitted evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["audit", "client_ref"], condition=~Q(client_ref=""), name="submitted_evidence_sent_once"
            ),
            models.CheckConstraint(condition=FILE_OR_NOTE, name="submitted_evidence_is_a_file_or_a_note"),
            models.CheckConstraint(condition=PERIOD, name="submitted_evidence_covers_a_period"),
            models.CheckConstraint(
                condition=Q(finding=None, element__isnull=False, site__isnull=False) | Q(finding__isnull=False, element=None),
                name="submitted_evidence_is_for_one_thing",
            ),
        ]


class Verification(models.Model):
    """Somebody of the certification side looks at a correction, and on a later day at its effect. Another person each time."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        EFFECT = "effect", _("Effect")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    trail_kind = "verification"
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="verifications")
    kind = models.CharField(_("of"), max_length=10, choices=Kind)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    note = models.TextField(_("what was looked at"))
    on = models.DateField(_("day"))
    verified_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    verified_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="verification_says_what_was_seen")]

    def __str__(self):
        return f"{self.finding}: {self.get_kind_display()}"

    @property
    def trail_ref(self):
        return self.finding.trail_ref


class ReRating(models.Model):
    """A verified correction lifts an element for the decision: N or P to P or M, never to E. The submitted rating stays beside it."""

    trail_kind = "re_rating"
    site = models.ForeignKey(AuditSite, models.PROTECT, related_name="re_ratings")
    element = models.ForeignKey(Element, models.PROTECT, related_name="re_ratings")
    value = models.CharField(
        _("rating"), max_length=2, choices=[(v, v.label) for v in (Rating.Value.PARTLY_MET, Rating.Value.MET)]
    )
    verification = models.ForeignKey(Verification, models.PROTECT, related_name="re_ratings")
    on = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["verification", "element"], name="re_rated_once_a_verification")]

    def __str__(self):
        return f"{self.element.code}: {self.value}"

    @property
    def trail_ref(self):
        return f"{self.site.audit.ref}/{self.site_id}/{self.element.code}"


class Escalation(models.Model):
    """An overdue finding was told one step higher. One step once for each missed day."""

    class Step(models.IntegerChoices):
        MDA = 1, _("MDA")
        AUTHORISED_OFFICER = 2, _("Authorised officer")
        HOPS = 3, _("HOPS office")

    trail_kind = "escalation"
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="escalations")
    step = models.PositiveSmallIntegerField(_("told"), choices=Step)
    missed = models.CharField(
        _("overdue"), max_length=9, choices=[("answer", _("Answer")), ("plan", _("Plan")), ("evidence", _("Evidence"))]
    )
    missed_on = models.DateField(help_text="the day that passed")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["finding", "missed", "missed_on", "step"], name="escalated_once_a_step")]

    def __str__(self):
        return f"{self.finding}: {self.get_step_display()}"

    @property
    def trail_ref(self):
        return self.finding.trail_ref


class FindingNomination(models.Model):
    """An officer was nominated to a cohort because of a finding on staff conduct or knowledge."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="nominations")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="findings")
    made_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "enrolment"], name="nomination_once_a_finding")]
