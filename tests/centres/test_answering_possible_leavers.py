"""Possible leavers: whom a full return does not name; a person says whether they have left."""

import pytest
from django.urls import reverse

from centres.models import PossibleLeaver, Posting, Roster
from centres.services import postings, transfers
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster(livestock):
    return Roster.objects.create(
        organisation=livestock,
        as_at=make.days_ago(2),
        full=True,
        file="rosters/a.csv",
        file_name="all staff.csv",
        state="applied",
        uploaded_at=clock.now(),
    )


@pytest.fixture
def missing(livestock, roster):
    """Six officers whom the return does not name."""
    officers = [make.officer(livestock, f"Officer {n}", "Missing") for n in range(6)]
    return [PossibleLeaver.objects.create(roster=roster, officer=o, organisation=livestock) for o in officers]


@pytest.fixture
def browser(grace, signed_in):
    return signed_in(grace)


def states():
    return sorted(PossibleLeaver.objects.values_list("state", flat=True))


def in_post():
    return Posting.objects.on(clock.today()).count()


def test_they_are_listed_and_nothing_has_ended(browser, missing, odhiambo, signed_in):
    page = browser.get(reverse("centres:leavers"))
    assert [x.pk for x in page.context["page_obj"]] == [x.pk for x in missing] and in_post() == 6
    assert not signed_in(odhiambo).get(reverse("centres:leavers")).context["page_obj"].object_list


def test_some_have_left_and_some_are_still_in_post(browser, missing):
    left, stay = [x.pk for x in missing[:2]], [x.pk for x in missing[2:5]]
    page = browser.post(reverse("centres:leavers_left"), {"leavers": left})
    assert page.status_code == 200 and page.context["n"] == 2 and not page.context["form"].is_bound
    last = make.days_ago(20)
    given = {"leavers": left, "reason": "retired", "last_day": last.isoformat()}
    assert browser.post(reverse("centres:leavers_left"), given).status_code == 302
    browser.post(reverse("centres:leavers_in_post"), {"leavers": stay})
    assert states() == ["in_post"] * 3 + ["left"] * 2 + ["open"]
    assert (in_post(), Posting.objects.on(last).count()) == (4, 6)
    assert Entry.objects.filter(verb="confirmed as leaver").count() == 2


def test_the_whole_list_is_answered_at_once(browser, missing):
    given = {"all": "1", "reason": "contract_ended", "last_day": make.days_ago(3).isoformat()}
    browser.post(reverse("centres:leavers_left"), given)
    assert (states(), in_post()) == (["left"] * 6, 0)


def test_a_form_sent_back_keeps_whom_it_is_about(browser, missing):
    page = browser.post(
        reverse("centres:leavers_left"), {"leavers": [missing[0].pk], "reason": "retired", "last_day": "31 Feb 2026"}
    )
    assert page.status_code == 200 and page.context["n"] == 1 and page.context["form"].errors


def test_who_left_or_moved_meanwhile_is_asked_no_more(missing, immigration, grace, odhiambo, scope_of):
    gone, moved = missing[0].officer, missing[1].officer
    postings.separate(scope_of(grace), officer=gone, last_day=make.days_ahead(10), reason="retired")
    transfer = transfers.request(scope_of(odhiambo), officer=moved, to=immigration, on=clock.today(), post={})
    assert states().count("moot") == 1  # asking moves nobody
    transfers.accept(scope_of(grace), transfer=transfer)
    assert states() == ["moot"] * 2 + ["open"] * 4


def test_what_cannot_be_ended_is_told_and_stays_open(browser, missing, grace, scope_of):
    late = missing[0].officer
    postings.new_post(scope_of(grace), officer=late, on=make.days_ago(1), values={"designation": "Clerk I"})
    given = {"leavers": [x.pk for x in missing], "reason": "resigned", "last_day": make.days_ago(10).isoformat()}
    page = browser.post(reverse("centres:leavers_left"), given, follow=True)
    assert states() == ["left"] * 5 + ["open"]
    assert "A later post is on record" in page.content.decode()


def test_nobody_answers_for_another_mda(missing, odhiambo, signed_in):
    foreign = signed_in(odhiambo)
    assert foreign.post(reverse("centres:leavers_in_post"), {"leavers": [missing[0].pk]}).status_code == 409
    assert states() == ["open"] * 6
