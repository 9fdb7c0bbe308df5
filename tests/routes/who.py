"""Roles as the tables of routes name them, and what is posted where an empty post says nothing."""

from centres.models import Role
from tests.house import MARKER

LEARNER, HR, AUTHORISED, CHAMPION = {Role.LEARNER}, {Role.HR_OFFICER}, {Role.AUTHORISED_OFFICER}, {Role.SERVICE_CHAMPION}
MANAGER, TRAINER, COORDINATOR, AUDITOR = {Role.CENTRE_MANAGER}, {Role.TRAINER}, {Role.COORDINATOR}, {Role.AUDITOR}
SECRETARIAT, PANEL, HOPS, ADMIN = {Role.SECRETARIAT}, {Role.PANEL}, {Role.HOPS}, {Role.ADMINISTRATOR}
KEEPERS = HR | AUTHORISED | ADMIN  # of an MDA's staff
SEATS = KEEPERS | TRAINER | COORDINATOR | LEARNER  # see who sits in a cohort, each their own
JUDGES, AUDITEES = SECRETARIAT | PANEL, HR | AUTHORISED | CHAMPION | MANAGER
OF_MDA = AUDITEES - MANAGER
RULERS, CLAIMANTS = COORDINATOR | ADMIN, KEEPERS | LEARNER | COORDINATOR
READERS = JUDGES | HOPS | AUDITOR  # of the year's programme
OF_THE_MDA = HR | AUTHORISED | CHAMPION
SOUGHT = MARKER[:-2]


def rating(side):
    return {
        "audit": side.audit.ref,
        "site": side.site.pk,
        "element": side.element,
        "value": "E",
        "justification": "Measured.",
        "client_ref": "x",
        "base_revision": 1,
    }


TEXT = {"text": "Counter 4 was closed."}


def report_to_issue(side):
    return {"audit": side.submitted.ref, "kind": "draft"}


def kept_change(side):
    return {"changes": [{"client_ref": "x", "element": side.element, "value": "M", "base_revision": 1}]}


def act_asked(side):
    return {"certification": side.certification.code, "kind": "withdraw", "ground": "voluntary", "reason": "Asked."}


def decision(side):
    return {"audit": side.before_panel.ref, "outcome": "defer", "reasons": "Later."}


def recommendation(side):
    return {"audit": side.reported.ref, "outcome": "certify", "reasons": "Fine."}


def technical_review(side):
    return {"audit": side.recommended.ref, "outcome": "passed", "notes": "Complete."}


def finding(side):
    return {"audit": side.audit.ref, "site": side.site.pk, "elements": [], "evidence": [], "grade": "minor", "statement": "Seen."}
