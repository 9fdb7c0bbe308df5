"""Invented answers to the findings of the audits: long ago closed with effect, of late in every state; Livestock's for its champion."""

import datetime as dt

from centres.access import Scope
from cse_portal.accounts.models import User
from standards.models import Audit, CorrectiveAction, Dispute, Finding, SubmittedEvidence, Verification
from standards.services import overdue

from .cast import LIVESTOCK

State = Finding.State
WAY = [State.PLAN_DUE, State.PLAN_SUBMITTED, State.PLAN_ACCEPTED, State.EVIDENCE_SUBMITTED, State.VERIFIED, State.EFFECTIVE]
OF_LIVESTOCK = [State.EVIDENCE_SUBMITTED, State.PLAN_ACCEPTED, State.PLAN_DUE, State.VERIFIED, State.PLAN_SUBMITTED]
OF_LATE = [State.PLAN_ACCEPTED, State.VERIFIED, State.PLAN_SUBMITTED, State.EVIDENCE_SUBMITTED]
PLANS = [
    ("The missing notices were put up the same week.", "Nobody was named to keep them.", "One officer looks through every counter on the first Monday of the month."),
    ("The cases of the quarter were entered again.", "The register was kept by one officer, who was on leave.", "Two officers keep the register; the head signs it weekly."),
    ("Staff of the counter were told again how it is done.", "New officers had not been shown.", "Every new officer is shown in the first week, with a list that both sign."),
]  # fmt: skip
SEEN = ["Three months of the register.", "Photographs of all counters, described.", "Lists signed by the officers."]


def make(world):
    found = Finding.objects.filter(grade__in=Finding.NONCONFORMITIES, audit__state=Audit.State.DECIDED)
    found = list(found.select_related("audit__organisation", "site").order_by("audit__submitted_at", "number"))
    Answers(world, found).write()
    _dispute(world)
    overdue.run(Scope.system_task("load_demo"), world.on)


class Answers:
    def __init__(self, world, found):
        self.world = world
        self.champion = world.users["champion@demo.example"]
        self.others = User.objects.create(email="service.champion@demo.example", name="Peter Kiptoo", is_active=False)
        self.auditors = [world.users["auditor@demo.example"], world.users["auditor2@demo.example"]]
        self.found = [(finding, self.target(n, finding)) for n, finding in enumerate(found)]

    def target(self, n, finding):
        """How far the finding has come."""
        if finding.audit.organisation.code == LIVESTOCK and finding.audit.centre_id is None:
            return OF_LIVESTOCK[(finding.number - 1) % len(OF_LIVESTOCK)]
        if self.day(finding, 45 + 100) < self.world.on:
            return State.EFFECTIVE
        return State.PLAN_DUE if n % 6 == 0 else OF_LATE[n % len(OF_LATE)]

    def day(self, finding, after):
        return finding.audit.submitted_at.date() + dt.timedelta(days=after)

    def at(self, finding, after, hour=10):
        return self.world.at(min(self.day(finding, after), self.world.on), hour)

    def by(self, finding):
        return self.champion if finding.audit.organisation.code == LIVESTOCK else self.others

    def write(self):
        """Step by step, each for all that come so far: the database lets nobody skip one."""
        for step in WAY:
            here = [finding for finding, target in self.found if WAY.index(target) >= WAY.index(step)]
            getattr(self, f"_{step.value}", lambda rows: None)(here)
            Finding.objects.filter(pk__in=[f.pk for f in here]).update(state=step)

    def _plan_due(self, rows):
        targets = {finding.pk: target for finding, target in self.found}
        for finding in rows:
            finding.acknowledged_by, finding.acknowledged_at = self.by(finding), self.at(finding, 3)
            finding.plan_by = self.day(finding, 24)
            if finding.audit.organisation.code == LIVESTOCK and targets[finding.pk] == State.PLAN_DUE:
                finding.plan_by = self.world.on + dt.timedelta(days=6)
        Finding.objects.bulk_update(rows, ["acknowledged_by", "acknowledged_at", "plan_by"])

    def _plan_submitted(self, rows):
        CorrectiveAction.objects.bulk_create(
            CorrectiveAction(
                finding=f, owner="Head of customer service", due_on=self.day(f, 50), submitted_by=self.by(f), submitted_at=self.at(f, 12),
                **dict(zip(("correction", "root_cause", "action"), PLANS[f.pk % len(PLANS)], strict=True)),
            )
            for f in rows
        )  # fmt: skip

    def _plan_accepted(self, rows):
        plans = list(CorrectiveAction.objects.filter(finding__in=rows).select_related("finding__audit"))
        for plan in plans:
            plan.state, plan.reviewed_by, plan.reviewed_at = "accepted", self.auditors[0], self.at(plan.finding, 15)
        CorrectiveAction.objects.bulk_update(plans, ["state", "reviewed_by", "reviewed_at"])

    def _evidence_submitted(self, rows):
        SubmittedEvidence.objects.bulk_create(
            SubmittedEvidence(
                audit=f.audit, finding=f, site=f.site, kind="data", note=SEEN[f.pk % len(SEEN)], n=3, collected_on=min(self.day(f, 38), self.world.on),
                received_at=self.at(f, 40), added_by=self.by(f),
            )
            for f in rows
        )  # fmt: skip

    def _seen(self, rows, kind, user, after, note):
        Verification.objects.bulk_create(
            Verification(
                finding=f, kind=kind, outcome="accepted", note=note, on=min(self.day(f, after), self.world.on), verified_by=user,
                verified_at=self.at(f, after),
            )
            for f in rows
        )  # fmt: skip

    def _verified(self, rows):
        self._seen(rows, "correction", self.auditors[0], 45, "Read the evidence and spoke with the head of service.")
        for finding in rows:
            finding.check_from = min(self.day(finding, 45), self.world.on) + dt.timedelta(days=90)
        Finding.objects.bulk_update(rows, ["check_from"])

    def _effective(self, rows):
        self._seen(rows, "effect", self.auditors[1], 140, "Looked again on site: it has lasted.")


def _dispute(world):
    """One finding of an audit that waits is disputed."""
    waiting = Finding.objects.filter(audit__state__in=[Audit.State.SUBMITTED, Audit.State.REPORT], grade="minor", state=State.RAISED, audit__centre=None)
    finding = waiting.order_by("-audit__submitted_at", "number").first()
    if finding is None:
        return
    Dispute.objects.create(
        finding=finding, reason="The report was there; the officer who keeps it was on leave that day.",
        made_by=User.objects.get(email="service.champion@demo.example"), made_at=world.at(world.day(2)), due_on=world.day(-12),
    )  # fmt: skip
    Finding.objects.filter(pk=finding.pk).update(state=State.DISPUTED)
