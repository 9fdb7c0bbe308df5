"""Whatever is tried by whom and in which order, a finding is closed only by its papers, and every state has a way on."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import Finding, ReRating, Verification
from standards.services import audits, corrective, findings, overdue, verifying
from standards.services.evidence import Piece

from . import steps
from .steps import SYSTEM, scope

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WHO = ["champion", "grace", "amina", "brian", "secretariat", "panel"]
YES_NO = [True, False]
# What moves a finding on, from each state that is not the end of its way.
ON = {
    "raised": {"acknowledge", "dispute"},
    "disputed": {"decide"},
    "plan_due": {"plan"},
    "plan_submitted": {"review"},
    "plan_accepted": {"evidence"},
    "evidence_submitted": {"verify"},
    "verified": {"effect"},
    "reopened": {"plan"},
}


class Walk:
    def __init__(self, finding, cast):
        self.finding, self.cast, self.day, self.piece = finding, cast, clock.today(), 0

    def take(self, act, who, yes):
        actor = scope(self.cast[who])
        getattr(self, act)(actor, yes)

    def acknowledge(self, actor, yes):
        corrective.acknowledge(actor, self.finding)

    def dispute(self, actor, yes):
        corrective.dispute(actor, self.finding, reason="Not so.")

    def decide(self, actor, yes):
        verifying.decide_dispute(actor, self.finding, outcome="stands" if yes else "withdrawn", reason="Read.")

    def plan(self, actor, yes):
        corrective.submit_plan(actor, self.finding, due_on=clock.today() + dt.timedelta(days=5), **steps.PLAN)

    def review(self, actor, yes):
        verifying.review_plan(actor, self.finding, accept=yes, note="Read.")

    def evidence(self, actor, yes):
        self.piece += 1
        corrective.send_evidence(actor, self.finding, [Piece("data", f"Month {self.piece}.", 2)])

    def verify(self, actor, yes):
        verifying.verify(actor, self.finding, accept=yes, note="Seen.", ratings={"1.1.1": "M"} if yes else None, on=self.day)

    def effect(self, actor, yes):
        verifying.check_effect(actor, self.finding, accept=yes, note="Seen.", on=self.day)

    def wait(self, actor, yes):
        self.day += dt.timedelta(days=100 if yes else 7)

    def night(self, actor, yes):
        overdue.acknowledge_silent(SYSTEM, self.day)
        overdue.escalate(SYSTEM, self.day)

    def holds(self):
        finding = Finding.objects.get(pk=self.finding.pk)
        seen = list(finding.verifications.order_by("pk").values_list("kind", "outcome", "verified_by", "on"))
        if finding.state in ("verified", "effective"):
            assert seen[-1][:2] == ("correction" if finding.state == "verified" else "effect", "accepted")
        if finding.state == "effective":
            correction = [row for row in seen if row[0] == "correction" and row[1] == "accepted"][-1]
            assert correction[2] != seen[-1][2] and seen[-1][3] >= correction[3] + dt.timedelta(days=90)
        made_it = {self.cast["champion"].user_id, self.cast["grace"].user_id}
        assert not made_it & {row[2] for row in seen}
        lifted = findings.lifted(finding.audit)
        assert bool(lifted) == (finding.state in ("verified", "effective")) and "E" not in lifted.values()
        assert finding.state in ON or finding.state in Finding.CLOSED
        assert ReRating.objects.count() == Verification.objects.filter(kind="correction", outcome="accepted").count()
        return finding


def attempt(walk, act, who, yes):
    """Whether it was done."""
    try:
        with transaction.atomic():
            walk.take(act, who, yes)
    except Refused:
        return False
    return True


STEP = st.tuples(
    st.sampled_from([*sorted(set().union(*ON.values())), "wait", "night"]), st.sampled_from(WHO), st.sampled_from(YES_NO)
)


@settings(max_examples=settings.default.max_examples // 8, suppress_health_check=list(HealthCheck))
@given(tried=st.lists(STEP, max_size=40))
def test_whatever_is_tried(tried, livestock, edition, amina, brian, champion, grace, secretariat, panel):
    cast = {"amina": amina, "brian": brian, "champion": champion, "grace": grace, "secretariat": secretariat, "panel": panel}
    with transaction.atomic():
        audit = steps.plan(livestock, edition, amina, brian)
        steps.declare(audit, amina, brian)
        steps.rate_all(amina, audit, _1_1_1="N")
        walk = Walk(audits.submit(scope(amina), audit).findings.get(rule="critical_not_met"), cast)
        for step in tried:
            attempt(walk, *step)
            walk.holds()
        # From wherever that led, somebody may take the next step; some have to wait for their day.
        for _ in range(40):
            state = walk.holds().state
            if state not in ON:
                break
            if not any(attempt(walk, act, who, True) for act in sorted(ON[state]) for who in WHO):
                walk.day += dt.timedelta(days=100)
        assert walk.holds().state in Finding.CLOSED
        transaction.set_rollback(True)
