"""Reminders: 90, 30 and 7 days before training falls due or expires, and once it is overdue; each once, whatever beat missed."""

import datetime as dt

import pytest

from centres.access import Scope
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from tests import factories as make
from training.compliance import spans
from training.models import Enrolment, Waiver
from training.services import reminders

pytestmark = pytest.mark.django_db
NIGHT = Scope.system_task("night")


def night(days=0):
    """The run of the night, so many days from now."""
    return reminders.remind(NIGHT, clock.today() + dt.timedelta(days=days))


def keys():
    return sorted(Notice.objects.values_list("key", flat=True))


@pytest.fixture
def due_in(wanjiru):
    """due_in(n): Wanjiru's training falls due in n days."""

    def move(days):
        make.requirement()
        wanjiru.postings.update(during=make.since(make.days_ago(90 - days)))
        spans.refresh([wanjiru.pk])
        return make.days_ahead(days)

    return move


def test_each_stage_before_the_due_day_is_told_once(due_in, wanjiru):
    day = due_in(90)
    for n in range(0, 100, 2):
        night(n)
        night(n)
    head = f"training-due:{wanjiru.pk}:{day}"
    assert keys() == sorted([f"{head}:90", f"{head}:30", f"{head}:7", f"training-overdue:{wanjiru.pk}:{day}"])


def test_two_days_without_beat_lose_nothing_and_double_nothing(due_in, wanjiru):
    due_in(31)  # the day of the second stage is tomorrow: beat is down for it and the day after
    assert night(0) == 1
    assert night(3) == 1
    assert night(3) == night(4) == 0
    assert [key.rsplit(":", 1)[1] for key in keys()] == ["30", "90"]
    assert night(40) == 1  # and the day on which it fell overdue was missed too
    assert night(41) == 0


def test_who_holds_a_course_is_told_before_it_expires(wanjiru):
    make.requirement()
    until = make.days_ahead(25)
    make.completion(wanjiru, until=until)
    assert night() == 1
    notice = Notice.objects.get()
    assert notice.key == f"training-expiring:{wanjiru.pk}:{until}:30"
    assert "Frontline Service Excellence" in notice.subject and "Wanjiru Kamau" in notice.body
    assert night(20) == 1 and night(21) == 0


def test_who_has_a_seat_in_time_is_not_chased(due_in, wanjiru):
    due_in(30)
    seat = make.seat(make.cohort(starts_on=make.days_ahead(5)), wanjiru)
    assert night() == 0
    Enrolment.objects.filter(pk=seat.pk).update(state="withdrawn")
    assert night() == 1


def test_who_is_waived_is_left_alone(due_in, wanjiru, livestock):
    due_in(5)
    Waiver.objects.create(
        officer=wanjiru,
        organisation=livestock,
        during=make.DateRange(make.days_ago(1), make.days_ahead(60)),
        reason="Drought",
        state="approved",
        requested_at=clock.now(),
    )
    spans.refresh([wanjiru.pk])
    assert night() == 0


def test_it_is_told_in_the_officers_language_by_mail_or_else_by_sms(due_in, wanjiru, livestock, settings):
    wanjiru.user = User.objects.create_user("w@example.org", name="Wanjiru", language="sw")
    wanjiru.save()
    due_in(5)
    poor = make.officer(livestock, "Otieno", "Barasa", email="", phone="+254712345678", posted=make.days_ago(85))
    mute = make.officer(livestock, "Naliaka", "Barasa", email="", posted=make.days_ago(85))
    night()
    assert Notice.objects.get(to=wanjiru.email).language == "sw"
    sms = Notice.objects.get(to=poor.phone)
    assert sms.channel == "sms" and sms.body.startswith("CSE: ") and "/my/training/" in sms.body
    assert not Notice.objects.filter(about_ref=mute.ref).exists()
    settings.DEMO = True  # here SMS finds its way: to those who have an address too
    wanjiru.phone = "+254712000000"
    wanjiru.save()
    Notice.objects.all().delete()
    night()
    assert sorted(Notice.objects.filter(about_ref=wanjiru.ref).values_list("channel", flat=True)) == ["email", "sms"]


def test_a_name_that_looks_like_markup_stays_a_name(livestock):
    make.requirement()
    officer = make.officer(livestock, "Ng'ang'a %s", "{name}", posted=make.days_ago(85))
    night()
    assert str(officer) in Notice.objects.get().body


def test_a_course_that_begins_within_a_week_is_recalled_once(wanjiru):
    cohort = make.cohort(starts_on=make.days_ahead(9))
    seat = make.seat(cohort, wanjiru)
    assert night() == 0
    assert night(3) == 1
    assert night(4) == 0
    notice = Notice.objects.get()
    assert notice.key == f"begins:enrolment-{seat.pk}:{cohort.starts_on}"
    assert (notice.about_kind, notice.about_ref) == ("enrolment", f"{cohort.code}/{wanjiru.ref}")


def test_any_number_of_officers_costs_the_same_queries(livestock, django_assert_max_num_queries):
    make.requirement()
    for n in range(12):
        make.officer(livestock, f"Officer{n}", "Barasa", posted=make.days_ago(85))
    with django_assert_max_num_queries(20):
        assert night() == 12
