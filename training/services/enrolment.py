"""Seats in cohorts: enrol and withdraw, under a lock on the cohort, so that seats are never given twice."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Officer, Posting
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day, span
from cse_portal.notices import outbox
from training import policies
from training.models import Cohort, CourseEquivalence, Enrolment

SHOWN = 10  # sentences about single officers in one refusal


def free_seats(cohort):
    """Seats left; exact only while the cohort is locked."""
    return cohort.capacity - cohort.enrolments.live().count()


def lock_officers(ids):
    """Officers by id, locked in the order of their ids: whoever changes facts of officers does this first."""
    return {o.pk: o for o in Officer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}


@transaction.atomic
def enrol(actor, *, cohort, officers):
    """Enrols officers (ids), all or none: the new enrolments."""
    cohort = Cohort.objects.select_for_update().select_related(None).get(pk=cohort.pk)
    if not policies.may_enrol(actor, cohort):
        raise Refused(_("Only an HR officer enrols officers, of the own MDA and the MDAs below it."), code="not_allowed")
    if not officers:
        raise Refused(_("Choose at least one officer."), code="nobody", fields={"officers": [_("Choose at least one officer.")]})
    today = clock.today()
    if cohort.state not in (Cohort.State.OPEN, Cohort.State.CONFIRMED):
        raise Refused(
            _("%(cohort)s takes no enrolments: it is %(state)s.")
            % {"cohort": cohort.code, "state": cohort.get_state_display().lower()},
            code="not_open",
        )
    if cohort.starts_on < today:
        raise Refused(
            _("%(cohort)s has begun, on %(day)s.") % {"cohort": cohort.code, "day": long_day(cohort.starts_on)}, code="begun"
        )
    locked = lock_officers(set(officers))
    posts = _posts(actor, locked, today)
    if missing := len(set(officers)) - len(posts):
        raise Refused(
            ngettext("%(n)s officer is not in post in your MDA.", "%(n)s officers are not in post in your MDA.", missing)
            % {"n": missing},
            code="not_yours",
        )
    if problems := _problems(cohort, posts):
        shown = problems[:SHOWN]
        if len(problems) > SHOWN:
            shown.append(_("And %(n)s more.") % {"n": len(problems) - SHOWN})
        raise Refused(" ".join(shown), code="not_eligible", fields={"officers": shown})
    wanted, free = len(posts), free_seats(cohort)
    if wanted > free:
        sentence = ngettext(
            "%(n)s officer needs a seat; %(free)s are free.", "%(n)s officers need seats; %(free)s are free.", wanted
        ) % {"n": wanted, "free": free}
        raise Refused(sentence, code="full", fields={"officers": [sentence]})
    at = clock.now()
    made = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cohort,
            officer=p.officer,
            organisation=p.organisation,
            state=Enrolment.State.CONFIRMED,
            enrolled_by=actor.user,
            enrolled_at=at,
        )
        for p in posts
    )
    trail.record_many([trail.entry(actor, "enrolled", e, {"state": (None, e.state)}) for e in made])
    outbox.queue_many(joining(cohort, made))
    return made


def _posts(actor, officers, on):
    """Today's postings of the officers within the actor's MDA and below, by name."""
    found = Posting.objects.on(on).filter(officer__in=list(officers), organisation__in=actor.organisation_ids)
    return sorted(found.select_related("officer__user", "organisation", "cadre"), key=lambda p: str(p.officer))


def _problems(cohort, posts):
    """One sentence for each officer who cannot sit in the cohort."""
    officers = [p.officer_id for p in posts]
    course = cohort.course_version.course
    seats = Enrolment.objects.live().filter(officer__in=officers)
    here = set(seats.filter(cohort=cohort).values_list("officer", flat=True))
    overlapping = Cohort.objects.filter(
        state__in=Cohort.LIVE, starts_on__lte=cohort.ends_on, ends_on__gte=cohort.starts_on
    ).exclude(pk=cohort.pk)
    clashes = {e.officer_id: e.cohort for e in seats.filter(cohort__in=overlapping).select_related("cohort")}
    cadres = cadres_of(course)
    found = []
    for post in posts:
        name = str(post.officer)
        if post.officer_id in here:
            found.append(_("%(name)s is already enrolled in %(cohort)s.") % {"name": name, "cohort": cohort.code})
        elif post.cadre_id not in cadres:
            found.append(
                _("%(name)s is in the CSE cadre %(cadre)s; %(course)s is for %(for)s.")
                % {"name": name, "cadre": post.cadre.name, "course": course.title, "for": course.cadre.name}
            )
        elif other := clashes.get(post.officer_id):
            found.append(
                _("%(name)s already has a seat in %(cohort)s, %(dates)s.")
                % {"name": name, "cohort": other.code, "dates": span(other.starts_on, other.ends_on)}
            )
    return found


def joining(cohort, enrolments):
    """Joining instructions, one to each officer, in the officer's language."""
    by_language = {}
    for e in enrolments:
        by_language.setdefault(e.officer.user.language if e.officer.user else "en", []).append(e)
    for language, seats in by_language.items():
        with translation.override(language):
            facts = {
                "course": cohort.course_version.course.title,
                "cohort": cohort.code,
                "campus": str(cohort.campus),
                "from": long_day(cohort.starts_on),
                "to": long_day(cohort.ends_on),
                "notes": cohort.joining_notes,
            }
            subject = _("You have a seat: %(course)s, %(from)s") % facts
            words = _(
                "%(name)s,\n\n%(mda)s has enrolled you in %(course)s (%(cohort)s).\n\nWhere: %(campus)s\nFrom: %(from)s\nTo: %(to)s\n\n%(notes)s"
            )
        for e in seats:
            body = words % (facts | {"name": e.officer, "mda": e.organisation})
            yield from notice_to(e.officer, f"joining:enrolment-{e.pk}", subject, body.rstrip(), e, language)


def notice_to(officer, key, subject, body, about, language="en"):
    """The notice to an officer: by email, else by SMS; none where the register holds neither."""
    if officer.email:
        yield outbox.notice(key=key, to=officer.email, subject=subject, body=body, language=language, about=about)
    elif officer.phone:
        yield outbox.notice(
            key=key, to=officer.phone, subject=subject, body=subject, channel="sms", language=language, about=about
        )


@transaction.atomic
def withdraw(actor, *, enrolment, reason):
    """Gives the seat back."""
    cohort = Cohort.objects.select_for_update().get(pk=enrolment.cohort_id)
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    enrolment.cohort = cohort
    if not policies.may_withdraw(actor, enrolment):
        raise Refused(_("Only the MDA that enrolled the officer, or a coordinator, withdraws the enrolment."), code="not_allowed")
    if enrolment.state == Enrolment.State.WITHDRAWN:
        return enrolment
    if not policies.can_be_withdrawn(enrolment):
        raise Refused(_("This enrolment can no longer be withdrawn."), code="too_late")
    was, enrolment.state, enrolment.withdrawn_reason = enrolment.state, Enrolment.State.WITHDRAWN, reason
    enrolment.save(update_fields=["state", "withdrawn_reason"])
    trail.record(actor, "withdrew", enrolment, {"state": (was, enrolment.state)}, reason)
    officer = enrolment.officer
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        facts = {
            "name": officer,
            "course": cohort.course_version.course.title,
            "cohort": cohort.code,
            "day": long_day(cohort.starts_on),
            "reason": reason,
        }
        subject = _("Your seat was given back: %(course)s, %(day)s") % facts
        body = _("%(name)s,\n\nyou are no longer enrolled in %(course)s (%(cohort)s) from %(day)s.\nReason: %(reason)s") % facts
    outbox.queue_many(notice_to(officer, f"withdrawn:enrolment-{enrolment.pk}", subject, body, enrolment, language))
    return enrolment


def withdraw_all(actor, cohort, reason):
    """Withdraws every seat of a cohort that is locked and will not be held."""
    seats = list(cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer__user").order_by("pk"))
    cohort.enrolments.filter(pk__in=[e.pk for e in seats]).update(state=Enrolment.State.WITHDRAWN, withdrawn_reason=reason)
    notices = []
    for e in seats:
        language = e.officer.user.language if e.officer.user else "en"
        with translation.override(language):
            facts = {
                "name": e.officer,
                "course": cohort.course_version.course.title,
                "cohort": cohort.code,
                "day": long_day(cohort.starts_on),
                "reason": reason,
            }
            subject = _("Cancelled: %(course)s, %(day)s") % facts
            body = (
                _(
                    "%(name)s,\n\n%(course)s (%(cohort)s) from %(day)s will not be held.\nReason: %(reason)s\n\nYour MDA can enrol you in another cohort."
                )
                % facts
            )
        notices += notice_to(e.officer, f"cancelled:enrolment-{e.pk}", subject, body, e, language)
    trail.record_many(
        [
            trail.entry(actor, "withdrew", e, {"state": (Enrolment.State.CONFIRMED, Enrolment.State.WITHDRAWN)}, reason)
            for e in seats
        ]
    )
    outbox.queue_many(notices)
    return len(seats)


def cadres_of(course):
    """Ids of the CSE cadres that the course is for: its own, and those whose own course it counts for."""
    return {course.cadre_id, *CourseEquivalence.objects.filter(accepted=course).values_list("course__cadre", flat=True)}
