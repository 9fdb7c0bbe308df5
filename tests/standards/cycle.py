"""The world of the model-based test: people of every side, a clock that moves, and the next step on an audit's way by the right people.

`forward` takes one step; where it cannot, the state has no way out. The oracles ask the tables, not the services."""

import datetime as dt
from fractions import Fraction

from django.db import connection, transaction

from centres.models import Holiday
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Audit, Decision, Element, Finding, Rating, RatingConflict, ReRating
from standards.services import (
    audits,
    ballots,
    beginning,
    certification,
    conflicts,
    corrective,
    independence,
    programme,
    replanning,
    reports,
    review,
    standing,
    verifying,
)
from standards.services import certification_appeals as appeals
from standards.services import panel as panels
from tests import factories as make
from training.models import Completion

from . import steps
from .steps import SEEN, hat_of, scope

COURSES = {"lead": ["CSE-SQA-01", "CSE-SQA-02"], "member": ["CSE-SQA-01"]}


class World:
    """Built once; every example begins from it again. `shift`: how far the clock has moved."""

    def __init__(self, real_now):
        self.shift, self.real_now, self.recruits = dt.timedelta(), real_now, 0
        self.mda = make.organisation("SDLD", "State Department for Livestock Development")
        self.edition = steps.published_edition()
        self.text = edition_text(self.edition)
        hats = {
            name: make.assessor(hat_of("auditor", f"{name}@huduma.example", name.title())) for name in ("amina", "brian", "caro")
        }
        hats |= {name: hat_of("panel", f"{name}@panel.example", name.title()) for name in ("chair", "second", "third", "fourth")}
        hats |= {name: hat_of("secretariat", f"{name}@huduma.example", name.title()) for name in ("faith", "lydia")}
        hats["champion"] = hat_of("service_champion", "champion@livestock.example", "Ruth", self.mda)
        hats["officer"] = hat_of("authorised_officer", "ps@livestock.example", "Jonathan", self.mda)
        hats["former"] = hat_of("panel", "former@panel.example", "Former")
        officer = make.officer(self.mda, "Former", "Member")
        officer.user = hats["former"].user
        officer.save()
        for hat, role in (("amina", "panel"), ("brian", "secretariat"), ("caro", "panel")):
            hats[f"{hat}_{role}"] = make.member(role, "", "", of_user=hats[hat].user)
        self.hats = hats
        for days in (3, 9, 20):
            Holiday.objects.get_or_create(day=clock.today() + dt.timedelta(days=days), defaults={"name": "A holiday"})
        self.holidays = set(Holiday.objects.values_list("day", flat=True))

    def now(self):
        return self.real_now() + self.shift

    def scope(self, name):
        return scope(self.hats[name])

    def recruit(self, role):
        """Somebody new, without a part in anything."""
        self.recruits += 1
        hat = hat_of(role, f"new{self.recruits}@huduma.example", f"New {self.recruits}")
        return make.assessor(hat) if role == "auditor" else hat


# Oracles.
def edition_text(edition):
    """All that the edition says, as the tables have it."""
    fields = ["code", "title", "requirement", "critical", "weight", "applies_to", "criterion__code", "criterion__principle__code"]
    return edition.rules, list(Element.objects.of(edition.pk).order_by("code").values_list(*fields))


def working_day(day, n, holidays):
    """The n-th working day after the day."""
    while n:
        day += dt.timedelta(days=1)
        n -= day.isoweekday() < 6 and day not in holidays
    return day


def unrated(audit):
    """Codes without a rating, or without evidence."""
    wanted = set(Element.objects.of(audit.edition_id, "mda").values_list("code", flat=True))
    wanted = wanted if audit.elements_asked is None else wanted & set(audit.elements_asked)
    rated = set(Rating.objects.filter(site__audit=audit).values_list("element__code", flat=True))
    return wanted - rated


def effective(audit):
    """{code: rating} for the decision."""
    said = dict(Rating.objects.filter(site__audit=audit).values_list("element__code", "value"))
    lifted = ReRating.objects.filter(site__audit=audit, verification__finding__state__in=["verified", "effective"]).order_by("pk")
    return said | dict(lifted.values_list("element__code", "value"))


def share(audit):
    """The score, by hand: E and M 1, P a half, by weight."""
    points, values = {"E": Fraction(1), "M": Fraction(1), "P": Fraction(1, 2), "N": Fraction(0)}, effective(audit)
    weights = dict(Element.objects.of(audit.edition_id, "mda").values_list("code", "weight"))
    counted = {code: value for code, value in values.items() if value != "NA"}
    return sum(weights[c] * points[v] for c, v in counted.items()) / sum(weights[c] for c in counted)


def holds(user, courses, day):
    """Whether a certificate of one of these courses is valid that day."""
    held = Completion.objects.filter(officer__user=user, course_version__course__code__in=courses, on__lte=day, until__gt=day)
    return any(c.withdrawn_on is None or c.withdrawn_on > day for c in held)


# One step on the way, by whoever may take it.
def attempt(act):
    """What the act returns; None where a rule says no."""
    try:
        with transaction.atomic():
            made = act()
            check_constraints()
            return made if made is not None else True
    except Refused:
        return None


def check_constraints():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def free(world, audit, role):
    """A hat of that role without any part in the audit, recruited if need be."""
    for hat in [h for h in world.hats.values() if h.role == role]:
        if all(check["passed"] for check in independence.checks(hat.user, audit)):
            return hat
    return world.recruit(role)


def forward(world, audit):
    """One step towards the end of the audit."""
    audit.refresh_from_db()
    lead = audit.team.select_related("user").get(is_lead=True)
    if audit.is_open:
        return _on_site(world, audit, lead)
    by = scope(steps.lead_of(audit))
    if audit.state == Audit.State.SUBMITTED:
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


def _on_site(world, audit, lead):
    """What the lead does next; where the lead may not any more, others do."""
    return attempt(lambda: _by_the_lead(world, audit, lead)) or _another_lead(world, audit)


def _by_the_lead(world, audit, lead):
    if lead.interest or (lead.declared_at is None and not holds(lead.user, COURSES["lead"], audit.ends_on)):
        return _another_lead(world, audit)
    hat = scope(steps.lead_of(audit))
    if lead.declared_at is None:
        return programme.declare(hat, audit, interest=False)
    if audit.state != Audit.State.STAGE_2:
        return beginning.begin(hat, audit, reason="All the same.")
    conflict = RatingConflict.objects.filter(site__audit=audit, settled_at=None).select_related("site").first()
    if conflict:
        return conflicts.settle(hat, conflict, taken=False)
    site = audit.sites.get()
    for element in steps.elements(site).values():
        held = Rating.objects.filter(site=site, element=element).first()
        if held is None:
            return audits.record(hat, site=site, element=element, client_ref="", value="M", justification="Seen.", pieces=SEEN)
        if held.value == "NA" and held.na_approved_by_id is None:
            return audits.approve_not_applicable(hat, site=site, element=element)
        if held.value != "NA" and not site.evidence.filter(element=element, removed_at=None).exists():
            return audits.record(hat, site=site, element=element, client_ref="", pieces=SEEN, base_revision=held.revision)
    return audits.submit(hat, audit)


def _another_lead(world, audit):
    """Somebody of the team may not audit any more: others do, or, where that does not help, the audit is cancelled."""
    world.hats[f"new{world.recruits + 1}"] = new = world.recruit("auditor")
    free = [m.user for m in audit.team.select_related("user") if m.interest is False]
    for kept in ([], free) if audit.team.count() < 4 else ():
        if attempt(lambda kept=kept: programme.name_team(world.scope("faith"), audit, lead=new.user, members=kept)):
            return True
    return replanning.cancel(world.scope("faith"), audit, reason="An auditor's certificate has expired.")


def _before_the_panel(world, audit):
    tally = ballots.tally(audit)
    if not tally.complete:
        voted = {v.user_id for v in [*tally.votes, *tally.interests]}
        panel = [h for h in world.hats.values() if h.role == "panel" and h.user_id not in voted]
        hat = next((h for h in panel if all(c["passed"] for c in independence.checks(h.user, audit))), None)
        if hat is None:
            hat = world.recruit("panel")
            world.hats[f"new{world.recruits}"] = hat
        for outcome in ("certify", "refuse"):
            if made := attempt(lambda outcome=outcome: panels.vote(scope(hat), audit, outcome=outcome, reasons="As found.")):
                return made
        raise AssertionError("a member without a part in it may not recommend")
    by = scope(free(world, audit, "panel"))
    for outcome in [tally.majority] * bool(tally.majority) + [Decision.Outcome.DEFER]:
        made = attempt(lambda outcome=outcome: certification.decide(by, audit, outcome=outcome, reasons_given="As voted."))
        if made:
            return made
    raise AssertionError("the votes lead nowhere")


def close(world, finding):
    """One step towards the closing of a finding, by whoever may take it."""
    finding.refresh_from_db()
    state, champion, lead = Finding.State, world.scope("champion"), scope(steps.lead_of(finding.audit))
    if finding.state == state.RAISED:
        return corrective.acknowledge(champion, finding)
    if finding.state == state.DISPUTED:
        return verifying.decide_dispute(
            scope(free(world, finding.audit, "secretariat")), finding, outcome="stands", reason="It stands."
        )
    if finding.state in (state.PLAN_DUE, state.REOPENED):
        return corrective.submit_plan(champion, finding, due_on=clock.today(), **steps.PLAN)
    if finding.state == state.PLAN_SUBMITTED:
        return verifying.review_plan(lead, finding, accept=True)
    if finding.state == state.PLAN_ACCEPTED:
        return corrective.send_evidence(champion, finding, SEEN)
    if finding.state == state.EVIDENCE_SUBMITTED:
        return verifying.verify(scope(world.recruit("secretariat")), finding, accept=True, note="Seen.")
    raise AssertionError(finding.state)


def settle_act(world, act):
    return standing.decide(scope(free(world, act.certification.decision.audit, "panel")), act, grant=False, reason="Not now.")


def settle_appeal(world, appeal):
    return appeals.decide(scope(world.recruit("panel")), appeal, uphold=False, reasons="It stands.")
