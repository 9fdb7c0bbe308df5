"""What of the register waits for a person: marks in conflict, corrections of marks for a second one."""

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.oversight import links
from training.models import AttendanceEntry, Cohort, Correction

from .home import todo


def waiting(scope):
    """Lines of the to-do list of a trainer or coordinator."""
    in_conflict = AttendanceEntry.objects.visible_to(scope).filter(state="conflict", session__cohort__state=Cohort.State.RUNNING)
    asked = Correction.objects.visible_to(scope).filter(state="asked", session__isnull=False).exclude(asked_by=scope.user)
    found = []
    for code, n in _by_cohort(in_conflict):
        heading = ngettext("Settle %(n)s mark of %(cohort)s", "Settle %(n)s marks of %(cohort)s", n) % {"n": n, "cohort": code}
        text = _("Two people marked the same officer differently; one of them is right.")
        found.append(
            todo(heading, text, icon="alert-triangle", tone="bad", url=links.to("training:conflicts", code), verb=_("See both"))
        )
    for code, n in _by_cohort(asked):
        heading = ngettext(
            "Decide %(n)s correction of a mark of %(cohort)s", "Decide %(n)s corrections of marks of %(cohort)s", n
        )
        text = _("Asked for after the cohort was closed; a second person decides.")
        url = links.to("training:mark_corrections", code)
        found.append(
            todo(heading % {"n": n, "cohort": code}, text, icon="clipboard-check", tone="warn", url=url, verb=_("Decide"))
        )
    return found


def _by_cohort(rows):
    """[(cohort's code, how many)], the first five."""
    counted = rows.order_by().values("enrolment__cohort__code").annotate(n=Count("*")).order_by("enrolment__cohort__code")
    return counted.values_list("enrolment__cohort__code", "n")[:5]
