"""Evaluation by those who attended: one answer each, anonymous, and hidden until it can tell nobody apart."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training import evaluation as reckoning
from training.models import Attendance, Evaluation, EvaluationInvitation
from training.services import evaluation
from training.tasks import invite_to_evaluate

pytestmark = pytest.mark.django_db
GOOD = {"content": "5", "trainer": "4", "pace": "3", "venue": "4", "use": "5"}
NAMES = ["Akinyi", "Brian", "Charity", "Daudi", "Esther", "Fatuma", "Gitau"]


@pytest.fixture
def cohort(embu, kiprono, livestock):
    """Ended today. Six officers came; Gitau did not."""
    make.requirement()
    cohort = make.cohort(starts_on=make.days_ago(1), days=2, trainer=kiprono, state="running")
    for name in NAMES:
        seat = make.seat(cohort, make.officer(livestock, name, "Otieno"))
        for session in cohort.sessions.all():
            mark = "absent" if name == "Gitau" or session.number == 2 else "late"
            Attendance.objects.create(session=session, enrolment=seat, mark=mark, marked_at=session.ends_at)
    invite_to_evaluate()
    return cohort


def links(cohort):
    """{first name: address} as the notices carry it."""
    invited = EvaluationInvitation.objects.filter(enrolment__cohort=cohort).select_related("enrolment__officer")
    found = {}
    for invitation in invited:
        body = Notice.objects.get(key=f"evaluation:enrolment-{invitation.enrolment_id}").body
        found[invitation.enrolment.officer.first_name] = re.search(r"/evaluation/\S+", body)[0]
    return found


def answer(cohort, *names, **said):
    for name in names:
        response = Client().post(links(cohort)[name], GOOD | {"liked": f"Role play {len(name)}", "improve": "Tea"} | said)
        assert response.status_code == 302
    return response


def close_evaluation(cohort):
    EvaluationInvitation.objects.filter(enrolment__cohort=cohort).update(until=make.days_ago(1))


def test_those_who_attended_are_invited_once_from_the_last_day(cohort, livestock):
    invite_to_evaluate()
    assert set(links(cohort)) == set(NAMES) - {"Gitau"}
    assert Notice.objects.filter(key__startswith="evaluation:").count() == 6
    assert set(EvaluationInvitation.objects.values_list("until", flat=True)) == {make.days_ahead(14)}
    ahead = make.cohort("EMB-26-009", starts_on=make.days_ago(1), days=5)
    seat = make.seat(ahead, make.officer(livestock, "Hellen", "Keter"))
    Attendance.objects.create(session=ahead.sessions.first(), enrolment=seat, mark="present", marked_at=clock.now())
    invite_to_evaluate()
    assert not EvaluationInvitation.objects.filter(enrolment=seat).exists()


def test_answering_needs_no_account_and_no_script_and_is_light(cohort):
    page = Client().get(links(cohort)["Akinyi"])
    assert page.status_code == 200 and "<script" not in page.content.decode().split("<main")[1].split("</main")[0]
    assert len(gzip.compress(page.content)) < 60_000
    assert "Your name is not kept with your answers" in said(page) and page["Referrer-Policy"] == "no-referrer"
    answer(cohort, "Akinyi")
    assert Evaluation.objects.get().ratings == {"content": 5, "trainer": 4, "pace": 3, "venue": 4, "use": 5}
    assert "You have given your evaluation" in said(Client().get(links(cohort)["Akinyi"]))


def test_who_did_not_attend_is_refused(cohort):
    gitau = cohort.enrolments.get(officer__first_name="Gitau")
    forged = evaluation.SIGNER.sign(str(gitau.pk))
    assert Client().get(f"/evaluation/{forged}/").status_code == 404
    assert Client().post(f"/evaluation/{forged}/", GOOD).status_code == 404
    assert Client().get("/evaluation/1.x/").status_code == 404
    assert not Evaluation.objects.exists()


def test_a_second_answer_is_refused(cohort):
    answer(cohort, "Akinyi")
    again = Client().post(links(cohort)["Akinyi"], GOOD)
    assert again.status_code == 409 and Evaluation.objects.count() == 1


@pytest.mark.parametrize("ratings", [{}, GOOD | {"pace": "6"}, {k: v for k, v in GOOD.items() if k != "use"}])
def test_every_question_needs_its_answer_and_what_was_typed_is_kept(cohort, ratings):
    response = Client().post(links(cohort)["Brian"], ratings | {"liked": "The role play"})
    assert response.status_code == 409 and "The role play" in response.content.decode()
    assert not Evaluation.objects.exists() and not EvaluationInvitation.objects.filter(answered=True).exists()


def test_after_its_last_day_nothing_is_taken(cohort):
    link = links(cohort)["Brian"]
    close_evaluation(cohort)
    assert Client().post(link, GOOD).status_code == 409 and not Evaluation.objects.exists()


# Nobody can tell who wrote what.


def test_no_column_links_an_answer_to_a_person(cohort):
    answer(cohort, "Akinyi")
    assert {f.attname for f in Evaluation._meta.concrete_fields} == {"id", "cohort_id", "ratings", "liked", "improve"}
    assert {f.attname for f in EvaluationInvitation._meta.concrete_fields} == {"id", "enrolment_id", "answered", "until"}
    assert Evaluation.objects.get().id.version == 4


def test_answering_leaves_no_trail_row_no_notice_and_no_log_line(cohort, caplog):
    link, trail, notices = links(cohort)["Akinyi"], Entry.objects.count(), Notice.objects.count()
    with caplog.at_level("DEBUG"):
        assert Client().post(link, GOOD | {"liked": "Quiet words"}).status_code == 302
    assert (Entry.objects.count(), Notice.objects.count()) == (trail, notices)
    ours = [
        r.getMessage() for r in caplog.records if r.name != "django.db.backends"
    ]  # statements are logged in development alone
    assert not [line for line in ours if "Quiet words" in line or "evaluation" in line]


@pytest.mark.django_db(transaction=True)
def test_neither_transaction_nor_place_in_the_table_tells_whose_answer_it_is(cohort):
    for n, name in enumerate(["Akinyi", "Brian", "Charity", "Daudi", "Esther"], 1):
        answer(cohort, name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, id FROM training_evaluation ORDER BY ctid")
            rows = cursor.fetchall()
            cursor.execute("SELECT DISTINCT xmin::text FROM training_evaluationinvitation")
            invitations = cursor.fetchall()
        assert len({x for x, _id in rows}) == 1 and len(invitations) == 1 and len(rows) == n
        assert [i for _x, i in rows] == sorted(i for _x, i in rows)


def test_nothing_but_counts_is_shown_while_answers_may_come(cohort, kiprono, signed_in):
    trainer = signed_in(kiprono)
    before = said(trainer.get(f"/cohorts/{cohort.code}/evaluation/"))
    answer(cohort, *NAMES[:5])
    page = said(trainer.get(f"/cohorts/{cohort.code}/evaluation/"))
    assert "0 of 6 have answered." in before and "5 of 6 have answered." in page
    assert "Role play" not in page and "Mean" not in page and "1 missing." in page
    assert evaluation.summary(cohort).rated == []


def test_fewer_than_five_are_hidden_for_good(cohort, kiprono, signed_in):
    answer(cohort, *NAMES[:4])
    close_evaluation(cohort)
    page = said(signed_in(kiprono).get(f"/cohorts/{cohort.code}/evaluation/"))
    assert "Fewer than 5 answered: nothing is shown." in page and "Role play" not in page and "Tea" not in page
    assert evaluation.summary(cohort).overall is None


def test_five_are_published_once_the_time_is_over(cohort, kiprono, signed_in):
    answer(cohort, *NAMES[:4])
    answer(cohort, "Esther", pace="5")
    close_evaluation(cohort)
    found = evaluation.summary(cohort)
    assert (found.state, found.answered, found.invited) == ("published", 5, 6)
    assert {r.code: (r.mean, r.counts) for r in found.rated}["pace"] == (Decimal("3.4"), (0, 0, 4, 0, 1))
    assert found.texts["liked"] == sorted(found.texts["liked"])
    page = said(signed_in(kiprono).get(f"/cohorts/{cohort.code}/evaluation/"))
    assert "3.40" in page and "Role play 6" in page and "Esther" not in page and "Otieno" not in page


def test_whoever_comes_late_to_a_published_evaluation_is_not_invited(cohort):
    """A sixth answer after five were shown would be the difference."""
    answer(cohort, *NAMES[:5])
    close_evaluation(cohort)
    Attendance.objects.filter(enrolment__officer__first_name="Gitau").update(mark="present")
    invite_to_evaluate()
    assert not EvaluationInvitation.objects.filter(enrolment__officer__first_name="Gitau").exists()


def test_those_who_have_not_answered_are_reminded_once(cohort, kiprono, signed_in):
    answer(cohort, *NAMES[:2])
    trainer = signed_in(kiprono)
    for _again in range(2):
        assert trainer.post(f"/cohorts/{cohort.code}/evaluation/remind/").status_code == 302
    reminders = Notice.objects.filter(key__startswith="evaluation-reminder:")
    assert reminders.count() == 4 and not reminders.filter(to__startswith="akinyi").exists()


def test_learners_and_strangers_see_no_sums(cohort, learner, grace, odhiambo, signed_in):
    for hat in (learner, grace, odhiambo):
        assert signed_in(hat).get(f"/cohorts/{cohort.code}/evaluation/").status_code == 403


def test_a_signed_in_learner_is_led_to_the_same_page(cohort, learner, wanjiru, signed_in):
    client = signed_in(learner)
    assert client.get(f"/cohorts/{cohort.code}/evaluate/").status_code == 404
    seat = make.seat(cohort, wanjiru)
    Attendance.objects.create(session=cohort.sessions.first(), enrolment=seat, mark="present", marked_at=clock.now())
    evaluation.invite(cohort, clock.today())
    assert client.get(f"/cohorts/{cohort.code}/evaluate/").url.startswith("/evaluation/")


def test_an_online_course_is_not_asked_about_its_venue():
    assert "venue" not in dict(reckoning.asked("virtual")) and "venue" in dict(reckoning.asked("blended"))


@pytest.mark.django_db(transaction=True)
def test_pressing_send_on_two_phones_at_once_counts_once(cohort):
    link = links(cohort)["Akinyi"]

    def send(_n):
        try:
            return Client().post(link, GOOD).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [302, 409, 409, 409]
    assert Evaluation.objects.count() == 1
