"""Sessions as iCalendar events (RFC 5545): invitations that go with notices, and the feeds people subscribe to.

An event's UID is that of its session, for ever. For an officer SEQUENCE is that of the session plus how often the officer's
seat came and went: it only ever grows, so a later message always replaces an earlier one.
"""

import datetime as dt
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F, Window
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress
from icalendar.parser import Contentline

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
        made.add("organizer", organiser())
        made.add("attendee", invited(attendee), encode=0)
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


def earlier(cohorts):
    """{enrolment id: how many older enrolments the officer has in the cohort}, where there are any. One query."""
    nth = Window(Count("pk"), partition_by=[F("cohort"), F("officer")], order_by=F("pk").asc())
    rows = Enrolment.objects.filter(cohort__in=cohorts).annotate(nth=nth).values_list("pk", "nth")
    return {pk: n - 1 for pk, n in rows if n > 1}


def sessions_of(cohorts, also_cancelled=False):
    """{cohort id: [session]}, in order. One query."""
    found = CohortSession.objects.filter(cohort__in=cohorts).select_related("room__centre").order_by("starts_at")
    by_cohort = {}
    for session in found if also_cancelled else found.filter(cancelled_at=None):
        by_cohort.setdefault(session.cohort_id, []).append(session)
    return by_cohort


def for_officers(enrolments, method, sessions=None):
    """{enrolment id: iCalendar text} for officers with an e-mail address, in two queries. `sessions`: {cohort id: [session]} where
    not all are meant. Enrolments have .cohort and .officer at hand."""
    cohorts = {e.cohort_id for e in enrolments}
    sessions = sessions if sessions is not None else sessions_of(cohorts, method == "CANCEL")
    before, at, texts, found, somebody = earlier(cohorts), timezone.now(), {}, {}, _line(SOMEBODY)
    for e in enrolments:
        if not e.officer.email or not (held := sessions.get(e.cohort_id)):
            continue
        offset = seat_offset(before.get(e.pk, 0), e.state not in Enrolment.LIVE)
        key = e.cohort_id, offset
        if key not in texts:  # the same for all but the line that names the officer
            gone = method == "CANCEL"
            events = [event(s, e.cohort, at=at, cancelled=gone, offset=offset, attendee=SOMEBODY) for s in held]
            texts[key] = calendar(events, method)
        found[e.pk] = texts[key].replace(somebody, _quick_line((e.officer.email, str(e.officer))))
    return found


SOMEBODY = ("somebody@cse-portal", "Somebody")


def invited(person):
    email, name = person
    found = address(email, name)
    found.params["ROLE"], found.params["PARTSTAT"] = "REQ-PARTICIPANT", "NEEDS-ACTION"
    return found


def _attendee(person):
    found = invited(person)
    return Contentline.from_parts("ATTENDEE", found.params, found)


def _line(person):
    """The line of an event that names who is invited."""
    return _attendee(person).to_ical().decode()


def _quick_line(person):
    """The same; where every character is one octet, folded by slices, for thousands of them."""
    line = _attendee(person)
    if not line.isascii():
        return line.to_ical().decode()
    return "\r\n ".join([line[:75], *(line[n : n + 74] for n in range(75, len(line), 74))])


def for_trainer(user, cohort, sessions=None, cancelled=False, offset=0):
    """The same for a trainer of the cohort."""
    found = sessions_of([cohort]).get(cohort.pk, []) if sessions is None else sessions
    if not found:
        return ""
    at, person = timezone.now(), (user.email, str(user))
    events = [event(s, cohort, at=at, cancelled=cancelled, offset=offset, attendee=person) for s in found]
    return calendar(events, "CANCEL" if cancelled else "REQUEST")


def feed(rows, name, at):
    """A feed: rows of (session, cohort, cancelled, offset)."""
    return calendar([event(s, c, at=at, cancelled=gone, offset=offset) for s, c, gone, offset in rows], "", name)


def feed_name(about):
    return _("Training: %(about)s") % {"about": about}
