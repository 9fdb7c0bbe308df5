"""The staff list and one act on many: filters, pages by key, all 5,000 in a filter, who is left out and why."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from centres.models import Excusal, Officer, Posting
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from tests.training.test_enrolling_many import many_officers
from training.compliance import spans
from training.models import Enrolment, Waiver

pytestmark = pytest.mark.django_db


def names(response):
    return [row.officer.full_name for row in response.context["page_obj"].object_list]


def hidden(response, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    return found and found.group(1)


def chosen(client, act, officers=None, query=""):
    """The page of the act for those ticked, or for all in the list."""
    page = client.get(f"/officers/?{query}")
    body = {"act": act, "which": "ticked", "officers": [o.ref for o in officers]} if officers else {"act": act, "which": "all"}
    return client.post("/chosen/", body | {"all": hidden(page, "all") or "", "back": query}, follow=True)


# The list.


def test_pages_by_key_show_each_officer_once_in_order_both_ways(grace, signed_in, livestock):
    ids = many_officers(livestock, 120)
    spans.refresh(ids)
    all_names = [o.full_name for o in Officer.objects.filter(pk__in=ids).order_by("surname", "first_name", "ref")]
    client, url, pages = signed_in(grace), "/officers/", []
    while url:
        page = client.get(url)
        pages.append(names(page))
        after = page.context["page_obj"].after
        url = after and f"/officers/?after={after}&n={page.context['page_obj'].next_number}"
    assert [len(p) for p in pages] == [50, 50, 20] and sum(pages, []) == all_names
    assert "101 to 120 of 120" in said(page)
    back = client.get(f"/officers/?before={page.context['page_obj'].before}&n=51")
    assert names(back) == pages[1]
    assert names(client.get(f"/officers/?before={back.context['page_obj'].before}")) == pages[0]
    assert client.get("/officers/?after=nonsense").status_code == 200


def test_a_name_is_found_by_fragments_of_all_words_and_by_number(grace, signed_in, livestock, wanjiru):
    make.officer(livestock, "Wanjala", "Otieno")
    client = signed_in(grace)
    assert names(client.get("/officers/?q=njir+ama")) == ["Wanjiru Kamau"]
    assert len(names(client.get("/officers/?q=wanj"))) == 2 and names(client.get("/officers/?q=wanj+ot")) == ["Wanjala Otieno"]
    assert names(client.get(f"/officers/?q=00{wanjiru.personal_no}")) == ["Wanjiru Kamau"] == names(client.get(f"/officers/?q={wanjiru.ref}"))


def test_each_filter_narrows(grace, signed_in, livestock, dairy_board, wanjiru):
    make.requirement()
    held = make.officer(livestock, "Held", email="")
    make.completion(held, on=make.days_ago(700), until=make.days_ahead(45))
    board = make.officer(dairy_board, "Board", cadre_code="TEC")
    make.seat(make.cohort(), wanjiru)
    client = signed_in(grace)
    for query, found in {
        "status=overdue": ["Wanjiru Kamau"],
        "status=not_required": ["Board Kamau"],
        "organisation=KDB": ["Board Kamau"],
        "organisation=SDLD": ["Held Kamau", "Wanjiru Kamau"],
        "organisation=SDLD&below=1": ["Board Kamau", "Held Kamau", "Wanjiru Kamau"],
        "cadre=TEC": ["Board Kamau"],
        "expires=60": ["Held Kamau"],
        "expires=30": [],
        "lacking=CSE-FRT-01": ["Wanjiru Kamau"],
        "seat=yes": ["Wanjiru Kamau"],
        "contact=no_email": ["Held Kamau"],
        "county=047&seat=no": ["Board Kamau", "Held Kamau"],
        f"on={make.days_ahead(50)}&status=overdue": ["Held Kamau", "Wanjiru Kamau"],
        f"on={make.days_ago(500)}": [],
    }.items():
        page = client.get(f"/officers/?{query}")
        assert sorted(names(page)) == found, query
        assert page.context["total"] == len(found), query
        export = b"".join(client.get(f"/officers/?{query}&export=csv").streaming_content).decode()
        assert len(export.splitlines()) == len(found) + 1, query
    assert board.ref in client.get("/officers/").content.decode()


def test_who_has_moved_away_is_named_in_the_past_but_not_opened(grace, signed_in, livestock, immigration, wanjiru):
    first = wanjiru.postings.get()
    wanjiru.postings.update(during=make.DateRange(first.during.lower, make.days_ago(10)))
    Posting.objects.create(officer=wanjiru, organisation=immigration, cadre=first.cadre, county=first.county, during=make.since(make.days_ago(10)))
    spans.refresh([wanjiru.pk])
    client = signed_in(grace)
    assert names(client.get("/officers/")) == []
    page = client.get(f"/officers/?on={make.days_ago(20)}")
    assert names(page) == ["Wanjiru Kamau"] and wanjiru.get_absolute_url() not in page.content.decode()


def test_exports_hold_no_formula(grace, signed_in, livestock):
    make.officer(livestock, "=cmd|'/c calc'!A1")
    export = b"".join(signed_in(grace).get("/officers/?export=csv").streaming_content).decode()
    assert "'=cmd|" in export


# One act on many.


@pytest.mark.slow
def test_all_five_thousand_in_a_filter_are_enrolled_without_naming_one(grace, signed_in, livestock, embu):
    make.requirement()
    ids = many_officers(livestock, 5000)
    spans.refresh(ids)
    taken = make.cohort("EMB-26-100", capacity=500)
    make.seat(taken, Officer.objects.get(pk=ids[0]))
    cohorts = [taken, *(make.cohort(f"EMB-26-1{n:02}", starts_on=make.days_ahead(30 + 7 * n), capacity=500) for n in range(1, 11))]
    client = signed_in(grace)
    page = client.get("/officers/?status=overdue")
    assert "All 5,000 in this filter" in said(page) and len(page.content) < 120_000
    form = chosen(client, "enrol", query="status=overdue")
    assert "5,000 officers chosen" in said(form) and len(form.request["QUERY_STRING"]) < 1000
    of, where = hidden(form, "of"), form.redirect_chain[-1][0]
    body = {"of": of, "cohorts": [c.pk for c in cohorts]}
    trial = client.post(where, body)
    assert "Nominate 4,999 officers; 1 is left out" in said(trial) and not Notice.objects.exists()
    with CaptureQueriesContext(connection) as queries:
        done = client.post(where, body | {"step": "confirm", "n": hidden(trial, "n")})
    assert done.status_code == 302 and Enrolment.objects.live().count() == 5000 and Notice.objects.count() == 4999
    assert len(queries) < 50, len(queries)


def test_who_gets_no_seat_waits_in_the_earliest_cohort_if_that_is_wanted(grace, signed_in, livestock, embu):
    make.requirement()
    people = [make.officer(livestock, f"Officer{n}") for n in range(4)]
    cohort, elsewhere = make.cohort(capacity=2), make.cohort("EMB-26-002", starts_on=make.days_ahead(60), capacity=9)
    client = signed_in(grace)
    form = chosen(client, "enrol", people)
    where, body = form.redirect_chain[-1][0], {"of": hidden(form, "of"), "cohorts": [cohort.pk]}
    without = said(client.post(where, body))
    assert "Nominate 2 officers; 2 are left out" in without and "Free seats elsewhere" in without and elsewhere.code in without
    trial = client.post(where, body | {"wait": "on"})
    assert "2 of 2 free seats, 2 on the waiting list" in said(trial) and not Enrolment.objects.exists()
    assert client.post(where, body | {"wait": "on", "step": "confirm", "n": hidden(trial, "n")}).status_code == 302
    assert cohort.enrolments.live().count() == 2 == cohort.enrolments.filter(state="waitlisted").count()
    assert Notice.objects.filter(key__startswith="waiting:").count() == 2


def test_a_number_that_changed_after_the_trial_stops_the_act(grace, signed_in, livestock, embu, wanjiru):
    make.requirement()
    cohort, client = make.cohort(), signed_in(grace)
    form = chosen(client, "enrol", query="status=overdue")
    where, body = form.redirect_chain[-1][0], {"of": hidden(form, "of"), "cohorts": [cohort.pk]}
    trial = client.post(where, body)
    make.officer(livestock, "Another")
    done = client.post(where, body | {"step": "confirm", "n": hidden(trial, "n")})
    assert done.status_code == 409 and "Meanwhile something changed" in said(done)
    assert "There were 1 when you chose; now there are 2" in said(done) and not Enrolment.objects.exists()


def test_a_choice_serves_only_its_maker_and_is_not_forged(grace, odhiambo, signed_in, wanjiru, embu):
    form = chosen(signed_in(grace), "enrol", [wanjiru])
    where = form.redirect_chain[-1][0]
    assert signed_in(odhiambo).get(where).status_code == 404
    assert signed_in(grace).get(where[:-3] + "abc").status_code == 404


def test_ticking_a_stranger_chooses_nobody(grace, signed_in, hassan, embu):
    form = chosen(signed_in(grace), "enrol", [hassan])
    assert "0 officers chosen" in said(form)


def test_waiver_reminder_excusal_move_and_separation(grace, signed_in, livestock, wanjiru):
    make.requirement()
    held = make.officer(livestock, "Held")
    make.completion(held)
    client = signed_in(grace)

    def act(code, **data):
        form = chosen(client, code, [wanjiru, held])
        where, body = form.redirect_chain[-1][0], {"of": hidden(form, "of")} | data
        trial = client.post(where, body)
        assert trial.status_code == 200, code
        done = client.post(where, body | {"step": "confirm", "n": hidden(trial, "n")}, follow=True)
        assert "Done" in said(done), said(done)
        return trial

    trial = act("remind")
    assert "Remind 1 officer; 1 is left out" in said(trial) and "Neither due nor overdue" in said(trial)
    assert Notice.objects.filter(key__startswith="training-nudge:").count() == 1
    act("waive", first=make.days_ago(0), last=make.days_ahead(100), reason="Flood duty in Tana River")
    assert Waiver.objects.filter(state="requested").count() == 2
    act("excuse", reason="study_leave", first_day=make.days_ago(0), last_day=make.days_ahead(30))
    assert Excusal.objects.count() == 2
    assert names(client.get("/officers/?status=excused"))
    act("move", on=make.days_ago(0), designation="Registry Officer")
    assert Posting.objects.on(make.days_ago(0)).filter(designation="Registry Officer").count() == 2
    act("separate", reason="retired", last_day=make.days_ago(0))
    assert names(client.get(f"/officers/?on={make.days_ahead(1)}")) == []


def test_who_reads_does_not_act(principal_secretary, centre_manager, signed_in, wanjiru):
    assert signed_in(principal_secretary).get("/chosen/enrol/?of=x").status_code == 403
    assert 'name="officers"' not in signed_in(centre_manager).get("/officers/").content.decode()


def test_nothing_ticked_is_said(grace, signed_in, wanjiru):
    page = signed_in(grace).post("/chosen/", {"act": "enrol", "which": "ticked"}, follow=True)
    assert "Tick the officers" in said(page)
