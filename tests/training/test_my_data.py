"""What the portal holds of an officer, to read and to take along."""

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from centres.access import Scope
from cse_portal.notices import outbox
from tests import factories as make
from training.models import Attendance, Completion, PriorTraining
from training.services import awards, my_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(wanjiru, learner, hassan):
    """A course held and one begun; a message; a stranger with the same."""
    for officer in (wanjiru, hassan):
        past = make.cohort(f"PAST-{officer.pk}", starts_on=make.days_ago(120), state="closed")
        done = make.completion(officer)
        Completion.objects.filter(pk=done.pk).update(enrolment=make.seat(past, officer, "completed"))
        done.refresh_from_db()
        awards.issue(Scope.system_task("test"), [done], make.days_ago(99))
        now = make.cohort(f"NOW-{officer.pk}", starts_on=make.days_ago(1), state="running")
        seat = make.seat(now, officer)
        Attendance.objects.create(session=now.sessions.first(), enrolment=seat, mark="late", marked_at=make.at(make.days_ago(1)))
        outbox.queue(key=f"t:{officer.pk}", to=officer.email, subject=f"For {officer}", body="…", about=seat)
    PriorTraining.objects.filter().delete()
    return wanjiru


def test_the_page_says_what_is_held_how_long_and_where_to_correct_it(history, learner, signed_in):
    page = signed_in(learner).get("/my/data/").content.decode()
    assert history.personal_no in page and "Data Protection Act" in page and "/my/data/correct/" in page
    assert "Mwakio" not in page


def test_one_click_takes_everything_as_json(history, learner, signed_in):
    answer = signed_in(learner).get("/my/data/json/")
    held = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert {t.key for t in my_data.TABLES} < set(held)
    assert held["officer"][0]["personal_number"] == history.personal_no
    assert [e["cohort"] for e in held["enrolments"]] == [f"PAST-{history.pk}", f"NOW-{history.pk}"]
    assert [m["mark"] for m in held["attendance"]] == ["Late"]
    assert len(held["certificates"]) == 1 and held["certificates"][0]["holder"] == "Wanjiru Kamau"
    assert f"For {history}" in [n["subject"] for n in held["notices"]]
    assert "Mwakio" not in answer.content.decode() and "NOW-" + str(history.pk) in answer.content.decode()


def test_the_workbook_holds_the_same(history, learner, signed_in):
    book = CalamineWorkbook.from_filelike(io.BytesIO(signed_in(learner).get("/my/data/xlsx/").getvalue()))
    assert len(book.sheet_names) == len(my_data.TABLES)
    for table, name in zip(my_data.TABLES, book.sheet_names, strict=True):
        assert len(book.get_sheet_by_name(name).to_python()) - 1 == len(list(table.rows(history))), table.key


def test_who_changed_what_about_me_is_told(history, learner, grace, signed_in):
    signed_in(grace).post(f"/officers/{history.ref}/correct/", {})
    from centres.services import officers

    officers.correct(Scope(user=grace.user, membership=grace), officer=history, phone="+254712345678")
    page = signed_in(learner).get("/my/data/").content.decode()
    assert "Grace Njeri" in page and "officer corrected" in page
    rows = json.loads(signed_in(learner).get("/my/data/json/").content)["changes"]
    assert any("phone:  → +254712345678" in row["changes"] for row in rows)


def test_the_record_follows_the_officer_across_mdas(history, learner, signed_in, immigration):
    post = history.postings.get()
    post.during = make.DateRange(post.during.lower, make.days_ago(10))
    post.save()
    history.postings.create(
        organisation=immigration,
        cadre=post.cadre,
        county=post.county,
        designation="Officer",
        during=make.since(make.days_ago(10)),
    )
    page = signed_in(learner).get("/my/record/").content.decode()
    assert "State Department for Livestock Development" in page and "CSE-" in page


def test_an_account_without_an_officer_is_told_what_to_do(signed_in):
    hat = make.member("learner", "new@example.org", "New Person")
    browser = signed_in(hat)
    for address in ("/my/training/", "/my/record/", "/my/data/"):
        assert "not linked" in browser.get(address).content.decode()
    assert browser.get("/my/data/json/").url == "/my/data/"
