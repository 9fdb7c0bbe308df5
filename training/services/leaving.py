"""Who leaves post gives up the seats of cohorts to come; who transfers keeps them."""

from django.db import connection
from django.utils.translation import gettext as _

from centres.access import Scope
from cse_portal.lib import clock
from cse_portal.notices import outbox
from training.models import Enrolment

from . import seat_notices, waiting

# Seats and places in a queue of cohorts to come, of officers who are not in post on their first day.
GIVEN_UP = """
SELECT e.id FROM training_enrolment e JOIN training_cohort c ON c.id = e.cohort_id
 WHERE e.officer_id = ANY(%(officers)s)
   AND e.state IN ('nominated', 'approved', 'offered', 'confirmed', 'waitlisted')
   AND c.state IN ('planned', 'open', 'confirmed') AND c.starts_on >= %(today)s
   AND NOT EXISTS (SELECT FROM centres_posting p WHERE p.officer_id = e.officer_id AND p.during @> c.starts_on)
"""


def postings_changed(officer_ids):
    """The hook: who nominated is told; the officer is not, who may have died. The cohort is not locked here, for the officers are:
    the free seats are offered by whoever settles the cohort next."""
    with connection.cursor() as cursor:
        cursor.execute(GIVEN_UP, {"officers": list(officer_ids), "today": clock.today()})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return
    rows = Enrolment.objects.filter(pk__in=ids, state__in=[*Enrolment.HOLDING, Enrolment.State.WAITLISTED])
    rows = rows.select_related("cohort__course_version__course", "officer", "organisation").order_by("pk")
    seats, now = list(rows.select_for_update(of=("self",))), clock.now()
    reason = _("No longer in post on the first day.")
    waiting.end(Scope.system_task("register"), seats, Enrolment.State.WITHDRAWN, now, "withdrew", reason)
    outbox.queue_many(seat_notices.tell_nominators("left", seats, f"left-post:{{cohort}}:{{user}}:{now:%Y%m%d%H%M%S%f}"))
