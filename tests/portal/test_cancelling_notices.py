"""A notice that is no longer true is taken back while it waits."""

import pytest

from cse_portal.notices import outbox, services
from cse_portal.notices.models import Notice

pytestmark = pytest.mark.django_db


def test_what_waits_about_a_thing_is_cancelled_and_never_sent(wanjiru, hassan, mailoutbox):
    for officer in (wanjiru, hassan):
        outbox.queue(key=f"begins:{officer.pk}", to=officer.email, subject="It begins", body="…", about=officer)
    assert outbox.cancel([wanjiru], "The cohort was moved.") == 1
    assert services.deliver() == 1
    assert [mail.to for mail in mailoutbox] == [[hassan.email]]
    cancelled = Notice.objects.get(state="cancelled")
    assert (cancelled.about_ref, cancelled.error) == (wanjiru.ref, "The cohort was moved.")
    assert cancelled.cancelled_at


def test_what_was_sent_stays_sent_and_its_key_taken(wanjiru, mailoutbox):
    said = {"key": "begins:1", "to": wanjiru.email, "subject": "It begins", "body": "…", "about": wanjiru}
    outbox.queue(**said)
    services.deliver()
    assert outbox.cancel([wanjiru], "Moved.") == 0
    outbox.queue(**said)
    assert Notice.objects.get().state == "sent"


def test_what_is_said_to_stay_stays(wanjiru):
    outbox.queue(key="moved:1", to=wanjiru.email, subject="Moved", body="…", about=wanjiru)
    assert outbox.cancel([wanjiru], "Moved.", besides=["moved:1"]) == 0
