"""Who approves nominations, in whose place, by when; what is turned down. Through the services."""

import datetime as dt

import pytest

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import ApprovalDelegation
from training.services import (
    approval_notices,
    delegations,
    nominations,
    waiting,
)

from .nominating import DAY, HOUR, nominate, seat_of, state, states, told

pytestmark = pytest.mark.django_db


def test_nobody_approves_what_he_nominated_nor_himself(hr, ps, cohort, people, principal_secretary, scope_of):
    nominate(hr, cohort, *people[:2])
    other_hat = make.member("authorised_officer", "", "", hr.organisation, of_user=hr.user)
    with pytest.raises(Refused) as no:
        nominations.approve(scope_of(other_hat), enrolments=cohort.enrolments.all())
    assert no.value.code == "not_allowed"
    people[0].user = principal_secretary.user
    people[0].save()
    decided = nominations.approve(ps, enrolments=cohort.enrolments.all())
    assert len(decided.done) == 1 and [e.officer for e, _s in decided.refused] == [people[0]]


def test_an_authorised_officer_above_approves_for_those_below_and_a_stranger_does_not(hr, cohort, agriculture, immigration, people, scope_of):
    minister = make.member("authorised_officer", "cs@kilimo.go.ke", "Agnes Kamuyu", agriculture)
    nominate(hr, cohort, people[0])
    assert state(people[0], cohort) == "nominated"
    stranger = make.member("authorised_officer", "ps@immigration.go.ke", "Paul Otiende", immigration)
    with pytest.raises(Refused):
        nominations.approve(scope_of(stranger), enrolments=cohort.enrolments.all())
    assert nominations.approve(scope_of(minister), enrolments=cohort.enrolments.all()).done


def test_who_stands_in_approves_while_it_lasts(hr, ps, cohort, people, livestock, scope_of):
    deputy = make.member("hr_officer", "deputy@livestock.go.ke", "Lucy Adhiambo", livestock)
    nominate(hr, cohort, people[0])
    assert not nominations.to_approve(scope_of(deputy))
    delegations.delegate(ps, organisation=livestock, to=deputy.user, first=make.days_ago(0), last=make.days_ahead(3), reason="Travels")
    assert nominations.approve(scope_of(deputy), enrolments=cohort.enrolments.all()).done
    ApprovalDelegation.objects.update(during=(make.days_ago(9), make.days_ago(1)))
    nominate(hr, cohort, people[1])
    assert not nominations.to_approve(scope_of(deputy))
    with pytest.raises(Refused):
        nominations.approve(scope_of(deputy), enrolments=[seat_of(people[1], cohort)])


def test_a_delegation_ends_with_the_role_of_who_gave_it(hr, ps, principal_secretary, cohort, people, livestock, scope_of):
    deputy = make.member("hr_officer", "deputy@livestock.go.ke", "Lucy Adhiambo", livestock)
    delegations.delegate(ps, organisation=livestock, to=deputy.user, first=make.days_ago(0), last=make.days_ahead(3), reason="Travels")
    nominate(hr, cohort, people[0])
    principal_secretary.during = (make.days_ago(200), make.days_ago(0))
    principal_secretary.save()
    assert not nominations.to_approve(scope_of(deputy))


def test_a_blocked_approver_never_freezes_a_seat(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    late = clock.now() + 10 * DAY
    waiting.settle([cohort], late)
    assert states(cohort, people[:3]) == ["withdrawn", "withdrawn", "offered"]
    assert seat_of(people[0], cohort).withdrawn_reason == "Not approved in time." and told("nomination-lapsed") == 1
    with pytest.raises(Refused):
        nominations.approve(ps, enrolments=[seat_of(people[0], cohort)], now=late)


def test_those_who_nominated_and_those_above_are_told_without_a_flood(hr, ps, cohort, agriculture, people):
    minister = make.member("authorised_officer", "cs@kilimo.go.ke", "Agnes Kamuyu", agriculture)
    cohort.capacity = 6
    cohort.save()
    monday = clock.instant(make.days_ahead((7 - make.days_ago(0).weekday()) % 7), dt.time(8))
    nominate(hr, cohort, *people[:5], now=monday)
    for hours in (1, 2, 3):
        approval_notices.remind(monday + hours * HOUR)
        approval_notices.escalate(monday + hours * HOUR)
    digest = Notice.objects.get(key__startswith="approvals:")
    assert digest.to == ps.user.email and digest.subject == "5 nominations wait for you"
    assert not Notice.objects.filter(to=minister.user.email).exists()
    for hours in (90, 91):
        approval_notices.escalate(monday + hours * HOUR)
    assert Notice.objects.filter(to=minister.user.email).count() == 1
    approval_notices.remind(monday + 30 * HOUR)
    assert Notice.objects.filter(to=ps.user.email).count() == 2


def test_what_is_turned_down_goes_to_the_next(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    nominations.turn_down(ps, enrolments=[seat_of(people[0], cohort)], reason="Needed here")
    assert states(cohort, people[:3]) == ["withdrawn", "nominated", "offered"]
    assert Notice.objects.get(key__startswith="turned-down:").to == hr.user.email
