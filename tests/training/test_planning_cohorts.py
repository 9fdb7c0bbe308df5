"""A coordinator's pages: the calendar, rooms, trainers, go or no go, rebooking; and their twins in the API."""

import datetime as dt
import gzip
import re

import pytest

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from training import weeks
from training.models import Cohort, Room, TrainerAccreditation
from training.services import accreditation, cohorts, decisions_due, nominations, rebooking, rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


# The calendar.


def test_the_calendar_shows_free_seats_and_what_is_full(grace, signed_in, embu, wanjiru):
    make.cohort("EMB-1", starts_on=make.days_ahead(8), capacity=30)
    full = make.cohort("EMB-2", starts_on=make.days_ahead(15), capacity=1)
    make.seat(full, wanjiru)
    page = signed_in(grace).get("/calendar/").content.decode()
    assert "Frontline 30" in page and 'class="full"' in page and "Join waitlist" in page and "Enrol staff" in page
    assert "style=" not in page.split("<main")[1]
    only = signed_in(grace).get("/calendar/?free=on").content.decode()
    assert "EMB-1" in only and "EMB-2" not in only


def test_filters_and_periods_are_in_the_address(coordinator, signed_in, embu):
    online = make.version("CSE-FRT-02", mode="virtual")
    make.cadre("SNR")
    make.cohort("EMB-1", starts_on=dt.date(2027, 2, 8))
    make.cohort("EMB-2", starts_on=dt.date(2027, 5, 10), of=online)
    client = signed_in(coordinator)

    def codes(query):
        return set(re.findall(r"EMB-\d", client.get(f"/calendar/?{query}").content.decode()))

    assert (
        codes("period=2027-1") == {"EMB-1"} and codes("period=2027-2") == {"EMB-2"} and codes("period=2027") == {"EMB-1", "EMB-2"}
    )
    assert codes("period=2027&campus=online") == {"EMB-2"} and codes("period=2027&campus=KSG-EMB") == {"EMB-1"}
    assert codes("period=2027&cadre=SNR") == set() and codes("period=nonsense") == codes("")
    page = client.get("/calendar/?period=2027-1").content.decode()
    assert "January to March 2027" in page and "period=2026-4" in page and "period=2027-2" in page


def test_for_an_mda_the_free_seats_are_its_own(grace, odhiambo, coordinator, signed_in, embu, livestock):
    from training.models import SeatQuota

    cohort = make.cohort("EMB-1", starts_on=make.days_ahead(8), capacity=10)
    SeatQuota.objects.create(
        cohort=cohort, organisation=livestock, seats=4, release_on=make.days_ahead(2), kept_at=make.at(make.days_ago(1))
    )
    free = {
        hat: re.search(r"Frontline (\d+)", signed_in(hat).get("/calendar/").content.decode())[1]
        for hat in (grace, odhiambo, coordinator)
    }
    assert free == {grace: "10", odhiambo: "6", coordinator: "6"}


def test_the_calendar_costs_the_same_at_any_length_and_is_light(
    learner, signed_in, embu, django_assert_num_queries, django_assert_max_num_queries
):
    client = signed_in(learner)
    for n in range(3):
        make.cohort(f"EMB-{n}", starts_on=make.days_ahead(5 + n))
    client.get("/calendar/")
    with django_assert_max_num_queries(18) as few:
        client.get("/calendar/")
    for n in range(3, 40):
        make.cohort(f"EMB-{n}", starts_on=make.days_ahead(5 + n))
    with django_assert_num_queries(len(few)):
        page = client.get("/calendar/")
    assert len(gzip.compress(page.content)) < 30_000 and "Ask for a seat" in page.content.decode()


def test_bars_that_overlap_stand_in_lanes():
    period = weeks.quarter(2027, 1)
    assert (period.first, period.last) == (dt.date(2027, 1, 1), dt.date(2027, 3, 31))
    day = dt.date(2027, 1, 11)
    things = [
        (day, day + dt.timedelta(days=11), "a"),
        (day + dt.timedelta(days=7), day + dt.timedelta(days=9), "b"),
        (day + dt.timedelta(days=14), day + dt.timedelta(days=18), "c"),
    ]
    _marks, [row], height = weeks.layout(period, [("Embu", things)])
    lanes = {bar.thing: bar.y for bar in row.bars}
    assert row.lanes == 2 and lanes["a"] == lanes["c"] < lanes["b"] and height > lanes["b"] + weeks.BAR
    assert [weeks.beside(p, n) for p in (period, weeks.year(2027)) for n in (-1, 1)] == ["2026-4", "2027-2", "2026", "2028"]


# Rooms and trainers.


def test_rooms_are_added_changed_and_closed(coordinator, signed_in, esther, embu):
    client = signed_in(coordinator)
    assert client.post("/rooms/add/", {"centre": "KSG-EMB", "name": "Hall 1", "capacity": 40}).status_code == 302
    assert client.post("/rooms/add/", {"centre": "KSG-EMB", "name": "Hall 1", "capacity": 30}).status_code == 409
    room, cohort = Room.objects.get(), make.cohort()
    cohort.sessions.update(room=room)
    answer = client.post(f"/rooms/{room.pk}/change/", {"name": "Hall 1", "capacity": 20})
    assert answer.status_code == 409 and "EMB-26-001 with 35 places is booked in it." in said(answer)
    answer = client.post(f"/rooms/{room.pk}/close/", {"on": f"{cohort.ends_on}"})
    assert answer.status_code == 409 and "EMB-26-001 meet in it" in said(answer)
    after = cohort.ends_on + dt.timedelta(days=1)
    assert client.post(f"/rooms/{room.pk}/close/", {"on": f"{after}"}).status_code == 302
    room.refresh_from_db()
    assert room.closed_on == after and "Frontline" in said(client.get(f"/rooms/{room.pk}/"))
    assert list(Entry.objects.filter(kind="room").order_by("pk").values_list("verb", flat=True)) == ["added", "closed"]


def test_a_trainer_is_accredited_and_it_ends(coordinator, kiprono, signed_in, esther):
    client, version = signed_in(coordinator), make.version()
    asked = {"user": kiprono.user.pk, "course": version.course.code, "first": f"{make.days_ago(9)}"}
    assert client.post("/trainers/accredit/", asked).status_code == 302
    assert client.post("/trainers/accredit/", asked).status_code == 409
    made = TrainerAccreditation.objects.get()
    cohort = make.cohort(trainer=kiprono)
    said_ = {"last": f"{make.days_ahead(1)}", "reason": "Left KSG"}
    answer = client.post(f"/trainers/accreditations/{made.pk}/end/", said_)
    assert answer.status_code == 409 and f"David Kiprono teaches {cohort.code} after that day" in said(answer)
    cohort.trainers.all().delete()
    assert client.post(f"/trainers/accreditations/{made.pk}/end/", said_).status_code == 302
    made.refresh_from_db()
    assert made.last == make.days_ahead(1) and made.ended_reason == "Left KSG"
    assert "David Kiprono" in said(client.get("/trainers/?course=CSE-FRT-01"))


def test_a_trainer_sees_the_own_line_only(kiprono, signed_in):
    other = make.member("trainer", "faith@ksg.example", "Faith Cherono")
    make.accreditation(kiprono)
    make.accreditation(other)
    page = said(signed_in(kiprono).get("/trainers/"))
    assert "David Kiprono" in page and "Faith Cherono" not in page


def test_only_coordinators_change_rooms_and_accreditations(kiprono, scope_of, embu):
    trainer = scope_of(kiprono)
    for act, words in (
        (rooms.add, {"centre": embu, "name": "Hall", "capacity": 4}),
        (accreditation.grant, {"user": kiprono.user, "course": make.course(), "first": make.days_ago(1)}),
    ):
        with pytest.raises(Refused):
            act(trainer, **words)


@pytest.mark.parametrize("page", ["/rooms/", "/trainers/"])
def test_lists_cost_the_same_at_any_length(
    coordinator, signed_in, embu, page, django_assert_num_queries, django_assert_max_num_queries
):
    client = signed_in(coordinator)

    def more(n):
        for i in range(n):
            name = f"{Room.objects.count()}{i}"
            make.room(embu, name)
            make.accreditation(make.member("trainer", f"t{name}@ksg.example", f"Trainer {name}"))

    more(2)
    client.get(page)
    with django_assert_max_num_queries(20) as few:
        client.get(page)
    more(20)
    with django_assert_num_queries(len(few)):
        client.get(page)


# Go or no go.


def test_go_needs_enough_officers_or_a_reason(coordinator, signed_in, embu, wanjiru):
    cohort = make.cohort(minimum=2, decide_by=make.days_ahead(3))
    make.seat(cohort, wanjiru)
    client = signed_in(coordinator)
    answer = client.post(f"/cohorts/{cohort.code}/confirm/", {})
    assert answer.status_code == 409 and "1 officers have a seat; it is held from 2." in said(answer)
    assert client.post(f"/cohorts/{cohort.code}/confirm/", {"reason": "More are promised"}).status_code == 302
    cohort.refresh_from_db()
    assert cohort.state == "confirmed" and Entry.objects.get(verb="confirmed").note == "More are promised"


def test_coordinators_are_reminded_once_before_and_once_when_due(coordinator, esther, embu):
    cohort = make.cohort(decide_by=make.days_ahead(5), opened_by=coordinator.user)
    make.cohort("EMB-2", decide_by=make.days_ahead(60), starts_on=make.days_ahead(70))
    for day in (0, 0, 1, 5, 6):
        decisions_due.remind(esther, make.days_ahead(day))
    keys = list(Notice.objects.order_by("pk").values_list("key", flat=True))
    assert [key.split(":")[0] for key in keys] == ["decide-soon", "decide-due"]
    assert {n.to for n in Notice.objects.all()} == {"coordinator@ksg.example"}
    cohorts.confirm_cohort(esther, cohort=cohort, reason="Promised")
    assert list(decisions_due.due(make.days_ahead(6))) == []


def test_no_go_offers_another_cohort_and_each_mda_chooses(
    coordinator, grace, odhiambo, esther, scope_of, signed_in, embu, wanjiru, hassan
):
    first, other = make.cohort("EMB-1"), make.cohort("EMB-2", starts_on=make.days_ahead(50))
    for hat, officer in ((grace, wanjiru), (odhiambo, hassan)):
        nominations.nominate(scope_of(hat), cohort=first, officers=[officer.pk])
    client = signed_in(coordinator)
    assert client.post("/cohorts/EMB-1/cancel/", {"reason": "Floods", "rebook_to": other.pk}).status_code == 302
    told = Notice.objects.filter(key__startswith="rebook:")
    assert {n.to for n in told} == {"grace@livestock.go.ke", "odhiambo@immigration.go.ke"}
    assert all("/cohorts/EMB-1/rebook/" in n.body for n in told)
    assert Notice.objects.filter(key__startswith="cancelled:enrolment").count() == 2
    hr = signed_in(grace)
    assert "EMB-2" in said(hr.get("/rebooking/"))
    page = hr.get("/cohorts/EMB-1/rebook/")
    assert "Wanjiru Kamau" in said(page) and "Hassan" not in said(page)
    seat = first.enrolments.get(officer=wanjiru)
    assert (
        hr.post("/cohorts/EMB-1/rebook/", {"officers": [first.enrolments.get(officer=hassan).pk]}).status_code == 200
    )  # not hers
    assert hr.post("/cohorts/EMB-1/rebook/", {"officers": [seat.pk]}).status_code == 302
    assert other.enrolments.get().officer == wanjiru and "Nobody is to be rebooked" in said(hr.get("/rebooking/"))
    with pytest.raises(Refused, match="Nobody of yours is left"):
        rebooking.rebook(scope_of(grace), cohort=first, to=other, organisation=seat.organisation)


def test_a_cohort_is_cancelled_once(esther, embu, wanjiru, kiprono):
    cohort = make.cohort(trainer=kiprono)
    make.seat(cohort, wanjiru)
    cohorts.cancel_cohort(esther, cohort=cohort, reason="Floods")
    before = Notice.objects.count()
    with pytest.raises(Refused, match="is cancelled"):
        cohorts.cancel_cohort(esther, cohort=cohort, reason="Floods")
    assert Notice.objects.count() == before == 2
    assert Notice.objects.get(key__startswith="cancelled:trainer").calendar.count("STATUS:CANCELLED") == 5


def test_another_cohort_of_another_course_is_not_offered(esther, embu):
    cohort, other = make.cohort("EMB-1"), make.cohort("EMB-2", of=make.version("CSE-SNR-01", cadre_code="SNR"))
    with pytest.raises(Refused, match="EMB-2 is not a cohort of this course"):
        cohorts.cancel_cohort(esther, cohort=cohort, reason="Floods", rebook_to=other)
    cohort.refresh_from_db()
    assert cohort.state == "open"


# The API.


def test_the_same_by_api(coordinator, signed_in, embu, kiprono):
    make.version()
    client = signed_in(coordinator)

    def post(path, **data):
        return client.post(f"/api/v1/{path}/", data, content_type="application/json")

    hall = post("rooms", campus="KSG-EMB", name="Hall 1", capacity=40).json()
    assert post("accreditations", trainer="kiprono@ksg.example", course="CSE-FRT-01", first_day="2026-01-01").status_code == 201
    opening = {
        "course": "CSE-FRT-01", "version": 1, "campus": "KSG-EMB", "starts_on": "2027-01-11", "ends_on": "2027-01-12", "room": hall["id"],
        "trainers": ["kiprono@ksg.example"], "minimum": 5, "decide_by": "2027-01-04",
    }  # fmt: skip
    made = post("cohorts", **opening)
    assert made.status_code == 201, made.content
    code, second = made.json()["code"], post("cohorts", **opening)
    assert second.status_code == 409 and "Hall 1" in second.json()["detail"]
    rows = client.get(f"/api/v1/sessions/?cohort={code}").json()["results"]
    assert len(rows) == 4 and {row["room"] for row in rows} == {hall["id"]}
    kept = [{"uid": r["uid"], "starts_at": r["starts_at"], "ends_at": r["ends_at"], "room": r["room"]} for r in rows[:3]]
    assert post(f"cohorts/{code}/sessions", sessions=kept).status_code == 200
    rows = client.get(f"/api/v1/sessions/?cohort={code}").json()["results"]
    assert [(r["sequence"], r["cancelled"]) for r in rows] == [(0, False)] * 3 + [(1, True)]
    shown = client.get("/api/v1/calendar/?period=2027-1").json()
    assert [(c["code"], c["free"], c["mode"], c["minimum"]) for c in shown] == [(code, 35, "in-person", 5)]
    assert post(f"cohorts/{code}/confirm").status_code == 409
    assert post(f"cohorts/{code}/cancel", reason="Floods").json()["state"] == "cancelled"
    assert post(f"rooms/{hall['id']}/close", on="2026-12-01").json()["closed_on"] == "2026-12-01"
    assert Cohort.objects.get().sessions.filter(cancelled_at=None).count() == 0


def test_what_waits_is_on_the_home(coordinator, grace, esther, scope_of, signed_in, embu, wanjiru):
    cohort, other = make.cohort("EMB-1", decide_by=make.days_ahead(2), minimum=9), make.cohort("EMB-2", starts_on=make.days_ahead(50))
    nominations.nominate(scope_of(grace), cohort=cohort, officers=[wanjiru.pk])
    assert "EMB-1 1 officers have a seat; it is held from 9." in said(signed_in(coordinator).get("/"))
    cohorts.cancel_cohort(esther, cohort=cohort, reason="Floods", rebook_to=other)
    assert "1 officer to rebook" in said(signed_in(grace).get("/")) and "Go or no go" not in said(signed_in(coordinator).get("/"))
