"""One officer by form: added, promoted, seconded, separated, excused, corrected; late and ahead; and each taken back."""

import datetime as dt

import pytest
from django.urls import reverse

from centres.models import Excusal, Officer, Posting
from centres.services import excusals, history, officers, postings, reorganisations
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make
from training.compliance import status

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def browser(grace, signed_in):
    return signed_in(grace)


def posted(browser, name, officer, **given):
    return browser.post(reverse(f"centres:{name}", args=[officer.ref]), given)


def told(response):
    """The sentences of a form that was sent back."""
    assert response.status_code in (200, 409), response.status_code
    form = response.context["form"]
    return " ".join(str(e) for errors in form.errors.values() for e in errors)


def on(officer, day):
    return Posting.objects.on(day).filter(officer=officer).first()


def story(officer):
    """[(first day, end, cadre, county)], oldest first."""
    posts = officer.postings.order_by("during").select_related("cadre", "county")
    return [(p.during.lower, p.during.upper, p.cadre.code, p.county.code) for p in posts]


def test_a_promotion_changes_the_cadre_from_its_day_and_not_before(browser, wanjiru):
    make.requirement("FRT"), make.requirement("SNR", "CSE-SNR-01")
    day = make.days_ago(10)
    answer = posted(
        browser, "officer_post", wanjiru, on=day.isoformat(), cadre=make.cadre("SNR").pk, designation="Principal Clerk"
    )
    assert answer.status_code == 302
    assert (on(wanjiru, day - DAY).cadre.code, on(wanjiru, day).cadre.code) == ("FRT", "SNR")
    lacking = {d: status.of_officers([wanjiru.pk], d)[wanjiru.pk].lacking for d in (day - DAY, day)}
    assert lacking[day - DAY] != lacking[day]
    assert on(wanjiru, day).designation == "Principal Clerk"
    entry = Entry.objects.get(verb="post changed")
    assert entry.changes["cadre"] == ["Frontline Staff", "Senior Managers"]


def test_a_change_told_late_holds_after_a_change_told_before(wanjiru, grace, scope_of):
    """County since 20 days, told first; the cadre since 60 days, told later: the county stays, the cadre runs on."""
    scope, embu = scope_of(grace), make.county("014", "Embu")
    start = wanjiru.postings.get().during.lower
    a, b = make.days_ago(60), make.days_ago(20)
    postings.new_post(scope, officer=wanjiru, on=b, values={"county": embu})
    postings.new_post(scope, officer=wanjiru, on=a, values={"cadre": make.cadre("SNR")})
    assert story(wanjiru) == [(start, a, "FRT", "047"), (a, b, "SNR", "047"), (b, None, "SNR", "014")]


def test_a_change_told_late_stops_where_the_same_was_changed_again(wanjiru, grace, scope_of):
    scope, start = scope_of(grace), wanjiru.postings.get().during.lower
    a, b = make.days_ago(60), make.days_ago(20)
    postings.new_post(scope, officer=wanjiru, on=b, values={"cadre": make.cadre("EXE")})
    postings.new_post(scope, officer=wanjiru, on=a, values={"cadre": make.cadre("SNR")})
    assert [row[2] for row in story(wanjiru)] == ["FRT", "SNR", "EXE"]
    assert story(wanjiru)[0][0] == start


def test_a_change_on_the_first_day_of_a_post_corrects_it(wanjiru, grace, scope_of):
    start = wanjiru.postings.get().during.lower
    postings.new_post(scope_of(grace), officer=wanjiru, on=start, values={"cadre": make.cadre("TEC")})
    assert story(wanjiru) == [(start, None, "TEC", "047")]


def test_days_on_which_nobody_served_are_refused_in_a_sentence(browser, wanjiru):
    before = make.days_ago(500).isoformat()
    assert "was not in post yet" in told(posted(browser, "officer_post", wanjiru, on=before, cadre=make.cadre("SNR").pk))
    assert "two years ahead" in told(
        posted(browser, "officer_separate", wanjiru, last_day=make.days_ahead(900).isoformat(), reason="retired")
    )
    assert "Fill in what changes" in told(posted(browser, "officer_post", wanjiru, on=clock.today().isoformat()))
    assert wanjiru.postings.count() == 1


def test_leaving_counts_up_to_the_last_day_and_can_be_undone(browser, wanjiru):
    last = make.days_ago(30)
    posted(browser, "officer_separate", wanjiru, last_day=last.isoformat(), reason="retired")
    assert (on(wanjiru, last) is not None, on(wanjiru, last + DAY)) == (True, None)
    assert wanjiru.postings.get().end_words == "Retired"
    assert browser.get(wanjiru.get_absolute_url()).status_code == 200  # still in sight, to be undone
    posted(browser, "officer_reinstate", wanjiru)
    assert on(wanjiru, clock.today()) is not None and wanjiru.postings.count() == 1
    assert posted(browser, "officer_reinstate", wanjiru).status_code == 409


def test_leaving_next_month_leaves_today_as_it_is(browser, wanjiru):
    last = make.days_ahead(30)
    posted(browser, "officer_separate", wanjiru, last_day=last.isoformat(), reason="other", words="Elected to county assembly")
    assert on(wanjiru, last) and not on(wanjiru, last + DAY)
    assert wanjiru.postings.get().end_words == "Elected to county assembly"


def test_leaving_before_a_later_post_is_refused(browser, wanjiru, grace, scope_of):
    postings.new_post(scope_of(grace), officer=wanjiru, on=make.days_ago(10), values={"designation": "Clerk I"})
    said = told(posted(browser, "officer_separate", wanjiru, last_day=make.days_ago(20).isoformat(), reason="died"))
    assert "A later post is on record" in said
    browser.post(reverse("centres:posting_undo", args=[wanjiru.postings.order_by("-during").first().pk]))
    assert wanjiru.postings.count() == 1 and wanjiru.postings.get().during.upper is None
    assert posted(browser, "officer_separate", wanjiru, last_day=make.days_ago(20).isoformat(), reason="died").status_code == 302


def test_a_secondment_keeps_the_home_mda_and_ends_where_it_began(browser, wanjiru, livestock, immigration):
    embu, first, last = make.county("014", "Embu"), make.days_ago(50), make.days_ago(10)
    posted(browser, "officer_second", wanjiru, host=immigration.pk, on=first.isoformat(), county=embu.pk)
    there = on(wanjiru, first)
    assert (there.organisation, there.host, there.county) == (livestock, immigration, embu)
    assert Posting.objects.on(clock.today()).filter(organisation=livestock).count() == 1
    assert "seconded to" in told(posted(browser, "officer_second", wanjiru, host=immigration.pk, on=make.days_ago(5).isoformat()))
    posted(browser, "officer_return", wanjiru, last_day=last.isoformat())
    assert (on(wanjiru, last).host, on(wanjiru, last + DAY).host, on(wanjiru, last + DAY).county.code) == (
        immigration,
        None,
        "047",
    )


def test_a_secondment_with_a_known_end_comes_back_by_itself(browser, wanjiru, immigration):
    first, last = make.days_ahead(5), make.days_ahead(95)
    posted(browser, "officer_second", wanjiru, host=immigration.pk, on=first.isoformat(), last_day=last.isoformat())
    assert [bool(on(wanjiru, d).host) for d in (first - DAY, first, last, last + DAY)] == [False, True, True, False]
    assert wanjiru.postings.order_by("-during").first().during.upper is None


def test_a_move_within_ones_reach_needs_no_request(browser, wanjiru, dairy_board):
    day = make.days_ago(3)
    posted(browser, "officer_post", wanjiru, on=day.isoformat(), organisation=dairy_board.pk, personal_no="5512")
    wanjiru.refresh_from_db()
    assert (on(wanjiru, day).organisation, wanjiru.personal_no, wanjiru.number_series) == (dairy_board, "5512", "KDB")


def test_a_move_out_of_ones_reach_is_not_offered_and_refused(browser, wanjiru, immigration, grace, scope_of):
    answer = posted(browser, "officer_post", wanjiru, on=clock.today().isoformat(), organisation=immigration.pk)
    assert answer.status_code == 200 and wanjiru.postings.count() == 1
    with pytest.raises(Refused, match="asks for the transfer"):
        postings.new_post(scope_of(grace), officer=wanjiru, on=clock.today(), values={"organisation": immigration})


def test_what_was_in_another_mda_is_not_ours_to_change(hassan, livestock, grace, administrator, scope_of):
    """Hassan came from Immigration 30 days ago: Grace corrects what is since, not before."""
    postings.new_post(scope_of(administrator), officer=hassan, on=make.days_ago(30), values={"organisation": livestock})
    with pytest.raises(Refused, match="whose register you do not keep"):
        postings.new_post(scope_of(grace), officer=hassan, on=make.days_ago(40), values={"designation": "Clerk"})
    postings.new_post(scope_of(grace), officer=hassan, on=make.days_ago(20), values={"designation": "Clerk"})


def test_what_a_reorganisation_made_of_an_mda_keeps_its_past(
    wanjiru, livestock, grace, odhiambo, immigration, administrator, scope_of
):
    """Livestock became part of Immigration 30 days ago: its HR officer corrects the days before, and the change runs on."""
    day = make.days_ago(30)
    steps = [{"act": "merge", "organisation": "SDLD", "into": "SDICS"}]
    chief = scope_of(administrator)
    made = reorganisations.draft(chief, title="One department", on=day, authority="Order 1", steps=steps)
    reorganisations.make(chief, reorganisations.preview(chief, made))
    assert on(wanjiru, clock.today()).organisation == immigration
    late = make.days_ago(50)
    postings.new_post(scope_of(odhiambo), officer=wanjiru, on=late, values={"cadre": make.cadre("SNR")})
    assert [(p.organisation.code, p.cadre.code) for p in wanjiru.postings.order_by("during")] == [
        ("SDLD", "FRT"),
        ("SDLD", "SNR"),
        ("SDICS", "SNR"),
    ]


def test_names_numbers_and_contacts_are_corrected_and_a_taken_number_is_refused(browser, wanjiru, livestock):
    other = make.officer(livestock, "Akinyi", "Odera", personal_no="0098123")
    given = {
        "surname": "Kamau-Otieno",
        "first_name": "Wanjiru",
        "personal_no": wanjiru.personal_no,
        "phone": "0712 345 678",
        "email": "W@Example.org",
    }
    assert posted(browser, "officer_correct", wanjiru, **given).status_code == 302
    wanjiru.refresh_from_db()
    assert (wanjiru.surname, wanjiru.phone, wanjiru.email) == ("Kamau-Otieno", "+254712345678", "w@example.org")
    assert "Another officer has the personal number" in told(
        posted(browser, "officer_correct", wanjiru, **given | {"personal_no": "98123"})
    )
    assert Officer.objects.get(pk=other.pk).personal_no == "0098123"


def new(livestock, **given):
    said = {
        "surname": "Mutua",
        "first_name": "Kioko",
        "personal_no": "0077001",
        "organisation": livestock.pk,
        "on": "1 Feb 2026",
        "cadre": make.cadre("FRT").pk,
    }
    return said | given


def test_an_officer_is_added_by_hand(browser, livestock):
    assert browser.post(reverse("centres:officer_add"), new(livestock, phone="0722000111")).status_code == 302
    officer = Officer.objects.get(personal_key="77001")
    post = officer.postings.get()
    assert (post.organisation, post.during.lower, officer.phone) == (livestock, dt.date(2026, 2, 1), "+254722000111")


def test_a_reference_that_is_taken_is_drawn_again(browser, livestock, wanjiru, monkeypatch):
    drawn = iter([wanjiru.ref, wanjiru.ref, "OF-222222"])
    monkeypatch.setattr(officers, "new_ref", lambda: next(drawn))
    assert browser.post(reverse("centres:officer_add"), new(livestock)).status_code == 302
    assert Officer.objects.get(personal_key="77001").ref == "OF-222222"


def test_someone_in_post_elsewhere_is_not_added_but_asked_for(browser, livestock, hassan):
    said = told(browser.post(reverse("centres:officer_add"), new(livestock, surname="Mwakio", personal_no=hassan.personal_no)))
    assert "Ask for the transfer" in said and hassan.postings.count() == 1
    said = told(browser.post(reverse("centres:officer_add"), new(livestock, surname="Guess", personal_no=hassan.personal_no)))
    assert "another name" in said and "Hassan" not in said


def test_someone_who_had_left_comes_back_with_the_record(browser, livestock, hassan, odhiambo, scope_of):
    postings.separate(scope_of(odhiambo), officer=hassan, last_day=make.days_ago(100), reason="resigned")
    day = make.days_ago(5).isoformat()
    browser.post(
        reverse("centres:officer_add"),
        new(livestock, surname="Mwakio", first_name="Hassan", personal_no=hassan.personal_no, on=day),
    )
    assert [p.organisation_id for p in hassan.postings.order_by("during")][-1] == livestock.pk
    assert Officer.objects.filter(surname__iexact="mwakio").count() == 1


def test_excused_days_are_entered_and_ended(browser, wanjiru):
    make.requirement("FRT")
    first = make.days_ago(20)
    posted(browser, "officer_excuse", wanjiru, reason="study_leave", first_day=first.isoformat(), note="Letter 12")
    state = {d: status.of_officers([wanjiru.pk], d)[wanjiru.pk].status for d in (first - DAY, first)}
    assert state[first] == "excused" != state[first - DAY]
    assert "Excused on some of these days" in told(
        posted(browser, "officer_excuse", wanjiru, reason="retiring", first_day=clock.today().isoformat())
    )
    excusal = Excusal.objects.get()
    browser.post(reverse("centres:excusal_end", args=[excusal.pk]), {"last_day": make.days_ago(5).isoformat()})
    assert status.of_officers([wanjiru.pk], clock.today())[wanjiru.pk].status != "excused"
    browser.post(reverse("centres:excusal_end", args=[excusal.pk]), {"last_day": (first - DAY).isoformat()})
    assert not Excusal.objects.exists()


def test_many_at_once_does_what_can_be_done_and_says_what_cannot(livestock, hassan, grace, scope_of):
    officers = [make.officer(livestock, f"Officer {n}", "Many") for n in range(5)]
    scope, last = scope_of(grace), make.days_ago(3)
    postings.separate(scope, officer=officers[0], last_day=make.days_ago(50), reason="retired")
    ids = [o.pk for o in officers] + [hassan.pk]
    plan = postings.separate_many(scope, officer_ids=ids, last_day=last, reason="contract_ended", dry_run=True)
    assert (len(plan.done), len(plan.refused), Posting.objects.on(clock.today()).count()) == (4, 2, 5)
    bulk = postings.separate_many(scope, officer_ids=ids, last_day=last, reason="contract_ended")
    assert (bulk.done, [o.pk for o, _why in bulk.refused]) == (plan.done, [officers[0].pk, hassan.pk])
    assert Posting.objects.on(clock.today()).count() == 1
    assert Entry.objects.filter(verb="officer separated").count() == 5


def test_many_move_and_are_excused_with_a_handful_of_statements(livestock, grace, scope_of, django_assert_max_num_queries):
    ids = [make.officer(livestock, f"Officer {n}", "Many").pk for n in range(40)]
    embu, scope = make.county("014", "Embu"), scope_of(grace)
    with django_assert_max_num_queries(40):
        moved = postings.move_many(scope, officer_ids=ids, on=make.days_ago(5), values={"county": embu, "centre": None})
        excused = excusals.excuse_many(scope, officer_ids=ids, reason="study_leave", first_day=make.days_ago(2))
    assert len(moved.done) == len(excused.done) == 40
    assert Posting.objects.on(clock.today()).filter(county=embu).count() == 40


@pytest.mark.slow
def test_histories_stay_whole_whatever_is_done_to_them(
    wanjiru, grace, administrator, immigration, dairy_board, livestock, scope_of
):
    """Random acts: posts never overlap, none is empty, and no act leaves half of itself."""
    import random

    dice, scope, home = random.Random(7), scope_of(administrator), [livestock, immigration, dairy_board]
    day = lambda: clock.today() + dice.randint(-450, 60) * DAY  # noqa: E731
    acts = [
        lambda: postings.new_post(
            scope, officer=wanjiru, on=day(), values={"cadre": make.cadre(dice.choice(["FRT", "SNR", "EXE"]))}
        ),
        lambda: postings.new_post(scope, officer=wanjiru, on=day(), values={"organisation": dice.choice(home)}),
        lambda: postings.second(scope, officer=wanjiru, host=dice.choice(home), on=day(), last_day=dice.choice([None, day()])),
        lambda: postings.end_secondment(scope, officer=wanjiru, last_day=day()),
        lambda: postings.separate(scope, officer=wanjiru, last_day=day(), reason="resigned"),
        lambda: postings.reinstate(scope, officer=wanjiru),
        lambda: postings.take_back(scope, posting=wanjiru.postings.order_by("-during").first()),
    ]
    done = 0
    for _n in range(150):
        try:
            dice.choice(acts)()
            done += 1
        except Refused as no:
            assert str(no.message).endswith(".")
        posts = list(wanjiru.postings.order_by("during"))
        assert posts and all(not p.during.isempty for p in posts)
        assert all(a.during.upper and a.during.upper <= b.during.lower for a, b in zip(posts, posts[1:], strict=False))
        assert all(len([p for p in posts if history.holds(p, d)]) <= 1 for d in (clock.today(), make.days_ago(30)))
    assert done > 40
