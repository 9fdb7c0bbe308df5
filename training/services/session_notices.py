"""Telling those whom a moved session concerns: who sits in the cohort, and its trainers, each once for a change."""

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.lib.templatetags.cse import span
from cse_portal.notices import outbox
from cse_portal.notices.models import Notice
from training import invitations
from training.models import CohortSession, Enrolment

from .clashes import when

REPLACED = ("joining:", "sessions:", "begins:")  # what still waits to be sent and says the old times


def moved(cohort, change, changed, added, removed):
    """Queues one notice to each officer expected and each trainer: what is changed, and the programme as it is now. `change`: the
    trail's row of it."""
    told = cohort.enrolments.filter(state__in=Enrolment.SEATED).select_related("officer__user").order_by("pk")
    events = list(CohortSession.objects.filter(cohort=cohort).select_related("room__centre").order_by("starts_at"))
    touched = {s.pk for s in (*changed, *removed, *added)}
    events = [s for s in events if s.pk in touched]
    held = [s for s in cohort.sessions.select_related("room__centre").order_by("starts_at") if s.cancelled_at is None]
    seats = list(told)
    for seat in seats:
        seat.cohort = cohort
    _withdraw_old(seats, cohort)
    notices, words = [], {}
    invited = invitations.for_officers(seats, "REQUEST", {cohort.pk: events})
    for seat in seats:
        officer = seat.officer
        language = officer.user.language if officer.user else "en"
        if language not in words:
            with translation.override(language):
                words[language] = _words(cohort, held, changed, removed, added)
        subject, body = words[language]
        notices += _to(
            officer.email,
            officer.phone,
            f"sessions:enrolment-{seat.pk}:{change}",
            subject,
            f"{officer},\n\n{body}",
            seat,
            language,
            invited.get(seat.pk, ""),
        )
    with translation.override("en"):
        subject, body = _words(cohort, held, changed, removed, added)
    for trainer in cohort.trainers.select_related("user"):
        user = trainer.user
        text = invitations.for_trainer(user, cohort, sessions=events)
        notices += _to(
            user.email, "", f"sessions:trainer-{trainer.pk}:{change}", subject, f"{user},\n\n{body}", cohort, "en", text
        )
    outbox.queue_many(notices)
    return len(notices)


def trainers_named(cohort, change, added, removed):
    """Tells trainers who come and who go, with their sessions."""
    sessions = list(cohort.sessions.select_related("room__centre").order_by("starts_at"))
    held = [s for s in sessions if s.cancelled_at is None]
    facts = {"cohort": cohort, "dates": span(cohort.starts_on, cohort.ends_on), "campus": cohort.campus}
    for users, gone in ((added, False), (removed, True)):
        for user in users:
            with translation.override(user.language):
                if gone:
                    subject = _("You no longer teach %(cohort)s, %(dates)s") % facts
                else:
                    subject = _("You teach %(cohort)s, %(dates)s") % facts
                body = "\n".join([f"{user},", "", f"{subject}. {cohort.campus}.", "", *programme(held)])
            text = invitations.for_trainer(user, cohort, sessions=held, cancelled=gone, offset=int(gone))
            key = f"{'untaught' if gone else 'teaches'}:{cohort.pk}-{user.pk}:{change}"
            outbox.queue(key=key, to=user.email, subject=subject, body=body, language=user.language, about=cohort, calendar=text)


def cancelled(cohort, reason):
    """Tells the trainers that the cohort is not held."""
    sessions = list(cohort.sessions.select_related("room__centre").order_by("starts_at"))
    for trainer in cohort.trainers.select_related("user"):
        user = trainer.user
        with translation.override(user.language):
            facts = {"cohort": cohort, "dates": span(cohort.starts_on, cohort.ends_on), "reason": reason, "name": user}
            subject = _("Cancelled: %(cohort)s, %(dates)s") % facts
            body = _("%(name)s,\n\n%(cohort)s, %(dates)s, will not be held.\nReason: %(reason)s") % facts
        outbox.queue(
            key=f"cancelled:trainer-{trainer.pk}",
            to=user.email,
            subject=subject,
            body=body,
            language=user.language,
            about=cohort,
            calendar=invitations.for_trainer(user, cohort, sessions=sessions, cancelled=True),
        )


def programme(sessions):
    """One line a session."""
    return [", ".join(part for part in (when(s.starts_at, s.ends_at), s.title, _where(s)) if part) for s in sessions]


def _where(session):
    return session.room.name if session.room_id else session.link


def _words(cohort, held, changed, removed, added):
    facts = {"cohort": cohort, "dates": span(cohort.starts_on, cohort.ends_on), "campus": cohort.campus}
    subject = _("New times: %(cohort)s, %(dates)s") % facts
    lines = [_("The sessions of %(cohort)s are changed.") % facts, ""]
    for heading, sessions in ((_("Moved:"), changed), (_("New:"), added), (_("No longer held:"), removed)):
        if sessions:
            lines += [heading, *programme(sessions), ""]
    lines += [_("All sessions now, at %(campus)s:") % facts, *programme(held)]
    if cohort.joining_notes:
        lines += ["", cohort.joining_notes]
    return subject, "\n".join(lines)


def _to(email, phone, key, subject, body, about, language, calendar):
    if email:
        yield outbox.notice(key=key, to=email, subject=subject, body=body, language=language, about=about, calendar=calendar)
    elif phone:
        yield outbox.notice(key=key, to=phone, subject=subject, body=subject, channel="sms", language=language, about=about)


def _withdraw_old(seats, cohort):
    """Takes back what waits to be sent and says the old times; other notices about these seats stay."""
    about = [*seats, cohort]
    refs = {}
    for thing in about:
        refs.setdefault(thing.trail_kind, []).append(thing.trail_ref)
    stays = Q(pk=None)
    for kind, found in refs.items():
        stays |= Q(about_kind=kind, about_ref__in=found)
    old = Q()
    for prefix in REPLACED:
        old |= Q(key__startswith=prefix)
    besides = Notice.objects.filter(stays, state=Notice.State.QUEUED).exclude(old).values_list("key", flat=True)
    outbox.cancel(about, _("The sessions were changed."), besides=list(besides))
