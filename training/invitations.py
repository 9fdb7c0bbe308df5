"""Sessions as iCalendar events (RFC 5545): invitations that go with notices, and the feeds people subscribe to.

An event's UID is that of its session, for ever. For an officer SEQUENCE is that of the session plus how often the officer's
seat came and went: it only ever grows, so a later message always replaces an earlier one.
"""

import datetime as dt
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from .models import CohortSession, Enrolment

PRODUCT = "-//CSE Portal//Training calendar//EN"


def uid(session):
    return f"{session.uid}@{urlsplit(settings.SITE_URL).hostname or 'cse-portal'}"


def address(email, name=""):
    found = vCalAddress(f"mailto:{email}")
    if name:
        found.params["CN"] = name
    return found


def organiser():
    name, email = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return address(email, name or "CSE Portal")


def place(session, cohort):
    """Room and campus, or where it is held online."""
    if session.room_id:
        return str(session.room)
    return session.link or str(cohort.campus)


def event(session, cohort, *, at, cancelled=False, offset=0, attendee=None):
    """The VEVENT of a session; `attendee` is (e-mail, name) where somebody is invited. `at`: when the facts became so."""
    made = Event()
    made.add("uid", uid(session))
    made.add("dtstamp", at.astimezone(dt.UTC).replace(microsecond=0))
    made.add("dtstart", session.starts_at.astimezone(dt.UTC))
    made.add("dtend", session.ends_at.astimezone(dt.UTC))
    title = cohort.course_version.course.title
    made.add("summary", f"{title}: {session.title}" if session.title else title)
    made.add("location", place(session, cohort))
    page = f"{settings.SITE_URL}{cohort.get_absolute_url()}"
    lines = [cohort.code, str(cohort.campus), session.link, page]
    made.add("description", "\n".join(line for line in lines if line))
    made.add("url", page)
    gone = cancelled or session.cancelled_at is not None
    made.add("status", "CANCELLED" if gone else "CONFIRMED")
    made.add("sequence", session.sequence + offset)
    if attendee:
        email, name = attendee
        invited = address(email, name)
        invited.params["ROLE"], invited.params["PARTSTAT"] = "REQ-PARTICIPANT", "NEEDS-ACTION"
        made.add("organizer", organiser())
        made.add("attendee", invited, encode=0)
    return made


def calendar(events, method="", name=""):
    """The iCalendar text of events."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    if method:
        made.add("method", method)
    if name:
        made.add("name", name)
        made.add("x-wr-calname", name)
        made.add("refresh-interval", dt.timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for one in events:
        made.add_component(one)
    return made.to_ical().decode()


def seat_offset(earlier, ended):
    """How often the seat of an officer came and went: `earlier` enrolments of the officer in the cohort, and whether this ended."""
    return 2 * earlier + bool(ended)


def _earlier(enrolment):
    return Enrolment.objects.filter(cohort=enrolment.cohort_id, officer=enrolment.officer_id, pk__lt=enrolment.pk).count()


def _sessions(cohort, which):
    """A list as it is; else those of the cohort that are held, in order."""
    if isinstance(which, list):
        return which
    found = CohortSession.objects.filter(cohort=cohort, cancelled_at=None) if which is None else which
    return list(found.select_related("room__centre").order_by("starts_at"))


def request_for(enrolment, sessions=None, earlier=None):
    """Invites the officer to the sessions of the cohort: iCalendar text, METHOD REQUEST; empty where there is no e-mail."""
    return _for_officer(enrolment, "REQUEST", sessions, earlier)


def cancel_for(enrolment, sessions=None, earlier=None):
    """Takes the sessions out of the officer's calendar: METHOD CANCEL. Without `sessions`, all of the cohort."""
    if sessions is None:
        sessions = CohortSession.objects.filter(cohort=enrolment.cohort_id)
    return _for_officer(enrolment, "CANCEL", sessions, earlier)


def _for_officer(enrolment, method, sessions, earlier):
    officer, cohort = enrolment.officer, enrolment.cohort
    found = _sessions(cohort, sessions)
    if not officer.email or not found:
        return ""
    ended = enrolment.state not in Enrolment.LIVE
    offset = seat_offset(_earlier(enrolment) if earlier is None else earlier, ended)
    person = (officer.email, str(officer))
    gone = method == "CANCEL"
    at = timezone.now()
    return calendar([event(s, cohort, at=at, cancelled=gone, offset=offset, attendee=person) for s in found], method)


def for_trainer(user, cohort, sessions=None, cancelled=False, offset=0):
    """The same for a trainer of the cohort."""
    found = _sessions(cohort, sessions)
    if not found:
        return ""
    at = timezone.now()
    person = (user.email, str(user))
    events = [event(s, cohort, at=at, cancelled=cancelled, offset=offset, attendee=person) for s in found]
    return calendar(events, "CANCEL" if cancelled else "REQUEST")


def feed(rows, name, at):
    """A feed: rows of (session, cohort, cancelled, offset)."""
    return calendar([event(s, c, at=at, cancelled=gone, offset=offset) for s, c, gone, offset in rows], "", name)


def feed_name(about):
    return _("Training: %(about)s") % {"about": about}
