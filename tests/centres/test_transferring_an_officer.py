"""Transfers: asked for by the gaining MDA, answered by the losing one, released after 14 days; never a silent move."""

import datetime as dt

import pytest

from centres.access import Scope
from centres.models import Posting, TransferRequest
from centres.services import numbers, postings, transfers
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.compliance import ledger, status

pytestmark = pytest.mark.django_db
NIGHT = Scope.system_task("night")
DAY = dt.timedelta(days=1)


def asked(scope, officer, to, on=None, **post):
    return transfers.request(scope, officer=officer, to=to, on=on or clock.today(), post=post)


def post_on(officer, day):
    return Posting.objects.on(day).get(officer=officer)


def headcount(organisation, day):
    return Posting.objects.on(day).filter(organisation=organisation).count()


def test_nothing_moves_until_the_losing_mda_accepts(wanjiru, livestock, immigration, odhiambo, grace, scope_of):
    transfer = asked(scope_of(odhiambo), wanjiru, immigration, designation="Senior Clerk")
    today = clock.today()
    assert post_on(wanjiru, today).organisation == livestock
    assert Notice.objects.filter(to=grace.user.email, about_ref=transfer.ref).count() == 1
    transfers.accept(scope_of(grace), transfer=transfer)
    new = post_on(wanjiru, today)
    assert (new.organisation, new.designation, new.cadre.code) == (immigration, "Senior Clerk", "FRT")
    old = post_on(wanjiru, today - DAY)
    assert (old.organisation, old.end_words, old.during.upper) == (livestock, "Transferred to another MDA", today)
    assert Notice.objects.filter(key__startswith="transfer-accepted").count() == 2
    assert set(Entry.objects.filter(kind="officer", ref=wanjiru.ref).values_list("verb", flat=True)) == {
        "transfer asked for",
        "transferred",
    }


def test_only_the_losing_side_answers_and_only_the_gaining_side_withdraws(wanjiru, immigration, odhiambo, grace, scope_of):
    transfer = asked(scope_of(odhiambo), wanjiru, immigration)
    with pytest.raises(Refused):
        transfers.accept(scope_of(odhiambo), transfer=transfer)
    with pytest.raises(Refused):
        transfers.withdraw(scope_of(grace), transfer=transfer)
    transfers.withdraw(scope_of(odhiambo), transfer=transfer, reason="Named by mistake")
    with pytest.raises(Refused, match="settled"):
        transfers.accept(scope_of(grace), transfer=transfer)


def test_a_dispute_stops_the_clock_until_the_authorised_officer_settles_it(
    wanjiru, livestock, immigration, odhiambo, grace, principal_secretary, scope_of
):
    transfer = asked(scope_of(odhiambo), wanjiru, immigration)
    with pytest.raises(Refused):
        transfers.dispute(scope_of(grace), transfer=transfer, reason=" ")
    transfers.dispute(scope_of(grace), transfer=transfer, reason="Still paid by us")
    assert transfers.release(NIGHT, clock.today() + 30 * DAY) == (0, 0)
    with pytest.raises(Refused):
        transfers.settle(scope_of(grace), transfer=transfer, moves=True, reason="Fine")
    transfers.settle(scope_of(principal_secretary), transfer=transfer, moves=False, reason="Stays for the census")
    transfer.refresh_from_db()
    assert (transfer.state, post_on(wanjiru, clock.today()).organisation) == ("stays", livestock)


def test_silence_releases_after_fourteen_days_and_a_missed_night_is_caught_up(
    wanjiru, livestock, immigration, odhiambo, grace, scope_of
):
    on = clock.today()
    transfer = asked(scope_of(odhiambo), wanjiru, immigration, on)
    for n in (10, 12, 13):
        assert transfers.release(NIGHT, on + n * DAY) == (0, 0)
        assert Notice.objects.filter(key__startswith="transfer-remind", to=grace.user.email).count() == (n > 10)
    assert transfers.release(NIGHT, on + 40 * DAY) == (1, 0)
    assert transfers.release(NIGHT, on + 41 * DAY) == (0, 0)
    transfer.refresh_from_db()
    assert (transfer.state, post_on(wanjiru, on).organisation) == ("released", immigration)
    assert Notice.objects.filter(key__startswith="transfer-released").count() == 2


def test_a_planned_transfer_leaves_the_officer_where_he_is_until_its_day(
    hassan, livestock, immigration, odhiambo, grace, scope_of
):
    on = clock.today() + 30 * DAY
    transfer = asked(scope_of(grace), hassan, livestock, on)
    transfers.accept(scope_of(odhiambo), transfer=transfer)
    assert post_on(hassan, on - DAY).organisation == immigration
    assert post_on(hassan, on).organisation == livestock
    for hat in (grace, odhiambo):  # both see the officer meanwhile
        assert type(hassan).objects.visible_to(scope_of(hat)).filter(pk=hassan.pk).exists()


def test_the_number_follows_into_a_series_of_the_mda_s_own(hassan, immigration, dairy_board, odhiambo, grace, scope_of):
    transfer = asked(scope_of(grace), hassan, dairy_board, personal_no="4471")
    transfers.accept(scope_of(odhiambo), transfer=transfer)
    hassan.refresh_from_db()
    assert (hassan.personal_no, hassan.number_series) == ("4471", "KDB")


def test_a_number_that_is_taken_there_is_refused_in_clear_words(hassan, dairy_board, odhiambo, grace, scope_of):
    make.officer(dairy_board, "Akinyi", "Odera", personal_no="4471")
    with pytest.raises(Refused, match="has the personal number 4471") as no:
        asked(scope_of(grace), hassan, dairy_board, personal_no="4471")
    assert "personal_no" in no.value.fields


def test_a_planned_transfer_changes_the_number_on_its_day(hassan, dairy_board, odhiambo, grace, scope_of):
    on = clock.today() + 10 * DAY
    transfer = asked(scope_of(grace), hassan, dairy_board, on, personal_no="4471")
    transfers.accept(scope_of(odhiambo), transfer=transfer)
    hassan.refresh_from_db()
    assert hassan.number_series == "national"
    assert (numbers.settle(NIGHT, on - DAY), numbers.settle(NIGHT, on + DAY), numbers.settle(NIGHT, on + DAY)) == (0, 1, 0)
    hassan.refresh_from_db()
    assert (hassan.personal_no, hassan.number_series) == ("4471", "KDB")


def test_two_mdas_cannot_ask_at_once(wanjiru, immigration, dairy_board, odhiambo, administrator, scope_of):
    asked(scope_of(odhiambo), wanjiru, immigration)
    with pytest.raises(Refused, match="already"):
        asked(scope_of(administrator), wanjiru, dairy_board)


def test_what_became_impossible_is_withdrawn_with_its_reason(wanjiru, immigration, dairy_board, odhiambo, grace, scope_of):
    on = clock.today()
    transfer = asked(scope_of(odhiambo), wanjiru, immigration, on)
    postings.new_post(scope_of(grace), officer=wanjiru, on=on, values={"organisation": dairy_board})
    with pytest.raises(Refused, match="no longer be made"):
        transfers.accept(scope_of(grace), transfer=transfer)
    assert transfers.release(NIGHT, on + 14 * DAY) == (0, 1)
    transfer.refresh_from_db()
    assert transfer.state == TransferRequest.State.WITHDRAWN


@pytest.mark.slow
def test_three_transfers_in_a_year_leave_every_mda_right_on_every_day(
    wanjiru, livestock, immigration, odhiambo, grace, administrator, scope_of
):
    """The headcount and the status of each MDA on each day, the certificate with the officer, the requirement with the cadre."""
    treasury = make.organisation("TNT", "The National Treasury")
    make.requirement("FRT"), make.requirement("SNR", "CSE-SNR-01")
    start = clock.today() - 330 * DAY
    make.completion(wanjiru, on=start - 20 * DAY, until=start + 700 * DAY)
    a, b, c = start + 60 * DAY, start + 150 * DAY, start + 240 * DAY
    chief = scope_of(administrator)
    plan = [(a, immigration, {}), (b, treasury, {"cadre": make.cadre("SNR")}), (c, livestock, {"cadre": make.cadre("FRT")})]
    for on, to, post in plan:
        transfer = asked(chief, wanjiru, to, on, **post)
        transfers.accept(chief, transfer=transfer)
    where = [(start, livestock), (a, immigration), (b, treasury), (c, livestock)]
    day = start
    while day <= clock.today():
        there = [place for first, place in where if first <= day][-1]
        assert {o: headcount(o, day) for o in (livestock, immigration, treasury)} == {
            o: int(o == there) for o in (livestock, immigration, treasury)
        }, day
        state = status.of_officers([wanjiru.pk], day)[wanjiru.pk].status
        grace_days = b <= day < b + 90 * DAY
        assert state == ("due" if grace_days else "overdue" if b <= day < c else "current"), day
        day += DAY
    assert wanjiru.postings.count() == 4
    book = ledger.trend([start + n * DAY for n in range(331)], [o.pk for o in (livestock, immigration, treasury)])
    for day, rows in book.items():
        there = [place for first, place in where if first <= day][-1]
        state = status.of_officers([wanjiru.pk], day)[wanjiru.pk].status
        assert [(o, s, n) for o, _cadre, s, n in rows if n] == [(there.pk, state, 1)], day
