"""What must hold at all times, whatever was done by whom: asked after every step of the machine."""

import datetime as dt

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import (
    Audit,
    Certification,
    CertificationAct,
    CertificationAppeal,
    Finding,
    PanelVote,
    Rating,
    RatingConflict,
    TechnicalReview,
)
from standards.services import ballots, review, standing

from . import cycle
from . import cycle_oracles as oracle
from .steps import scope


class Invariants(RuleBasedStateMachine):
    ways = set()  # states from which there was a way on, in any example

    def remember(self):
        """The audits that there are, as they began; what is certified already was looked at when it was."""
        self.certified |= set(self.certifications().values_list("pk", flat=True))
        self.edition_of = getattr(self, "edition_of", {}) | {self.audit.pk: self.audit.edition_id}
        parts = Rating.objects.filter(site__audit=self.audit).values_list("rated_by", flat=True)
        reviewers = TechnicalReview.objects.filter(audit=self.audit).values_list("reviewed_by", flat=True)
        self.worked.setdefault(self.audit.pk, {}).update({user: {"before"} for user in [*parts, *reviewers]})

    def working_day(self, day, n):
        return oracle.working_day(day, n, self.world.holidays)

    @invariant()
    def everything_holds(self):
        if self.audit is None or not self.changed:  # what is refused changes nothing
            return
        self.changed = False
        self.no_certificate_is_wrong()
        self.the_sheet_is_frozen()
        self.clocks_keep_working_days()
        self.nobody_votes_and_audits()
        self.who_is_down_does_not_stand()
        self.somebody_can_go_on()

    # Certificates.
    def no_certificate_is_wrong(self):
        made = self.certifications()
        for one in made.exclude(pk__in=self.certified).select_related("decision__audit__edition"):
            self.certified.add(one.pk)
            type(self).seen["certified"] += 1
            self.is_right(one, one.decision, one.decision.audit)
        today = clock.today()
        for centre in {one.centre_id for one in made}:
            stand = [one for one in made if one.centre_id == centre and one.state in ("in_force", "suspended") and one.expires_on > today]
            assert len(stand) <= 1, "two stand"

    def is_right(self, made, decision, audit):
        majors = Finding.objects.filter(grade="major").exclude(state__in=oracle.CLOSED)
        assert not majors.filter(audit=audit).exists(), "open major"
        if audit.certification_id:
            others = majors.filter(audit__certification=audit.certification_id, audit__state__in=Audit.SUBMITTED)
            assert not others.exists(), "open major of a surveillance"
        assert audit.kind in ("certification", "recertification"), "certified by a surveillance"
        assert not oracle.unrated(audit), "unrated element"
        assert not oracle.bare(audit), "without evidence"
        assert not RatingConflict.objects.filter(site__audit=audit, settled_at=None).exists(), "unsettled conflict"
        self.judged_by_others(decision, audit)
        self.audited_by_assessors(audit)
        assert audit.edition_id == self.edition_of[audit.pk], "edition changed"
        assert oracle.edition_text(audit.edition) == self.world.text, "edition changed"
        self.level_is_right(made, audit)
        self.surveillance_is_planned(made)

    def judged_by_others(self, decision, audit):
        votes = PanelVote.objects.filter(audit=audit, round=decision.round).exclude(outcome="interest")
        judges = {decision.decided_by_id, *votes.values_list("user", flat=True)}
        parts = {*self.worked.get(audit.pk, ()), *audit.team.values_list("user", flat=True)}
        assert not judges & parts, "decided by somebody who audited"
        assert self.scene.former not in judges, "decided by an officer of the MDA"
        declared = PanelVote.objects.filter(audit=audit, outcome="interest").values_list("user", flat=True)
        assert not judges & set(declared), "decided by somebody with an interest"
        assert votes.count() >= 3 and votes.filter(outcome="certify").count() * 2 > votes.count(), "without its quorum"

    def audited_by_assessors(self, audit):
        for member in audit.team.select_related("user"):
            for n in range((audit.ends_on - audit.starts_on).days + 1 if member.interest is False else 0):
                day = audit.starts_on + dt.timedelta(days=n)
                assert oracle.holds(member.user, oracle.COURSES["member"], day), "expired assessor"
                assert not member.is_lead or oracle.holds(member.user, oracle.COURSES["lead"], day), "expired lead"
        for rating in Rating.objects.filter(site__audit=audit).select_related("rated_by"):
            day = clock.civil(rating.rated_at)
            assert oracle.holds(rating.rated_by, oracle.COURSES["member"], day), "rated by an expired assessor"

    def level_is_right(self, made, audit):
        levels = {site.pk: oracle.level(site) for site in audit.sites.all()}
        lowest = min(levels.values(), key=oracle.ORDER.index)
        assert lowest != "not_yet", "below the threshold"
        assert made.level == lowest and dict(made.sites.values_list("site", "level")) == levels, "not its sites' lowest"

    def surveillance_is_planned(self, made):
        rows = {row.month: row for row in made.surveillances.all()}
        assert set(rows) == {12, 24}, "no surveillance"
        both = [oracle.elements(site).items() for site in made.decision.audit.sites.all()]
        critical = {code for held in both for code, e in held if e.critical}
        rest = {code for held in both for code, _e in held} - critical
        for month, row in rows.items():
            assert row.due_on == clock.add_months(made.issued_on, month), "not a year on"
            assert oracle.surveillance_is_enough(row, made.issued_on, made.expires_on, (critical, rest)), "surveillance looks at too little"

    def who_is_down_does_not_stand(self):
        """Suspended, withdrawn or expired: nobody is told that it is in force."""
        today = clock.today()
        in_force = set(Certification.objects.in_force(today).filter(organisation=self.scene.mda).values_list("pk", flat=True))
        for one in self.certifications():
            if one.pk in self.down or today >= one.expires_on:
                told = {one.state_as_of(today), self.certifications().as_of(today).get(pk=one.pk).now}
                assert one.pk not in in_force and "in_force" not in told, "not standing, and told to be in force"

    def nobody_stays_suspended_for_ever(self):
        """After a night: who was not restored in time is withdrawn, unless the panel or an appeal keeps them waiting."""
        today = clock.today()
        for one in self.certifications().filter(state="suspended", suspended_until__lte=today, expires_on__gt=today):
            asked = one.acts.filter(kind="restore", state="asked").exists()
            assert asked or CertificationAppeal.objects.filter(act__certification=one, state="lodged").exists(), "suspended for ever"

    # The sheet, the clocks, the panel.
    def the_sheet_is_frozen(self):
        if self.audit.state in Audit.SUBMITTED:
            now = oracle.sheet(self.audit)
            assert self.frozen.setdefault(self.audit.pk, now) == now, "the sheet was changed"

    def clocks_keep_working_days(self):
        if self.audit.submitted_at is None:
            return
        answer_by = self.working_day(clock.civil(self.audit.submitted_at), 5)
        for day in Finding.objects.filter(audit=self.audit).exclude(answer_by=None).values_list("answer_by", flat=True):
            assert day == answer_by, "not the fifth working day"
        for draft in self.audit.reports.filter(kind="draft"):
            assert draft.comments_by == self.working_day(clock.civil(draft.issued_at), 10), "not the tenth working day"

    def nobody_votes_and_audits(self):
        judges = set(self.audit.votes.exclude(outcome="interest").values_list("user", flat=True))
        assert not judges & set(self.audit.team.values_list("user", flat=True)), "decided by somebody who audited"

    # Ways on.
    def state_of_the_case(self):
        audit, tally = self.audit, ballots.tally(self.audit)
        recommendation, done = review.standing(audit)
        held = audit.certification.state if audit.certification_id else ""
        reported = tuple(sorted(audit.reports.values_list("kind", flat=True)))
        majors = Finding.objects.open_majors().filter(audit=audit).exists()
        return audit.kind, audit.state, held, reported, bool(recommendation), done and done.outcome, tally.complete, tally.majority, majors

    def somebody_can_go_on(self):
        """Of each state that is met for the first time: the next step is taken by whoever may, and taken back."""
        if self.audit.state in Audit.ENDED:
            return
        state = self.state_of_the_case()
        if state in type(self).ways:
            return
        with transaction.atomic():
            self.moves(lambda: cycle.forward(self.world, self.audit))
            transaction.set_rollback(True)
        self.audit.refresh_from_db()
        type(self).ways.add(state)

    def moves(self, step):
        try:
            return step()
        except (Refused, AssertionError) as no:
            raise AssertionError(f"no way out of {self.state_of_the_case()}: {no}")

    def there_is_a_way_out(self):
        """Every audit of the MDA to its end, and every finding; then what was asked for and appealed."""
        audits = Audit.objects.filter(organisation=self.scene.mda).order_by("pk")
        for audit in audits.exclude(state__in=Audit.ENDED):
            self.audit = audit
            self.reaches_the_end(lambda: cycle.forward(self.world, self.audit), lambda: self.audit.state not in Audit.OPEN, 20)
            if self.closes:
                self.findings_are_closed()
            self.reaches_the_end(lambda: cycle.forward(self.world, self.audit), lambda: self.audit.state in Audit.ENDED, 40)
            self.changed = True
            self.everything_holds()
        for self.audit in audits:
            self.findings_are_closed()
        for appeal in CertificationAppeal.objects.filter(state="lodged", organisation=self.scene.mda):
            assert self.moves(lambda appeal=appeal: cycle.settle_appeal(self.world, appeal))
        for act in CertificationAct.objects.filter(state="asked", certification__organisation=self.scene.mda):
            assert self.moves(lambda act=act: cycle.settle_act(self.world, act))
        for held in self.certifications().filter(state="suspended", expires_on__gt=clock.today()):
            self.restored_or_withdrawn(held)
        self.no_certificate_is_wrong()

    def findings_are_closed(self):
        open_ones = Finding.objects.filter(audit=self.audit, grade__in=Finding.NONCONFORMITIES).exclude(state__in=Finding.CLOSED)
        for finding in open_ones if self.audit.state in Audit.SUBMITTED else ():
            for _n in range(8):
                finding.refresh_from_db()
                if finding.state in Finding.CLOSED or not finding.is_nonconformity:
                    break
                self.moves(lambda finding=finding: cycle.close(self.world, finding, self.lifts))
            else:
                raise AssertionError(f"no way out of a finding that is {finding.state}")

    def reaches_the_end(self, step, ended, most):
        for _n in range(most):
            self.audit.refresh_from_db()
            if ended():
                return
            self.moves(step)
        self.audit.refresh_from_db()
        assert ended(), f"no way out of {self.state_of_the_case()}"

    def restored_or_withdrawn(self, held):
        asked = cycle.attempt(lambda: standing.ask(self.by("faith"), held, kind="withdraw", ground="misuse", reason="So."))
        assert asked, "no way out of a suspension"
        hat = cycle.free(self.world, held.decision.audit, "panel")
        assert self.moves(lambda: standing.decide(scope(hat), asked, grant=True, reason="So."))
