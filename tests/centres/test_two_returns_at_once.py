"""Returns that meet: two MDAs at once, officers in post elsewhere, large files in the worker's hands."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from centres import imports, tasks
from centres.access import Scope
from centres.models import Officer, PossibleLeaver, Posting, Roster, TransferRequest
from centres.services import taking_in
from cse_portal.lib.errors import Refused
from tests import factories as make
from tests.centres.test_taking_in_a_staff_return import postings_of, read, received, reference, row, take_in  # noqa: F401

pytestmark = pytest.mark.django_db


def places(officer):
    return [organisation for _cadre, organisation, _lower, _upper in postings_of(officer)]


# --- officers in post elsewhere ---


def test_within_ones_own_reach_an_officer_moves_on_the_day(grace, scope_of, dairy_board):
    officer = make.officer(dairy_board, personal_no="9001")
    Officer.objects.update(upn="21200000098")
    roster = take_in(
        row("9001", upn="21200000098"), actor=scope_of(grace), organisation=grace.organisation, as_at=make.days_ago(2)
    )
    assert (roster.changed, roster.transfer, places(officer)) == (1, 0, ["KDB", "SDLD"])
    assert officer.postings.order_by("during").first().end_reason == Posting.End.TRANSFERRED


def test_an_officer_elsewhere_is_asked_for_and_the_same_file_asks_once(grace, scope_of, hassan):
    for expected in ("requested", "requested"):
        roster = take_in(
            row(hassan.personal_no, surname="MWAKIO", first_name="Other"), actor=scope_of(grace), organisation=grace.organisation
        )
        assert (roster.transfer, TransferRequest.objects.get().state) == (1, expected)
    hassan.refresh_from_db()
    assert (hassan.first_name, places(hassan)) == ("Hassan", ["SDICS"]), "names, too, are the other MDA's until then"


def test_nobody_is_asked_for_by_a_guessed_number(grace, scope_of, hassan):
    roster = read(row(hassan.personal_no, surname="Kamau"), actor=scope_of(grace), organisation=grace.organisation)
    (problem,) = roster.lines.get(outcome="rejected").problems
    assert (problem["code"], problem["value"]) == ("other_name", "Kamau") and "Mwakio" not in str(problem)


def test_who_is_seconded_here_stays_the_home_mdas(grace, scope_of, hassan, livestock):
    hassan.postings.update(host=livestock)
    roster = take_in(row(hassan.personal_no, cadre="SNR"), actor=scope_of(grace), organisation=grace.organisation)
    assert (roster.unchanged, roster.transfer, postings_of(hassan)[0][0]) == (1, 0, "FRT")


def test_the_number_of_a_record_that_was_merged_is_the_other_records(wanjiru, livestock):
    twin = make.officer(livestock, "Wanjiru", "Kamau", personal_no="777001")
    twin.postings.all().delete()
    Officer.objects.filter(pk=twin.pk).update(merged_into=wanjiru)
    roster = take_in(row("777001", surname="Otieno"))
    wanjiru.refresh_from_db()
    assert (roster.changed, wanjiru.surname, wanjiru.personal_no != "777001") == (1, "Otieno", True)


# --- a file that lists everyone ---


def test_those_whom_a_full_file_does_not_name_are_listed_and_stay_in_post(grace, scope_of, livestock, wanjiru, signed_in):
    gone, rejected, left = (make.officer(livestock, personal_no=number) for number in ("5001", "5002", "5003"))
    left.postings.all().delete()
    rows = [row(wanjiru.personal_no), row("5002", phone="07AB"), row("5004")]
    roster = received(*rows, actor=scope_of(grace), organisation=livestock)
    Roster.objects.update(full=True)
    imports.read_roster(roster.pk)
    roster.refresh_from_db()
    assert (roster.leavers, roster.created) == (1, 1)
    page = signed_in(grace).get(reverse("centres:roster", args=[roster.ref])).content.decode()
    assert "1 officer is in post" in page and not PossibleLeaver.objects.exists()
    for _ in range(2):
        taking_in.apply(scope_of(grace), roster=roster)
    assert PossibleLeaver.objects.get().officer == gone and places(gone) == ["SDLD"]


def test_somebody_who_joins_after_the_preview_makes_it_untrue(livestock, wanjiru):
    roster = received(row(wanjiru.personal_no), organisation=livestock)
    Roster.objects.update(full=True)
    imports.read_roster(roster.pk)
    make.officer(livestock, personal_no="5001")
    with pytest.raises(Refused, match="has changed"):
        taking_in.apply(Scope.system_task("test"), roster=roster)
    roster.refresh_from_db()
    assert (roster.state, roster.leavers) == ("read", 1)


# --- large files, by the worker ---


@pytest.fixture
def large(settings, monkeypatch):
    """Two rows are a large file; the worker is asked and does not come yet."""
    settings.STAFF_FILE_AT_ONCE = 1
    asked = []
    monkeypatch.setattr(tasks.apply_roster, "delay", asked.append)
    return asked


@pytest.fixture
def confirmed(large, grace, scope_of, signed_in, django_capture_on_commit_callbacks):
    roster = read(row("1001"), row("1002"), actor=scope_of(grace), organisation=grace.organisation)
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    assert answer.status_code == 302 and large == [roster.pk]
    roster.refresh_from_db()
    return roster


def test_a_large_return_is_taken_in_by_the_worker_in_the_name_of_who_confirmed(confirmed, signed_in, grace):
    page = signed_in(grace).get(reverse("centres:roster", args=[confirmed.ref]))
    assert confirmed.state == "applying" and page["Refresh"] and "waiting for the worker" in page.content.decode()
    for _ in range(2):
        tasks.read_waiting_rosters()
    confirmed.refresh_from_db()
    assert (confirmed.state, confirmed.applied_by, Officer.objects.count()) == ("applied", grace.user, 2)


def test_put_aside_while_it_waits_for_the_worker(confirmed, signed_in, grace):
    signed_in(grace).post(reverse("centres:roster_cancel", args=[confirmed.ref]))
    tasks.apply_roster(confirmed.pk)
    confirmed.refresh_from_db()
    assert confirmed.state == "cancelled" and not Officer.objects.exists()


def test_put_aside_while_it_is_taken_in(confirmed, monkeypatch, grace, scope_of):
    merge = taking_in.merge.postings

    def then_someone_puts_it_aside(roster):
        merge(roster)
        Roster.objects.filter(pk=roster.pk).update(state="cancelled")

    monkeypatch.setattr(taking_in.merge, "postings", then_someone_puts_it_aside)
    tasks.apply_roster(confirmed.pk)
    assert not Officer.objects.exists(), "what was written is taken back"


def test_a_register_that_changed_meanwhile_makes_a_new_preview_and_says_so(confirmed, livestock, signed_in, grace):
    make.officer(livestock, "Wanjiru", "Kamau", personal_no="1001")
    tasks.apply_roster(confirmed.pk)
    confirmed.refresh_from_db()
    assert (confirmed.state, confirmed.created, confirmed.unchanged) == ("read", 1, 1)
    page = signed_in(grace).get(reverse("centres:roster", args=[confirmed.ref])).content.decode()
    assert "has changed since this file was read" in page


def test_a_return_that_kills_its_workers_is_given_up(confirmed):
    Roster.objects.update(attempts=taking_in.MOST_ATTEMPTS)
    tasks.read_waiting_rosters()
    confirmed.refresh_from_db()
    assert confirmed.state == "read" and "begun 10 times" in confirmed.problem


# --- two at once ---


@pytest.mark.django_db(transaction=True)
def test_two_mdas_file_the_same_officers_at_once(
    grace,
    odhiambo,
    scope_of,
    livestock,
    immigration,
    settings,
    reference,  # noqa: F811
):
    """Each names 60 new officers, the same ones in another order, and 20 who are in post with the other."""
    ours = [make.officer(livestock, "Wanjiru", "Kamau", personal_no=str(3000 + n)) for n in range(20)]
    theirs = [make.officer(immigration, "Wanjiru", "Kamau", personal_no=str(4000 + n)) for n in range(20)]
    new = [str(5000 + n) for n in range(60)]
    both = [
        (scope_of(grace), "SDLD", [*new, *(o.personal_no for o in theirs)]),
        (scope_of(odhiambo), "SDICS", [*reversed(new), *(o.personal_no for o in reversed(ours))]),
    ]
    pair = [
        (actor, read(*(row(number, organisation=mda) for number in numbers), actor=actor, organisation=actor.organisation))
        for actor, mda, numbers in both
    ]
    said, together = {}, threading.Barrier(2)

    def confirm(actor, roster):
        together.wait()
        try:
            taking_in.confirm(actor, roster=roster)
            said[roster.organisation.code] = "applied"
        except Refused as refusal:
            said[roster.organisation.code] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=one) for one in pair]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(said.values()) == ["applied", "register_changed"], "no deadlock; the second is told, and looks again"
    winner = next(code for code, what in said.items() if what == "applied")
    assert Officer.objects.count() == 100 and Posting.objects.count() == 100
    assert Posting.objects.filter(officer__personal_key__in=new, organisation__code=winner).count() == 60
    assert all(places(o) == ["SDLD"] for o in ours) and all(places(o) == ["SDICS"] for o in theirs), "no silent move"
    assert TransferRequest.objects.count() == 20

    actor, loser = next((actor, roster) for actor, roster in pair if roster.organisation.code != winner)
    loser.refresh_from_db()
    assert (loser.state, loser.created, loser.transfer) == ("read", 0, 80), "its preview now asks for what the other took in"
    taking_in.confirm(actor, roster=loser)
    assert TransferRequest.objects.count() == 100 and Posting.objects.count() == 100
