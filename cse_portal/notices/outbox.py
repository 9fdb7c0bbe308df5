"""Queueing notices: the only door. Called inside the transaction of the fact that causes them."""

from uuid import uuid4

from cse_portal.lib import clock

from .models import Notice


def queue(**said):
    """Queues one notice, as `notice` makes it; a key that exists already queues nothing."""
    queue_many([notice(**said)])


def notice(*, key, to, subject, body, channel="email", language="en", about=None, not_before=None, calendar=""):
    """An unsaved notice, for `queue_many`. `not_before`: the instant it is due; `calendar`: an iCalendar object that goes along."""
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
        calendar=calendar,
    )


def queue_many(notices):
    """Queues many in one statement; those whose key exists are left out."""
    Notice.objects.bulk_create([n for n in notices if n.to], ignore_conflicts=True, batch_size=2000)


def cancel(about, because, besides=()):
    """Takes back what is queued about these things and no longer true: how many. What is being sent, or was sent, stays, and
    keys stay taken. `besides`: keys of notices that stay queued. Called before the notice that tells of the change is queued."""
    refs, n = {}, 0
    for thing in about:
        refs.setdefault(thing.trail_kind, []).append(thing.trail_ref)
    for kind, found in refs.items():
        waiting = Notice.objects.filter(state=Notice.State.QUEUED, about_kind=kind, about_ref__in=found).exclude(key__in=besides)
        n += waiting.update(state=Notice.State.CANCELLED, cancelled_at=clock.now(), error=str(because)[:300])
    return n
