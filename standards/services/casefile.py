"""What the panel has before it: the scoring at submission beside that for the decision, the audit before, and where the case stands."""

import datetime as dt

from cse_portal.lib import clock
from standards.models import Audit, AuditReport

from . import audits, ballots, editions, review


def sent_on(audit):
    """The day the technical review passed it to the panel, or None."""
    done = review.standing(audit)[1]
    return clock.civil(done.reviewed_at) if done and review.passed(audit) else None


def decide_by(audit, sent):
    """The last day on which the panel is to decide."""
    return sent + dt.timedelta(days=editions.process_of(audit.edition).decision_days) if sent else None


def last_results(audit):
    """{centre id or None: Result} of the audit of the same office before this one, empty when there was none."""
    same = Audit.objects.filter(organisation=audit.organisation_id, centre=audit.centre_id, state=Audit.State.DECIDED)
    last = same.filter(submitted_at__lt=audit.submitted_at).exclude(pk=audit.pk).order_by("-submitted_at").first()
    if last is None:
        return {}
    by_site = audits.results_of(last.result)
    return {site.centre_id: by_site[site.pk] for site in last.sites.all() if site.pk in by_site}


def differing(audit, assessed):
    """[(site, at submission, for the decision)] of the sites whose scoring changed since the submission."""
    submitted = audits.results_of(audit.result)
    pairs = [(site, submitted.get(site.pk), now) for site, now in assessed.items()]
    return [(site, then, now) for site, then, now in pairs if then and _told(then) != _told(now)]


def _told(result):
    return result.level, result.score, dict(result.implementation), result.exemplary, [check.passed for check in result.why]


def steps(audit):
    """Where the case stands: reports, recommendation, review and the count of votes."""
    recommendation, done = review.standing(audit)
    sent = sent_on(audit)
    return {
        "draft": audit.reports.filter(kind=AuditReport.Kind.DRAFT).first(),
        "final": audit.reports.filter(kind=AuditReport.Kind.FINAL).first(),
        "recommendation": recommendation,
        "review": done,
        "tally": ballots.tally(audit),
        "sent": sent,
        "decide_by": decide_by(audit, sent) if audit.state == Audit.State.REPORT else None,
    }
