"""Nominating through the service, and what became of each."""

import datetime as dt

from cse_portal.notices.models import Notice
from training.models import Enrolment
from training.services import nominations

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def nominate(actor, cohort, *officers, **said):
    return nominations.nominate(actor, cohort=cohort, officers=[o.pk for o in officers], **said)


def seat_of(officer, cohort):
    return Enrolment.objects.filter(officer=officer, cohort=cohort).order_by("-pk").first()


def state(officer, cohort):
    return seat_of(officer, cohort).state


def states(cohort, people):
    return [state(o, cohort) for o in people if seat_of(o, cohort)]


def told(kind):
    return Notice.objects.filter(key__startswith=f"{kind}:").exclude(state="cancelled").count()
