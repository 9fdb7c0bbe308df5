"""Nominations and who approves them; the waiting list; answers; substitutes; seats kept; requests. Through the services that pages and
programs call."""

import datetime as dt

import pytest

from centres.access import Scope
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import ApprovalDelegation, CoursePrerequisite, Enrolment, SeatOffer, SeatQuota, SeatRequest
from training.services import (
    answers,
    approval_notices,
    delegations,
    enrolment,
    leaving,
    nominations,
    queue,
    quotas,
    seat_requests,
    substitution,
    waiting,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def cohort(embu):
    return make.cohort(capacity=2)


@pytest.fixture
def hr(grace, scope_of):
    return scope_of(grace)


@pytest.fixture
def ps(principal_secretary, scope_of):
    return scope_of(principal_secretary)


@pytest.fixture
def people(livestock):
    return [make.officer(livestock, f"Officer{n}") for n in range(6)]


def nominate(actor, cohort, *officers, **said):
    return nominations.nominate(actor, cohort=cohort, officers=[o.pk for o in officers], **said)


def seat_of(officer, cohort):
    return Enrolment.objects.filter(officer=officer, cohort=cohort).order_by("-pk").first()


def state(officer, cohort):
    return seat_of(officer, cohort).state


def states(cohort, people):
    return [state(o, cohort) for o in people if seat_of(o, cohort)]


def told(kind):
    return Notice.objects.filter(key__startswith=f"{kind}:").exclude(state="cancelled").count()


# Who gets what, and why not.


def test_without_an_authorised_officer_the_act_of_hr_stands(hr, cohort, wanjiru):
    made = nominate(hr, cohort, wanjiru)
    assert [e.state for e in made.seated] == ["confirmed"] and told("joining") == 1
    assert "/seat/" in Notice.objects.get(key__startswith="joining:").body


def test_a_nomination_holds_its_seat_while_it_waits_for_approval(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    assert states(cohort, people) == ["nominated", "nominated", "waitlisted"]
    assert told("joining") == 0 and told("waiting") == 1
    assert list(nominations.to_approve(ps)) == list(cohort.enrolments.order_by("pk")) and not nominations.to_approve(hr)
    done = nominations.approve(ps, enrolments=[seat_of(people[0], cohort).pk], note="Go")
    assert [e.state for e in done.done] == ["approved"] and told("joining") == 1
    assert Entry.objects.filter(verb="approved", note="Go", hat="authorised_officer").count() == 1


def test_each_officer_gets_a_reason(hr, cohort, livestock, immigration, hassan, embu):
    technical = make.officer(livestock, "Technical", cadre_code="TEC")
    seated, busy, good = (make.officer(livestock, name) for name in ("Seated", "Busy", "Good"))
    make.seat(cohort, seated)
    make.seat(make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X")), busy)
    made = nominate(hr, cohort, technical, seated, busy, good, hassan)
    assert [e.officer for e in made.seated] == [good]
    assert {code for _o, code, _s in made.refused} == {"not_in_post", "other_cadre", "seated", "clash"}
    said = " ".join(sentence for _o, _c, sentence in made.refused)
    assert "Busy Kamau already has a seat in EMB-26-777, KSG Embu" in said and "both meet on" in said and "Hassan" not in said


def test_what_must_come_before_is_asked_for(hr, cohort, people):
    first = make.version("CSE-FRT-00")
    CoursePrerequisite.objects.create(course=cohort.course_version.course, accepted=first.course)
    make.completion(people[0], of=first)
    made = nominate(hr, cohort, *people[:2])
    assert [e.officer for e in made.seated] == [people[0]] and [code for _o, code, _s in made.refused] == ["prerequisite"]


def test_a_clash_is_overridden_with_a_reason_and_only_where_there_is_one(hr, cohort, people):
    make.seat(make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X")), people[0])
    made = nominate(hr, cohort, *people[:2], clash_reason="Leaves the other on Tuesday")
    assert sorted(e.clash_reason for e in made.seated) == ["", "Leaves the other on Tuesday"]


def test_back_to_back_is_no_clash_and_a_shared_minute_is(hr, embu, people):
    one = make.cohort("EMB-26-101", days=1)
    two = make.cohort("EMB-26-102", days=1, of=make.version("CSE-X"))
    two.sessions.update(starts_at=one.sessions.get().ends_at, ends_at=one.sessions.get().ends_at + HOUR)
    nominate(hr, one, people[0])
    assert nominate(hr, two, people[0]).seated
    three = make.cohort("EMB-26-103", days=1, of=make.version("CSE-Y"))
    three.sessions.update(starts_at=one.sessions.get().ends_at - dt.timedelta(minutes=1), ends_at=one.sessions.get().ends_at + HOUR)
    nominate(hr, one, people[1])
    with pytest.raises(Refused) as no:
        nominate(hr, three, people[1])
    assert no.value.code == "clash"


def test_waived_and_excused_are_said_and_do_not_stand_in_the_way(hr, cohort, wanjiru):
    from centres.models import Excusal

    make.requirement()
    Excusal.objects.create(officer=wanjiru, reason="study_leave", during=make.since(make.days_ago(1)))
    from training.compliance import spans

    spans.refresh([wanjiru.pk])
    made = nominations.look(hr, cohort=cohort, officers=[wanjiru.pk])
    assert [s for _o, s in made.hints] == ["Wanjiru Kamau is excused from training today."] and not cohort.enrolments.exists()
    assert nominate(hr, cohort, wanjiru).seated


def test_nominations_close(hr, cohort, wanjiru):
    cohort.nominations_close_on = make.days_ago(1)
    cohort.save()
    with pytest.raises(Refused) as no:
        nominate(hr, cohort, wanjiru)
    assert no.value.code == "closed"


# Approval.


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


# The waiting list.


def test_a_freed_seat_is_offered_to_the_first_who_waits_and_newcomers_queue(hr, cohort, people):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    assert [e.officer for e in queue.queue(cohort)] == people[2:4]
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    assert states(cohort, people) == ["withdrawn", "confirmed", "offered", "waitlisted"]
    nominate(hr, cohort, people[4])
    assert state(people[4], cohort) == "waitlisted" and queue.position(seat_of(people[4], cohort)) == 2
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "confirmed" and told("offer") == 1 and told("joining") == 2  # the first is taken back
    assert queue.explain(seat_of(people[4], cohort)) == "Number 2 on the waiting list. All 2 seats are held."


def test_an_offer_lapses_and_goes_to_the_next_and_is_never_made_after_the_beginning(hr, cohort, people):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    late = clock.now() + 49 * HOUR
    with pytest.raises(Refused) as no:
        answers.accept_offer(hr, enrolment=seat_of(people[2], cohort), now=late)
    assert no.value.code == "lapsed"
    waiting.settle([cohort], late)
    assert states(cohort, people) == ["withdrawn", "confirmed", "declined", "offered"] and told("offer-lapsed") == 1
    begins = cohort.sessions.first().starts_at
    assert SeatOffer.objects.open().get().expires_at <= begins
    nominate(hr, cohort, people[4])
    waiting.settle([cohort], begins)
    assert states(cohort, people) == ["withdrawn", "confirmed", "declined", "declined", "withdrawn"]
    assert not SeatOffer.objects.open().exists()


def test_who_accepts_an_offer_unapproved_is_approved_afterwards(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "nominated"
    nominations.approve(ps, enrolments=[seat_of(people[2], cohort)])
    assert state(people[2], cohort) == "confirmed"


def test_who_is_approved_while_waiting_is_confirmed_on_accepting(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    nominations.approve(ps, enrolments=cohort.enrolments.all())
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    answers.accept_offer(hr, enrolment=seat_of(people[2], cohort))
    assert state(people[2], cohort) == "confirmed"


def test_who_meanwhile_sits_elsewhere_is_passed_over_and_keeps_the_place(hr, cohort, people, embu):
    for officer in people[:4]:
        nominate(hr, cohort, officer)
    make.seat(make.cohort("EMB-26-777", starts_on=cohort.starts_on, of=make.version("CSE-X")), people[2])
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    assert states(cohort, people) == ["withdrawn", "confirmed", "waitlisted", "offered"]
    assert "Number 1 on the waiting list. Passed over while the officer has a seat in EMB-26-777" in queue.explain(seat_of(people[2], cohort))


@pytest.mark.parametrize("was", ["nominated", "approved", "waitlisted", "offered", "confirmed"])
def test_withdrawal_always_frees_the_seat(hr, cohort, people, was):
    seat = make.seat(cohort, people[0], "confirmed")
    said = {"queued_at": clock.now()} if was == "waitlisted" else {}
    Enrolment.objects.filter(pk=seat.pk).update(state=was, approve_by=clock.now() + DAY, **said)
    if was == "offered":
        SeatOffer.objects.create(enrolment=seat, made_at=clock.now(), expires_at=clock.now() + DAY)
    make.seat(cohort, people[1])
    nominate(hr, cohort, people[2])
    before = quotas.seats_of(cohort).taken
    enrolment.withdraw(hr, enrolment=seat, reason="On leave")
    assert state(people[0], cohort) == "withdrawn" and not seat.offers.open().exists()
    assert quotas.seats_of(cohort).taken == before == 2


# Answers.


def test_the_officer_confirms_or_declines_by_the_link(hr, ps, cohort, people):
    nominate(hr, cohort, *people[:3])
    nominations.approve(ps, enrolments=cohort.enrolments.all())
    first, second = (seat_of(o, cohort) for o in people[:2])
    answers.confirm(answers.by_link(first), enrolment=first)
    answers.confirm(answers.by_link(first), enrolment=first)
    answers.decline(answers.by_link(second), enrolment=second, reason="My child is ill")
    assert states(cohort, people) == ["confirmed", "declined", "offered"]
    assert Entry.objects.filter(verb="confirmed", actor=f"link:{people[0].ref}").count() == 1
    assert Notice.objects.get(key__startswith="declined:").to == hr.user.email
    with pytest.raises(Refused) as no:
        answers.confirm(answers.by_link(second), enrolment=second)
    assert no.value.code == "gone"
    with pytest.raises(Refused):
        answers.decline(answers.by_link(second), enrolment=first)


def test_one_officer_does_not_answer_for_another(hr, cohort, people, learner, scope_of, wanjiru):
    nominate(hr, cohort, people[0], wanjiru)
    answers.confirm(scope_of(learner), enrolment=seat_of(wanjiru, cohort))
    with pytest.raises(Refused):
        answers.decline(scope_of(learner), enrolment=seat_of(people[0], cohort))


# Substitutes.


def test_a_substitute_keeps_the_seat_and_both_names(hr, cohort, people):
    for officer in people[:3]:
        nominate(hr, cohort, officer)
    old = seat_of(people[0], cohort)
    new = substitution.substitute(hr, enrolment=old, officer=people[4].pk, reason="Bereaved")
    assert new.replaces == old and states(cohort, people) == ["substituted", "confirmed", "waitlisted", "confirmed"]
    assert Entry.objects.filter(verb="took over", changes__officer=[str(people[0]), str(people[4])]).count() == 1
    assert Notice.objects.filter(key=f"joining:enrolment-{new.pk}").count() == 1 and told("substituted") == 1
    assert queue.explain(Enrolment.objects.get(pk=old.pk)) == f"{people[4]} took over the seat."
    with pytest.raises(Refused):  # once
        substitution.substitute(hr, enrolment=old, officer=people[5].pk, reason="Again")


def test_a_substitute_is_of_the_same_mda_and_is_approved_as_others(hr, ps, cohort, people, dairy_board):
    nominate(hr, cohort, people[0])
    nominations.approve(ps, enrolments=cohort.enrolments.all())
    with pytest.raises(Refused) as no:
        substitution.substitute(hr, enrolment=seat_of(people[0], cohort), officer=make.officer(dairy_board, "Chebet").pk, reason="Ill")
    assert no.value.code == "not_yours"
    new = substitution.substitute(hr, enrolment=seat_of(people[0], cohort), officer=people[1].pk, reason="Ill")
    assert new.state == "nominated" and not Notice.objects.filter(key=f"joining:enrolment-{new.pk}").exists()


def test_officers_are_replaced_until_the_day_after_the_beginning(hr, cohort, people):
    nominate(hr, cohort, *people[:2])
    at = clock.instant(cohort.starts_on + DAY, dt.time(12))
    cohort.state = "running"
    cohort.save()
    assert substitution.substitute(hr, enrolment=seat_of(people[0], cohort), officer=people[2].pk, reason="Ill", now=at)
    with pytest.raises(Refused) as no:
        substitution.substitute(hr, enrolment=seat_of(people[1], cohort), officer=people[3].pk, reason="Ill", now=at + DAY)
    assert no.value.code == "too_late"


# Seats kept for an MDA.


def test_kept_seats_are_for_the_mda_until_they_are_released(hr, cohort, coordinator, odhiambo, scope_of, livestock, immigration, people, hassan):
    quotas.keep(scope_of(coordinator), cohort=cohort, organisation=livestock, seats=1, release_on=cohort.starts_on - 5 * DAY)
    others = [make.officer(immigration, f"Amina{n}") for n in range(2)]
    nominate(scope_of(odhiambo), cohort, *others)
    assert states(cohort, others) == ["confirmed", "waitlisted"]
    assert "1 is kept for another MDA until it is released." in queue.explain(seat_of(others[1], cohort))
    nominate(hr, cohort, people[0])
    assert state(people[0], cohort) == "confirmed"
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="Ill")
    assert state(others[1], cohort) == "waitlisted"  # the seat is Livestock's
    waiting.settle([cohort], clock.instant(cohort.starts_on - 5 * DAY))
    assert state(others[1], cohort) == "offered" and SeatQuota.objects.get().released_at


def test_more_than_there_is_cannot_be_kept(cohort, coordinator, scope_of, livestock, immigration, people, hr):
    actor, until = scope_of(coordinator), cohort.starts_on
    nominate(hr, cohort, people[0])
    with pytest.raises(Refused) as no:
        quotas.keep(actor, cohort=cohort, organisation=immigration, seats=2, release_on=until)
    assert "at most 1 can be kept" in no.value.message
    quotas.keep(actor, cohort=cohort, organisation=livestock, seats=2, release_on=until)
    with pytest.raises(Refused):
        quotas.keep(actor, cohort=cohort, organisation=immigration, seats=1, release_on=until)
    with pytest.raises(Refused):
        quotas.keep(hr, cohort=cohort, organisation=livestock, seats=1, release_on=until)
    quotas.release(hr, quota=SeatQuota.objects.get())
    assert quotas.seats_of(cohort).pool == 1
    assert type(cohort).objects.with_seats().get().free == 1


def test_free_seats_of_a_list_leave_out_what_is_kept_for_others(cohort, coordinator, scope_of, livestock, immigration):
    quotas.keep(scope_of(coordinator), cohort=cohort, organisation=livestock, seats=2, release_on=cohort.starts_on)
    found = type(cohort).objects
    assert found.with_seats().get().free == 0 == found.with_seats([immigration.pk]).get().free
    assert found.with_seats([livestock.pk]).get().free == 2


# Requests, and who leaves.


def test_an_officer_asks_and_hr_nominates_or_says_why_not(hr, cohort, learner, scope_of, odhiambo, embu):
    me = scope_of(learner)
    asked = seat_requests.ask(me, cohort=cohort, reason="Due in May", needs="Large print")
    with pytest.raises(Refused):
        seat_requests.ask(me, cohort=cohort)
    with pytest.raises(Refused):
        seat_requests.refuse(scope_of(odhiambo), request=asked, answer="No")
    seat_requests.refuse(hr, request=asked, answer="Next quarter")
    assert "Next quarter" in Notice.objects.get(key=f"request-refused:{asked.pk}").body
    again = seat_requests.ask(me, cohort=cohort)
    made = seat_requests.nominate(hr, request=again)
    assert len(made.seated) == 1 and SeatRequest.objects.get(pk=again.pk).state == "nominated"
    with pytest.raises(Refused):
        seat_requests.take_back(me, request=again)


def test_who_leaves_gives_up_coming_seats_and_who_transfers_keeps_them(hr, cohort, people, immigration):
    for officer in people[:3]:
        nominate(hr, cohort, officer)
    people[0].postings.update(during=(make.days_ago(400), make.days_ago(0)))
    people[1].postings.update(organisation=immigration)
    leaving.postings_changed([o.pk for o in people])
    assert states(cohort, people) == ["withdrawn", "confirmed", "waitlisted"]
    assert Notice.objects.get(key__startswith="left-post:").to == hr.user.email
    assert not Notice.objects.filter(to=people[0].email, state="queued").exists()
    assert waiting.settle_due(clock.now()) == 1 and state(people[2], cohort) == "offered"


def test_a_cancelled_cohort_ends_every_seat_and_place(hr, ps, cohort, people, learner, scope_of):
    nominate(hr, cohort, *people[:3])
    nominations.approve(ps, enrolments=[seat_of(people[0], cohort)])
    seat_requests.ask(scope_of(learner), cohort=cohort)
    cohort.state = "cancelled"
    cohort.save()
    assert enrolment.withdraw_all(Scope.system_task("test"), cohort, "No trainer") == 3
    assert states(cohort, people) == ["withdrawn"] * 3 and told("cancelled") == 2
    assert SeatRequest.objects.get().state == "refused"


def test_the_task_settles_what_is_due_and_run_again_does_nothing(hr, ps, cohort, people, monkeypatch):
    from training import tasks

    nominate(hr, cohort, *people[:4])
    later = clock.now() + 9 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    tasks.settle_seats()
    assert states(cohort, people) == ["withdrawn", "withdrawn", "offered", "offered"]
    told, entries = Notice.objects.count(), Entry.objects.count()
    tasks.settle_seats()
    assert (Notice.objects.count(), Entry.objects.count()) == (told, entries)


def test_an_offer_ends_with_the_beginning_of_a_cohort_that_was_moved(hr, cohort, people):
    for officer in people[:3]:
        nominate(hr, cohort, officer)
    enrolment.withdraw(hr, enrolment=seat_of(people[0], cohort), reason="On leave")
    cohort.sessions.filter(number=1).update(starts_at=clock.now() + HOUR, ends_at=clock.now() + 2 * HOUR)
    waiting.settle([cohort], clock.now() + HOUR)
    assert state(people[2], cohort) == "declined" and queue.explain(seat_of(people[2], cohort)) == "The offer was not accepted in time."


def test_settling_costs_the_same_for_one_cohort_and_for_many(embu, hr, people, django_assert_max_num_queries):
    cohorts = [make.cohort(f"EMB-26-2{n:02}", starts_on=make.days_ahead(20 + 7 * n), capacity=1) for n in range(12)]
    for cohort in cohorts:
        nominate(hr, cohort, *people[:2])
    with django_assert_max_num_queries(12):
        waiting.settle(cohorts)


def test_who_waits_for_two_cohorts_at_the_same_time_is_offered_one_of_them(hr, embu, people):
    one = make.cohort("EMB-26-301", capacity=1)
    two = make.cohort("EMB-26-302", capacity=1, of=make.version("CSE-X"))
    apart = make.cohort("EMB-26-303", capacity=1, starts_on=make.days_ahead(40), of=make.version("CSE-Y"))
    for cohort, seated in zip((one, two, apart), people[:3], strict=True):
        nominate(hr, cohort, seated)
        nominate(hr, cohort, people[3])
    Enrolment.objects.filter(officer__in=people[:3]).update(state="withdrawn")
    waiting.settle([one, two, apart])
    assert [state(people[3], c) for c in (one, two, apart)] == ["offered", "waitlisted", "offered"]
    nominate(hr, two, people[4])  # nobody else waits who could sit: the seat is not held back
    assert state(people[4], two) == "confirmed"
