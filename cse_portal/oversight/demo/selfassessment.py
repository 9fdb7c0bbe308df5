"""Self-assessments of the demonstration: one that Livestock's champion is at, one submitted and waiting for stage 1, one beside the
auditors' ratings; with a plan of visits and an opening meeting."""

import datetime as dt

from django.core.files.base import ContentFile

from centres.access import Scope
from centres.models import Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib.errors import Refused
from standards.models import Audit, Meeting, SelfAssessment, SelfRating, Visit
from standards.services import audits, editions, programme, selfassessment
from standards.services.evidence import Piece

from .bulk import days
from .cast import LIVESTOCK

SAYS = {
    "M": "In place at all counters; checked by the head of unit every month.",
    "E": "Measured every quarter and above our own mark since last year.",
    "P": "Begun in two of four units; the others follow this quarter.",
    "N": "Not begun; budgeted for this financial year.",
}
UPWARDS = {"N": "P", "P": "M", "M": "M", "E": "E", "NA": "NA"}
DAY = [
    ("08:30", "09:30", "Opening meeting with the head of the MDA"), ("09:30", "12:30", "Counters, queue and signage: observed contacts"),
    ("14:00", "16:30", "Complaint register, charter and training records"),
]  # fmt: skip


def make(world):
    actor = Scope.system_task("load_demo")
    _in_progress(world, actor)
    other = _submitted(world, actor)
    for audit in Audit.objects.filter(state=Audit.State.STAGE_2).order_by("starts_on")[:2]:
        _beside_the_auditors(world, audit, other)
    for audit in Audit.objects.filter(state__in=[Audit.State.PLANNED, Audit.State.STAGE_1, Audit.State.STAGE_2]):
        _plan(audit)


def _in_progress(world, actor):
    """Livestock's, half rated, due in twelve days."""
    audit = _audit(world, actor, world.organisations[LIVESTOCK], ahead=26)
    selfassessment.begin(actor, audit, world.on + dt.timedelta(days=12))
    champion = world.users["champion@demo.example"]
    site = audit.sites.first()
    _rate(world, site, champion, share=0.55)
    scope = Scope(user=champion, membership=Membership.objects.filter(user=champion, role=Role.SERVICE_CHAMPION).first())
    audit.refresh_from_db()
    paper = ContentFile(b"month;customers;waited over 30 minutes\n2026-08;4120;310\n2026-09;3984;244\n", name="Queue figures.csv")
    element = SelfRating.objects.filter(site=site).order_by("pk").first().element
    selfassessment.rate(
        scope, site=site, element=element, client_ref="demo",
        pieces=[Piece("file", upload=paper), Piece("data", "Customers asked at the exit in September, of 3,984.", 212)],
    )  # fmt: skip


def _submitted(world, actor):
    """Of another MDA, waiting for the desk review; gives its champion."""
    taken = Audit.objects.values("organisation")
    mda = next(o for o in world.organisations.values() if o.kind == o.Kind.STATE_DEPARTMENT and not taken.filter(organisation=o.pk).exists())
    champion = User.objects.create(email="champion2@demo.example", name="Paul Otieno")
    hat = Membership.objects.create(user=champion, role=Role.SERVICE_CHAMPION, organisation=mda, during=days(world.day(300)))
    audit = _audit(world, actor, mda, ahead=12)
    selfassessment.begin(actor, audit, world.on + dt.timedelta(days=3))
    for site in audit.sites.all():
        _rate(world, site, champion)
    audit.refresh_from_db()
    selfassessment.submit(Scope(user=champion, membership=hat), audit)
    return champion


def _audit(world, actor, mda, ahead):
    """Led by whichever auditor may."""
    starts = world.on + dt.timedelta(days=ahead)
    said = {"organisation": mda, "edition": editions.plannable(world.on)[0], "starts_on": starts, "ends_on": starts + dt.timedelta(days=4)}
    for lead in ("auditor@demo.example", "auditor2@demo.example"):
        try:
            audit = programme.plan(actor, lead=world.users[lead], **said)
        except Refused as refusal:
            last = refusal
            continue
        audit.team.update(declared_at=world.at(world.day(2)), interest=False)
        return audit
    raise last


def _rate(world, site, champion, share=1.0):
    rng = world.chance(f"selfassessment {site.pk and site.audit.organisation.code}")
    elements = editions.elements_of(site.audit.edition, site.applies_to)
    elements = elements[: round(share * len(elements))]
    at = world.at(world.day(4), 10)
    made = []
    for element in elements:
        value = "M" if element.critical else rng.choices("EMPN", [15, 70, 12, 3])[0]
        made.append(SelfRating(site=site, element=element, value=value, note=SAYS[value], rated_by=champion, rated_at=at))
    SelfRating.objects.bulk_create(made)


def _beside_the_auditors(world, audit, champion):
    """What the MDA had said before the audit under way, a little kinder than the auditors."""
    if hasattr(audit, "self_assessment"):
        return
    rng = world.chance(f"gap {audit.ref}")
    sent = world.at(audit.starts_on - dt.timedelta(days=9), 15)
    found = []
    for site in audit.sites.all():
        seen = {r.element_id: r.value for r in site.ratings.all()}
        for element in editions.elements_of(audit.edition, site.applies_to):
            value = seen.get(element.pk, "M")
            value = UPWARDS[value] if rng.random() < 0.7 else value
            found.append(SelfRating(site=site, element=element, value=value, note=SAYS.get(value, "No such service here."), rated_by=champion, rated_at=sent))
    SelfRating.objects.bulk_create(found)
    read = selfassessment.sheets(audit)
    result = audits.summary({sheet.site.pk: sheet.result for sheet in read}, read[0].rules, sent.date())
    SelfAssessment.objects.create(audit=audit, due_on=sent.date(), opened_at=sent - dt.timedelta(days=25), submitted_at=sent, submitted_by=champion, result=result)
    lead = audit.team.get(is_lead=True).user
    Meeting.objects.create(
        audit=audit, kind=Meeting.Kind.OPENING, on=audit.starts_on, present="Principal Secretary; heads of department; the audit team",
        notes="Scope, days and confidentiality explained.", recorded_by=lead, recorded_at=world.at(audit.starts_on, 10),
    )  # fmt: skip


def _plan(audit):
    for n, site in enumerate(audit.sites.all()[:4]):
        day = min(audit.starts_on + dt.timedelta(days=n), audit.ends_on)
        Visit.objects.bulk_create(Visit(audit=audit, site=site, on=day, starts=start, ends=end, activity=what) for start, end, what in DAY)
