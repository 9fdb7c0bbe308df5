"""The code on the hall's screen, pure: it turns every 30 seconds, and opens nothing before or after the session."""

import datetime as dt
import hmac

TURN = 30  # seconds
EARLY = dt.timedelta(minutes=30)
LENGTH = 16  # hex digits


def code(secret, uid, window):
    """Of a session (its uid) and a window of time (counted from the epoch)."""
    return hmac.new(secret.encode(), f"training.hall:{uid}:{window}".encode(), "sha256").hexdigest()[:LENGTH]


def window(at):
    return int(at.timestamp()) // TURN


def turns_in(at):
    """Seconds until the next code."""
    return TURN - int(at.timestamp()) % TURN


def is_open(session, at):
    """From half an hour before the session until its end."""
    return session.starts_at - EARLY <= at < session.ends_at


def accepts(secret, session, given, at):
    """Whether a code read from the screen counts now: the present one, or the one before it."""
    if not is_open(session, at):
        return False
    now = window(at)
    return any(hmac.compare_digest(code(secret, session.uid, w), given) for w in (now, now - 1))
