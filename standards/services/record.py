"""The whole record of an audit: every row of the trail about it and what hangs on it, from the application to what became of its
certification; of each part as much as the one who asks may read."""

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from centres.models import Role
from cse_portal.activity.models import Entry
from standards import policies
from standards.models import (
    Application,
    Audit,
    AuditReport,
    Certification,
    CertificationAct,
    CertificationAppeal,
    Decision,
    Evidence,
    Finding,
    PanelVote,
    ProgrammeLine,
    Recommendation,
    SelfAssessment,
    SelfRating,
    SubmittedEvidence,
)

from . import ballots


def _of_self_assessment(scope, audit):
    asked = SelfAssessment.objects.visible_to(scope).filter(audit=audit).exists()
    return asked and policies.may_read_self_assessment(scope, audit)


def _of_the_review(scope, audit):
    return not audit.is_open and Recommendation.objects.visible_to(scope).filter(audit=audit).exists()


def _of_the_decision(scope, audit):
    return not audit.is_open and Decision.objects.visible_to(scope).filter(audit=audit).exists()


# (kinds of the trail, who reads them: may(scope, audit)); their references begin with the audit's number.
OF_AUDIT = [
    (("audit",), lambda scope, audit: True),
    (("audit_meeting",), policies.may_read_audit_plan),
    (("self_assessment", "self_rating"), _of_self_assessment),
    (("rating", "rating_conflict"), policies.may_read_annex),
    (("re_rating",), policies.may_read_sheet),
    (("finding", "reply", "report_addendum"), policies.may_read_findings),
    (("recommendation", "technical_review"), _of_the_review),
    (("panel_vote",), lambda scope, audit: policies.may_read_votes(scope)),
    (("decision",), _of_the_decision),
]
OF_A_SITE = ("finding", "reply", "re_rating", "report_addendum")
# What the trail knows by a number of its own.
BESIDE = (Application, ProgrammeLine, SubmittedEvidence, Evidence, Certification, CertificationAct, CertificationAppeal)
KINDS = [kind for group, _may in OF_AUDIT for kind in group] + [model.trail_kind for model in BESIDE]
# Kinds of a row an element, a file or a line: no turns of the audit.
SINGLE = ("rating", "rating_conflict", "self_rating", "evidence", "submitted_evidence", "programme_line")


def turns(scope, audit):
    """What an audit's own page shows: its turns, without each element, file and finding raised."""
    return _entries(scope, audit, SINGLE, (Application,)).exclude(kind=Finding.trail_kind, verb="raised finding")


def entries(scope, audit):
    """Rows of the trail, the latest first."""
    return _entries(scope, audit, (), (Application, ProgrammeLine, SubmittedEvidence, Evidence))


def _entries(scope, audit, without, numbered):
    kinds = [kind for group, may in OF_AUDIT if not set(group) <= set(without) and may(scope, audit) for kind in group if kind not in without]
    seen = (Q(ref=audit.ref) | Q(ref__startswith=f"{audit.ref}/")) & Q(kind__in=kinds)
    if not policies.may_read_all_sites(scope, audit):
        for site in audit.sites.exclude(pk__in=audit.sites.open_to(scope).values("pk")):
            seen &= ~Q(kind=SelfRating.trail_kind, ref__startswith=f"{audit.ref}/{site.pk}/")
        seen &= ~Q(kind__in=OF_A_SITE) | Q(ref__in=[f"{audit.ref}/{n}" for n in Finding.objects.visible_to(scope).filter(audit=audit).values_list("number", flat=True)])
    for model in numbered:
        seen |= _numbered(model.objects.visible_to(scope).filter(**{"site__audit" if model is Evidence else "audit": audit}))
    if audit.state == Audit.State.DECIDED:
        seen |= _of_certification(scope, audit)
    found = Entry.objects.filter(seen).exclude(_blind(scope, audit)).exclude(_not_yet(scope, audit))
    if not policies.may_read_annex(scope, audit):  # what interest somebody declared is for those who audit and decide
        found = found.exclude(kind=Audit.trail_kind, verb="declared an interest")
    return found.order_by("-at", "-id")


def of_finding(scope, finding, rows):
    """Of the trail's `rows` under a finding's number, those that the scope may read."""
    return rows.exclude(_not_yet(scope, finding.audit))


def _not_yet(scope, audit):
    """To the auditee: findings taken back before the submission, and the level as long as neither report nor sheet is open to it; to a
    centre's manager of one among other sites every row of a finding until then, as numbers change hands between sites."""
    if scope.role not in policies.AUDITEES or audit.submitted_at is None:
        return Q(pk=None)
    early = Q(kind=Finding.trail_kind, at__lt=audit.submitted_at)
    if policies.may_read_all_sites(scope, audit):
        early &= Q(verb="withdrew finding")
    levels = Audit.objects.filter(certification__decision__audit=audit).exclude(state=Audit.State.DECIDED)
    if not (policies.may_read_counts(scope, audit) or AuditReport.objects.visible_to(scope).filter(audit=audit).exists()):
        levels |= Audit.objects.filter(pk=audit.pk)
    return early | Q(kind=Audit.trail_kind, verb="submitted audit", ref__in=levels.values("ref"))


def _numbered(rows):
    return Q(kind=rows.model.trail_kind, ref__in=rows.order_by().annotate(known_as=Cast("pk", CharField())).values("known_as"))


def _of_certification(scope, audit):
    """What the audit led to: the certification with what was asked, appealed and decided about it, and the audits that watch over it."""
    led = Q(certification__decision__audit=audit)
    acts = [act.trail_ref for act in CertificationAct.objects.visible_to(scope).filter(led).select_related("certification")]
    watching = Audit.objects.visible_to(scope).filter(led)
    decided = Decision.objects.visible_to(scope).filter(audit__in=watching)
    appealed = Q(decision__audit=audit) | Q(act__certification__decision__audit=audit)
    return (
        Q(kind=Certification.trail_kind, ref__in=Certification.objects.filter(decision__audit=audit).values("number"))
        | Q(kind=CertificationAct.trail_kind, ref__in=acts)
        | Q(
            kind=Audit.trail_kind,
            ref__in=watching.values("ref"),
            verb__in=("planned audit", "submitted audit", "lapsed", "cancelled audit"),
        )
        | Q(kind=Decision.trail_kind, ref__in=decided.values("audit__ref"))
        | _numbered(CertificationAppeal.objects.visible_to(scope).filter(appealed))
    )


def _blind(scope, audit):
    """Votes of the round under way, to a member of the panel who has not voted in it."""
    if scope.role != Role.PANEL or audit.state == Audit.State.DECIDED:
        return Q(pk=None)
    voted = PanelVote.objects.filter(audit=audit, round=ballots.round_of(audit), user=scope.user)
    if voted.exclude(outcome=PanelVote.Outcome.INTEREST).exists():
        return Q(pk=None)
    deferred = audit.decisions.filter(outcome=Decision.Outcome.DEFER).order_by("-pk").first()
    votes = Q(kind=PanelVote.trail_kind)
    return votes & Q(at__gt=deferred.decided_at) if deferred else votes
