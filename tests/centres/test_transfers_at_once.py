"""Transfers that a staff return asks for, and acts that fall into the same moment."""

import threading

import pytest
from django.db import close_old_connections, connections

from centres.access import Scope
from centres.models import Posting, Roster, RosterRow, TransferRequest
from centres.services import postings, transfers
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make

NIGHT = Scope.system_task("night")


def returned(organisation, officers):
    """An applied return of the MDA that names officers who serve elsewhere."""
    roster = Roster.objects.create(
        organisation=organisation,
        as_at=clock.today(),
        file="rosters/a.csv",
        file_name="staff.csv",
        state="applied",
        uploaded_at=clock.now(),
    )
    RosterRow.objects.bulk_create(
        RosterRow(
            roster=roster,
            line=n,
            outcome="transfer",
            officer=officer,
            organisation=organisation,
            cadre=make.cadre("SNR"),
            designation="Principal Officer",
            personal_no=officer.personal_no,
        )
        for n, officer in enumerate(officers, 2)
    )
    return roster


@pytest.mark.django_db
def test_a_return_asks_for_many_with_one_notice_to_each_losing_mda(
    livestock, immigration, dairy_board, grace, odhiambo, scope_of, django_assert_max_num_queries
):
    treasury = make.organisation("TNT", "The National Treasury")
    make.member("hr_officer", "hr@treasury.go.ke", "Treasury HR", treasury)
    theirs = [make.officer(immigration, f"Officer {n}", "Many") for n in range(30)] + [make.officer(treasury, "Akinyi", "Odera")]
    asked_before = theirs[0]
    transfers.request(scope_of(grace), officer=asked_before, to=dairy_board, on=clock.today(), post={})
    roster = returned(livestock, [*theirs, make.officer(livestock, "Already", "Here")])
    with django_assert_max_num_queries(25):
        counts = transfers.request_many(scope_of(grace), roster=roster)
    assert counts == {"asked": 30, "already": 1, "skipped": 1}
    assert Posting.objects.on(clock.today()).filter(organisation=immigration).count() == 30  # nobody moved
    assert sorted(Notice.objects.filter(about_kind="transfer").values_list("to", flat=True)) == [
        "hr@treasury.go.ke",
        "odhiambo@immigration.go.ke",
        "odhiambo@immigration.go.ke",
    ]
    assert transfers.request_many(scope_of(grace), roster=roster) == {"asked": 0, "already": 31, "skipped": 1}
    waiting = TransferRequest.objects.filter(from_organisation=immigration, to_organisation=livestock)
    bulk = transfers.accept_many(scope_of(odhiambo), transfer_ids=[t.pk for t in waiting])
    assert (len(bulk.done), bulk.refused) == (29, [])
    moved = Posting.objects.on(clock.today()).filter(organisation=livestock, designation="Principal Officer")
    assert moved.count() == 29 and set(moved.values_list("cadre__code", flat=True)) == {"SNR"}


def at_once(*acts):
    """Runs the acts in threads that start together: the results, a Refused where one was refused."""
    results, ready = [None] * len(acts), threading.Barrier(len(acts))

    def run(n, act):
        try:
            ready.wait(10)
            results[n] = act()
        except Exception as error:
            results[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_mdas_that_ask_in_one_moment_get_one_request(wanjiru, immigration, odhiambo, administrator, scope_of):
    treasury = make.organisation("TNT", "The National Treasury")
    one, other = scope_of(odhiambo), scope_of(administrator)
    today = clock.today()
    results = at_once(
        lambda: transfers.request(one, officer=wanjiru, to=immigration, on=today, post={}),
        lambda: transfers.request(other, officer=wanjiru, to=treasury, on=today, post={}),
    )
    assert sorted(type(r).__name__ for r in results) == ["Refused", "TransferRequest"], results
    assert TransferRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_release_acceptance_and_a_separation_in_one_moment_leave_one_history(wanjiru, immigration, odhiambo, grace, scope_of):
    transfer = transfers.request(scope_of(odhiambo), officer=wanjiru, to=immigration, on=make.days_ago(5), post={})
    later = make.days_ahead(15)
    results = at_once(
        lambda: transfers.accept(scope_of(grace), transfer=transfer),
        lambda: transfers.release(NIGHT, later),
        lambda: postings.separate(scope_of(grace), officer=wanjiru, last_day=make.days_ago(10), reason="retired"),
    )
    assert all(r is None or isinstance(r, (Refused, TransferRequest, tuple, type(wanjiru))) for r in results), results
    transfer.refresh_from_db()
    assert transfer.state in ("accepted", "released")
    posts = list(wanjiru.postings.order_by("during"))
    assert posts[-1].organisation == immigration and len(posts) == 2
