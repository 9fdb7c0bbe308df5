"""Reminding coordinators of cohorts whose go or no go is due."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training.models import Cohort

AHEAD = dt.timedelta(days=7)


def due(on):
    """Open cohorts to be decided within a week, or overdue, with their seats."""
    found = Cohort.objects.filter(state=Cohort.State.OPEN, decide_by__lte=on + AHEAD, ends_on__gte=on)
    return found.with_seats().select_related("course_version__course", "campus", "opened_by").order_by("decide_by", "code")


@transaction.atomic
def remind(actor, on):
    """Tells who opened the cohort, while coordinator, else every coordinator: once a week before, once when it is due."""
    hats = Membership.objects.on(on).filter(role=Role.COORDINATOR).select_related("user").order_by("pk")
    coordinators = {hat.user_id: hat.user for hat in hats}
    notices = []
    for cohort in due(on):
        told = [coordinators[cohort.opened_by_id]] if cohort.opened_by_id in coordinators else coordinators.values()
        when = "due" if cohort.decide_by <= on else "soon"
        notices += [_reminder(cohort, user, f"decide-{when}:cohort-{cohort.pk}:{cohort.decide_by}:{user.pk}") for user in told]
    outbox.queue_many(notices)
    return len(notices)


def _reminder(cohort, user, key):
    with translation.override(user.language):
        facts = {
            "name": user,
            "cohort": cohort,
            "day": long_day(cohort.decide_by),
            "n": cohort.taken,
            "least": cohort.minimum,
            "url": f"{settings.SITE_URL}{cohort.get_absolute_url()}",
        }
        subject = _("Go or no go by %(day)s: %(cohort)s") % facts
        body = (
            _("%(name)s,\n\n%(n)s officers have a seat in %(cohort)s; it is held from %(least)s. Decide by %(day)s.\n\n%(url)s")
            % facts
        )
    return outbox.notice(key=key, to=user.email, subject=subject, body=body, language=user.language, about=cohort)
