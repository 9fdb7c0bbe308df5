"""Waivers: asked for by one person, decided by another, ending by themselves, counted apart."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.compliance import status
from training.models import Waiver
from training.services import waivers

pytestmark = pytest.mark.django_db
TODAY, IN_A_MONTH = make.days_ago(0), make.days_ahead(30)


@pytest.fixture
def boss(principal_secretary, scope_of):
    return scope_of(principal_secretary)


@pytest.fixture
def asked(hr, wanjiru):
    make.requirement()
    return waivers.request(hr, officer=wanjiru, first=TODAY, last=IN_A_MONTH, reason="Posted to Garissa for the drought response")


def status_of(officer, on=TODAY):
    return status.of_officers([officer.pk], on)[officer.pk].status


def test_asked_by_one_and_approved_by_another_it_counts_until_its_last_day(asked, boss, wanjiru):
    assert status_of(wanjiru) == "overdue"
    waiver = waivers.approve(boss, waiver=asked)
    assert status_of(wanjiru) == status_of(wanjiru, IN_A_MONTH) == "waived"
    assert status_of(wanjiru, IN_A_MONTH + dt.timedelta(days=1)) == "due"  # it returns by itself, and the grace runs anew
    assert waiver.decided_by == boss.user and waiver.state_as_of(IN_A_MONTH + dt.timedelta(days=1)) == "expired"
    assert Entry.objects.filter(kind="waiver", verb="approved").count() == 1
    told = set(Notice.objects.filter(key__startswith="waiver-approved").values_list("to", flat=True))
    assert told == {wanjiru.email, "grace@livestock.go.ke"}


def test_the_authorised_officer_is_told_what_waits(principal_secretary, asked):
    notice = Notice.objects.get(key__startswith="waiver-asked:")
    assert notice.to == principal_secretary.user.email and "drought response" in notice.body


def test_whoever_asked_does_not_decide_under_any_hat(asked, grace, livestock, scope_of, wanjiru):
    also = make.member("authorised_officer", "", "", livestock, of_user=grace.user)
    with pytest.raises(Refused) as refusal:
        waivers.approve(scope_of(also), waiver=asked)
    assert refusal.value.code == "not_allowed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=asked.pk).update(decided_by=grace.user, state="approved")


def test_nobody_decides_on_their_own_waiver(asked, wanjiru, livestock, scope_of):
    hat = make.member("authorised_officer", "wanjiru@livestock.go.ke", "Wanjiru Kamau", livestock)
    wanjiru.user = hat.user
    wanjiru.save()
    with pytest.raises(Refused):
        waivers.approve(scope_of(hat), waiver=asked)


def test_an_mda_above_decides_and_a_stranger_does_not(asked, agriculture, immigration, scope_of):
    stranger = make.member("authorised_officer", "ps@immigration.go.ke", "A stranger", immigration)
    with pytest.raises(Refused):
        waivers.approve(scope_of(stranger), waiver=asked)
    above = make.member("authorised_officer", "ps@agriculture.go.ke", "Above", agriculture)
    assert waivers.approve(scope_of(above), waiver=asked).state == "approved"


def test_a_refusal_says_why(asked, boss, wanjiru):
    with pytest.raises(Refused, match="Say why"):
        waivers.refuse(boss, waiver=asked, reason=" ")
    waivers.refuse(boss, waiver=asked, reason="The course is online")
    assert status_of(wanjiru) == "overdue"
    assert "The course is online" in Notice.objects.get(key__startswith="waiver-refused").body
    with pytest.raises(Refused, match="refused already"):
        waivers.approve(boss, waiver=asked)


def test_ended_early_the_days_that_passed_stay_waived(asked, boss, hr, wanjiru):
    Waiver.objects.filter(pk=asked.pk).update(during=DateRange(make.days_ago(10), IN_A_MONTH))
    asked.refresh_from_db()
    waivers.approve(boss, waiver=asked)
    with pytest.raises(Refused, match="days that have passed"):
        waivers.end_early(hr, waiver=asked, on=make.days_ago(2), reason="Back")
    waiver = waivers.end_early(hr, waiver=asked, on=TODAY, reason="Back from Garissa")
    assert waiver.state == "ended" and status_of(wanjiru, make.days_ago(1)) == "waived" and status_of(wanjiru) == "due"


def test_one_that_has_not_begun_is_withdrawn_by_ending_it(hr, boss, wanjiru):
    ahead = waivers.request(hr, officer=wanjiru, first=make.days_ahead(5), last=IN_A_MONTH, reason="Leave")
    waivers.approve(boss, waiver=ahead)
    assert waivers.end_early(hr, waiver=ahead, on=TODAY, reason="Not needed").state == "withdrawn"


def test_withdrawn_before_it_is_decided(asked, hr, boss):
    waivers.withdraw(hr, waiver=asked)
    with pytest.raises(Refused, match="withdrawn already"):
        waivers.approve(boss, waiver=asked)


def test_many_at_once_and_who_was_left_out_and_why(hr, boss, wanjiru, livestock, hassan, dairy_board):
    make.requirement()
    others = [make.officer(livestock, "Otieno"), make.officer(dairy_board, "Chebet")]
    waivers.request(hr, officer=wanjiru, first=TODAY, last=IN_A_MONTH, reason="Drought")
    ids = [o.pk for o in [wanjiru, hassan, *others]]
    period = {"first": make.days_ahead(3), "last": IN_A_MONTH, "reason": "Drought"}
    assert waivers.request_many(hr, officers=ids, dry_run=True, **period)[0] == 2 and Waiver.objects.count() == 1
    done, skipped = waivers.request_many(hr, officers=ids, **period)
    assert done == 2 and {pk for pk, _why in skipped} == {wanjiru.pk, hassan.pk}
    assert "asked for already" in dict(skipped)[wanjiru.pk] and "Not in post" in dict(skipped)[hassan.pk]
    assert waivers.approve_many(boss, waivers=list(Waiver.objects.filter(state="requested"))) == 3
    assert {status_of(o, make.days_ahead(3)) for o in [wanjiru, *others]} == {"waived"}
    assert Notice.objects.filter(key__startswith="waiver-asked:").count() == 2  # one for each request, however many officers


@pytest.mark.parametrize(
    "given, code",
    [({"last": make.days_ago(1)}, "dates"), ({"last": make.days_ahead(800)}, "too_long"), ({"reason": "  "}, "reason")],
)
def test_refused(hr, wanjiru, given, code):
    with pytest.raises(Refused) as refusal:
        waivers.request(hr, officer=wanjiru, **{"first": TODAY, "last": IN_A_MONTH, "reason": "Leave"} | given)
    assert refusal.value.code == code


def test_the_database_refuses_a_waiver_without_an_end(asked):
    for during in (DateRange(TODAY, None), DateRange(None, TODAY), DateRange(empty=True)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiver.objects.filter(pk=asked.pk).update(during=during)


def test_a_waiver_follows_the_officer_to_another_mda(asked, boss, wanjiru, immigration, odhiambo, scope_of):
    post = wanjiru.postings.get()
    post.during = DateRange(post.during.lower, TODAY)
    post.save()
    make.Posting.objects.create(officer=wanjiru, organisation=immigration, cadre=post.cadre, during=make.since(TODAY))
    with pytest.raises(Refused, match="no longer in your MDA"):
        waivers.approve(boss, waiver=asked)
    theirs = make.member("authorised_officer", "ps@immigration.go.ke", "Theirs", immigration)
    assert waivers.approve(scope_of(theirs), waiver=asked).state == "approved"
