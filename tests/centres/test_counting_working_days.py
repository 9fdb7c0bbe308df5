"""Deadlines in working days pass over weekends and public holidays; people keep the days that no law can know ahead."""

import datetime as dt

import pytest
from django.urls import reverse

from centres.access import Scope
from centres.models import Holiday
from centres.services import holidays, reference, working_days
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system_task("test")
D = dt.date


@pytest.fixture
def of_the_law(db):
    reference._holidays(SYSTEM, reference.FILES)


def workday(ahead):
    day = make.days_ahead(ahead)
    return day + dt.timedelta(days=1) if day.weekday() == 6 else day


def test_easter_and_christmas_are_passed_over(of_the_law):
    assert working_days.later(D(2026, 4, 2), 1) == D(2026, 4, 7)  # Thursday; Good Friday, Easter Monday
    assert working_days.later(D(2026, 12, 24), 1) == D(2026, 12, 28)
    assert working_days.later(D(2026, 12, 24), 0) == D(2026, 12, 24)
    assert working_days.earlier(D(2026, 4, 7), 1) == D(2026, 4, 2)
    assert working_days.between(D(2026, 4, 2), D(2026, 4, 7)) == 1
    assert working_days.between(D(2026, 4, 7), D(2026, 4, 2)) == -1


def test_a_holiday_on_a_sunday_is_off_the_day_after(of_the_law):
    assert not Holiday.objects.filter(day=D(2027, 12, 12)).exists()
    assert Holiday.objects.get(day=D(2027, 12, 13)).name == "Jamhuri Day"
    assert working_days.later(D(2027, 12, 10), 1) == D(2027, 12, 14)


def test_an_instant_keeps_its_time_of_day_in_nairobi(of_the_law):
    late = clock.instant(D(2026, 4, 2), dt.time(23, 30))
    assert working_days.later(late, 2) == clock.instant(D(2026, 4, 8), dt.time(23, 30))


def test_later_and_earlier_and_between_agree(of_the_law):
    for first in (D(2024, 10, 18), D(2026, 12, 1), D(2027, 10, 8)):
        for n in range(1, 30):
            last = working_days.later(first, n)
            assert working_days.between(first, last) == n
            assert working_days.later(working_days.earlier(first, n), n) >= first - dt.timedelta(days=4)


def test_the_secretariat_adds_the_day_that_the_moon_sets(secretariat, signed_in):
    day = workday(40)
    sent = {"day": day.isoformat(), "name": "Idd-ul-Fitr", "authority": "Gazette notice 3110"}
    signed_in(secretariat).post(reverse("centres:holiday_add"), sent)
    assert Holiday.objects.get(day=day).name == "Idd-ul-Fitr"
    assert Entry.objects.get(kind="holiday").verb == "added"
    again = signed_in(secretariat).post(reverse("centres:holiday_add"), sent)
    assert again.status_code == 409 and "already a holiday" in again.content.decode()
    assert "Idd-ul-Fitr" in signed_in(secretariat).get(reverse("centres:holidays")).content.decode()


def test_hr_reads_the_list_and_changes_nothing(grace, signed_in, scope_of):
    assert signed_in(grace).get(reverse("centres:holidays")).status_code == 200
    assert signed_in(grace).get(reverse("centres:holiday_add")).status_code == 403
    with pytest.raises(Refused):
        holidays.declare(scope_of(grace), day=workday(9), name="A day off", authority="Ours")


def test_a_holiday_to_come_is_removed_with_a_reason_and_stays_removed(coordinator, scope_of):
    actor = scope_of(coordinator)
    holiday = Holiday.objects.create(day=workday(9), name="A day", authority="Notice 1")
    with pytest.raises(Refused):
        holidays.remove(actor, holiday, reason=" ")
    holidays.remove(actor, holiday, reason="Moved by notice 2.")
    assert not Holiday.objects.exists()
    reference._holidays(SYSTEM, reference.FILES)
    coming = Holiday.objects.filter(day__gt=clock.today()).first()
    holidays.remove(actor, coming, reason="Repealed.")
    reference._holidays(SYSTEM, reference.FILES)
    assert not Holiday.objects.filter(day=coming.day).exists()


def test_a_past_holiday_stays(administrator, scope_of):
    past = Holiday.objects.create(day=make.days_ago(3), name="A day", authority="Notice 1")
    with pytest.raises(Refused) as refusal:
        holidays.remove(scope_of(administrator), past, reason="Wrong.")
    assert refusal.value.code == "past" and Holiday.objects.exists()


def test_a_sunday_is_answered_with_what_to_do(secretariat, scope_of):
    sunday = next(d for d in map(make.days_ahead, range(1, 9)) if d.weekday() == 6)
    with pytest.raises(Refused) as refusal:
        holidays.declare(scope_of(secretariat), day=sunday, name="A day", authority="Notice 1")
    assert "day" in refusal.value.fields


def test_by_api(secretariat, signed_in):
    client = signed_in(secretariat)
    made = client.post(
        "/api/v1/holidays/", {"day": workday(20).isoformat(), "name": "A day", "authority": "Notice 1"}, "application/json"
    )
    assert made.status_code == 201
    assert client.get("/api/v1/holidays/").json()["results"][0]["name"] == "A day"
    gone = client.post(f"/api/v1/holidays/{made.json()['id']}/remove/", {"reason": "Repealed."}, "application/json")
    assert gone.status_code == 204 and not Holiday.objects.exists()
