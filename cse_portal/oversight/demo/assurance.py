"""Invented audits in every state, and the certifications of those that reached a level. Scores, findings and numbers come from the
services' own parts; only the days are invented."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from centres.access import Scope
from centres.models import Organisation
from cse_portal.lib.clock import add_months
from standards import scoring
from standards.models import (
    Audit,
    AuditSite,
    Certification,
    CertificationSite,
    Decision,
    Edition,
    Evidence,
    Meeting,
    Rating,
    TeamMember,
)
from standards.services import audits, certification, certifying, corrective, editions, findings
from standards.services.numbers import next_number

from .casework import Casework
from .cast import CENTRE, LIVESTOCK

VERSION = "0.1 (demonstration)"
CENTRE_OPERATOR = "HKSDP"
# Shares of exemplary and partly met by the level aimed at, and whether some are not met.
AIMS = {
    "excellence": (0.34, 0.02, False),
    "commended": (0.18, 0.05, False),
    "certified": (0.05, 0.13, False),
    scoring.NOT_YET: (0.0, 0.3, True),
}
WORDS = {
    "E": "Beyond what is asked: other offices come to see how it is done here.",
    "P": "In place at the main counter only; the other counters were not covered on the day.",
    "N": "No record was found, and the officers asked did not know of it.",
}
SEEN = [
    "Records of the last quarter read on site.",
    "Three officers at the counters interviewed.",
    "Waiting area and notices observed at 10:00.",
    "Sample of 30 files drawn.",
]
MEASURES = {
    "csi": scoring.Measure((Decimal("0.92"), Decimal("0.93"), Decimal("0.94"), Decimal("0.94")), "four quarters", 4120, "exit survey (invented)"),
    "timeliness": scoring.Measure((Decimal("0.96"), Decimal("0.97"), Decimal("0.96"), Decimal("0.98")), "four quarters", 18200, "queue system (invented)"),
}  # fmt: skip
# (what, aim, days since the decision): the certifications that stand, soon expire, have expired, are suspended or withdrawn.
DECIDED = [
    ("mda", "excellence", 210), ("mda", "commended", 90), ("mda", "commended", 400), ("mda", "commended", 640), ("mda", "certified", 30),
    ("mda", "certified", 150), ("mda", "certified", 260), ("mda", "certified", 500), ("mda", "certified", 700), ("mda", "certified", 1010),
    ("mda", "certified", 1060), ("mda", "certified", 1140), ("mda", scoring.NOT_YET, 120), ("mda", scoring.NOT_YET, 330),
    ("centre", "excellence", 300), ("centre", "commended", 60), ("centre", "certified", 45), ("centre", "certified", 980), ("centre", "certified", 420),
    ("centre", scoring.NOT_YET, 200),
]  # fmt: skip


class Programme:
    def __init__(self, world):
        self.world, self.rng = world, world.chance("assurance")
        self.actor = Scope.system_task("load_demo")
        self.edition = self.publish()
        self.sheets = {place: editions.elements_of(self.edition, place) for place in ("mda", "centre")}
        self.rules = editions.rules_of(self.edition)
        users = world.users
        self.auditors = [users["auditor@demo.example"], users["auditor2@demo.example"]]
        self.secretariat, self.panel = users["secretariat@demo.example"], users["panel@demo.example"]
        self.casework = Casework(world)

    def publish(self):
        draft = Edition.objects.filter(state=Edition.State.DRAFT).order_by("pk").first()
        return editions.publish(self.actor, draft, version=VERSION, on=self.world.day(1400))

    def plan(self, organisation, centre, starts_on, lead, *, centres=()):
        """A planned audit with its sites and team: [site]."""
        audit = Audit.objects.create(
            ref=next_number("AU", starts_on.year, 4), organisation=organisation, centre=centre, edition=self.edition, starts_on=starts_on,
            ends_on=starts_on + dt.timedelta(days=4), planned_by=self.secretariat,
        )  # fmt: skip
        places = [centre] if centre else [None, *centres]
        sites = AuditSite.objects.bulk_create([AuditSite(audit=audit, centre=place) for place in places])
        told = self.world.at(starts_on - dt.timedelta(days=20))
        TeamMember.objects.bulk_create(
            TeamMember(audit=audit, user=user, is_lead=n == 0, declared_at=told, interest=False)
            for n, user in enumerate([lead, *(a for a in self.auditors if a != lead)])
        )
        return audit, sites

    def values(self, place, aim, least=0):
        """{element: rating} that amount to the level aimed at, with at least so many findings."""
        elements, (exemplary, partly, failing) = self.sheets[place], AIMS[aim]
        items = editions.items(elements)
        measures = MEASURES if aim == "excellence" else None
        for _ in range(200):
            values = {}
            for e in elements:
                draw = self.rng.random()
                low = "N" if failing and draw < 0.12 else "P" if draw < partly and (failing or not e.critical) else None
                values[e] = low or ("E" if draw > 1 - exemplary else "M")
            found = scoring.score_site(items, {e.code: v for e, v in values.items()}, self.rules, measures=measures)
            if found.level == aim and len(found.findings) >= least:
                return values
        raise ValueError(f"no ratings found for {aim}")

    def rate(self, audit, site, aim, share=1.0, least=0):
        """Ratings with evidence for the first `share` of the sheet; the audit is under way from then on."""
        rated, day = [], audit.starts_on
        for n, (element, value) in enumerate(self.values(site.applies_to, aim, least).items()):
            if n < share * len(self.sheets[site.applies_to]):
                rated.append(
                    (element, value, self.auditors[n % 2], self.world.at(day + dt.timedelta(days=n % 3), 9 + n % 8, n % 60))
                )
        Rating.objects.bulk_create(
            Rating(site=site, element=e, value=v, justification=WORDS.get(v, ""), rated_by=who, rated_at=at)
            for e, v, who, at in rated
        )
        Evidence.objects.bulk_create(
            Evidence(
                site=site,
                element=e,
                kind="observation",
                note=self.rng.choice(SEEN),
                collected_on=at.date(),
                received_at=at,
                added_by=who,
            )
            for e, _v, who, at in rated
        )
        Audit.objects.filter(pk=audit.pk, state=Audit.State.PLANNED).update(state=Audit.State.STAGE_2)
        audit.state = Audit.State.STAGE_2
        findings.follow(self.actor, audit, audits.read_sheet(site, self.edition))

    def submit(self, audit, on):
        read = audits.sheets(audit)
        findings.rest_on_evidence(audit)
        corrective.start_clocks(audit, on)
        audit.result = audits.summary({sheet.site.pk: sheet.result for sheet in read}, self.rules, on)
        audit.state, audit.submitted_at = Audit.State.SUBMITTED, self.world.at(on, 16)
        audit.submitted_by = audit.team.get(is_lead=True).user
        Meeting.objects.create(
            audit=audit, kind=Meeting.Kind.CLOSING, on=min(on, audit.ends_on), present="Principal Secretary; heads of department; the audit team",
            signed_for_auditee="Principal Secretary", recorded_by=audit.submitted_by, recorded_at=self.world.at(on, 15),
        )  # fmt: skip
        audit.save(update_fields=["result", "state", "submitted_by", "submitted_at"])

    def decide(self, audit, outcome, on, aim, reasons):
        """Reported, reviewed and voted on before; decided that day."""
        self.casework.before_the_panel(audit, on, outcome == Decision.Outcome.CERTIFY)
        self.casework.vote(audit, on - dt.timedelta(days=1), outcome, self.casework.panel)
        measures = MEASURES if aim == "excellence" else None
        results = certification.assess(audit, measures)
        stored = audits.summary({site.pk: result for site, result in results.items()}, self.rules, on)
        decision = Decision.objects.create(
            audit=audit, outcome=outcome, reasons=reasons, result=stored, decided_by=self.panel, decided_at=self.world.at(on, 15),
            quorum=editions.process_of(self.edition).quorum, checks=self.casework.checks(audit),
        )  # fmt: skip
        if outcome != Decision.Outcome.DEFER:
            Audit.objects.filter(pk=audit.pk).update(state=Audit.State.DECIDED)
        if outcome != Decision.Outcome.CERTIFY:
            return None
        made = Certification(
            decision=decision, organisation=audit.organisation, centre=audit.centre, holder=str(audit.centre or audit.organisation), level=stored["level"],
            code="-".join(self.world.ref(self.rng, "X", 5)[2:] for _ in range(4)), issued_on=on, number=next_number("HSEQS", on.year, 4),
            expires_on=add_months(on, self.edition.rules["valid_months"]),
        )  # fmt: skip
        made.key, made.payload = certifying.sign(made, self.edition)
        made.save(force_insert=True)
        CertificationSite.objects.bulk_create(
            CertificationSite(certification=made, site=site, level=result.level) for site, result in results.items()
        )
        return made


def make(world):
    programme = Programme(world)
    subjects = _subjects(world, programme.rng)
    for kind, aim, ago in sorted(DECIDED, key=lambda d: -d[2]):
        _decided(programme, *subjects(kind), aim, world.day(ago))
    _under_way(programme, subjects)


def _subjects(world, rng):
    """Takes the next MDA or centre: Livestock is certified first, then large state departments and corporations."""
    staff = defaultdict(int)
    for person in world.people:
        staff[person.organisation.code] += 1
    kinds = {Organisation.Kind.STATE_DEPARTMENT, Organisation.Kind.STATE_CORPORATION, Organisation.Kind.STATUTORY_AUTHORITY}
    mdas = [o for o in world.organisations.values() if o.kind in kinds and o.code not in (LIVESTOCK, CENTRE_OPERATOR)]
    mdas = sorted(mdas, key=lambda o: (-staff[o.code], o.code))[:60]
    rng.shuffle(mdas)
    centres = [c for c in world.centres.values() if c.kind == "huduma_centre" and c.status == "operational" and c.code != CENTRE]
    rng.shuffle(centres)
    operator = world.organisations[CENTRE_OPERATOR]

    def take(kind, code=None):
        if kind == "centre":
            centre = world.centres[code] if code else centres.pop()
            return centre.organisation or operator, centre
        return world.organisations[code] if code else mdas.pop(), None

    return take


def _decided(programme, organisation, centre, aim, on):
    least = 0
    if on == programme.world.day(30):
        organisation, least = programme.world.organisations[LIVESTOCK], 5
    audit, sites = programme.plan(organisation, centre, on - dt.timedelta(days=40), programme.auditors[on.day % 2])
    for site in sites:
        programme.rate(audit, site, aim, least=least)
    programme.submit(audit, on - dt.timedelta(days=30))
    if aim == scoring.NOT_YET:
        reasons = "Majors are open and the first level is not reached. A new audit may be asked for once they are closed."
        return programme.decide(audit, Decision.Outcome.REFUSE, on, aim, reasons)
    return programme.decide(
        audit,
        Decision.Outcome.CERTIFY,
        on,
        aim,
        "Every threshold of the level is met; the evidence was sampled and bears the ratings.",
    )


def _under_way(programme, subjects):
    world, (first, second) = programme.world, programme.auditors
    # The oldest has two of three votes, one was deferred, one waits for its review, one for comments, one for its draft report.
    work = programme.casework
    for n, (kind, code, aim, ago) in enumerate(
        [("mda", None, "commended", 25), ("mda", None, scoring.NOT_YET, 21), ("mda", None, "certified", 18), ("centre", CENTRE, "certified", 6), ("mda", None, "certified", 2)]
    ):
        audit, sites = programme.plan(*subjects(kind, code), world.day(ago + 12), [first, second][n % 2])
        for site in sites:
            programme.rate(audit, site, aim)
        programme.submit(audit, world.day(ago))
        if n == 0:
            work.before_the_panel(audit, world.day(4))
            work.vote(audit, world.day(2), "certify", work.panel[1:])
        elif n == 1:
            programme.decide(audit, Decision.Outcome.DEFER, world.day(2), aim, "The closing of two majors is to be seen first.")
        elif n == 2:
            work.draft(audit, world.day(16), world.day(5))
            work.final(audit, world.day(4))
            work.recommend(audit, world.day(3))
        elif n == 3:
            work.draft(audit, world.day(4), world.day(-8))
    # Under way: one begun today by the auditor who signs in, one nearly done, one late.
    for lead, ago, share in ((first, 1, 0.4), (first, 3, 0.95), (second, 14, 0.7)):
        audit, sites = programme.plan(*subjects("mda"), world.day(ago), lead)
        programme.rate(audit, sites[0], "certified", share)
    # To come.
    for lead, ahead, kind in ((first, 9, "mda"), (second, 16, "centre"), (second, 30, "mda")):
        programme.plan(*subjects(kind), world.day(-ahead), lead)
    # Lapsed: never answered within the limit.
    audit, sites = programme.plan(*subjects("mda"), world.day(420), second)
    programme.rate(audit, sites[0], scoring.NOT_YET)
    programme.submit(audit, world.day(400))
    Audit.objects.filter(pk=audit.pk).update(state=Audit.State.LAPSED)
