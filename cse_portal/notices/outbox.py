"""Queueing notices: the only door. Called inside the transaction of the fact that causes them."""

from uuid import uuid4

from cse_portal.lib import clock

from .models import Notice


def queue(*, key, to, subject, body, channel="email", language="en", about=None, not_before=None):
    """Queues one notice; a key that exists already queues nothing."""
    queue_many(
        [
            notice(
                key=key, to=to, subject=subject, body=body, channel=channel, language=language, about=about, not_before=not_before
            )
        ]
    )


def notice(*, key, to, subject, body, channel="email", language="en", about=None, not_before=None):
    """An unsaved notice, for `queue_many`."""
    return Notice(
        key=key,
        to=to,
        subject=" ".join(str(subject).split())[:250],
        body=str(body),
        channel=channel,
        language=language,
        about_kind=about.trail_kind if about else "",
        about_ref=about.trail_ref if about else "",
        message_id=f"<{uuid4().hex}@cse-portal>",
        queued_at=clock.now(),
        not_before=not_before,
    )


def queue_many(notices):
    """Queues many in one statement; those whose key exists are left out."""
    Notice.objects.bulk_create([n for n in notices if n.to], ignore_conflicts=True, batch_size=2000)
