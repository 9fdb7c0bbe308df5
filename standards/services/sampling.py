"""The sample of sites of an MDA's audit: drawn once, recorded with its seed, and drawn again by whoever doubts it."""

import secrets

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Centre, Posting
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, sampling
from standards.models import Audit, AuditSite, SiteSample

from . import editions, impartiality

VISITED = (Centre.Kind.HUDUMA_CENTRE, Centre.Kind.MDA_OFFICE)


def centres_in_scope(audit):
    """The centres that its application names; without one, or where it names none, those that the MDA runs."""
    return centres_of(audit.organisation_id, getattr(audit, "application", None), audit.starts_on)


def centres_of(organisation_id, application, on):
    """The open centres that an application names, if any; else those that the MDA and the MDAs below it run."""
    found = Centre.objects.filter(kind__in=VISITED, status=Centre.Status.OPERATIONAL)
    if application is not None and application.centres.exists():
        return found.filter(pk__in=application.centres.values("pk"))
    return found.filter(organisation__in=organisations_below(organisation_id, on))


def frame(audit, on):
    """The sites to draw from, with the officers posted there on that day."""
    there = Posting.objects.on(on).filter(centre__in=centres_in_scope(audit)).order_by()
    posted = dict(there.values("centre").annotate(n=Count("pk")).values_list("centre", "n"))
    sizes = {code: posted.get(pk, 0) for pk, code in centres_in_scope(audit).values_list("pk", "code")}
    return sampling.frame_of(sizes, editions.process_of(audit.edition).bands)


@transaction.atomic
def draw(actor, audit, *, judged=None):
    """Draws the sample and adds its sites to the audit. `judged`: {centre's code: why it is visited whatever the seed says}; centres
    named when the audit was planned count as such."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_draw_sites(actor, audit):
        raise Refused(_("The secretariat draws the sites of an MDA's audit, before stage 2."), code="not_yours")
    if SiteSample.objects.filter(audit=audit).exists():
        raise Refused(_("The sites of this audit are drawn; a sample is drawn once."), code="drawn")
    sites = frame(audit, actor.today)
    if not sites:
        raise Refused(
            _("%(mda)s runs no centre that is open: there is nothing to draw from.") % {"mda": audit.organisation},
            code="no_frame",
        )
    process, seed = editions.process_of(audit.edition), secrets.token_hex(16)
    rule = {"bands": list(process.bands), "random_share": str(process.random_share)}
    named = set(audit.sites.filter(centre__isnull=False).values_list("centre__code", flat=True))
    judged = {code: _("Named when the audit was planned.") for code in named & {site.code for site in sites}} | (judged or {})
    try:
        chosen = sampling.draw(seed, sites, rule["random_share"], judged)
    except ValueError:
        raise Refused.of("judged", _("Choose centres that are in scope, each with its reason."))
    codes = [one["code"] for one in chosen]
    new = list(Centre.objects.filter(code__in=set(codes) - named).order_by("code"))
    check_team(audit, new)
    made = SiteSample.objects.create(
        audit=audit,
        seed=seed,
        rule=rule,
        frame=[site.as_json() for site in sites],
        chosen=chosen,
        drawn_by=actor.user,
        drawn_at=clock.now(),
    )
    AuditSite.objects.bulk_create([AuditSite(audit=audit, centre=centre) for centre in new])
    trail.record(actor, "drew sites", audit, {"seed": (None, seed), "sites": (None, ", ".join(codes))})
    return made


def check_team(audit, new=()):
    """Refused where the audit's days, or centres that come to it, speak against somebody on its team."""
    judged = impartiality.Judged.of(audit)
    judged = judged._replace(centres=(*judged.centres, *new))
    team = {member.user: member.is_lead for member in audit.team.exclude(interest=True)}
    against = impartiality.obstacles_of(team, judged, lead=True)
    for user, is_lead in team.items():
        for obstacle in against[user.pk]:
            if is_lead or obstacle.code not in impartiality.OF_A_LEAD:
                words = _("%(why)s Name another team first.") % {"why": obstacle.sentence}
                raise Refused(words, code=obstacle.refusal)


def again(sample):
    """What seed, frame and rule of the sample give when they are drawn again."""
    sites = tuple(sampling.Site(**site) for site in sample.frame)
    judged = {one["code"]: one["why"] for one in sample.chosen if one["how"] == sampling.JUDGEMENT}
    return sampling.draw(sample.seed, sites, sample.rule["random_share"], judged)


def is_reproducible(sample):
    return again(sample) == sample.chosen
