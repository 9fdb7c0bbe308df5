"""Delivering the outbox. Not one transaction but three short steps a notice: claim it, send it, write down what came of it.

A worker that dies between them loses nothing: its claim lapses and the notice goes again under the same Message-ID, with
`unheard` counted, for the first sending may have arrived.
"""

import datetime as dt
import logging
import smtplib
from email.mime.text import MIMEText

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.db.models import F
from icalendar import Calendar

from cse_portal.activity import trail
from cse_portal.lib import clock

from .models import Notice

log = logging.getLogger(__name__)
State = Notice.State

RETRY_AFTER = [dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]  # then it has failed
CLAIMS_AT_MOST = 12  # a notice on which the worker dies again and again

# The database's clock decides, so workers need not agree on theirs.
CLAIM = """
UPDATE notices_notice SET state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1,
    unheard = unheard + (state = 'sending')::int
WHERE id = (
    SELECT id FROM notices_notice
    WHERE state IN ('queued', 'sending')
      AND (state = 'queued' AND (not_before IS NULL OR not_before <= clock_timestamp())
           OR state = 'sending' AND claimed_at < clock_timestamp() - make_interval(secs => %s))
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""


def deliver(limit=500):
    """Sends up to `limit` notices that are due, over one connection: how many were sent. Without a mail server they wait."""
    sent, post = 0, None
    try:
        for _n in range(limit):
            if post is None:
                post = _open()
            if post is None or (notice := _claim()) is None:
                break
            outcome, heard = _send(post, notice)
            sent += outcome == State.SENT
            if not heard:
                post = _close(post)
    finally:
        _close(post)
    return sent


def waiting():
    """Whether anything is due; spares a connection to the mail server when nothing is."""
    return Notice.objects.filter(state__in=[State.QUEUED, State.SENDING]).exists()


@transaction.atomic
def retry(actor, *, notice):
    """Queues a failed notice anew; one that is not failed stays as it is."""
    failed = Notice.objects.filter(pk=notice.pk, state=State.FAILED)
    if failed.update(state=State.QUEUED, not_before=None, claimed_at=None, attempts=0, error=""):
        trail.record(actor, "queued again", notice, {"state": (State.FAILED, State.QUEUED), "error": (notice.error, "")})


def _open():
    post = mail.get_connection()
    try:
        post.open()
    except (OSError, smtplib.SMTPException) as error:  # ours to mend, no notice's fault
        log.error("The mail server does not answer: %s", error)
        return None
    return post


def _close(post):
    if post is not None:
        try:
            post.close()
        except (OSError, smtplib.SMTPException):
            pass


def _claim():
    return next(iter(Notice.objects.raw(CLAIM, [settings.NOTICE_CLAIM_SECONDS])), None)


def _send(post, notice):
    """Sends a claimed notice and writes the outcome: (state, whether the server's answer was heard)."""
    if notice.attempts > CLAIMS_AT_MOST:
        return _mark(notice, State.FAILED, "The worker stopped each time while sending this."), True
    if notice.channel == Notice.Channel.SMS and not settings.DEMO:
        return _mark(notice, State.FAILED, "No SMS gateway is set up."), True
    try:
        post.send_messages([message_of(notice)])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _answered(notice, code, words), True
    except smtplib.SMTPSenderRefused as error:  # our own address: the set-up is wrong, not the notice
        return _later(notice, f"{error.smtp_code} {_words(error.smtp_error)}"), True
    except smtplib.SMTPResponseException as error:
        return _answered(notice, error.smtp_code, error.smtp_error), True
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as error:  # an address or text that no server takes
        return _mark(notice, State.FAILED, str(error)), True
    except (OSError, smtplib.SMTPException) as error:
        return _later(notice, f"The connection broke: {error}", unheard=F("unheard") + 1), False
    return _mark(notice, State.SENT, sent_at=clock.now()), True


def message_of(notice):
    """The e-mail; what it carries for calendars is attached, one object a meeting, as calendar programs expect it (RFC 5546)."""
    headers = {"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated", "Content-Language": notice.language}
    if notice.channel == Notice.Channel.SMS:
        headers["X-Channel"] = "sms"
    message = mail.EmailMessage(notice.subject, notice.body, settings.DEFAULT_FROM_EMAIL, [notice.to], headers=headers)
    if notice.calendar and notice.channel == Notice.Channel.EMAIL:
        for n, (method, text) in enumerate(_meetings(notice.calendar), 1):
            message.attach(_part(f"session-{n}.ics", method, text))
    return message


def _meetings(text):
    """[(method, iCalendar text)]: an object for each UID."""
    whole = Calendar.from_ical(text)
    by_uid = {}
    for event in whole.walk("VEVENT"):
        by_uid.setdefault(str(event["uid"]), []).append(event)
    for events in by_uid.values():
        one = Calendar()
        for name, value in whole.property_items(recursive=False):
            if name not in ("BEGIN", "END"):
                one[name] = value
        for event in events:
            one.add_component(event)
        yield str(whole.get("method", "PUBLISH")), one.to_ical().decode()


def _part(name, method, text):
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _answered(notice, code, words):
    """The server said no: 5xx for ever, 4xx for now."""
    cause = f"{code} {_words(words)}"
    return _mark(notice, State.FAILED, cause) if code >= 500 else _later(notice, cause)


def _later(notice, cause, **values):
    if notice.attempts > len(RETRY_AFTER):
        return _mark(notice, State.FAILED, cause, **values)
    return _mark(notice, State.QUEUED, cause, not_before=clock.now() + RETRY_AFTER[notice.attempts - 1], **values)


def _mark(notice, state, cause="", **values):
    """Writes the outcome, unless the claim has lapsed and another worker holds the notice."""
    Notice.objects.filter(pk=notice.pk, state=State.SENDING, claimed_at=notice.claimed_at).update(
        state=state, error=cause, **values
    )
    return state


def _words(answer):
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
