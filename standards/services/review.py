"""Between the report and the panel: the lead's recommendation, and the technical review by somebody who took no part."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, AuditReport, Decision, PanelVote, Recommendation, TechnicalReview

from . import independence, telling


def locked(audit):
    return Audit.objects.locked(audit.pk)


def standing(audit):
    """(the lead's latest recommendation or None, the review of it or None)."""
    recommendation = audit.recommendations.select_related("made_by").first()
    review = audit.technical_reviews.select_related("reviewed_by").first()
    if recommendation and review and review.reviewed_at < recommendation.made_at:
        review = None
    return recommendation, review


def returned(audit):
    """Whether the review gave the file back to the lead."""
    review = standing(audit)[1]
    return review is not None and review.outcome == TechnicalReview.Outcome.RETURNED


def may_be_recommended(audit):
    """Whether the lead has something to say: nothing recommended yet, returned by the review, or deferred by the panel and not voted
    on again since."""
    recommendation = standing(audit)[0]
    if recommendation is None or returned(audit):
        return True
    deferred = audit.decisions.filter(outcome=Decision.Outcome.DEFER)
    voted = audit.votes.filter(round=1 + deferred.count()).exclude(outcome=PanelVote.Outcome.INTEREST)
    return deferred.filter(decided_at__gt=recommendation.made_at).exists() and not voted.exists()


def passed(audit):
    """Whether the panel may look at it: the latest recommendation passed the technical review."""
    review = standing(audit)[1]
    return review is not None and review.outcome == TechnicalReview.Outcome.PASSED


@transaction.atomic
def recommend(actor, audit, *, outcome, reasons):
    """The lead auditor recommends, once the final report is issued; again after a return or a deferral."""
    audit = locked(audit)
    if audit.state != Audit.State.REPORT or not audit.reports.filter(kind=AuditReport.Kind.FINAL).exists():
        raise Refused(_("The lead auditor recommends once the final report is issued."), code="no_report")
    if not policies.may_report(actor, audit):
        raise Refused(_("The lead auditor recommends."), code="not_yours")
    if not may_be_recommended(audit):
        raise Refused(_("A recommendation is made already; the technical review is next."), code="recommended")
    reasons = given(reasons, "reasons")
    made = Recommendation.objects.create(audit=audit, outcome=outcome, reasons=reasons, made_by=actor.user, made_at=clock.now())
    trail.record(actor, "recommended", made, {"recommendation": (None, outcome)}, note=reasons)
    telling.those(
        audit,
        Role.SECRETARIAT,
        f"recommended:{made.pk}",
        lambda: _("Audit %(ref)s waits for its technical review") % {"ref": audit.ref},
        lambda: _("The lead auditor has recommended on the audit of %(subject)s. Somebody who took no part reviews the file.") % {"subject": audit.subject},
        audit.get_absolute_url(),
    )
    return made


@transaction.atomic
def review(actor, audit, *, outcome, notes):
    """Somebody of the secretariat who took no part passes the file to the panel, or returns it to the lead."""
    audit = locked(audit)
    recommendation, done = standing(audit)
    if audit.state != Audit.State.REPORT or recommendation is None or done:
        raise Refused(_("A technical review follows the lead auditor's recommendation."), code="nothing_to_review")
    if actor.role == Role.SECRETARIAT and policies.audited(actor.user, audit):
        raise Refused(_("You took part in this audit; someone else reviews it."), code="took_part")
    if not policies.may_review(actor, audit):
        raise Refused(_("The secretariat reviews the file."), code="not_yours")
    independence.require_no_interest(actor.user, audit)
    notes = given(notes, "notes")
    made = TechnicalReview.objects.create(audit=audit, outcome=outcome, notes=notes, reviewed_by=actor.user, reviewed_at=clock.now())
    trail.record(actor, "reviewed", made, {"review": (None, outcome)}, note=notes)
    _tell(audit, made)
    return made


def _tell(audit, made):
    """The panel of what it has to decide; the team of what was returned."""
    key = f"reviewed:{made.pk}"
    if made.outcome == TechnicalReview.Outcome.PASSED:
        telling.those(
            audit,
            Role.PANEL,
            key,
            lambda: _("Audit %(ref)s waits for the panel") % {"ref": audit.ref},
            lambda: _("The audit of %(subject)s is before the certification panel. Read the file and recommend.") % {"subject": audit.subject},
            reverse("standards:decide", args=[audit.ref]),
        )
    else:
        telling.team(
            audit,
            key,
            lambda: _("Audit %(ref)s was returned by the technical review") % {"ref": audit.ref},
            lambda: _("Returned: %(notes)s") % {"notes": made.notes},
            audit.get_absolute_url(),
        )


def given(text, field):
    """The words without blanks around them; none is refused."""
    if not text.strip():
        sentence = _("Give the reasons.")
        raise Refused(sentence, fields={field: [sentence]})
    return text.strip()
