"""What waits for the HR officers of each MDA this week, as counts: read once for all of them."""

from collections import Counter

from django.db.models import Count
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from training.compliance import ledger
from training.models import Cohort, ComplianceSpan, CorrectionRequest, Enrolment, SeatRequest

State = Enrolment.State
MONTHS = 3


class ToDo:
    """Counts by organisation id on the day."""

    def __init__(self, on):
        self.expiring = Counter()
        for organisation, _cadre, n in ledger.expiring(on, clock.add_months(on, MONTHS)):
            self.expiring[organisation] += n
        self.seats = {state: Counter() for state in (State.NOMINATED, State.OFFERED, State.WAITLISTED)}
        live = Enrolment.objects.filter(state__in=self.seats, cohort__state__in=Cohort.LIVE).order_by()
        for organisation, state, n in live.values_list("organisation", "state").annotate(n=Count("*")):
            self.seats[state][organisation] = n
        self.requests = self._by_mda(SeatRequest.objects.filter(state=SeatRequest.State.ASKED), on)
        self.corrections = self._by_mda(CorrectionRequest.objects.filter(state=CorrectionRequest.State.ASKED), on)

    @staticmethod
    def _by_mda(asked, on):
        posts = ComplianceSpan.objects.filter(starts__lte=on, ends__gt=on, officer__in=asked.order_by().values("officer"))
        return Counter(dict(posts.order_by().values_list("organisation_id").annotate(n=Count("*"))))

    def lines(self, ids):
        """[sentence] of what is not nothing, of these MDAs together."""

        def total(counts):
            return sum(counts[pk] for pk in ids)

        rows = [
            (_("Expire within three months: %(n)s"), total(self.expiring)),
            (_("Seats offered from the waiting list, to be answered: %(n)s"), total(self.seats[State.OFFERED])),
            (_("Nominations that wait for approval: %(n)s"), total(self.seats[State.NOMINATED])),
            (_("On waiting lists: %(n)s"), total(self.seats[State.WAITLISTED])),
            (_("Officers who ask for a seat: %(n)s"), total(self.requests)),
            (_("Officers who ask for a correction: %(n)s"), total(self.corrections)),
        ]
        return [words % {"n": f"{n:,}"} for words, n in rows if n]
