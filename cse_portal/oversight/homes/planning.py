"""What waits in the calendar: go or no go for coordinators, officers to rebook for HR officers."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from training import policies
from training.services import decisions_due, rebooking

from .home import todo

SHOWN = 5


def decisions(scope):
    """Cohorts to be confirmed or cancelled within a week."""
    for cohort in decisions_due.due(scope.today)[:SHOWN]:
        text = _("%(n)s officers have a seat; it is held from %(least)s.") % {"n": cohort.taken, "least": cohort.minimum}
        yield todo(
            _("Go or no go by %(day)s: %(cohort)s") % {"day": day(cohort.decide_by), "cohort": cohort.code},
            text,
            icon="calendar-event",
            tone="bad" if cohort.decide_by < scope.today else "warn",
            url=links.to("training:cohort", cohort.code),
            verb=_("Decide"),
        )


def to_rebook(scope):
    """Officers who lost a seat with a cancelled cohort, where another is offered."""
    if not policies.may_rebook(scope):
        return
    found = rebooking.open_offers(scope, scope.today)
    if n := sum(cohort.displaced for cohort in found):
        heading = ngettext("%(n)s officer to rebook", "%(n)s officers to rebook", n) % {"n": n}
        codes = ", ".join(cohort.code for cohort in found[:SHOWN])
        text = _("Cancelled: %(cohorts)s. Another cohort is offered instead.") % {"cohorts": codes}
        yield todo(heading, text, icon="calendar-event", tone="warn", url=links.to("training:rebookings"), verb=_("Choose"))
