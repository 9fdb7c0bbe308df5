"""Who may teach which course, and when."""

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import TrainerAccreditation

from . import clashes

A_DAY = dt.timedelta(days=1)


@transaction.atomic
def grant(actor, *, user, course, first, last=None, authority=""):
    """Accredits a trainer for a course from the first day to the last, or for good."""
    if not policies.may_accredit(actor):
        raise Refused(_("Only a coordinator accredits trainers."), code="not_allowed")
    if last and last < first:
        sentence = _("The last day is before the first.")
        raise Refused.of("last", sentence, "dates")
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if clashes.strangers([user], clock.today()):
        sentence = _("%(names)s: not a trainer.") % {"names": user}
        raise Refused.of("user", sentence, "not_a_trainer")
    during = DateRange(first, last + A_DAY if last else None)
    if TrainerAccreditation.objects.filter(user=user, course=course, during__overlap=during).exists():
        sentence = _("The trainer is accredited for this course on some of these days already.")
        raise Refused.of("first", sentence, "overlap")
    made = TrainerAccreditation.objects.create(
        user=user, course=course, during=during, authority=authority, granted_by=actor.user, granted_at=clock.now()
    )
    trail.record(actor, "granted", made, {"first day": (None, first), "last day": (None, last)}, authority)
    return made


@transaction.atomic
def end(actor, *, accreditation, last, reason):
    """Accredited no longer than to that day. Cohorts taught after it are given to others first."""
    made = TrainerAccreditation.objects.select_for_update(of=["self"]).select_related("user", "course").get(pk=accreditation.pk)
    if not policies.may_accredit(actor):
        raise Refused(_("Only a coordinator accredits trainers."), code="not_allowed")
    first, was = made.during.lower, made.during.upper
    if last < first:
        sentence = _("It began on %(day)s.") % {"day": long_day(first)}
        raise Refused.of("last", sentence, "dates")
    if was and was <= last + A_DAY:
        sentence = _("It ended on %(day)s.") % {"day": long_day(was - A_DAY)}
        raise Refused.of("last", sentence, "ended")
    if codes := clashes.teaching(made.user, made.course, max(last + A_DAY, clock.today())):
        sentence = _("%(name)s teaches %(cohorts)s after that day. Name other trainers there first.") % {
            "name": made.user,
            "cohorts": ", ".join(codes[: clashes.SHOWN]),
        }
        raise Refused.of("last", sentence, "teaches")
    made.during, made.ended_reason = DateRange(first, last + A_DAY), reason
    made.save(update_fields=["during", "ended_reason"])
    trail.record(actor, "ended", made, {"last day": (was and was - A_DAY, last)}, reason)
    return made
