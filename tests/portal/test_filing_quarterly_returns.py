"""Quarterly returns: opened by night, filled in from the register, filed by one and signed by another, late or not, restated."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.access import Scope
from centres.models import Reorganisation, Succession
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from cse_portal.oversight.figures import Count, Figures, total
from cse_portal.oversight.models import QuarterlyReturn
from cse_portal.oversight.services import return_figures, return_reminders, returns
from tests import factories as make
from tests.centres.test_quality_of_the_register import filed
from training.compliance import spans

pytestmark = pytest.mark.django_db
NIGHT = Scope.system_task("night")
END = dt.date(2026, 9, 30)  # of FY 2026/27 Q1; due by 14 October, late until 29 October
IN_TIME, LATE, TOO_LATE = dt.date(2026, 10, 5), dt.date(2026, 10, 20), dt.date(2026, 11, 2)


@pytest.fixture
def on(monkeypatch):
    """on(day): it is ten in the morning of that day."""

    def go(day):
        monkeypatch.setattr(clock, "now", lambda: make.at(day, 10))
        monkeypatch.setattr(clock, "today", lambda: day)
        return day

    return go


@pytest.fixture
def wanjiru(livestock):
    make.requirement()
    return make.officer(livestock, "Wanjiru", "Kamau", posted=dt.date(2025, 1, 1))


@pytest.fixture
def quarterly(livestock, wanjiru, on):
    returns.open_ended(NIGHT, on(IN_TIME))
    return QuarterlyReturn.objects.get(organisation=livestock)


@pytest.fixture
def do(signed_in):
    """do(hat, quarterly, "file", **said): the answer of that page of the return."""

    def post(hat, quarterly, act, **said):
        return signed_in(hat).post(reverse(f"oversight:{act}_return", args=[quarterly.ref]), said, follow=True)

    return post


@pytest.fixture
def signed(quarterly, grace, principal_secretary, do):
    do(grace, quarterly, "file", comment="Two cohorts were held.")
    do(principal_secretary, quarterly, "sign")
    quarterly.refresh_from_db()
    assert quarterly.state == "signed"
    return quarterly


def label_of(quarterly, on):
    return QuarterlyReturn.objects.judged(on).get(pk=quarterly.pk).label


# --- opening ---


def test_the_night_opens_one_for_every_counted_mda_once(livestock, dairy_board, on):
    make.organisation("LSK", "Law Society of Kenya", "professional_body", standing="listed")
    for _n in range(2):
        returns.open_ended(NIGHT, on(dt.date(2026, 10, 1)))
    codes = list(QuarterlyReturn.objects.values_list("organisation__code", "quarter_ends").order_by("organisation__code"))
    assert codes == [("KDB", END), ("MOALD", END), ("SDLD", END)]
    assert Entry.objects.filter(kind="return", verb="opened return").count() == 3


def test_missed_nights_are_caught_up(livestock):
    returns.open_ended(NIGHT, dt.date(2026, 1, 2))
    returns.open_ended(NIGHT, dt.date(2026, 11, 22))
    days = QuarterlyReturn.objects.filter(organisation=livestock).values_list("quarter_ends", flat=True)
    assert sorted(days) == [dt.date(2025, 12, 31), dt.date(2026, 3, 31), dt.date(2026, 6, 30), END]


def test_the_last_day_of_a_quarter_has_not_ended_it():
    assert returns.last_ended(dt.date(2026, 12, 31)) == END
    assert returns.last_ended(dt.date(2027, 1, 1)) == dt.date(2026, 12, 31)


# --- filing and signing ---


def test_it_fills_itself_from_the_register_and_freezes_when_filed(quarterly, grace, signed_in, do, wanjiru):
    page = signed_in(grace).get(quarterly.get_absolute_url()).content.decode()
    assert "Figures as they stand now" in page
    answer = do(grace, quarterly, "file", comment="Nothing stood in the way.")
    assert "waits for a signature" in answer.content.decode() and "5 Oct 2026, 10:00" in answer.content.decode()
    quarterly.refresh_from_db()
    assert (quarterly.state, quarterly.filed_by, quarterly.comment) == ("filed", grace.user, "Nothing stood in the way.")
    assert quarterly.figures["cadres"] == {
        "FRT": {"current": 0, "due": 0, "overdue": 1, "waived": 0, "excused": 0, "not_required": 0}
    }
    assert (quarterly.figures["on"], quarterly.figures["register"], quarterly.figures["as_at"]) == ("2026-09-30", "never", None)
    assert "mark" in quarterly.figures


def test_the_authorised_officer_is_told_and_signs(quarterly, grace, principal_secretary, do):
    do(grace, quarterly, "file", comment="")
    told = Notice.objects.get(key__startswith="return-filed")
    assert (told.to, quarterly.get_absolute_url() in told.body) == (principal_secretary.user.email, True)
    answer = do(principal_secretary, quarterly, "sign")
    assert "The return is signed." in answer.content.decode()
    quarterly.refresh_from_db()
    assert (quarterly.state, quarterly.signed_by) == ("signed", principal_secretary.user)
    assert list(Entry.objects.filter(kind="return", ref=quarterly.ref).order_by("id").values_list("verb", flat=True)) == [
        "opened return",
        "filed return",
        "signed return",
    ]


def test_whoever_filed_does_not_sign(quarterly, grace, livestock, do):
    both = make.member("authorised_officer", "", "", livestock, of_user=grace.user)
    do(grace, quarterly, "file")
    answer = do(both, quarterly, "sign")
    assert answer.status_code == 409 and "another authorised officer signs it" in answer.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        QuarterlyReturn.objects.filter(pk=quarterly.pk).update(state="signed", signed_by=grace.user, signed_at=clock.now())


@pytest.mark.parametrize("who, act", [("grace", "sign"), ("principal_secretary", "file"), ("hops", "file"), ("hops", "sign")])
def test_others_do_not_file_or_sign(request, quarterly, do, who, act):
    assert do(request.getfixturevalue(who), quarterly, act).status_code == 403


def test_an_mda_does_not_see_the_return_of_another(quarterly, odhiambo, signed_in):
    assert signed_in(odhiambo).get(quarterly.get_absolute_url()).status_code == 404


def test_sent_back_it_is_open_again_and_hr_is_told_why(quarterly, grace, principal_secretary, do):
    do(grace, quarterly, "file")
    do(principal_secretary, quarterly, "send_back", reason="The comment is missing.")
    quarterly.refresh_from_db()
    assert (quarterly.state, quarterly.figures, quarterly.filed_by) == ("open", None, None)
    told = Notice.objects.get(key__startswith="return-sent-back")
    assert told.to == grace.user.email and "The comment is missing." in told.body


def test_what_is_filed_is_not_filed_again_nor_signed_before(quarterly, grace, principal_secretary, do):
    assert do(principal_secretary, quarterly, "sign").status_code == 409
    do(grace, quarterly, "file")
    assert do(grace, quarterly, "file").status_code == 409


def test_of_an_mda_that_has_ended_its_successor_files_and_signs(
    quarterly, livestock, immigration, grace, odhiambo, do, signed_in
):
    on = dt.date(2026, 10, 1)
    change = Reorganisation.objects.create(on=on, authority="Order 1", title="Merger", drafted_at=clock.now())
    Succession.objects.create(reorganisation=change, predecessor=livestock, successor=immigration, on=on, authority="Order 1")
    assert do(odhiambo, quarterly, "file").status_code == 404, "both are in being still"
    livestock.during = make.DateRange(None, on)
    livestock.save()
    assert do(odhiambo, quarterly, "file").status_code == 200
    quarterly.refresh_from_db()
    assert (quarterly.filed_by, quarterly.figures["cadres"]["FRT"]["overdue"]) == (odhiambo.user, 1)
    assert odhiambo.user in returns.signers([livestock.pk], on)[livestock.pk, "hr_officer"]


# --- late ---


@pytest.mark.parametrize(
    "day, before, after",
    [
        (dt.date(2026, 10, 14), "open", "filed"),
        (dt.date(2026, 10, 15), "late", "late"),
        (dt.date(2026, 10, 29), "late", "late"),
        (dt.date(2026, 10, 30), "missing", "not_admissible"),
    ],
)
def test_the_day_of_filing_says_whether_it_is_late(quarterly, grace, do, on, day, before, after):
    assert label_of(quarterly, on(day)) == before
    do(grace, quarterly, "file")
    assert label_of(quarterly, on(dt.date(2027, 3, 1))) == after


def test_days_allowed_are_a_setting(quarterly, settings):
    settings.RETURN_DUE_DAYS, settings.RETURN_LATE_DAYS = 30, 5
    assert [label_of(quarterly, END + dt.timedelta(days=n)) for n in (30, 31, 35, 36)] == ["open", "late", "late", "missing"]


def test_signed_is_signed_in_time_or_not(signed, quarterly):
    assert label_of(signed, TOO_LATE) == "signed"
    assert QuarterlyReturn.objects.judged(TOO_LATE).signed_in_time().count() == 1


def test_after_the_limit_it_can_be_filed_and_says_so(quarterly, grace, do, on):
    on(TOO_LATE)
    page = do(grace, quarterly, "file").content.decode()
    assert "Not admissible" in page and "Filed on 2 Nov 2026, after 29 Oct 2026: not admissible." in page


# --- restating ---


def test_a_late_correction_shows_as_restated_since(signed, grace, hops, signed_in, livestock, wanjiru):
    assert "Restated since" not in signed_in(hops).get(signed.get_absolute_url()).content.decode()
    make.completion(wanjiru, on=dt.date(2026, 9, 20))
    spans.refresh([wanjiru.pk])
    page = signed_in(hops).get(signed.get_absolute_url()).content.decode()
    assert "Restated since" in page
    signed.refresh_from_db()
    assert signed.figures["cadres"]["FRT"]["overdue"] == 1, "what was signed stays"


def test_a_restatement_stands_beside_the_first(signed, grace, principal_secretary, do, signed_in, hops, wanjiru, on):
    make.completion(wanjiru, on=dt.date(2026, 9, 20))
    spans.refresh([wanjiru.pk])
    on(TOO_LATE)
    page = do(grace, signed, "restate", reason="A certificate of 20 September came late.", comment="").content.decode()
    again = QuarterlyReturn.objects.get(restates=signed)
    assert again.state == "filed" and "What this restates" in page and "A certificate of 20 September came late." in page
    do(principal_secretary, again, "sign")
    first = signed_in(hops).get(signed.get_absolute_url()).content.decode()
    assert "This return has been restated" in first and again.ref in first
    listed = signed_in(hops).get(reverse("oversight:returns")).content.decode()
    assert "100.0%" in listed, "the list shows the latest figures"
    assert label_of(signed, TOO_LATE) == "signed", "a restatement does not make the return late"


def test_nothing_is_restated_without_a_change_or_a_reason(signed, grace, do):
    assert do(grace, signed, "restate", reason="Just so", comment="").status_code == 409
    assert do(grace, signed, "restate", reason="", comment="More words").status_code == 200
    assert not QuarterlyReturn.objects.filter(restates=signed).exists()


def test_the_database_keeps_a_signed_return_as_it_is(signed):
    for act in (
        lambda: QuarterlyReturn.objects.filter(pk=signed.pk).update(comment="Other words"),
        signed.delete,
        lambda: QuarterlyReturn.objects.create(
            organisation=signed.organisation, quarter_ends=dt.date(2026, 6, 30), restates=signed
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


# --- reminders ---


def test_reminders_go_before_on_and_after_the_due_day_once(quarterly, grace, principal_secretary):
    for day in range(1, 32):
        return_reminders.remind(NIGHT, dt.date(2026, 10, day))
    keys = sorted(n.key.split(":")[0] for n in Notice.objects.filter(to=grace.user.email))
    assert keys == ["return-late", "return-soon", "return-today"]
    assert Notice.objects.filter(to=principal_secretary.user.email).count() == 3


def test_a_missed_night_sends_what_holds_now(quarterly, grace):
    return_reminders.remind(NIGHT, LATE)
    assert [n.key.split(":")[0] for n in Notice.objects.filter(to=grace.user.email)] == ["return-late"]


def test_nobody_is_reminded_of_a_signed_return(signed, grace):
    before = Notice.objects.count()
    return_reminders.remind(NIGHT, LATE)
    assert not Notice.objects.filter(about_ref=signed.ref, key__startswith="return-late").exists()
    assert Notice.objects.count() == before


def test_hops_reminds_those_ticked_or_all_listed(quarterly, hops, grace, dairy_board, signed_in, on):
    returns.open_ended(NIGHT, on(LATE))
    browser, url = signed_in(hops), reverse("oversight:remind_of_returns")
    answer = browser.post(url, {"ref": quarterly.ref}, follow=True).content.decode()
    assert "Reminded of 1 return." in answer
    assert Notice.objects.filter(key__startswith="return-reminder", to=grace.user.email).count() == 1
    asked = browser.post(url, {"all": "1", "label": "late"}).content.decode()
    assert "Letters go out for 3 returns." in asked, "it asks before it writes to all"
    answer = browser.post(url, {"all": "1", "label": "late", "sure": "1"}, follow=True).content.decode()
    assert "Kenya Dairy Board" in answer, "it says who has nobody to remind"
    assert Notice.objects.filter(key__startswith="return-reminder", to=grace.user.email).count() == 1, "once a day"


# --- the list ---


def test_hops_counts_filters_and_exports(signed, hops, dairy_board, signed_in, on):
    returns.open_ended(NIGHT, on(LATE))
    page = signed_in(hops).get(reverse("oversight:returns"))
    counts = dict(page.context["quarters"][0]["labels"])
    assert counts == {"open": 0, "filed": 0, "signed": 1, "late": 2, "not_admissible": 0, "missing": 0}
    found = signed_in(hops).get(reverse("oversight:returns"), {"label": "late", "q": "dairy"})
    assert [row.organisation.code for row in found.context["page_obj"]] == ["KDB"]
    export = b"".join(signed_in(hops).get(reverse("oversight:returns"), {"export": "csv", "label": "signed"}).streaming_content)
    assert "State Department for Livestock Development" in export.decode() and "Two cohorts were held." in export.decode()


def test_the_list_costs_the_same_for_one_and_for_many(quarterly, hops, signed_in, on):
    def queries():
        browser = signed_in(hops)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.get(reverse("oversight:returns"))
        return len(asked)

    one = queries()
    for n in range(20):
        make.organisation(f"X{n}", f"State Department number {n}")
    returns.open_ended(NIGHT, on(IN_TIME))
    assert queries() == one


# --- homes ---


def test_homes_say_what_to_do_first(quarterly, grace, principal_secretary, do, signed_in, on):
    def said(hat):
        return [row["heading"] for row in signed_in(hat).get("/").context["home"].todo if "return" in row["heading"]]

    assert said(grace) == ["Your return of FY 2026/27 Q1 is to be filed"] and said(principal_secretary) == []
    on(LATE)
    assert said(grace) == ["Your return of FY 2026/27 Q1 is late"]
    on(TOO_LATE)
    assert said(grace) == ["Your return of FY 2026/27 Q1 is missing"]
    do(grace, quarterly, "file")
    assert said(grace) == [] and said(principal_secretary) == ["The return of FY 2026/27 Q1 waits for your signature"]
    do(principal_secretary, quarterly, "sign")
    assert said(principal_secretary) == []


# --- exactness ---


def test_returns_of_a_quarter_add_up_to_the_national_figure(
    agriculture, livestock, dairy_board, immigration, grace, on, scope_of
):
    make.requirement()
    people = [
        make.officer(mda, f"Name{n}", "Test", cadre_code=code, posted=dt.date(2025, 1, 1))
        for mda in (agriculture, livestock, dairy_board, immigration)
        for n, code in enumerate(["FRT", "FRT", "TEC"])
    ]
    make.completion(people[3], on=dt.date(2026, 9, 1))
    spans.refresh([officer.pk for officer in people])
    for mda in (agriculture, livestock, dairy_board, immigration):
        filed(mda, dt.date(2026, 9, 1))
    returns.open_ended(NIGHT, on(IN_TIME))
    for one in QuarterlyReturn.objects.all():
        hr = make.member("hr_officer", f"hr@{one.organisation.code}.example", "Test", one.organisation)
        returns.file(scope_of(hr), one)
    counts = [return_figures.together(return_figures.counts(one.figures)) for one in QuarterlyReturn.objects.all()]
    assert total(counts) == Figures(END).national.count == Count(current=1, overdue=7, not_required=4)


# --- by API ---


def test_by_api(quarterly, grace, principal_secretary, hops, signed_in):
    at = f"/api/v1/returns/{quarterly.ref}/"
    hr, ps = signed_in(grace), signed_in(principal_secretary)

    def post(browser, address, **body):
        return browser.post(address, body, content_type="application/json")

    assert post(hr, at + "sign/").status_code == 403
    filed = post(hr, at + "file/", comment="By program").json()
    assert (filed["state"], filed["label"], filed["figures"]["cadres"]["FRT"]["overdue"]) == ("filed", "filed", 1)
    assert post(hr, at + "file/").json()["code"] == "filed"
    assert post(ps, at + "sign/").json()["signed_by"] == str(principal_secretary.user)
    assert post(hr, at + "restate/", reason="None").json()["code"] == "unchanged"
    listed = signed_in(hops).get("/api/v1/returns/", {"label": "signed", "quarter": "2026-09-30"}).json()["results"]
    assert [one["ref"] for one in listed] == [quarterly.ref]
    assert post(signed_in(hops), "/api/v1/returns/remind/", refs=[quarterly.ref]).json()["code"] == "nothing_wanting"
