"""Everybody tries everything, in any order, while days pass: through the services only, no path leads to a wrong certificate, and
from every state there is a way on.

A wrong certificate: over an open major or an unrated element, decided or voted by somebody who audited, audited by an assessor
whose certificate had expired, or under an edition that changed."""

import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from centres.access import Scope
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import (
    Audit,
    Certification,
    CertificationAct,
    CertificationAppeal,
    Decision,
    Edition,
    Element,
    Finding,
    PanelVote,
    Rating,
    RatingConflict,
)
from standards.services import (
    audits,
    certification,
    conflicts,
    corrective,
    editions,
    independence,
    overdue,
    panel,
    programme,
    replanning,
    reports,
    review,
    stage1,
    standing,
    standing_clock,
    verifying,
)
from standards.services import certification_appeals as appeals
from training.models import Completion

from . import cycle, steps
from .cycle import COURSES, World, attempt, check_constraints
from .steps import SEEN, scope

pytestmark = pytest.mark.django_db

AUDITORS = ["amina", "brian", "caro"]
PANEL = ["chair", "second", "third", "fourth", "former", "amina_panel", "caro_panel"]
OFFICE = ["faith", "lydia", "brian_secretariat"]
ANYONE = st.sampled_from([*AUDITORS, *PANEL, *OFFICE, "champion", "officer"])
OFTEN_RIGHT = lambda names: st.sampled_from(names) | ANYONE  # noqa: E731
GRADES, VALUES = ["certify", "refuse", "defer", "interest"], ["M", "M", "M", "M", "E", "P", "P", "N", "NA"]
CODES = ["1.1.1", "2.1.1", "3.1.1", "3.1.2", "4.1.1", "5.1.1"]


def while_(*states):
    """Tried in these states of the audit; at other times only by `too_early_or_too_late`."""
    return precondition(lambda self: self.audit.state in states)


ON_SITE, AFTER, REPORT = while_(*Audit.OPEN), while_(*Audit.SUBMITTED), while_(Audit.State.REPORT)
CERTIFIED = precondition(lambda self: Certification.objects.exists())


class Cycle(RuleBasedStateMachine):
    world: World = None
    seen = Counter()

    def __init__(self):
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.world.shift, self.hats = dt.timedelta(), dict(self.world.hats)
        self.certified, self.worked, self.refs = set(), {}, 0

    def teardown(self):
        """Whatever state was reached: there is a way on from it, to the end."""
        try:
            if hasattr(self, "audit"):
                type(self).seen[self.audit.state] += 1
                self.there_is_a_way_out()
        finally:
            self.world.hats = self.hats
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    def tries(self, act):
        """A rule's no leaves everything as it was."""
        try:
            with transaction.atomic():
                made = act()
                check_constraints()
                return True if made is None else made
        except (Refused, IntegrityError, PermissionDenied):
            return None
        finally:
            self.audit = Audit.objects.get(pk=self.audit.pk)

    def by(self, name):
        return self.world.scope(name)

    def note(self, name, what):
        """Who had a part in auditing: remembered here, not read from the product."""
        self.worked.setdefault(self.audit.pk, {}).setdefault(self.world.hats[name].user_id, set()).add(what)

    # Planning and the sheet.
    @initialize(
        lead=st.sampled_from(AUDITORS), member=st.sampled_from(AUDITORS), values=st.lists(st.sampled_from(VALUES[:-1]), min_size=7, max_size=7),
        n=st.sampled_from([0, 2, 5, 8, 10, 12, 12, 14]),
    )  # fmt: skip
    def begin(self, lead, member, values, n):
        """`n` steps on the way already, with these ratings."""
        self.plan_one(lead, member)
        if n:
            self.declare(lead, False)
            self.declare(member, False)
            self.rate_the_rest(lead, values)
            self.right_people_go_on(n)

    def plan_one(self, lead, member, **more):
        days = {"starts_on": clock.today() - dt.timedelta(days=1), "ends_on": clock.today() + dt.timedelta(days=3)}
        users = [self.world.hats[name].user for name in (lead, member)]
        self.audit = programme.plan(
            self.by("faith"),
            organisation=self.world.mda,
            edition=self.world.edition,
            lead=users[0],
            members=users[1:],
            **days,
            **more,
        )
        self.edition_of = getattr(self, "edition_of", {}) | {self.audit.pk: self.world.edition.pk}

    @precondition(lambda self: self.audit.state in Audit.ENDED)
    @rule(lead=st.sampled_from(AUDITORS), member=st.sampled_from(AUDITORS), again=st.booleans())
    def plan_another(self, lead, member, again):
        """Recertification, or an audit at short notice, once there is a certification."""
        held = Certification.objects.first()
        kind = {"kind": "recertification" if again else "short_notice", "certification": held} if held else {}
        last = self.audit
        if not self.tries(lambda: self.plan_one(lead, member, **kind)):
            self.audit = last

    @ON_SITE
    @rule(name=st.sampled_from(AUDITORS), interest=st.sampled_from([False, False, False, True]))
    def declare(self, name, interest):
        self.tries(lambda: programme.declare(self.by(name), self.audit, interest=interest, declaration="A cousin."))

    @ON_SITE
    @rule(name=ANYONE, lead=st.sampled_from([*AUDITORS, "chair"]), member=st.sampled_from([*AUDITORS, "second"]))
    def name_team(self, name, lead, member):
        users = [self.world.hats[n].user for n in (lead, member)]
        self.tries(lambda: programme.name_team(self.by(name), self.audit, lead=users[0], members=users[1:]))

    @rule(name=OFTEN_RIGHT(AUDITORS), code=st.sampled_from(CODES), value=st.sampled_from(VALUES), bare=st.booleans())
    def rate(self, name, code, value, bare):
        site = self.audit.sites.get()
        element = steps.elements(site).get(code)
        held = Rating.objects.filter(site=site, element=element).first()
        self.refs += 1
        made = element and self.tries(
            lambda: audits.record(
                self.by(name), site=site, element=element, value=value, justification="Seen.", client_ref=f"r{self.refs}",
                base_revision=held.revision if held else 0, pieces=() if bare else SEEN,
            )
        )  # fmt: skip
        if made:
            self.note(name, "rated")

    @ON_SITE
    @rule(name=st.sampled_from(AUDITORS), values=st.lists(st.sampled_from(VALUES[:-1]), min_size=7, max_size=7))
    def rate_the_rest(self, name, values):
        site = self.audit.sites.get()
        for element, value in zip(steps.elements(site).values(), values, strict=False):
            if not Rating.objects.filter(site=site, element=element).exists():
                self._rate(name, site, element, value)

    def _rate(self, name, site, element, value):
        made = self.tries(
            lambda: audits.record(
                self.by(name), site=site, element=element, value=value, justification="Seen.", client_ref="", pieces=SEEN
            )
        )
        if made:
            self.note(name, "rated")

    @ON_SITE
    @rule(name=st.sampled_from(AUDITORS), code=st.sampled_from(CODES), value=st.sampled_from(VALUES))
    def rate_without_having_seen(self, name, code, value):
        site = self.audit.sites.get()
        element = steps.elements(site).get(code)
        self.refs += 1
        if element and self.audit.is_open and self.audit.team.filter(user=self.world.hats[name].user, interest=False).exists():
            said = {"value": value, "justification": "Seen.", "base_revision": 0, "made_at": clock.now()}
            self.tries(lambda: conflicts.keep(self.by(name), site=site, element=element, client_ref=f"c{self.refs}", **said))

    @ON_SITE
    @rule(name=OFTEN_RIGHT(AUDITORS), taken=st.booleans())
    def settle(self, name, taken):
        conflict = RatingConflict.objects.filter(site__audit=self.audit, settled_at=None).select_related("site__audit").first()
        if conflict and self.tries(lambda: conflicts.settle(self.by(name), conflict, taken=taken)):
            self.note(name, "settled")

    @ON_SITE
    @rule(name=OFTEN_RIGHT(AUDITORS), ready=st.booleans())
    def stage_1(self, name, ready):
        if self.tries(
            lambda: stage1.review(
                self.by(name), self.audit, ready=ready, read="The charter.", concerns="" if ready else "None kept."
            )
        ):
            self.note(name, "reviewed stage 1")

    @ON_SITE
    @rule(name=OFTEN_RIGHT(AUDITORS))
    def submit(self, name):
        if self.tries(lambda: audits.submit(self.by(name), self.audit)):
            self.note(name, "submitted")

    @ON_SITE
    @rule(name=st.sampled_from(OFFICE), cancels=st.sampled_from([False, False, False, True]))
    def cancel(self, name, cancels):
        if cancels:
            self.tries(lambda: replanning.cancel(self.by(name), self.audit, reason="The MDA is closed."))

    # From report to decision.
    @AFTER
    @rule(name=OFTEN_RIGHT(AUDITORS), final=st.booleans())
    def report(self, name, final):
        self.tries(lambda: (reports.issue_final if final else reports.issue_draft)(self.by(name), self.audit))

    @REPORT
    @rule(name=OFTEN_RIGHT(["champion", "officer"]))
    def comment(self, name):
        self.tries(lambda: reports.comment(self.by(name), self.audit, text="We agree."))

    @REPORT
    @rule(name=OFTEN_RIGHT(AUDITORS), outcome=st.sampled_from(["certify", "refuse"]))
    def recommend(self, name, outcome):
        if self.tries(lambda: review.recommend(self.by(name), self.audit, outcome=outcome, reasons="As found.")):
            self.note(name, "recommended")

    @REPORT
    @rule(name=OFTEN_RIGHT(OFFICE), outcome=st.sampled_from(["passed", "passed", "returned"]))
    def technical_review(self, name, outcome):
        if self.tries(lambda: review.review(self.by(name), self.audit, outcome=outcome, notes="Read.")):
            self.note(name, "reviewed")

    @REPORT
    @rule(name=OFTEN_RIGHT(PANEL), outcome=st.sampled_from([*GRADES, "certify", "certify"]))
    def vote(self, name, outcome):
        self.tries(lambda: panel.vote(self.by(name), self.audit, outcome=outcome, reasons="As found."))

    @REPORT
    @rule(outcome=st.sampled_from(["certify", "certify", "refuse", "defer"]))
    def most_vote(self, outcome):
        for name in PANEL:
            self.vote_(name, outcome)

    def vote_(self, name, outcome):
        self.tries(lambda: panel.vote(self.by(name), self.audit, outcome=outcome, reasons="As found."))

    @REPORT
    @rule(name=OFTEN_RIGHT(PANEL), outcome=st.sampled_from(["certify", "certify", "refuse", "defer"]))
    def decide(self, name, outcome):
        self.tries(lambda: certification.decide(self.by(name), self.audit, outcome=outcome, reasons_given="As voted."))

    @rule(n=st.integers(2, 12), loses=st.sampled_from([False, False, True]))
    def right_people_go_on(self, n, loses=False):
        """The way forward, so that the deeper states are reached; the lead may have lost a certificate just before."""
        if loses:
            self.a_certificate_of_the_lead_ends(True)
        for _step in range(n):
            if self.audit.state in Audit.ENDED or not self.tries(lambda: cycle.forward(self.world, self.audit)):
                return
            for member in self.audit.team.all():
                if member.interest is False and Rating.objects.filter(site__audit=self.audit, rated_by=member.user_id).exists():
                    self.worked.setdefault(self.audit.pk, {}).setdefault(member.user_id, set()).add("rated")

    @rule(name=ANYONE, what=st.sampled_from(["submit", "draft", "final", "recommend", "review", "vote", "decide", "rate"]))
    def too_early_or_too_late(self, name, what):
        {
            "submit": self.submit, "draft": lambda n: self.report(n, False), "final": lambda n: self.report(n, True), "rate": lambda n: self.rate(n, "1.1.1", "E", False),
            "recommend": lambda n: self.recommend(n, "certify"), "review": lambda n: self.technical_review(n, "passed"),
            "vote": lambda n: self.vote(n, "certify"), "decide": lambda n: self.decide(n, "certify"),
        }[what](name)  # fmt: skip

    # Findings.
    def finding(self, n):
        found = list(Finding.objects.filter(audit=self.audit).order_by("number"))
        return found[n % len(found)] if found else None

    @AFTER
    @rule(n=st.integers(0, 5), name=OFTEN_RIGHT(["champion", "officer"]), disputes=st.booleans())
    def answer(self, n, name, disputes):
        finding = self.finding(n)
        if finding is None:
            return
        if disputes:
            self.tries(lambda: corrective.dispute(self.by(name), finding, reason="It was open."))
        elif made := self.tries(lambda: corrective.acknowledge(self.by(name), finding)):
            assert made.plan_by == cycle.working_day(clock.today(), 15, self.world.holidays)

    @AFTER
    @rule(n=st.integers(0, 5), name=OFTEN_RIGHT([*OFFICE, "chair"]), outcome=st.sampled_from(["stands", "regraded", "withdrawn"]))
    def decide_dispute(self, n, name, outcome):
        if finding := self.finding(n):
            self.tries(lambda: verifying.decide_dispute(self.by(name), finding, outcome=outcome, reason="So.", grade="minor"))

    @AFTER
    @rule(n=st.integers(0, 5), name=OFTEN_RIGHT(["champion", "officer"]), sends=st.booleans())
    def plan_or_evidence(self, n, name, sends):
        if finding := self.finding(n):
            if sends:
                self.tries(lambda: corrective.send_evidence(self.by(name), finding, SEEN))
            else:
                self.tries(lambda: corrective.submit_plan(self.by(name), finding, due_on=clock.today(), **steps.PLAN))

    @AFTER
    @rule(
        n=st.integers(0, 5),
        name=OFTEN_RIGHT([*AUDITORS, "faith"]),
        accept=st.sampled_from([True, True, False]),
        what=st.sampled_from(["plan", "correction", "effect"]),
        lifts=st.booleans(),
    )
    def verify(self, n, name, accept, what, lifts):
        finding = self.finding(n)
        if finding is None:
            return
        if what == "plan":
            self.tries(lambda: verifying.review_plan(self.by(name), finding, accept=accept, note="Read."))
            return
        ratings = {e.code: "M" for e in verifying.liftable(finding)} if lifts else {}
        if what == "correction":
            made = self.tries(
                lambda: verifying.verify(self.by(name), finding, accept=accept, note="Seen.", ratings=ratings if accept else None)
            )
        else:
            made = self.tries(lambda: verifying.check_effect(self.by(name), finding, accept=accept, note="Seen."))
        if made:
            self.note(name, "verified")

    @AFTER
    @rule(n=st.integers(0, 5), steps_on=st.integers(1, 6))
    def right_people_close(self, n, steps_on):
        finding = self.finding(n)
        for _step in range(steps_on if finding and self.audit.state in Audit.SUBMITTED and finding.is_nonconformity else 0):
            finding.refresh_from_db()
            if finding.state in Finding.CLOSED or not self.tries(lambda: cycle.close(self.world, finding)):
                return

    # What happens around it.
    @rule(both=st.booleans())
    def a_certificate_of_the_lead_ends(self, both):
        """Tomorrow, in the middle of the audit; or only that of a lead auditor."""
        held = Completion.objects.filter(officer__user=self.audit.team.get(is_lead=True).user, until__gt=clock.today())
        held = held if both else held.filter(course_version__course__code="CSE-SQA-02")
        held.update(until=clock.today() + dt.timedelta(days=1))

    @rule(text=st.sampled_from(["title", "weight", "rules"]))
    def somebody_edits_the_edition(self, text):
        def edit():
            if text == "rules":
                Edition.objects.filter(pk=self.world.edition.pk).update(rules={})
            else:
                Element.objects.of(self.world.edition.pk).select_related(None).filter(code="1.1.1").update(
                    **{text: 9 if text == "weight" else "Other"}
                )

        assert self.tries(edit) is None, "a published edition is not edited"

    @rule(retires=st.booleans())
    def an_edition_comes_or_goes(self, retires):
        keeper = Scope.system_task("test")
        if retires:
            self.tries(lambda: editions.retire(keeper, self.world.edition, on=clock.today(), reason="The next one holds."))
        elif Edition.objects.filter(state="published").count() == 1:
            self.tries(lambda: editions.publish(keeper, self.world.edition.drawn_from, version="test 2", on=clock.today()))

    @CERTIFIED
    @rule(
        name=OFTEN_RIGHT(["faith", "officer"]),
        kind=st.sampled_from(["suspend", "restore", "withdraw"]),
        ground=st.sampled_from(["overdue_major", "misuse", "voluntary", "cured"]),
    )
    def ask_an_act(self, name, kind, ground):
        if held := Certification.objects.first():
            self.tries(lambda: standing.ask(self.by(name), held, kind=kind, ground=ground, reason="So."))

    @CERTIFIED
    @rule(name=OFTEN_RIGHT(PANEL), grant=st.booleans())
    def decide_an_act(self, name, grant):
        act = CertificationAct.objects.filter(state="asked").select_related("certification").first()
        if act and self.tries(lambda: standing.decide(self.by(name), act, grant=grant, reason="So.")):
            act.refresh_from_db()
            assert act.decided_by_id != act.asked_by_id

    @while_(Audit.State.DECIDED)
    @rule(name=OFTEN_RIGHT(["officer"]), of_act=st.booleans())
    def appeal(self, name, of_act):
        thing = CertificationAct.objects.exclude(state="asked").first() if of_act else Decision.objects.first()
        if thing:
            self.tries(lambda: appeals.lodge(self.by(name), grounds="It was not so.", **{"act" if of_act else "decision": thing}))

    @while_(Audit.State.DECIDED)
    @rule(name=OFTEN_RIGHT(PANEL), uphold=st.booleans(), holds=st.booleans())
    def decide_the_appeal(self, name, uphold, holds):
        lodged = CertificationAppeal.objects.filter(state="lodged").first()
        if lodged is None:
            return
        if holds:
            self.tries(lambda: appeals.hold_effect(self.by(name), lodged, hold=uphold))
            return
        if self.tries(lambda: appeals.decide(self.by(name), lodged, uphold=uphold, reasons="So.")):
            user = self.world.hats[name].user_id
            audit = lodged.decision.audit if lodged.decision_id else lodged.act.certification.decision.audit
            assert user not in self.worked.get(audit.pk, {}) and not audit.votes.filter(user=user).exists()

    @rule(days=st.sampled_from([1, 4, 15, 40, 120]))
    def days_pass(self, days):
        self.world.shift += dt.timedelta(days=days)
        night = Scope.system_task("night")
        assert self.tries(lambda: (overdue.run(night, clock.today()), standing_clock.keep(night, clock.today()))), (
            "the night's work is never refused"
        )

    # What must hold at all times.
    @invariant()
    def no_certificate_is_wrong(self):
        for made in Certification.objects.exclude(pk__in=self.certified).select_related("decision__audit__edition"):
            self.certified.add(made.pk)
            type(self).seen["certified"] += 1
            self.is_right(made, made.decision, made.decision.audit)

    def is_right(self, made, decision, audit):
        assert (
            not Finding.objects.filter(audit=audit, grade="major")
            .exclude(state__in=["verified", "effective", "withdrawn"])
            .exists()
        ), "open major"
        assert not cycle.unrated(audit), "unrated element"
        assert not RatingConflict.objects.filter(site__audit=audit, settled_at=None).exists()
        votes = PanelVote.objects.filter(audit=audit, round=decision.round).exclude(outcome="interest")
        judges = {decision.decided_by_id, *votes.values_list("user", flat=True)}
        assert not judges & {*self.worked.get(audit.pk, ()), *audit.team.values_list("user", flat=True)}, (
            "decided by somebody who audited"
        )
        assert self.world.hats["former"].user_id not in judges, "decided by an officer of the MDA"
        assert votes.count() >= 3 and votes.filter(outcome="certify").count() * 2 > votes.count(), "without its quorum"
        for member in audit.team.select_related("user"):
            for n in range((audit.ends_on - audit.starts_on).days + 1):
                day = audit.starts_on + dt.timedelta(days=n)
                if member.interest is False:
                    assert cycle.holds(member.user, COURSES["member"], day), "expired assessor"
                    assert not member.is_lead or cycle.holds(member.user, COURSES["lead"][1:], day), "expired lead"
        assert audit.edition_id == self.edition_of[audit.pk] and cycle.edition_text(audit.edition) == self.world.text, (
            "edition changed"
        )
        assert cycle.share(audit) >= cycle.Fraction(4, 5) and made.level in ("certified", "commended"), "below the threshold"

    @invariant()
    def clocks_keep_working_days(self):
        if not hasattr(self, "audit") or self.audit.submitted_at is None:
            return
        answer_by = cycle.working_day(clock.civil(self.audit.submitted_at), 5, self.world.holidays)
        for day in Finding.objects.filter(audit=self.audit).exclude(answer_by=None).values_list("answer_by", flat=True):
            assert day == answer_by
        for draft in self.audit.reports.filter(kind="draft"):
            assert draft.comments_by == cycle.working_day(clock.civil(draft.issued_at), 10, self.world.holidays)

    @invariant()
    def nobody_votes_and_audits(self):
        if hasattr(self, "audit"):
            judges = set(self.audit.votes.exclude(outcome="interest").values_list("user", flat=True))
            assert not judges & set(self.audit.team.values_list("user", flat=True))

    def there_is_a_way_out(self):
        self.audit.refresh_from_db()
        for finding in Finding.objects.filter(audit=self.audit, grade__in=Finding.NONCONFORMITIES).exclude(
            state__in=Finding.CLOSED
        ):
            if self.audit.state in Audit.SUBMITTED:
                self.reaches_the_end(
                    lambda finding=finding: cycle.close(self.world, finding), lambda finding=finding: self.is_closed(finding), 8
                )
        self.reaches_the_end(lambda: cycle.forward(self.world, self.audit), lambda: self.has_ended(), 60)
        for appeal in CertificationAppeal.objects.filter(state="lodged"):
            assert cycle.settle_appeal(self.world, appeal)
        for act in CertificationAct.objects.filter(state="asked").select_related("certification"):
            assert cycle.settle_act(self.world, act)
        for held in Certification.objects.filter(state="suspended"):
            self.restored_or_withdrawn(held)
        self.no_certificate_is_wrong()

    def reaches_the_end(self, step, ended, most):
        for _n in range(most):
            if ended():
                return
            step()
        assert ended(), self.audit.state

    def is_closed(self, finding):
        finding.refresh_from_db()
        return finding.state in Finding.CLOSED or not finding.is_nonconformity

    def has_ended(self):
        self.audit.refresh_from_db()
        return self.audit.state in Audit.ENDED

    def restored_or_withdrawn(self, held):
        asked = attempt(lambda: standing.ask(self.by("faith"), held, kind="withdraw", ground="misuse", reason="So."))
        assert asked, held.state
        hat = cycle.free(self.world, held.decision.audit, "panel")
        assert standing.decide(scope(hat), asked, grant=True, reason="So.")


@pytest.fixture
def world(db, monkeypatch):
    made = World(clock.now)
    monkeypatch.setattr(clock, "now", made.now)
    monkeypatch.setattr(clock, "today", lambda: clock.civil(made.now()))
    monkeypatch.setattr(Cycle, "world", made)
    monkeypatch.setattr(Cycle, "seen", Counter())
    return made


def run(examples, length, **more):
    kept = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(Cycle, settings=settings(max_examples=examples, stateful_step_count=length, **kept, **more))
    assert Cycle.seen["certified"] > examples / 20, Cycle.seen


def test_no_path_leads_to_a_wrong_certificate(world):
    """The same histories each time; a failure is not made smaller: that is the long test's."""
    run(7, 20, derandomize=True, phases=[Phase.generate])


@pytest.mark.slow
def test_no_path_leads_to_a_wrong_certificate_however_long_one_looks(world):
    run(60, 40)


def test_the_look_finds_a_rule_that_is_missing(world, monkeypatch):
    """Were the team's certificates not looked at again for the decision, the invariant would say so."""
    monkeypatch.setattr(independence, "against_team", lambda audit: [])
    path = Cycle()
    path.begin(lead="amina", member="brian", values=["M"] * 7, n=5)
    path.a_certificate_of_the_lead_ends(both=True)
    path.right_people_go_on(n=12)
    with pytest.raises(AssertionError, match="expired assessor"):
        path.no_certificate_is_wrong()
    transaction.set_rollback(True)
    path.frame.__exit__(None, None, None)
