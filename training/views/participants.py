"""Who sits in a cohort and who waits: the seats, what is kept for MDAs, open offers, the waiting list in its order."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import Page
from training import policies
from training.models import Cohort, Enrolment, SeatQuota
from training.services import queue, quotas

from .cohorts import OfCohort
from .nominations import with_acts

State = Enrolment.State


def strip_of(seats, waiting, offered):
    """Rows of components/figures.html."""
    kept = sum(seats.kept(mda) for mda in seats.quotas)
    rows = [
        (_("Places"), seats.capacity, ()),
        (_("Taken"), seats.taken, [_("%(n)s of them offered") % {"n": offered}] if offered else ()),
        (_("Kept for MDAs"), kept, ()),
        (_("Free for all"), max(seats.pool, 0), ()),
        (_("Waiting"), waiting, ()),
    ]
    return [{"label": label, "value": value, "notes": notes} for label, value, notes in rows]


class Participants(OfCohort, Page):
    """Everyone who signs in sees how many seats there are; who sits in them, whoever sees the enrolments."""

    title = gettext_lazy("Participants and seats")
    allowed = staticmethod(policies.may_see_courses)
    template_name = "training/participants.html"

    def get_context_data(self, **kwargs):
        cohort, scope = self.cohort, self.scope
        found = Enrolment.objects.visible_to(scope).filter(cohort=cohort)
        found = found.select_related("officer__user", "organisation", "replaces__officer", "replaced_by__officer")
        found = list(found.order_by("officer__surname", "officer__first_name", "pk"))
        for seat in found:
            seat.cohort = cohort
        found = with_acts(scope, found)
        order = queue.queue(cohort)
        waiting = {s.pk: s for s in found if s.state == State.WAITLISTED}
        if waiting:
            said = queue.explain_all(cohort, list(waiting.values()))
            for seat in waiting.values():
                seat.explained = said.get(seat.pk, "")
        offered = cohort.enrolments.filter(state=State.OFFERED).count()
        live, seats = cohort.state in Cohort.LIVE, quotas.seats_of(cohort)
        kept = list(SeatQuota.objects.visible_to(scope).filter(cohort=cohort).select_related("organisation"))
        for quota in kept:
            quota.held = seats.held.get(quota.organisation_id, 0)
            quota.may_release = live and not quota.released_at and policies.may_release_quota(scope, quota)
        takes = cohort.state in (Cohort.State.OPEN, Cohort.State.CONFIRMED) and cohort.starts_on >= scope.today
        return super().get_context_data(
            seated=[s for s in found if s.state in Enrolment.LIVE],
            queue=[(n, waiting[e.pk]) for n, e in enumerate(order, 1) if e.pk in waiting],
            gone=[s for s in found if s.state not in Enrolment.LIVE and s.pk not in waiting],
            strip=strip_of(seats, len(order), offered),
            quotas=kept,
            may_keep=live and policies.may_keep_quota(scope, cohort),
            may_enrol=takes and policies.may_enrol(scope, cohort),
            may_ask=takes and policies.may_ask_for_seat(scope) and not found,
            **kwargs,
        )
