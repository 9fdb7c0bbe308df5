"""Nominations: who gets a seat and why not; substitutes; seats kept; requests, and who leaves. Through the services."""

import datetime as dt

import pytest

from centres.access import Scope
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import CoursePrerequisite, Enrolment, SeatQuota, SeatRequest
from training.services import (
    enrolment,
    leaving,
    nominations,
    queue,
    quotas,
    seat_requests,
    substitution,
    waiting,
)

from .nominating import DAY, HOUR, nominate, seat_of, state, states, told

pytestmark = pytest.mark.django_db


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
