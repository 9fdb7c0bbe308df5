"""Queueing notices: the only door. Called inside the transaction of the fact that causes them."""

import json
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.utils import translation

from cse_portal.lib import bulk, clock

from .models import Notice

NAME = "\x01"  # stands for the reader's name in a text that many get


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
    bulk.insert([n for n in notices if n.to], ignore_conflicts=True)


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


def has_sms():
    """Whether an SMS finds its way: in the demonstration, to its mailbox. Without a gateway it is queued only to those who have no
    e-mail address, where its failing is seen."""
    return settings.DEMO


FOUND = """
CREATE TEMPORARY TABLE notices_found ON COMMIT DROP AS
SELECT f.*, md5(f.language || f.facts::text) AS reading FROM ({query}) f
WHERE NOT EXISTS (SELECT 1 FROM notices_notice n WHERE n.key = f.key)
"""
QUEUE = """
INSERT INTO notices_notice (key, channel, "to", subject, body, calendar, language, about_kind, about_ref, message_id, state, queued_at, attempts, unheard, error)
SELECT key, channel, "to", subject, body, '', language, about_kind, about_ref, '<' || replace(gen_random_uuid()::text, '-', '') || '@cse-portal>',
    'queued', %(now)s, 0, 0, ''
FROM (
    SELECT f.key, 'email' AS channel, f.email AS "to", replace(w.subject, %(name)s, f.name) AS subject, replace(w.body, %(name)s, f.name) AS body,
        f.language, f.about_kind, f.about_ref FROM notices_found f JOIN notices_words w USING (reading) WHERE f.email <> ''
    UNION ALL
    SELECT CASE WHEN f.email = '' THEN f.key ELSE f.key || ':sms' END, 'sms', f.phone, left(replace(w.sms, %(name)s, f.name), 250),
        replace(w.sms, %(name)s, f.name), f.language, f.about_kind, f.about_ref
    FROM notices_found f JOIN notices_words w USING (reading) WHERE f.phone <> '' AND (f.email = '' OR %(sms)s)
) AS q
ON CONFLICT (key) DO NOTHING
"""


def queue_found(query, params, write):
    """Queues a notice for each row that a query finds, without a row passing through Python: how many. It gives `key`, `name`,
    `email`, `phone`, `language`, `about_kind`, `about_ref` and `facts` (jsonb). `write(facts)` gives (subject, body, SMS) in the
    language of the moment, once for all rows of the same facts and language, with NAME where the reader is named. By e-mail; by
    SMS too where one finds its way, or where there is no address. A key that exists already queues nothing."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS notices_found, notices_words")
        cursor.execute(FOUND.format(query=query), params)
        cursor.execute("SELECT DISTINCT ON (reading) reading, language, facts FROM notices_found")
        words = []
        for reading, language, facts in cursor.fetchall():
            with translation.override(language):
                subject, body, sms = write(facts if isinstance(facts, dict) else json.loads(facts))
            words.append((reading, " ".join(str(subject).split())[:250], str(body), str(sms)))
        if not words:
            return 0
        cursor.execute(
            "CREATE TEMPORARY TABLE notices_words (reading text PRIMARY KEY, subject text, body text, sms text) ON COMMIT DROP"
        )
        for start in range(0, len(words), 1000):
            part = words[start : start + 1000]
            cursor.execute(
                "INSERT INTO notices_words VALUES " + ", ".join(["(%s, %s, %s, %s)"] * len(part)),
                [v for row in part for v in row],
            )
        cursor.execute("ANALYZE notices_found")
        cursor.execute(QUEUE, {"now": clock.now(), "name": NAME, "sms": has_sms()})
        return cursor.rowcount
