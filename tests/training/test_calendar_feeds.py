"""Feeds that calendar programs subscribe to, read by another library."""

import datetime as dt

import pytest
import vobject

from cse_portal.activity.models import Entry
from tests import factories as make
from training.models import CalendarFeed
from training.services import cohorts, enrolment, feeds, sessions
from training.services.clashes import Meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(embu, kiprono):
    return make.cohort(trainer=kiprono, days=2)


def subscribed(client):
    """The path of the person's own feed, made by the button."""
    assert client.post("/calendar/subscribe/make/").status_code == 302
    feed = CalendarFeed.objects.order_by("pk").last()
    assert f"/calendar/feed/{feed.token}.ics" in client.get("/calendar/subscribe/").content.decode()
    return f"/calendar/feed/{feed.token}.ics"


def read(anyone, path):
    """{uid: event} as vobject understands it."""
    answer = anyone.get(path)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    parsed = vobject.readOne(answer.content.decode())
    return {e.uid.value: e for e in parsed.contents.get("vevent", [])}


def test_a_trainer_follows_own_sessions(kiprono, signed_in, anyone, cohort):
    make.cohort("EMB-26-009")
    found = read(anyone, subscribed(signed_in(kiprono)))
    assert len(found) == 2
    session = cohort.sessions.first()
    event = found[f"{session.uid}@localhost"] if f"{session.uid}@localhost" in found else next(iter(found.values()))
    assert event.dtstart.value == session.starts_at and event.dtstart.value.tzinfo is not None
    assert event.dtstart.serialize().strip().endswith("053000Z")  # 08:30 in Nairobi
    assert "KSG Embu" in event.location.value and event.status.value == "CONFIRMED"


def test_a_move_and_a_cancellation_update_the_same_events(kiprono, coordinator, scope_of, signed_in, anyone, cohort):
    make.accreditation(kiprono)
    path, esther = subscribed(signed_in(kiprono)), scope_of(coordinator)
    before = read(anyone, path)
    one, two = cohort.sessions.all()
    hour = dt.timedelta(hours=1)
    moved = [Meeting(one.starts_at + hour, one.ends_at + hour, uid=one.uid), Meeting(two.starts_at, two.ends_at, uid=two.uid)]
    sessions.set_sessions(esther, cohort=cohort, sessions=moved)
    after = read(anyone, path)
    assert set(after) == set(before)
    assert sorted(e.sequence.value for e in after.values()) == ["0", "1"]
    cohorts.cancel_cohort(esther, cohort=cohort, reason="Floods")
    gone = read(anyone, path)
    assert set(gone) == set(before) and {e.status.value for e in gone.values()} == {"CANCELLED"}
    assert sorted(e.sequence.value for e in gone.values()) == ["1", "2"]


def test_an_officer_follows_own_seats_and_sees_those_given_back(learner, grace, scope_of, signed_in, anyone, wanjiru, cohort):
    seat = make.seat(cohort, wanjiru)
    path = subscribed(signed_in(learner))
    assert {e.status.value for e in read(anyone, path).values()} == {"CONFIRMED"}
    enrolment.withdraw(scope_of(grace), enrolment=seat, reason="Needed")
    gone = read(anyone, path)
    assert {(e.status.value, e.sequence.value) for e in gone.values()} == {("CANCELLED", "1")}
    make.seat(cohort, wanjiru)
    back = read(anyone, path)
    assert set(back) == set(gone) and {(e.status.value, e.sequence.value) for e in back.values()} == {("CONFIRMED", "2")}


def test_who_is_only_nominated_has_nothing_in_the_feed(learner, signed_in, anyone, wanjiru, cohort):
    make.seat(cohort, wanjiru, "nominated")
    assert read(anyone, subscribed(signed_in(learner))) == {}


def test_the_programme_of_a_campus_names_nobody(kiprono, signed_in, anyone, wanjiru, cohort):
    make.seat(cohort, wanjiru)
    mombasa = make.campus("KSG-MSA", "KSG Mombasa")
    make.cohort("MSA-26-001", at_campus=mombasa)
    path = subscribed(signed_in(kiprono)).removesuffix(".ics")
    answer = anyone.get(f"{path}/KSG-EMB.ics").content.decode()
    assert "Kiprono" not in answer and "Kamau" not in answer and "MSA-26" not in answer
    assert len(vobject.readOne(answer).vevent_list) == 2
    assert anyone.get(f"{path}/KSG-XXX.ics").status_code == 404


def test_what_has_not_changed_is_not_sent_again(kiprono, signed_in, anyone, cohort):
    path = subscribed(signed_in(kiprono))
    first = anyone.get(path)
    assert anyone.get(path).content == first.content
    for header, value in (("IF_NONE_MATCH", first["ETag"]), ("IF_MODIFIED_SINCE", first["Last-Modified"])):
        again = anyone.get(path, **{f"HTTP_{header}": value})
        assert again.status_code == 304 and not again.content and again["ETag"] == first["ETag"]
    session = cohort.sessions.first()
    session.title, session.sequence = "Opening", 1
    session.save()
    assert anyone.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_a_new_address_ends_the_old_one(kiprono, signed_in, anyone, cohort):
    client = signed_in(kiprono)
    old = subscribed(client)
    client.post("/calendar/subscribe/make/", {"renew": "1"})
    new = f"/calendar/feed/{CalendarFeed.objects.get().token}.ics"
    assert new != old and anyone.get(old).status_code == 404 and anyone.get(new).status_code == 200
    assert list(Entry.objects.filter(kind="calendar_feed").order_by("pk").values_list("verb", flat=True)) == ["made", "renewed"]
    kiprono.user.is_active = False
    kiprono.user.save()
    assert anyone.get(new).status_code == 404


def test_an_address_read_too_often_waits(kiprono, signed_in, anyone, cohort, monkeypatch):
    monkeypatch.setattr(feeds, "PER_MINUTE", 2)
    path = subscribed(signed_in(kiprono))
    assert [anyone.get(path).status_code for _n in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("n", [1, 12])
def test_a_feed_costs_the_same_queries_at_any_length(kiprono, signed_in, anyone, embu, django_assert_max_num_queries, n):
    for i in range(n):
        make.cohort(f"EMB-26-{i:03d}", starts_on=make.days_ahead(10 + 7 * i), trainer=kiprono)
    path = subscribed(signed_in(kiprono))
    with django_assert_max_num_queries(5):
        assert len(read(anyone, path)) == 5 * n
