"""What a notice carries for the calendar arrives as parts that calendar programs take: over a real SMTP server."""

import email

import pytest
import vobject
from aiosmtpd.controller import Controller

from cse_portal.notices import outbox, services
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.portal.test_delivering_notices import free_port
from training import invitations

pytestmark = pytest.mark.django_db


class Kept:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(email.message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def post(settings):
    kept = Kept()
    port = free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = "127.0.0.1", port, False, ""
    yield kept
    server.stop()


def test_each_session_is_an_invitation_of_its_own(post, embu, wanjiru):
    seat = make.seat(make.cohort(days=2), wanjiru)
    outbox.queue(key="x", to=wanjiru.email, subject="Karibu", body="Come.", about=seat, calendar=invitations.for_officers([seat], "REQUEST")[seat.pk])
    assert services.deliver() == 1
    [message] = post.messages
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert len(parts) == 2 and {part.get_param("method") for part in parts} == {"REQUEST"}
    assert next(message.walk()).is_multipart() and "Come." in message.get_payload(0).get_payload(decode=True).decode()
    uids = set()
    for part in parts:
        parsed = vobject.readOne(part.get_payload(decode=True).decode())
        assert parsed.method.value == "REQUEST" and wanjiru.email in parsed.vevent.attendee.value
        uids.add(parsed.vevent.uid.value.split("@")[0])
    assert uids == {str(uid) for uid in seat.cohort.sessions.values_list("uid", flat=True)}


def test_a_notice_without_a_calendar_is_plain(post, db):
    outbox.queue(key="x", to="wanjiru@example.org", subject="Karibu", body="Come.")
    services.deliver()
    assert not post.messages[0].is_multipart() and Notice.objects.get().state == "sent"
