"""The link of a seat, without an account and without JavaScript: what it shows, what may be answered, and what it refuses."""

import gzip

import pytest

from tests import factories as make
from tests.reading import said
from training import joining, seat_links
from training.models import Enrolment, SeatOffer

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(embu, kiprono):
    return make.cohort(trainer=kiprono, capacity=2, joining_notes="Bring your staff card.")


@pytest.fixture
def seat(cohort, wanjiru):
    return make.seat(cohort, wanjiru, "approved")


def page(seat):
    return f"/seat/{seat_links.token(seat)}/"


def waits(cohort, officer):
    """Who waits behind."""
    mda = officer.postings.get().organisation
    at = make.at(make.days_ago(1))
    return Enrolment.objects.create(
        cohort=cohort, officer=officer, organisation=mda, state="waitlisted", queued_at=at, enrolled_at=at
    )


def test_the_link_says_what_when_where_and_takes_a_yes(anyone, seat):
    shown = anyone.get(page(seat))
    text = said(shown)
    for word in (
        "Frontline Service Excellence",
        "KSG Embu",
        "Bring your staff card.",
        "Wanjiru Kamau",
        "Yes, I will come",
        "08:30–12:30",
    ):
        assert word in text
    assert "no-store" in shown["Cache-Control"] and shown["Referrer-Policy"] == "no-referrer"
    assert len(gzip.compress(shown.content)) < 60_000 and "<script>" not in shown.content.decode()
    assert anyone.post(page(seat), {"act": "confirm"}).status_code == 302
    assert "You confirmed on" in said(anyone.get(page(seat)))
    assert anyone.post(page(seat), {"act": "confirm"}).status_code == 302  # said twice, it changes nothing
    seat.refresh_from_db()
    assert seat.state == "confirmed" and seat.answered_at


def test_the_link_says_why(anyone, seat):
    make.requirement()
    assert "Frontline Service Excellence is required of you before" in said(anyone.get(page(seat)))


def test_a_no_needs_a_reason_and_the_seat_goes_to_the_next(anyone, seat, cohort, livestock):
    make.seat(cohort, make.officer(livestock, "Sits"))
    behind = waits(cohort, make.officer(livestock, "Behind"))
    refused = anyone.post(page(seat), {"act": "decline", "reason": " "})
    assert refused.status_code == 409 and "Say in a few words why you cannot come." in said(refused)
    assert anyone.post(page(seat), {"act": "decline", "reason": "Maternity leave"}).status_code == 302
    text = said(anyone.get(page(seat)))
    assert "The seat was declined on" in text and "Yes, I will come" not in text
    behind.refresh_from_db()
    assert behind.state == "offered"
    assert "A seat is free for you until" in said(anyone.get(page(behind)))
    again = anyone.post(page(seat), {"act": "confirm"})
    assert again.status_code == 409 and "no longer held" in said(again)


def test_an_offer_is_taken_until_its_hour(anyone, cohort, livestock):
    first, second = (waits(cohort, make.officer(livestock, name)) for name in ("First", "Second"))
    for seat, until in ((first, make.days_ahead(1)), (second, make.days_ago(0))):
        Enrolment.objects.filter(pk=seat.pk).update(state="offered")
        SeatOffer.objects.create(enrolment=seat, made_at=make.at(make.days_ago(2)), expires_at=make.at(until, 0, 1))
    assert "Accept the seat" in said(anyone.get(page(first)))
    assert anyone.post(page(first), {"act": "accept"}).status_code == 302
    first.refresh_from_db()
    assert first.state == "confirmed"
    assert "Accept the seat" not in said(anyone.get(page(second))) and "The offer has expired" in said(anyone.get(page(second)))
    late = anyone.post(page(second), {"act": "accept"})
    assert late.status_code == 409 and "The offer lapsed on" in said(late)


def test_who_waits_reads_the_place_and_why(anyone, cohort, livestock):
    for name in ("A", "B"):
        make.seat(cohort, make.officer(livestock, name))
    waits(cohort, make.officer(livestock, "First"))
    text = said(anyone.get(page(waits(cohort, make.officer(livestock, "Second")))))
    assert "You are number 2 on the waiting list." in text and "All 2 seats are held." in text


@pytest.mark.parametrize("token", ["1.nonsense", "nonsense", "1", "999999999.x", "%00", "../../etc"])
def test_a_link_that_is_not_ours_is_not_known(anyone, seat, token):
    for method in ("get", "post"):
        answer = getattr(anyone, method)(f"/seat/{token}/", {"act": "confirm"})
        assert answer.status_code == 404
    seat.refresh_from_db()
    assert seat.state == "approved"


def test_a_token_of_one_seat_opens_no_other(anyone, seat, cohort, livestock):
    other = make.seat(cohort, make.officer(livestock, "Other"), "approved")
    pk, signature = seat_links.token(seat).split(".")
    assert anyone.get(f"/seat/{other.pk}.{signature}/").status_code == 404 and pk == str(seat.pk)


@pytest.mark.parametrize(
    "state, words",
    [
        ("withdrawn", "The seat was given back"),
        ("substituted", "Another officer goes in your place."),
        ("completed", "Completed"),
        ("nominated", "An authorised officer still has to approve."),
    ],
)
def test_each_state_is_told(anyone, seat, state, words):
    Enrolment.objects.filter(pk=seat.pk).update(state=state)
    assert words in said(anyone.get(page(seat)))


def test_nothing_is_answered_once_the_cohort_is_cancelled_or_has_begun(anyone, seat):
    type(seat.cohort).objects.update(starts_on=make.days_ago(1), ends_on=make.days_ahead(3), state="running")
    assert "Yes, I will come" not in said(anyone.get(page(seat)))
    type(seat.cohort).objects.update(state="cancelled")
    assert "This cohort will not be held." in said(anyone.get(page(seat)))


def test_it_speaks_kiswahili(anyone, seat):
    assert 'lang="sw"' in anyone.get(page(seat), headers={"Accept-Language": "sw"}).content.decode()


# The same from My training, and the sheet.


def test_my_training_leads_there(learner, signed_in, seat):
    shown = signed_in(learner).get("/my/training/").content.decode()
    assert page(seat) in shown


def test_joining_instructions_are_a_pdf_for_those_who_see_the_seat(
    anyone, learner, grace, odhiambo, coordinator, signed_in, seat, settings
):
    by_link = anyone.get(f"{page(seat)}joining.pdf")
    assert by_link.status_code == 200 and by_link.content.startswith(b"%PDF") and by_link["Content-Type"] == "application/pdf"
    address = f"/nominations/{seat.pk}/joining.pdf"
    for hat in (learner, grace, coordinator):
        assert signed_in(hat).get(address).content.startswith(b"%PDF")
    assert signed_in(odhiambo).get(address).status_code == 404 and anyone.get(address).status_code == 302
    Enrolment.objects.filter(pk=seat.pk).update(state="withdrawn")
    assert anyone.get(f"{page(seat)}joining.pdf").status_code == 302 and signed_in(grace).get(address).status_code == 404


def test_the_sheet_says_each_session_with_its_room_or_link(seat):
    session = seat.cohort.sessions.first()
    seat.cohort.sessions.filter(pk=session.pk).update(link="https://meet.example.org/abc")
    seat.cohort.sessions.filter(number=2).update(cancelled_at=make.at(make.days_ago(1)))
    said_ = joining.facts(seat)
    assert len(said_["sessions"]) == 4 and said_["sessions"][0]["link"] == "https://meet.example.org/abc"
    assert said_["sessions"][1]["room"] == "KSG Embu" and said_["notes"] == ["Bring your staff card."]
    assert said_["answer"].endswith(page(seat))
