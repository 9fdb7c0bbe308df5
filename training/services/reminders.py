"""Reminders of training due: to each officer once for a due date."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Officer
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from cse_portal.notices.models import Notice
from training import policies
from training.compliance import status
from training.models import Course

from .enrolment import notice_to

AHEAD, BACK = dt.timedelta(days=30), dt.timedelta(days=14)  # due within a month; overdue for up to two weeks


@transaction.atomic
def remind(actor, on):
    """Queues what is wanting on that day; the outbox drops what was queued before: returns how many were offered."""
    wanted = status.due_between(on, on - BACK, on + AHEAD)
    courses = Course.objects.in_bulk({pk for s in wanted.values() for pk in s.lacking})
    notices = []
    for officer in Officer.objects.filter(pk__in=wanted).select_related("user").iterator(chunk_size=2000):
        state = wanted[officer.pk]
        kind = "overdue" if state.status == "overdue" else "due"
        notices += _reminder(officer, state, courses, f"training-{kind}:{officer.pk}:{state.due_on}")
    outbox.queue_many(notices)
    return len(notices)


@transaction.atomic
def remind_many(actor, *, officers, dry_run=False):
    """Tells these officers (ids), where due or overdue, what is required of them: (how many, [(officer id, why not)]).
    The same officer is told once a day at most."""
    if not policies.may_remind(actor):
        raise Refused(_("Only an HR officer reminds officers, of the own MDA and the MDAs below it."), code="not_allowed")
    on, sent, skipped, notices = actor.today, 0, [], []
    states = status.of_officers(officers, on)
    courses = Course.objects.in_bulk({pk for s in states.values() for pk in s.lacking})
    people = Officer.objects.visible_to(actor).filter(pk__in=officers).select_related("user").order_by("pk")
    told = {}
    for officer in people:
        state = states.get(officer.pk)
        if state is None or state.status not in ("due", "overdue"):
            skipped.append((officer.pk, _("Neither due nor overdue today.")))
        elif not (officer.email or officer.phone):
            skipped.append((officer.pk, _("The register holds neither an e-mail address nor a phone number.")))
        else:
            told[f"training-nudge:{officer.pk}:{on}"] = officer, state
    already = set(Notice.objects.filter(key__in=list(told)).values_list("key", flat=True))
    for key, (officer, state) in told.items():
        if key in already:
            skipped.append((officer.pk, _("Reminded today already.")))
            continue
        sent += 1
        notices += _reminder(officer, state, courses, key)
    if not dry_run and notices:
        outbox.queue_many(notices)
        trail.record_many(
            [trail.entry(actor, "reminded", officer) for key, (officer, _state) in told.items() if key not in already]
        )
    return sent, skipped


def _reminder(officer, state, courses, key):
    """What the officer is told, in the officer's language."""
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        words = {
            "name": officer,
            "courses": ", ".join(str(courses[pk]) for pk in state.lacking),
            "day": long_day(state.due_on),
            "site": settings.SITE_URL,
        }
        subject = (_("Overdue: %(courses)s") if state.status == "overdue" else _("Due before %(day)s: %(courses)s")) % words
        body = (
            _(
                "%(name)s,\n\n%(courses)s is required of you and was due, or falls due, before %(day)s. Your HR officer enrols you; ask there.\n\n%(site)s/my/training/"
            )
            % words
        )
    yield from notice_to(officer, key, subject, body, officer, language)
