"""What officers, and those who nominated them, are told about seats. Each is a notice under a key that says why."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from cse_portal.accounts.models import User
from cse_portal.lib.templatetags.cse import long_day, moment
from cse_portal.notices import outbox
from training import invitations, seat_links

from .reaching import language_of, notice_to

NAMED = 20  # names in one notice

# kind: subject, body. The facts are those of `_facts`.
WORDS = {
    "joining": (
        gettext_noop("You have a seat: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\n%(mda)s has enrolled you in %(course)s (%(cohort)s).\n\nWhere: %(campus)s\nFrom: %(from)s\nTo: %(to)s\n\nPlease say whether you will come: %(link)s\n\n%(notes)s"
        ),
    ),
    "waiting": (
        gettext_noop("You are on the waiting list: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\n%(mda)s has nominated you for %(course)s (%(cohort)s) at %(campus)s from %(from)s. It is full: you are on the waiting list and hear from us when a seat comes free.\n\n%(link)s"
        ),
    ),
    "offer": (
        gettext_noop("A seat is offered to you: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\na seat came free in %(course)s (%(cohort)s) at %(campus)s, from %(from)s to %(to)s. It is yours if you accept before %(until)s; after that it is offered to the next officer.\n\n%(link)s"
        ),
    ),
    "offer-lapsed": (
        gettext_noop("The offer of a seat has lapsed: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\nthe seat in %(course)s (%(cohort)s) that was offered to you was not accepted before %(until)s. It goes to the next officer. Your HR officer can nominate you again."
        ),
    ),
    "withdrawn": (
        gettext_noop("Your seat was given back: %(course)s, %(from)s"),
        gettext_noop("%(name)s,\n\nyou are no longer enrolled in %(course)s (%(cohort)s) from %(from)s.\nReason: %(reason)s"),
    ),
    "not-coming": (
        gettext_noop("You do not come: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\nthe seat in %(course)s (%(cohort)s) from %(from)s is given back, as was said. Its sessions are taken out of your calendar."
        ),
    ),
    "cancelled": (
        gettext_noop("Cancelled: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\n%(course)s (%(cohort)s) from %(from)s will not be held.\nReason: %(reason)s\n\nYour MDA can enrol you in another cohort."
        ),
    ),
    "waiting-ended": (
        gettext_noop("No seat came free: %(course)s, %(from)s"),
        gettext_noop(
            "%(name)s,\n\n%(course)s (%(cohort)s) begins and no seat came free for you. Your HR officer can nominate you for the next cohort."
        ),
    ),
    "substituted": (
        gettext_noop("Somebody goes in your place: %(course)s, %(from)s"),
        gettext_noop("%(name)s,\n\n%(other)s takes your seat in %(course)s (%(cohort)s) from %(from)s.\nReason: %(reason)s"),
    ),
    "request-refused": (
        gettext_noop("Your request for a seat was refused: %(course)s, %(from)s"),
        gettext_noop("%(name)s,\n\nyou asked for a seat in %(course)s (%(cohort)s) from %(from)s.\nAnswer: %(reason)s"),
    ),
}


# What goes along for the officer's calendar.
CALENDARS = {"joining": "REQUEST", "withdrawn": "CANCEL", "not-coming": "CANCEL", "cancelled": "CANCEL", "substituted": "CANCEL"}


def _facts(cohort, language):
    """What is the same for every officer of a language, at one look-up a cohort."""
    return {
        "course": cohort.course_version.course.title,
        "cohort": cohort.code,
        "campus": str(cohort.campus),
        "from": long_day(cohort.starts_on),
        "to": long_day(cohort.ends_on),
        "notes": cohort.joining_notes,
        "reason": "",
        "other": "",
        "until": "",
    }


def tell(kind, enrolments, key="{kind}:enrolment-{pk}", reason="", until=None, other=""):
    """Yields a notice of a kind to each officer, in the officer's language. Enrolments have .cohort, .officer (with .user) and
    .organisation at hand. `until`: {enrolment id: instant}. With a seat come the sessions for the officer's calendar; they go with it."""
    groups, calendar = {}, {}
    if method := CALENDARS.get(kind):
        calendar = invitations.for_officers(enrolments, method)
    for e in enrolments:
        groups.setdefault((language_of(e.officer), e.cohort_id), []).append(e)
    for (language, _cohort), seats in groups.items():
        with translation.override(language):
            facts = _facts(seats[0].cohort, language) | {"reason": reason, "other": other}
            subject, body = (_(words) for words in WORDS[kind])
            for e in seats:
                said = facts | {"name": str(e.officer), "mda": str(e.organisation), "link": seat_links.address(e)}
                if until:
                    said["until"] = moment(until[e.pk])
                yield from notice_to(
                    e.officer,
                    key.format(kind=kind, pk=e.pk),
                    subject % said,
                    (body % said).rstrip(),
                    e,
                    language,
                    calendar.get(e.pk, ""),
                )


def tell_nominators(kind, enrolments, key, reason=""):
    """One notice to each who nominated, naming the officers: `kind` is lapsed, left, declined or turned-down."""
    groups = {}
    for e in enrolments:
        if e.enrolled_by_id:
            groups.setdefault((e.enrolled_by_id, e.cohort_id), []).append(e)
    users = User.objects.in_bulk({user for user, _cohort in groups})
    for (user, _cohort), seats in groups.items():
        user = users[user]
        with translation.override(user.language):
            cohort, n = seats[0].cohort, len(seats)
            facts = {"n": n, "cohort": cohort.code, "course": cohort.course_version.course.title, "reason": reason}
            if kind == "lapsed":
                subject = ngettext("%(n)s nomination lapsed: %(cohort)s", "%(n)s nominations lapsed: %(cohort)s", n)
                words = _("They were not approved in time; the seats are given back. Nominate again if they should still go.")
            elif kind == "left":
                subject = ngettext(
                    "%(n)s officer has left and gives up a seat: %(cohort)s",
                    "%(n)s officers have left and give up their seats: %(cohort)s",
                    n,
                )
                words = _("They are no longer in post on the first day. While others wait, the seats are offered to them.")
            elif kind == "turned-down":
                subject = ngettext(
                    "%(n)s nomination was turned down: %(cohort)s", "%(n)s nominations were turned down: %(cohort)s", n
                )
                words = _("Reason: %(reason)s")
            else:
                subject = ngettext("%(n)s officer declined: %(cohort)s", "%(n)s officers declined: %(cohort)s", n)
                words = _("The seat is given back. Reason: %(reason)s") if reason else _("The seat is given back.")
            body = f"{user},\n\n{facts['course']} ({cohort.code})\n{words % facts}\n\n{names(seats)}"
        yield outbox.notice(
            key=key.format(user=user.pk, cohort=cohort.pk),
            to=user.email,
            subject=subject % facts,
            body=body,
            language=user.language,
            about=cohort,
        )


def names(enrolments):
    """The officers, one a line, the first of them."""
    lines = [str(e.officer) for e in enrolments[:NAMED]]
    if len(enrolments) > NAMED:
        lines.append(_("And %(n)s more.") % {"n": len(enrolments) - NAMED})
    return "\n".join(lines)
