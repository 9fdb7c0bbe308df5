"""A planned audit moves to other days, or is cancelled, with a reason; team and MDA are told."""

import pytest
from django.urls import reverse

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.services import programme, replanning
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
NEXT = {"starts_on": make.days_ahead(30), "ends_on": make.days_ahead(32), "reason": "Floods."}


def told(key):
    return set(Notice.objects.filter(key__startswith=key).values_list("to", flat=True))


def test_the_secretariat_moves_it_and_both_sides_are_told(secretariat, grace, audit, signed_in):
    address = reverse("standards:move_audit", args=[audit.ref])
    assert (
        signed_in(secretariat)
        .post(address, NEXT | {"starts_on": NEXT["starts_on"].isoformat(), "ends_on": NEXT["ends_on"].isoformat()})
        .status_code
        == 302
    )
    audit.refresh_from_db()
    assert (audit.starts_on, audit.ends_on) == (NEXT["starts_on"], NEXT["ends_on"])
    assert {"amina@huduma.example", grace.user.email} <= told("audit-moved")
    assert Entry.objects.get(verb="moved audit").note == "Floods."


def test_not_into_the_past_nor_once_it_is_under_way(secretariat, audit, site, amina):
    for days in (
        {"starts_on": make.days_ago(3), "ends_on": make.days_ahead(1)},
        {"starts_on": make.days_ahead(3), "ends_on": make.days_ahead(1)},
    ):
        with pytest.raises(Refused):
            replanning.move(scope(secretariat), audit, **NEXT | days)
    steps.rate(amina, site, "1.1.1")
    with pytest.raises(Refused):
        replanning.move(scope(secretariat), audit, **NEXT)


def test_the_team_is_looked_at_again_for_the_new_days(secretariat, livestock, edition):
    soon = make.assessor(make.member("auditor", "soon@huduma.example", "Soon Expired"), until=make.days_ahead(10))
    audit = steps.plan(livestock, edition, soon)
    with pytest.raises(Refused) as refusal:
        replanning.move(scope(secretariat), audit, **NEXT)
    assert "Name another team first" in refusal.value.message


def test_cancelled_with_a_reason_it_is_over_for_good(secretariat, grace, audit, amina, site, signed_in):
    browser, address = signed_in(secretariat), reverse("standards:cancel_audit", args=[audit.ref])
    assert browser.post(address, {"reason": " "}).status_code == 200
    assert browser.post(address, {"reason": "The MDA is dissolved."}).status_code == 302
    audit.refresh_from_db()
    assert audit.state == "cancelled" and audit.ended_reason == "The MDA is dissolved."
    assert {"amina@huduma.example", "brian@huduma.example", grace.user.email} <= told("audit-cancelled")
    assert "The MDA is dissolved." in browser.get(audit.get_absolute_url()).content.decode()
    with pytest.raises(Refused):
        steps.rate(amina, site, "1.1.1")
    with pytest.raises(Refused):
        programme.name_team(scope(secretariat), audit, lead=amina.user)
    assert replanning.cancel(scope(secretariat), audit, reason="Again.").ended_reason == "The MDA is dissolved."


def test_a_submitted_audit_is_neither_moved_nor_cancelled(secretariat, submitted):
    for act, asked in ((replanning.move, NEXT), (replanning.cancel, {"reason": "No."})):
        with pytest.raises(Refused):
            act(scope(secretariat), submitted, **asked)


def test_others_do_neither(amina, grace, panel, hops, audit, signed_in):
    for hat in (amina, grace, panel, hops):
        with pytest.raises(Refused):
            replanning.cancel(scope(hat), audit, reason="No.")
        assert signed_in(hat).get(reverse("standards:cancel_audit", args=[audit.ref])).status_code == 403


def test_the_mda_is_not_told_of_a_short_notice_audit_that_never_was(secretariat, grace, livestock, edition, amina, signed_in):
    audit = steps.plan(livestock, edition, amina, kind="short_notice")
    replanning.move(scope(secretariat), audit, **NEXT)
    replanning.cancel(scope(secretariat), audit, reason="Settled.")
    assert signed_in(grace).get(audit.get_absolute_url()).status_code == 404
    assert audit.ref not in signed_in(grace).get("/audits/").content.decode()
    assert told("audit-") == {"amina@huduma.example"}


def test_a_short_notice_audit_that_came_is_seen_as_cancelled(secretariat, grace, livestock, edition, amina, signed_in):
    audit = steps.plan(livestock, edition, amina, kind="short_notice")
    steps.declare(audit, amina)
    steps.rate(amina, audit.sites.get(), "1.1.1")
    replanning.cancel(scope(secretariat), audit, reason="The office burnt down.")
    assert signed_in(grace).get(audit.get_absolute_url()).status_code == 200
    assert grace.user.email in told("audit-cancelled")
