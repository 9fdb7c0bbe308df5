"""Who sits in a cohort and who waits: the seats, what is kept for MDAs, open offers, the waiting list in its order."""

from django.utils.translation import gettext_lazy

from centres.models import Officer
from cse_portal.lib.doors import Page
from training import policies
from training.models import Cohort, Enrolment, SeatOffer, SeatQuota

from .cohorts import OfCohort


class Participants(OfCohort, Page):
    title = gettext_lazy("Participants and seats")
    needs = staticmethod(policies.may_see_participants)
    template_name = "training/participants.html"

    def get_context_data(self, **kwargs):
        cohort, scope = self.cohort, self.scope
        found = Enrolment.objects.visible_to(scope).filter(cohort=cohort)
        found = found.select_related("officer", "organisation", "replaces__officer", "replaced_by__officer")
        found = list(found.order_by("officer__surname", "officer__first_name", "pk"))
        in_sight = set(
            Officer.objects.visible_to(scope).filter(pk__in=[s.officer_id for s in found]).values_list("pk", flat=True)
        )
        offers = {o.enrolment_id: o for o in SeatOffer.objects.visible_to(scope).open().filter(enrolment__cohort=cohort)}
        live = cohort.state in Cohort.LIVE
        for seat in found:
            seat.cohort = cohort
            seat.may_see = seat.officer_id in in_sight
            seat.offer = offers.get(seat.pk)
            seat.may_withdraw = live and policies.may_withdraw(scope, seat) and policies.can_be_withdrawn(seat)
        waiting_ = {s.pk: s for s in found if s.state == Enrolment.State.WAITLISTED}
        order = Enrolment.objects.filter(cohort=cohort, state=Enrolment.State.WAITLISTED).order_by("queued_at", "pk")
        places = {pk: n for n, pk in enumerate(order.values_list("pk", flat=True), 1)} if waiting_ else {}
        return super().get_context_data(
            seated=[s for s in found if s.state in Enrolment.LIVE],
            queue=[(n, waiting_[pk]) for pk, n in places.items() if pk in waiting_],
            gone=[s for s in found if s.state not in Enrolment.LIVE and s.pk not in waiting_],
            quotas=SeatQuota.objects.visible_to(scope).filter(cohort=cohort).select_related("organisation"),
            may_keep=live and policies.may_change_cohort(scope, cohort),
            live=live,
            **kwargs,
        )
