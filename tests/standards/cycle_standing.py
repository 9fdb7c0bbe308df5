"""Rules of the machine for what follows a certification: surveillance, renewal, audits at short notice, acts, appeals."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from cse_portal.lib import clock
from standards.models import Audit, Certification, CertificationAct, CertificationAppeal, Decision, Surveillance
from standards.services import certification_appeals as appeals
from standards.services import standing, surveillances

from . import cycle
from .cycle_first import PANEL

AUDITORS = ["amina", "brian", "caro"]
ANYONE = st.sampled_from([*AUDITORS, *PANEL, "faith", "lydia", "champion", "officer"])
RIGHT = lambda names: st.one_of([st.sampled_from(names)] * 3 + [ANYONE])  # noqa: E731
CERTIFIED = precondition(lambda self: self.held() is not None)
DECIDED = precondition(lambda self: self.audit.decisions.exists() or self.held() is not None)


class Standing(RuleBasedStateMachine):
    def certifications(self):
        return Certification.objects.filter(organisation=self.scene.mda).order_by("-pk")

    def held(self):
        return self.certifications().first()

    def days(self):
        today = clock.today()
        return {"starts_on": today - dt.timedelta(days=1), "ends_on": today + dt.timedelta(days=3)}

    def team(self, lead, member):
        users = [self.world.hats[name].user for name in (lead, member)]
        return {"lead": users[0], "members": users[1:]}

    def goes_on_with(self, plan):
        """The audit that was planned is the one that everybody turns to."""
        if made := self.tries(plan):
            self.audit = made
            self.remember()

    # More audits.
    @CERTIFIED
    @rule(lead=st.sampled_from(AUDITORS), member=st.sampled_from(AUDITORS), early=st.booleans())
    def plan_surveillance(self, lead, member, early):
        row = Surveillance.objects.filter(certification__organisation=self.scene.mda).exclude(state__in=["passed", "failed"]).first()
        if row and not early:
            self.world.shift += max(row.due_on - clock.today() - dt.timedelta(days=20), dt.timedelta())
        if row:
            more = self.team(lead, member) | self.days()
            self.goes_on_with(lambda: surveillances.plan(self.by("faith"), row, **more))

    @CERTIFIED
    @rule(lead=st.sampled_from(AUDITORS), member=st.sampled_from(AUDITORS), early=st.sampled_from([True, False, False]))
    def plan_renewal(self, lead, member, early):
        if not early:
            opens = standing.renewal_opens(self.held(), standing.process_of(self.held()))
            self.world.shift += max(opens - clock.today(), dt.timedelta())
        more = self.team(lead, member) | self.days() | {"edition": self.world.edition}
        self.goes_on_with(lambda: surveillances.plan_renewal(self.by("faith"), self.held(), **more))

    @rule(lead=st.sampled_from(AUDITORS), member=st.sampled_from(AUDITORS), kind=st.sampled_from(["short_notice", "certification", "recertification"]))
    def plan_another(self, lead, member, kind):
        """At short notice, or once more for certification, beside whatever is under way."""
        held = self.held()
        if held or kind == "certification":
            more = {"kind": kind} | ({"certification": held} if kind != "certification" else {})
            self.goes_on_with(lambda: cycle.planned(self.world, self.scene, lead, member, **more))

    @rule(n=st.integers(0, 3))
    def turn_to(self, n):
        """Another audit of the same MDA."""
        found = list(Audit.objects.filter(organisation=self.scene.mda).order_by("pk"))
        self.audit, self.changed = found[n % len(found)], True

    # Acts and appeals.
    @CERTIFIED
    @rule(
        name=RIGHT(["faith", "officer"]), kind=st.sampled_from(["suspend", "suspend", "restore", "withdraw", "reduce"]),
        ground=st.sampled_from(["overdue_major", "misuse", "voluntary", "cured"]), n=st.integers(0, 2),
    )  # fmt: skip
    def ask_an_act(self, name, kind, ground, n):
        found = list(self.certifications())
        held = found[n % len(found)]
        sites = list(held.sites.filter(left_on=None))[-1:] if kind == "reduce" else []
        ground = "cured" if kind == "restore" else ground
        self.tries(lambda: standing.ask(self.by(name), held, kind=kind, ground=ground, reason="So.", sites=sites))

    @CERTIFIED
    @rule(name=RIGHT(PANEL), grant=st.sampled_from([True, True, False]))
    def decide_an_act(self, name, grant):
        acts = CertificationAct.objects.filter(state="asked", certification__organisation=self.scene.mda)
        if act := acts.select_related("certification").first():
            self.decides(name, act, grant)

    @CERTIFIED
    @rule(kind=st.sampled_from(["suspend", "withdraw"]), name=st.sampled_from(PANEL[:4]))
    def suspended_or_withdrawn(self, kind, name):
        """Asked and granted at once."""
        act = self.tries(lambda: standing.ask(self.by("faith"), self.held(), kind=kind, ground="misuse", reason="So."))
        if act:
            self.decides(name, act, True)

    def decides(self, name, act, grant):
        if not self.tries(lambda: standing.decide(self.by(name), act, grant=grant, reason="So.")):
            return
        act.refresh_from_db()
        assert act.decided_by_id != act.asked_by_id, "asked and decided by one person"
        if grant and act.kind in ("suspend", "withdraw"):
            self.down[act.certification_id] = act.kind
        elif grant and act.kind == "restore":
            self.down.pop(act.certification_id, None)

    @DECIDED
    @rule(name=RIGHT(["officer"]), of_act=st.booleans())
    def appeal(self, name, of_act):
        if of_act:
            thing = CertificationAct.objects.exclude(state="asked").filter(certification__organisation=self.scene.mda).first()
        else:
            thing = Decision.objects.filter(audit=self.audit).first()
        if thing:
            self.tries(lambda: appeals.lodge(self.by(name), grounds="It was not so.", **{"act" if of_act else "decision": thing}))

    @DECIDED
    @rule(name=RIGHT(PANEL), uphold=st.booleans(), holds=st.booleans())
    def decide_the_appeal(self, name, uphold, holds):
        lodged = CertificationAppeal.objects.filter(state="lodged", organisation=self.scene.mda).first()
        if lodged is None:
            return
        audit = lodged.decision.audit if lodged.decision_id else lodged.act.certification.decision.audit
        if holds:
            done = self.tries(lambda: appeals.hold_effect(self.by(name), lodged, hold=uphold))
        else:
            done = self.tries(lambda: appeals.decide(self.by(name), lodged, uphold=uphold, reasons="So."))
        if done:
            user = self.world.hats[name].user_id
            assert user not in self.worked.get(audit.pk, {}) and not audit.votes.filter(user=user).exists(), "involved in the appeal"
            for pk, state in self.certifications().values_list("pk", "state"):  # the appeal may have lifted it, or not
                if state == "in_force":
                    self.down.pop(pk, None)
