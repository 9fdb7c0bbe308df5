"""The independent decision on an audit, and the certification that follows from it."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from standards import policies, reasons, scoring
from standards.models import Audit, Decision, Rating
from training import certificates

from . import audits, ballots, certifying, editions, findings, independence, measures, review, standing_notices

TOLD = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)


def assess(audit, known=None):
    """{site: Result} for the decision: the submitted ratings, lifted by verified corrections, with the plans accepted and the
    findings open that day. `known`: satisfaction and timeliness, see
    `figures`; without them the best level is Commended."""
    rules, answers = editions.rules_of(audit.edition), findings.answers(audit)
    ratings = {}
    for rating in Rating.objects.filter(site__audit=audit).select_related("element"):
        ratings.setdefault(rating.site_id, {})[rating.element.code] = rating.value
    for (site_id, code), value in findings.lifted(audit).items():
        ratings[site_id][code] = value
    results, sheets = {}, {}
    for site in audit.sites.all():
        if site.applies_to not in sheets:
            sheets[site.applies_to] = editions.items(editions.elements_of(audit.edition, site.applies_to, audit.elements_asked))
        items = sheets[site.applies_to]
        majors, plans = answers.get(site.pk, (0, frozenset()))
        results[site] = scoring.score_site(items, ratings.get(site.pk, {}), rules, plans_accepted=plans, open_majors=majors, measures=known)
    return results


def figures(audit, on):
    """Satisfaction and timeliness as the decision of that day takes them."""
    return measures.for_decision(audit, on)


def against_certifying(audit, level, on):
    """What stands in the way of certifying as things are that day: a Refused to raise, or None."""
    if certifying.ended(audit):
        sentence = _("The certification to be renewed no longer stands; a new audit for certification is planned.")
        return Refused.of("outcome", sentence, "not_standing")
    renews = certifying.renews(audit, on)
    for finding in findings.majors_left({audit.certification_id, renews and renews.pk} - {None}).exclude(audit=audit):
        sentence = _("%(finding)s, a major nonconformity of an audit since the last certification, is still open.") % {"finding": finding}
        return Refused.of("outcome", sentence, "open_major")
    if level == scoring.NOT_YET:
        sentence = _("This audit does not reach the first level: the checks that are not met block a certification.")
        return Refused.of("outcome", sentence, "below_threshold")
    for sentence in independence.against_team(audit):
        return Refused.of("outcome", sentence, "team")
    return None


def level_today(audit, today):
    """The level that the audit reaches as it stands: the lowest of its sites."""
    results = assess(audit, figures(audit, today))
    return scoring.lowest((result.level for result in results.values()), editions.rules_of(audit.edition))


@transaction.atomic
def decide(actor, audit, *, outcome, reasons_given, scope_text=None):
    """Records what most of the panel recommend, once its quorum has voted. Certifying issues the certification at once, at the
    lowest level of the audit's sites; `scope_text`: the services as printed, the audit's own unless said."""
    audit = Audit.objects.locked(audit.pk)
    _check(actor, audit)
    reasons_given = review.given(reasons_given, "reasons")
    rules, today = editions.rules_of(audit.edition), clock.today()
    results = assess(audit, figures(audit, today))
    stored = audits.summary({site.pk: result for site, result in results.items()}, rules, today) | {"lifted": _lifted(audit)}
    tally = ballots.tally(audit)
    _check_votes(tally, outcome, against_certifying(audit, stored["level"], today))
    checks = _check_people(actor, audit, tally)
    decision = Decision.objects.create(
        audit=audit, outcome=outcome, reasons=reasons_given, result=stored, round=tally.round, quorum=tally.quorum, checks=checks,
        decided_by=actor.user, decided_at=clock.now(),
    )  # fmt: skip
    if outcome != Decision.Outcome.DEFER:
        audit.state = Audit.State.DECIDED
        audit.save(update_fields=["state"])
    trail.record(actor, "decided", decision, {"outcome": (None, outcome), "level": (None, stored["level"])}, note=decision.reasons)
    printed = audit.scope_text if scope_text is None else scope_text.strip()
    made = certifying.follow(actor, audit, decision, results, stored["level"], printed)
    _tell(audit, decision, made)
    return decision


def _check(actor, audit):
    if audit.state == Audit.State.DECIDED:
        raise Refused(_("This audit is decided."), code="decided")
    if audit.state != Audit.State.REPORT:
        raise Refused(_("An audit is decided once its report is issued."), code="not_submitted")
    if actor.role == Role.PANEL and policies.took_part(actor.user, audit):
        raise Refused(_("You took part in this audit; someone else decides it."), code="took_part")
    if not policies.may_decide(actor, audit):
        raise Refused(_("A member of the certification panel decides."), code="not_yours")
    if not review.passed(audit):
        raise Refused(_("The panel looks at an audit once the technical review has passed it."), code="not_reviewed")


def _lifted(audit):
    """{site id: {code: rating}} that corrections lifted, kept with the decision's scoring."""
    kept = {}
    for (site, code), value in findings.lifted(audit).items():
        kept.setdefault(str(site), {})[code] = value
    return kept


def _check_votes(tally, outcome, against):
    """The quorum has voted, and most of it for this outcome. Deferring is also the way out of votes that cannot be carried out:
    divided ones, or to certify what something stands in the way of (`against`)."""
    if outcome not in Decision.Outcome.values:
        raise Refused.of("outcome", _("Choose a decision."))
    if not tally.complete:
        sentence = ngettext("%(n)s more member of the panel has to recommend.", "%(n)s more members of the panel have to recommend.", tally.missing)
        raise Refused(sentence % {"n": tally.missing}, code="no_quorum")
    if outcome == Decision.Outcome.CERTIFY and against:
        raise against
    stuck = not tally.majority or (tally.majority == Decision.Outcome.CERTIFY and against)
    if outcome != tally.majority and not (outcome == Decision.Outcome.DEFER and stuck):
        raise Refused.of("outcome", _("Most of the panel recommend something else."), "no_majority")


def _check_people(actor, audit, tally):
    """The conflict checks of whoever votes or decides, as they are kept. Refused where one is not passed."""
    independence.require(actor.user, audit)
    people = {actor.user.pk: actor.user} | {vote.user_id: vote.user for vote in tally.votes}
    checks = [check for user in people.values() for check in independence.checks(user, audit)]
    for check in checks:
        if not check["passed"]:
            raise Refused(_("%(name)s may not judge this audit: %(reason)s") % {"name": check["person"], "reason": check["found"]}, code="voter_not_free")
    return checks


def _tell(audit, decision, certification):
    """HR and authorised officers of the MDA, and the manager of a centre that was audited alone, each once a decision."""
    today = clock.today()
    told = Membership.objects.on(today).filter(role__in=TOLD, organisation=audit.organisation)
    if audit.centre_id:
        told = told | Membership.objects.on(today).filter(role=Role.CENTRE_MANAGER, centre=audit.centre)
    users = {hat.user_id: hat.user for hat in told.select_related("user") if hat.user.is_active}
    notices = []
    for user in users.values():
        with translation.override(user.language):
            notices.append(
                outbox.notice(
                    key=f"audit-decision:{decision.pk}:{user.pk}",
                    to=user.email,
                    subject=_("Decision on audit %(ref)s: %(outcome)s") % {"ref": audit.ref, "outcome": decision.get_outcome_display()},
                    body=_body(user, audit, decision, certification),
                    language=user.language,
                    about=decision,
                )
            )
    outbox.queue_many(notices)


def _body(user, audit, decision, certification):
    lines = [
        _("Hello %(name)s,") % {"name": user},
        _("The certification panel has decided on the audit of %(subject)s: %(outcome)s.") % {"subject": audit.subject, "outcome": decision.get_outcome_display()},
    ]
    if certification:
        last_day = certification.expires_on - dt.timedelta(days=1)
        lines.append(
            _("Level: %(level)s, %(stars)s stars. Certificate %(number)s, valid until %(day)s.")
            % {"level": reasons.level_word(certification.level), "stars": certification.stars, "number": certification.number, "day": certificates.long_day(last_day)}
        )
        lines.append(settings.SITE_URL + reverse("standards:certification", args=[certification.code]))
    lines.append(_("Reasons: %(reasons)s") % {"reasons": decision.reasons})
    lines += filter(None, [standing_notices.appeal_line(decision)])
    lines.append(_("The audit is in the portal: %(url)s") % {"url": settings.SITE_URL + audit.get_absolute_url()})
    return "\n\n".join(lines)
