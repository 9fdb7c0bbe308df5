"""What the clocks of findings do at night: each step once, a missed night caught up, nothing after the MDA has sent what it owed."""

import datetime as dt

import pytest

from centres.services import working_days
from cse_portal.notices.models import Notice
from standards.models import Escalation, Finding
from standards.services import audits, corrective, overdue, verifying
from standards.services.evidence import Piece

from . import steps
from .steps import SYSTEM, scope

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def audit(livestock, edition, amina, brian, champion, principal_secretary, hops):
    """Two findings: a major and the minor under it."""
    planned = steps.plan(livestock, edition, amina, brian)
    steps.declare(planned, amina, brian)
    steps.rate_all(amina, planned, _2_1_1="P")
    return audits.submit(scope(amina), planned)


@pytest.fixture
def minor(audit):
    return audit.findings.get(grade="minor")


@pytest.fixture
def late(audit, champion):
    """Both accepted plans; the minor's evidence is owed until `due_on`."""
    for finding in audit.findings.all():
        verifying.review_plan(scope(steps.lead_of(audit)), steps.planned(finding, champion), accept=True)
    return audit.findings.get(grade="minor")


def told(step=None):
    found = Notice.objects.filter(key__startswith="findings-overdue")
    return [n.to for n in (found.filter(key__contains=f":{step}:") if step else found).order_by("pk")]


def test_silence_acknowledges_by_the_clock(minor, champion):
    assert overdue.acknowledge_silent(SYSTEM, minor.answer_by) == 0
    night = minor.answer_by + DAY
    assert overdue.run(SYSTEM, night)["acknowledged"] == 2
    assert overdue.run(SYSTEM, night)["acknowledged"] == 0
    minor.refresh_from_db()
    assert minor.state == "plan_due" and minor.acknowledged_at and minor.acknowledged_by is None
    assert minor.plan_by == working_days.later(minor.answer_by, 15)
    assert told() == [champion.user.email]


def test_the_ladder_is_climbed_step_by_step_and_each_step_once(late, champion, principal_secretary, hops):
    due = late.due_on
    climbed = [overdue.escalate(SYSTEM, due + days * DAY) for days in (0, 1, 1, 2, 8, 8, 15, 16)]
    majors = 3  # the major was overdue long before: all its steps at once
    assert climbed == [majors, 1, 0, 0, 1, 0, 1, 0]
    assert list(Escalation.objects.filter(finding=late).values_list("step", "missed")) == [(1, "evidence"), (2, "evidence"), (3, "evidence")]
    assert told(1) == [champion.user.email] * 2 and told(2) == [principal_secretary.user.email] * 2 and told(3) == [hops.user.email] * 2
    counts = Notice.objects.filter(to=hops.user.email).first()
    assert late.label not in counts.body and "State Department for Livestock Development: 1" in counts.body


def test_missed_nights_are_caught_up_in_one_message_a_reader(late, champion, principal_secretary, hops):
    assert overdue.escalate(SYSTEM, late.due_on + 40 * DAY) == 6
    assert sorted(told()) == sorted([champion.user.email, principal_secretary.user.email, hops.user.email])


def test_it_stops_once_evidence_is_sent(late, champion):
    overdue.escalate(SYSTEM, late.due_on + DAY)
    for finding in late.audit.findings.all():
        corrective.send_evidence(scope(champion), finding, [Piece("data", "Asked.", 3)])
    assert overdue.escalate(SYSTEM, late.due_on + 30 * DAY) == 0
    assert not Finding.objects.overdue(late.due_on + 30 * DAY)


def test_a_plan_that_is_owed_climbs_too(minor, champion):
    made = corrective.acknowledge(scope(champion), minor)
    overdue.escalate(SYSTEM, made.plan_by + DAY)
    assert list(Escalation.objects.filter(finding=minor).values_list("missed", "missed_on")) == [("plan", made.plan_by)]


def test_an_audit_over_a_late_major_lapses_before_the_decision(audit, champion, secretariat):
    major = audit.findings.get(grade="major")
    assert overdue.lapse(SYSTEM, major.limit_on) == 0
    assert overdue.lapse(SYSTEM, major.limit_on + DAY) == 1
    audit.refresh_from_db()
    assert audit.state == "lapsed" and audit.ended_on == major.limit_on + DAY and major.label in audit.ended_reason
    assert overdue.lapse(SYSTEM, major.limit_on + 2 * DAY) == 0
    assert Notice.objects.filter(key__startswith="audit-lapsed", to=secretariat.user.email).count() == 1


def test_what_waits_for_the_auditors_does_not_lapse(audit, champion):
    major = audit.findings.get(grade="major")
    steps.corrected(major, champion)
    assert overdue.lapse(SYSTEM, major.limit_on + DAY) == 0


def test_reminders_come_before_a_deadline_once_for_each_stage(minor, champion, principal_secretary):
    answer_by = minor.answer_by
    sent = [overdue.remind(answer_by - n * DAY) for n in (20, 14, 13, 3, 0)]
    assert sent[0] == 0
    found = Notice.objects.filter(key__startswith="findings-due", to=champion.user.email)
    assert found.count() == 2 and "2 findings wait for you" in found.first().subject
    overdue.remind(answer_by)
    assert found.count() == 2
