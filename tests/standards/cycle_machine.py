"""The machine of the model-based test: everybody tries everything, in any order, while days pass, through the services only.

It begins with an audit at any stage of its way (`cycle.World`), and at the end the right people take every audit to its decision: so
whatever was done before it has come before the panel. What must hold is asked after each step (`cycle_invariants`)."""

import datetime as dt
from collections import Counter

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from centres.access import Scope
from centres.models import Membership
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Audit, Edition, Element, Finding, Rating, RatingConflict
from standards.services import (
    audits,
    certification,
    conflicts,
    corrective,
    editions,
    overdue,
    panel,
    programme,
    replanning,
    reports,
    review,
    stage1,
    standing_clock,
    verifying,
)
from training.models import Completion

from . import cycle, steps
from .cycle_first import CODES, EDITS, PANEL, First
from .cycle_invariants import Invariants
from .cycle_standing import Standing
from .steps import SEEN, scope

AUDITORS = ["amina", "brian", "caro"]
OFFICE = ["faith", "lydia", "brian_secretariat"]
ANYONE = st.sampled_from([*AUDITORS, *PANEL, *OFFICE, "champion", "officer"])
RIGHT = lambda names: st.one_of([st.sampled_from(names)] * 3 + [ANYONE])  # noqa: E731
OUTCOMES, VALUES = ["certify", "certify", "certify", "refuse", "defer", "interest"], ["M", "M", "M", "E", "P", "N", "NA"]
SCENES = ["Livestock", "Immigration", "Roads", "Roads", "Water", "Health", "Health", "Health", "Energy", "Trade"]


def while_(*states):
    """Tried in these states of the audit; at other times only by `too_early_or_too_late`."""
    return precondition(lambda self: self.audit.state in states)


ON_SITE, AFTER, REPORT = while_(*Audit.OPEN), while_(*Audit.SUBMITTED), while_(Audit.State.REPORT)
BEFORE_DECISION = while_(Audit.State.STAGE_2, Audit.State.SUBMITTED, Audit.State.REPORT)


class Cycle(First, Standing, Invariants):
    world: cycle.World = None
    scenes = SCENES
    seen = Counter()

    def __init__(self):
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.hats, self.audit, self.changed = dict(self.world.hats), None, True
        self.worked, self.frozen, self.down, self.certified, self.refs = {}, {}, {}, set(), 0
        self.gone = set()  # users who are no auditors any more
        self.spoilt = False  # a fault was found that leaves nothing to go on from

    def teardown(self):
        """Whatever state was reached: there is a way on from it, to the end."""
        try:
            if self.audit and not self.spoilt:
                type(self).seen[self.audit.state] += 1
                self.there_is_a_way_out()
        finally:
            self.world.hats, self.world.shift = self.hats, dt.timedelta()
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    def tries(self, act):
        """A rule's no leaves everything as it was."""
        try:
            with transaction.atomic():
                made = act()
                cycle.check_constraints()
                self.changed = True
                return True if made is None else made
        except (Refused, IntegrityError, PermissionDenied):
            return None
        finally:
            self.audit = Audit.objects.get(pk=self.audit.pk)

    def by(self, name):
        """Who has left does not sign in as that any more."""
        hat = self.world.hats[name]
        if hat.role == "auditor" and hat.user_id in self.gone:
            raise Refused("left", code="left")
        return scope(hat)

    def note(self, name, what):
        """Who had a part in auditing: remembered here, not read from the product."""
        self.worked.setdefault(self.audit.pk, {}).setdefault(self.world.hats[name].user_id, set()).add(what)

    def site(self, n=0):
        sites = list(self.audit.sites.order_by("pk"))
        return sites[n % len(sites)]

    # Where it begins.
    @initialize(n=st.integers(0, 59), lifts=st.sampled_from([True, True, False]), closes=st.booleans(), first=st.integers(0, 59), who=st.integers(0, 7))
    def begin(self, n, lifts, closes, first, who):
        """`closes`: at the end findings are closed before the panel decides, not after; `lifts`: with better ratings; `first`: what is
        done at once, so that no rule is met too seldom."""
        scene = self.scenes[n % len(self.scenes)]
        self.scene = self.world.scenes[scene]
        self.world.shift, self.lifts, self.closes = self.scene.shift, lifts, closes
        self.world.hats |= self.scene.hats
        self.audit = Audit.objects.get(pk=self.scene.audit.pk)
        type(self).seen[scene] += 1
        self.remember()
        self.the_sheet_is_frozen()
        self.do_first(self.firsts[first % len(self.firsts)], PANEL[who])

    # The sheet.
    @ON_SITE
    @rule(name=st.sampled_from(AUDITORS), interest=st.sampled_from([False, False, False, True]))
    def declare(self, name, interest):
        self.tries(lambda: programme.declare(self.by(name), self.audit, interest=interest, declaration="A cousin."))

    @ON_SITE
    @rule(name=ANYONE, lead=st.sampled_from([*AUDITORS, "chair"]), member=st.sampled_from([*AUDITORS, "second"]))
    def name_team(self, name, lead, member):
        users = [self.world.hats[n].user for n in (lead, member)]
        self.tries(lambda: programme.name_team(self.by(name), self.audit, lead=users[0], members=users[1:]))

    @rule(n=st.integers(0, 2), name=RIGHT(AUDITORS), code=st.sampled_from(CODES), value=st.sampled_from(VALUES), bare=st.booleans())
    def rate(self, n, name, code, value, bare):
        site = self.site(n)
        element = steps.elements(site).get(code)
        held = Rating.objects.filter(site=site, element=element).first()
        self.refs += 1
        made = element and self.tries(
            lambda: audits.record(
                self.by(name), site=site, element=element, value=value, justification=f"Seen {self.refs}.", client_ref=f"r{self.refs}",
                base_revision=held.revision if held else 0, pieces=() if bare else SEEN,
            )
        )  # fmt: skip
        if made:
            self.note(name, "rated")

    @ON_SITE
    @rule(
        name=st.sampled_from(AUDITORS[:2]), skip=st.sampled_from([0, 0, 1]), bare=st.booleans(),
        short=st.dictionaries(st.sampled_from(CODES), st.sampled_from(VALUES[:-1]), max_size=2),
    )  # fmt: skip
    def rate_the_rest(self, name, skip, bare, short):
        if self.tries(lambda: cycle.rate_all(self.world, self.audit, by=name, skip=skip, short=short, bare=bare)):
            self.note(name, "rated")

    @ON_SITE
    @rule(n=st.integers(0, 2), name=st.sampled_from(AUDITORS), code=st.sampled_from(CODES), value=st.sampled_from(VALUES))
    def rate_without_having_seen(self, n, name, code, value):
        site = self.site(n)
        element = steps.elements(site).get(code)
        self.refs += 1
        if element and self.audit.team.filter(user=self.world.hats[name].user, interest=False).exists():
            said = {"value": value, "justification": "Seen.", "base_revision": 0, "made_at": clock.now()}
            self.tries(lambda: conflicts.keep(self.by(name), site=site, element=element, client_ref=f"c{self.refs}", **said))

    @ON_SITE
    @rule(name=RIGHT(AUDITORS), taken=st.booleans())
    def settle(self, name, taken):
        conflict = RatingConflict.objects.filter(site__audit=self.audit, settled_at=None).select_related("site__audit").first()
        if conflict and self.tries(lambda: conflicts.settle(self.by(name), conflict, taken=taken)):
            self.note(name, "settled")

    @ON_SITE
    @rule(
        name=st.sampled_from(AUDITORS[:2]), n=st.integers(0, 2), code=st.sampled_from(CODES),
        grade=st.sampled_from(["major", "major", "minor"]), falsified=st.booleans(),
    )  # fmt: skip
    def find_by_hand(self, name, n, code, grade, falsified):
        site = self.site(n)
        if code in steps.elements(site) and self.tries(lambda: cycle.by_hand(self.world.hats[name], site, code, grade, falsified)):
            self.note(name, "raised a finding")

    @ON_SITE
    @rule(name=RIGHT(AUDITORS), ready=st.booleans())
    def stage_1(self, name, ready):
        said = {"ready": ready, "read": "The charter.", "concerns": "" if ready else "None kept."}
        if self.tries(lambda: stage1.review(self.by(name), self.audit, **said)):
            self.note(name, "reviewed stage 1")

    @ON_SITE
    @rule(name=RIGHT(AUDITORS))
    def submit(self, name):
        self.tries(lambda: steps.closing_held(self.world.hats[name], self.audit))
        if self.tries(lambda: audits.submit(self.by(name), self.audit)):
            self.note(name, "submitted")

    @ON_SITE
    @rule()
    def the_lead_submits(self):
        """Whatever is left to do."""
        if lead := cycle.lead_of(self.audit):
            self.tries(lambda: audits.submit(scope(lead), self.audit))

    @while_(*Audit.BEFORE_STAGE_2)
    @rule(name=st.sampled_from(OFFICE), cancels=st.sampled_from([False, False, False, True]))
    def cancel(self, name, cancels):
        if cancels:
            self.tries(lambda: replanning.cancel(self.by(name), self.audit, reason="The MDA is closed."))

    # From report to decision.
    @while_(Audit.State.SUBMITTED, Audit.State.REPORT)
    @rule(name=RIGHT(AUDITORS), final=st.booleans())
    def report(self, name, final):
        self.tries(lambda: (reports.issue_final if final else reports.issue_draft)(self.by(name), self.audit))

    @REPORT
    @rule(name=RIGHT(["champion", "officer"]))
    def comment(self, name):
        self.tries(lambda: reports.comment(self.by(name), self.audit, text="We agree."))

    @REPORT
    @rule(name=RIGHT(AUDITORS), outcome=st.sampled_from(["certify", "refuse"]))
    def recommend(self, name, outcome):
        if self.tries(lambda: review.recommend(self.by(name), self.audit, outcome=outcome, reasons="As found.")):
            self.note(name, "recommended")

    @REPORT
    @rule(name=RIGHT([*OFFICE, "lydia"]), outcome=st.sampled_from(["passed", "passed", "returned"]))
    def technical_review(self, name, outcome):
        if self.tries(lambda: review.review(self.by(name), self.audit, outcome=outcome, notes="Read.")):
            self.note(name, "reviewed")

    @REPORT
    @rule(name=RIGHT(PANEL), outcome=st.sampled_from(OUTCOMES))
    def vote(self, name, outcome):
        self.tries(lambda: panel.vote(self.by(name), self.audit, outcome=outcome, reasons="As found."))

    @REPORT
    @rule(first=st.sampled_from(PANEL), most=st.integers(2, 8), outcome=st.sampled_from(["certify", "certify", "certify", "refuse", "defer"]))
    def most_vote(self, first, most, outcome):
        at = PANEL.index(first)
        for name in [*PANEL[at:], *PANEL[:at]][:most]:
            self.vote(name, outcome)

    @REPORT
    @rule(name=RIGHT(PANEL), outcome=st.sampled_from(["certify", "certify", "certify", "refuse", "defer"]))
    def decide(self, name, outcome):
        self.tries(lambda: certification.decide(self.by(name), self.audit, outcome=outcome, reasons_given="As voted."))

    @rule(n=st.integers(2, 8))
    def right_people_go_on(self, n):
        """The way forward, so that the deeper states are reached."""
        for _step in range(n):
            if self.audit.state in Audit.ENDED or not self.tries(lambda: cycle.forward(self.world, self.audit)):
                return

    @rule(name=ANYONE, what=st.sampled_from(["submit", "draft", "final", "recommend", "review", "vote", "decide"]))
    def too_early_or_too_late(self, name, what):
        {
            "submit": self.submit, "draft": lambda n: self.report(n, False), "final": lambda n: self.report(n, True),
            "recommend": lambda n: self.recommend(n, "certify"), "review": lambda n: self.technical_review(n, "passed"),
            "vote": lambda n: self.vote(n, "certify"), "decide": lambda n: self.decide(n, "certify"),
        }[what](name)  # fmt: skip

    # Findings.
    def finding(self, n):
        found = list(Finding.objects.filter(audit=self.audit).order_by("number"))
        return found[n % len(found)] if found else None

    @AFTER
    @rule(n=st.integers(0, 5), name=RIGHT(["champion", "officer"]), what=st.sampled_from(["acknowledge", "dispute", "plan", "evidence"]))
    def answer(self, n, name, what):
        if (finding := self.finding(n)) is None:
            return
        made = self.tries(
            lambda: {
                "acknowledge": lambda by: corrective.acknowledge(by, finding),
                "dispute": lambda by: corrective.dispute(by, finding, reason="It was open."),
                "plan": lambda by: corrective.submit_plan(by, finding, due_on=clock.today(), **steps.PLAN),
                "evidence": lambda by: corrective.send_evidence(by, finding, SEEN),
            }[what](self.by(name))
        )
        if made and what == "acknowledge":
            assert made.plan_by == self.working_day(clock.today(), 15), "not the fifteenth working day"

    @AFTER
    @rule(n=st.integers(0, 5), name=RIGHT([*OFFICE, "chair"]), outcome=st.sampled_from(["stands", "regraded", "withdrawn"]), grade=st.sampled_from(["major", "minor", "observation"]))
    def decide_dispute(self, n, name, outcome, grade):
        if finding := self.finding(n):
            made = self.tries(lambda: verifying.decide_dispute(self.by(name), finding, outcome=outcome, reason="So.", grade=grade))
            weights = ["observation", "minor", "major"]
            assert not made or outcome != "regraded" or weights.index(grade) < weights.index(finding.grade), "heavier by a dispute"

    @AFTER
    @rule(n=st.integers(0, 5), name=RIGHT([*AUDITORS, *OFFICE]), accept=st.sampled_from([True, True, False]), what=st.sampled_from(["plan", "correction", "effect"]), lifts=st.booleans())
    def verify(self, n, name, accept, what, lifts):
        if (finding := self.finding(n)) is None:
            return
        if what == "plan":
            self.tries(lambda: verifying.review_plan(self.by(name), finding, accept=accept, note="Read."))
            return
        if what == "correction":
            ratings = {e.code: "M" for e in verifying.liftable(finding)} if lifts and accept else None
            made = self.tries(lambda: verifying.verify(self.by(name), finding, accept=accept, note="Seen.", ratings=ratings))
        else:
            made = self.tries(lambda: verifying.check_effect(self.by(name), finding, accept=accept, note="Seen."))
        if made:
            self.note(name, "verified")

    @AFTER
    @rule(n=st.integers(0, 5), steps_on=st.integers(1, 6), lifts=st.booleans(), verifies=st.booleans())
    def right_people_close(self, n, steps_on, lifts, verifies):
        finding = self.finding(n)
        for _step in range(steps_on if finding and finding.is_nonconformity else 0):
            finding.refresh_from_db()
            if verifies and finding.state == "evidence_submitted":
                self.verify(n, "lydia", True, "correction", lifts)
            elif finding.state in Finding.CLOSED or not self.tries(lambda: cycle.close(self.world, finding, lifts)):
                return

    @AFTER
    @rule(n=st.integers(0, 5))
    def a_correction_does_not_last(self, n):
        """Seen by somebody else on the first day on which that is asked."""
        finding = self.finding(n)
        if finding and finding.state == "verified":
            self.world.shift += max(finding.check_from - clock.today(), dt.timedelta())
            by = scope(cycle.free(self.world, self.audit, "secretariat"))
            self.tries(lambda: verifying.check_effect(by, finding, accept=False, note="As before."))

    # What happens around it.
    @BEFORE_DECISION
    @rule(both=st.booleans(), lead=st.sampled_from([True, True, False]), after=st.booleans())
    def an_assessors_certificate_ends(self, both, lead, after):
        """In the middle of the audit's days, or on the day after them, which then comes; that of an assessor, or of a lead only."""
        member = self.audit.team.filter(is_lead=lead).exclude(interest=True).first()
        held = Completion.objects.filter(officer__user=member.user if member else None)
        held = held if both or not lead else held.filter(course_version__course__code="CSE-SQA-02")
        held.update(until=self.audit.ends_on + dt.timedelta(days=1) if after else self.audit.starts_on + dt.timedelta(days=1))
        if after:
            self.world.shift += max(self.audit.ends_on + dt.timedelta(days=1) - clock.today(), dt.timedelta())

    @rule()
    def the_lead_leaves(self):
        """From today on no auditor any more; another of the team who stays takes over, or, before the submission, another lead."""
        stays = self.audit.is_open or self.audit.team.filter(is_lead=False, interest=False).exists()
        if stays and not self.gone:
            hat = steps.lead_of(self.audit)
            Membership.objects.filter(pk=hat.pk).update(during=DateRange(hat.during.lower, clock.today()))
            self.gone.add(hat.user_id)

    @rule(text=st.sampled_from(EDITS))
    def somebody_edits_the_edition(self, text):
        def edit():
            other = Edition.objects.exclude(pk=self.audit.edition_id).first()
            if text == "of the audit":
                Audit.objects.filter(pk=self.audit.pk).update(edition=other)
            elif text == "rules":
                Edition.objects.filter(pk=self.world.edition.pk).update(rules={})
            else:
                found = Element.objects.of(self.world.edition.pk).select_related(None).filter(code="1.1.1")
                found.update(**{text: 9 if text == "weight" else "Other"})

        self.spoilt = self.tries(edit) is not None
        assert not self.spoilt, "edition changed"

    @rule(retires=st.booleans())
    def an_edition_comes_or_goes(self, retires):
        keeper = Scope.system_task("test")
        if retires:
            self.tries(lambda: editions.retire(keeper, self.world.edition, on=clock.today(), reason="The next one holds."))
        elif Edition.objects.filter(state="published").count() == 1:
            self.tries(lambda: editions.publish(keeper, self.world.edition.drawn_from, version="test 2", on=clock.today()))

    @rule(days=st.sampled_from([1, 4, 15, 40, 200]))
    def days_pass(self, days):
        self.world.shift += dt.timedelta(days=days)
        night = Scope.system_task("night")
        done = self.tries(lambda: (overdue.run(night, clock.today()), standing_clock.keep(night, clock.today())))
        assert done, "the night's work is never refused"
        self.nobody_stays_suspended_for_ever()


def run(examples, length, kind=Cycle, **more):
    """The machine, so many times."""
    kind.seen.clear()
    kept = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(kind, settings=settings(max_examples=examples, stateful_step_count=length, **kept, **more))
