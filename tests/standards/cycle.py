"""The world of the model-based test: people of every side, a clock that moves, audits at every stage of their way, and the next step on
that way by the right people. `forward` takes one step; where it cannot, the state has no way out."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from centres.models import Holiday, Membership
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Auditor, Certification, Decision, Evidence, PanelVote, Rating, RatingConflict
from standards.services import (
    audits,
    ballots,
    beginning,
    certification,
    conflicts,
    corrective,
    findings,
    independence,
    panel,
    programme,
    replanning,
    reports,
    review,
    standing,
    surveillances,
    verifying,
)
from standards.services import certification_appeals as appeals
from tests import factories as make

from . import cycle_oracles as oracle
from . import steps
from .steps import SEEN, hat_of, scope

SPARE = {"auditor": 6, "panel": 7, "secretariat": 5}
RULES = {"not_applicable": {"share": "0.20", "critical": False}}


@dataclass
class Scene:
    """An MDA, its people, and the audit that an example goes on with; `shift`: how far the clock is by then."""

    mda: object
    hats: dict
    centres: tuple
    audit: object = None
    shift: dt.timedelta = dt.timedelta()
    former: int = 0  # the user of the panel who serves there


class World:
    """Built once; every example begins from it again. `shift`: how far the clock has moved."""

    def __init__(self, real_now):
        self.shift, self.real_now, self.used = dt.timedelta(), real_now, 0

    def now(self):
        return self.real_now() + self.shift

    def build(self):
        # Where half of a principle is enough to be certified, single elements may be short.
        self.edition = steps.published_edition(**RULES, short="0.50")
        self.text = oracle.edition_text(self.edition)
        self.hats = {n: _auditor(n) for n in ("amina", "brian", "caro")}
        self.hats |= {n: hat_of("panel", f"{n}@panel.example", n.title()) for n in ("chair", "second", "third", "fourth", "former")}
        self.hats |= {n: hat_of("secretariat", f"{n}@huduma.example", n.title()) for n in ("lydia", "faith")}
        for name, role in (("amina", "panel"), ("brian", "secretariat"), ("caro", "panel"), ("lydia", "panel")):
            self.hats[f"{name}_{role}"] = make.member(role, "", "", of_user=self.hats[name].user)
        self.spare = {
            role: [_auditor(f"spare{n}") if role == "auditor" else hat_of(role, f"{role}{n}@spare.example", f"Spare {n}") for n in range(many)]
            for role, many in SPARE.items()
        }
        Auditor.objects.update(audits_a_year=500)  # how much one takes on is told elsewhere
        for days in (3, 9, 20):
            Holiday.objects.get_or_create(day=clock.today() + dt.timedelta(days=days), defaults={"name": "A holiday"})
        self.holidays = set(Holiday.objects.values_list("day", flat=True))
        self.scenes = _scenes(self)

    def scope(self, name):
        return scope(self.hats[name])

    def recruit(self, role):
        """Somebody without a part in anything."""
        self.used += 1
        return self.spare[role][self.used % SPARE[role]]


def _auditor(name):
    return make.assessor(hat_of("auditor", f"{name}@huduma.example", name.title()))


# Scenes: audits at every stage.
def _place(world, n, name, centres):
    mda = make.organisation(f"M{n}", f"State Department for {name}")
    hats = {
        "champion": hat_of("service_champion", f"champion@m{n}.example", "Ruth", mda),
        "officer": hat_of("authorised_officer", f"ps@m{n}.example", "Jonathan", mda),
    }
    made = Scene(mda, hats, tuple(make.huduma_centre(f"HC-{n}-{c}", f"Centre {n}.{c}", mda) for c in range(centres)))
    if name == "Health":
        posted = make.officer(mda, "Former", "Member")
        posted.user, made.former = world.hats["former"].user, world.hats["former"].user_id
        posted.save()
    return made


def _scenes(world):
    def at(name, centres=1):
        world.shift = dt.timedelta()
        made = _place(world, len(scenes) + 1, name, centres)
        world.hats |= made.hats
        scenes[name] = made
        return made

    def on(scene, major="", **said):
        scene.audit = planned(world, scene, "amina", "brian")
        steps.declare(scene.audit, world.hats["amina"], world.hats["brian"])
        rate_all(world, scene.audit, **said)
        if major:
            by_hand(world.hats["brian"], scene.audit.sites.earliest("pk"), major)
        steps.closing_held(world.hats["amina"], scene.audit)
        scene.shift = world.shift
        return scene

    def until(scene, reached, most=30):
        for _n in range(most):
            scene.audit.refresh_from_db()
            if reached(scene.audit):
                return scene
            forward(world, scene.audit)
        raise AssertionError("the scene is not reached")

    def certified(scene):
        return Certification.objects.get(decision__audit=until(on(scene), lambda a: a.state == "decided").audit)

    def later(days, plan, scene, *said, major=""):
        world.shift = scene.shift = dt.timedelta(days=days)
        today = clock.today()
        lead, member = (world.hats[n].user for n in ("brian", "caro"))
        days = {"starts_on": today - dt.timedelta(days=1), "ends_on": today + dt.timedelta(days=3)}
        scene.audit = plan(world.scope("faith"), *said, lead=lead, members=[member], **days)
        steps.declare(scene.audit, world.hats["brian"], world.hats["caro"])
        rate_all(world, scene.audit, by="brian")
        if major:
            by_hand(world.hats["brian"], scene.audit.sites.earliest("pk"), major)
        return until(scene, lambda audit: review.passed(audit))

    scenes = {}
    begun = at("Livestock")
    begun.audit = planned(world, begun, "amina", "brian")
    on(at("Immigration", 2), skip=1)
    until(on(at("Roads"), major="5.1.1", short={"1.1.2": "P"}), lambda audit: audit.state == "submitted")
    until(on(at("Water"), short={"4.1.1": "P", "1.1.1": "P"}), lambda audit: audit.reports.count() == 2)
    until(on(at("Health"), short={"2.1.1": "E"}), lambda audit: review.passed(audit))
    watched = at("Energy")
    held = certified(watched)
    later(340, surveillances.plan, watched, held.surveillances.first(), major="1.1.1")
    renewed = at("Trade", 0)
    held = certified(renewed)
    later(970, lambda actor, held, **more: surveillances.plan_renewal(actor, held, edition=world.edition, **more), renewed, held)
    world.shift = dt.timedelta()
    return scenes


def planned(world, scene, lead, member, **more):
    days = {"starts_on": clock.today() - dt.timedelta(days=1), "ends_on": clock.today() + dt.timedelta(days=3)}
    users = [world.hats[name].user for name in (lead, member)]
    said = {"organisation": scene.mda, "edition": world.edition, "centres": scene.centres} | days | more
    return programme.plan(world.scope("faith"), lead=users[0], members=users[1:], **said)


def rate_all(world, audit, by="amina", skip=0, short=None, bare=False):
    """Everything met that is not rated yet, but for the last `skip` of it; `short`: {code: rating} at the last place."""
    sites = list(audit.sites.order_by("pk"))
    left = [(site, element) for site in sites for element in audits.elements_of(site)]
    left = [(s, e) for s, e in left if not Rating.objects.filter(site=s, element=e).exists()]
    for site, element in left[: len(left) - skip]:
        value = (short or {}).get(element.code, "M") if site == sites[-1] else "M"
        audits.record(scope(world.hats[by]), site=site, element=element, client_ref="", value=value, justification="Seen.", pieces=() if bare else SEEN)


# One step on the way, by whoever may take it.
def attempt(act):
    """What the act returns; None where a rule says no."""
    try:
        with transaction.atomic():
            made = act()
            check_constraints()
            return made if made is not None else True
    except (Refused, IntegrityError):
        return None


def check_constraints():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def free(world, audit, role, but=()):
    """A hat of that role without any part in the audit, nor a declared interest in another of the MDA."""
    declared = PanelVote.objects.filter(audit__organisation=audit.organisation_id, outcome=PanelVote.Outcome.INTEREST)
    but = {*but, *declared.values_list("user", flat=True)}
    for hat in [*(h for h in world.hats.values() if h.role == role), *world.spare[role]]:
        if hat.user_id not in but and all(check["passed"] for check in independence.checks(hat.user, audit)):
            return hat
    raise AssertionError(f"nobody is left of the {role}")


def forward(world, audit):
    """One step towards the end of the audit."""
    audit.refresh_from_db()
    if audit.is_open:
        lead = audit.team.select_related("user").get(is_lead=True)
        return attempt(lambda: _by_the_lead(world, audit, lead)) or _another_lead(world, audit)
    by = scope(lead_of(audit))
    if audit.state == audit.State.SUBMITTED:
        return reports.issue_draft(by, audit)
    if not audit.reports.filter(kind="final").exists():
        if not audit.replies.filter(finding=None).exists():
            return reports.comment(world.scope("champion"), audit, text="We agree.")
        return reports.issue_final(by, audit)
    if review.standing(audit)[0] is None or not review.passed(audit) and review.may_be_recommended(audit):
        return review.recommend(by, audit, outcome="certify", reasons="As found.")
    if not review.passed(audit):
        return review.review(scope(free(world, audit, "secretariat")), audit, outcome="passed", notes="Complete.")
    return _before_the_panel(world, audit)


def _by_the_lead(world, audit, lead):
    if lead.interest or (lead.declared_at is None and not oracle.holds(lead.user, oracle.COURSES["lead"], audit.ends_on)):
        return _another_lead(world, audit)
    hat = lead_of(audit)
    if hat is None or hat.user != lead.user:  # who has left
        return _another_lead(world, audit)
    hat = scope(hat)
    if lead.declared_at is None:
        return programme.declare(hat, audit, interest=False)
    if audit.state != audit.State.STAGE_2:
        return beginning.begin(hat, audit, reason="All the same.")
    conflict = RatingConflict.objects.filter(site__audit=audit, settled_at=None).select_related("site").first()
    if conflict:
        return conflicts.settle(hat, conflict, taken=False)
    done = False
    for site in audit.sites.order_by("pk"):
        ratings = {r.element_id: r for r in Rating.objects.filter(site=site)}
        shown = set(Evidence.objects.filter(site=site, removed_at=None).values_list("element", flat=True))
        for element in audits.elements_of(site):
            held = ratings.get(element.pk)
            if held is None:
                done = audits.record(hat, site=site, element=element, client_ref="", value="M", justification="Seen.", pieces=SEEN)
            elif held.value == "NA" and held.na_approved_by_id is None:
                done = audits.approve_not_applicable(hat, site=site, element=element)
            elif held.value != "NA" and element.pk not in shown:
                done = audits.record(hat, site=site, element=element, client_ref="", pieces=SEEN, base_revision=held.revision)
    if not done and not audit.meetings.filter(kind="closing").exists():
        done = steps.closing_held(steps.lead_of(audit), audit)
    return done or audits.submit(hat, audit)


def lead_of(audit):
    """The lead auditor; another of the team without an interest where the lead is no auditor any more; or None."""
    team = list(audit.team.filter(Q(is_lead=True) | Q(interest=False)).order_by("-is_lead", "pk").values_list("user", flat=True))
    hats = Membership.objects.on(clock.today()).filter(role="auditor", user__in=team).select_related("user")
    return min(hats, key=lambda hat: team.index(hat.user_id), default=None)


def _another_lead(world, audit):
    """Somebody of the team may not audit any more: others do, or, where that does not help, the audit is cancelled."""
    held, today = set(audit.team.values_list("user", flat=True)), clock.today()
    still = (hat for hat in world.spare["auditor"] if all(oracle.holds(hat.user, held, today) for held in oracle.COURSES.values()))
    new = next((hat for hat in still if hat.user_id not in held), None)
    kept = [m.user for m in audit.team.select_related("user") if m.interest is False]
    for members in ([], kept) if new and len(held) < 4 else ():
        if attempt(lambda members=members: programme.name_team(world.scope("faith"), audit, lead=new.user, members=members)):
            return True
    return replanning.cancel(world.scope("faith"), audit, reason="An auditor's certificate has expired.")


def _before_the_panel(world, audit):
    tally = ballots.tally(audit)
    if not tally.complete:
        hat = free(world, audit, "panel", but={v.user_id for v in [*tally.votes, *tally.interests]})
        for outcome in ("certify", "refuse"):
            if made := attempt(lambda outcome=outcome: panel.vote(scope(hat), audit, outcome=outcome, reasons="As found.")):
                return made
        raise AssertionError("a member without a part in it may not recommend")
    by = scope(free(world, audit, "panel"))
    for outcome in [tally.majority] * bool(tally.majority) + [Decision.Outcome.DEFER]:
        if made := attempt(lambda outcome=outcome: certification.decide(by, audit, outcome=outcome, reasons_given="As voted.")):
            return made
    raise AssertionError("the votes lead nowhere")


def close(world, finding, lifts=True):
    """One step towards the closing of a finding, by whoever may take it."""
    finding.refresh_from_db()
    state, champion, lead = finding.State, world.scope("champion"), scope(lead_of(finding.audit))
    if finding.state == state.RAISED:
        return corrective.acknowledge(champion, finding)
    if finding.state == state.DISPUTED:
        by = scope(free(world, finding.audit, "secretariat"))
        return verifying.decide_dispute(by, finding, outcome="stands", reason="It stands.")
    if finding.state in (state.PLAN_DUE, state.REOPENED):
        return corrective.submit_plan(champion, finding, due_on=clock.today(), **steps.PLAN)
    if finding.state == state.PLAN_SUBMITTED:
        return verifying.review_plan(lead, finding, accept=True)
    if finding.state == state.PLAN_ACCEPTED:
        return corrective.send_evidence(champion, finding, SEEN)
    if finding.state == state.EVIDENCE_SUBMITTED:
        ratings = {e.code: "M" for e in verifying.liftable(finding)} if lifts else None
        return verifying.verify(lead, finding, accept=True, note="Seen.", ratings=ratings)
    raise AssertionError(finding.state)


def by_hand(hat, site, code, grade="major", falsified=False):
    """A finding on an element, with the evidence that was gathered on it."""
    element = steps.elements(site)[code]
    pieces = list(Evidence.objects.filter(site=site, element=element, removed_at=None))
    said = {"grade": grade, "statement": "Seen twice.", "falsified": falsified}
    return findings.raise_by_hand(scope(hat), site=site, elements=[element], evidence=pieces, **said)


def settle_act(world, act):
    return standing.decide(scope(free(world, act.certification.decision.audit, "panel")), act, grant=False, reason="Not now.")


def settle_appeal(world, appeal):
    return appeals.decide(scope(world.recruit("panel")), appeal, uphold=False, reasons="It stands.")
