"""The register: marks of attendance."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import Attendance, Cohort, CohortSession, Enrolment

from .locks import locked


@transaction.atomic
def mark(actor, *, session, marks, source=Attendance.Source.PAGE):
    """Marks attendance: {enrolment id: mark}. The same marks again change nothing: returns how many changed."""
    cohort = locked(actor, session.cohort, policies.may_mark, _("Only the trainers of this cohort mark its attendance."))
    session = CohortSession.objects.get(pk=session.pk)
    if timezone.localdate(session.starts_at) > clock.today():
        raise Refused(
            _("Session %(n)s is on %(day)s; it is marked from then.") % {"n": session.number, "day": long_day(session.starts_at)},
            code="not_held",
        )
    seated = {e.pk: e for e in cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer", "cohort")}
    if set(marks) - set(seated):
        raise Refused(
            _("Someone marked here has no seat in %(cohort)s any more. Open the register again.") % {"cohort": cohort.code},
            code="no_seat",
        )
    old = dict(Attendance.objects.filter(session=session, enrolment__in=list(marks)).values_list("enrolment", "mark"))
    changed = {pk: m for pk, m in marks.items() if old.get(pk) != m}
    if not changed:
        return 0
    at = clock.now()
    Attendance.objects.bulk_create(
        [
            Attendance(session=session, enrolment_id=pk, mark=m, source=source, marked_by=actor.user, marked_at=at)
            for pk, m in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["session", "enrolment"],
        update_fields=["mark", "source", "marked_by", "marked_at"],
    )
    field = f"session {session.number}"
    trail.record_many([trail.entry(actor, "marked", seated[pk], {field: (old.get(pk), m)}, source) for pk, m in changed.items()])
    _begin(actor, cohort)
    return len(changed)


def _begin(actor, cohort):
    """The first mark makes a cohort run."""
    if cohort.state != Cohort.State.RUNNING:
        was, cohort.state = cohort.state, Cohort.State.RUNNING
        cohort.save(update_fields=["state"])
        trail.record(actor, "began", cohort, {"state": (was, cohort.state)})
