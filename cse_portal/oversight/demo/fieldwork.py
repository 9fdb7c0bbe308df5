"""Of the audit begun yesterday: one element that the second auditor rated without network and without having seen the first's."""

import datetime as dt

from standards.models import Audit, Rating
from standards.services import conflicts


def make(world, scope_of):
    first = world.users["auditor@demo.example"]
    mine = Audit.objects.filter(state=Audit.State.STAGE_2, team__user=first, team__is_lead=True)
    seen = (
        Rating.objects.filter(site__audit__in=mine, rated_by=first, value=Rating.Value.MET)
        .select_related("site__audit", "element")
        .order_by("-site__audit__starts_on", "element__position")
        .first()
    )
    if seen is None:
        return 0
    conflicts.keep(
        scope_of(world, "auditor2@demo.example"), site=seen.site, element=seen.element, client_ref="demo-differs", value=Rating.Value.PARTLY_MET,
        justification="Two of the five counters did not do so when I was there.", base_revision=0, made_at=seen.rated_at + dt.timedelta(minutes=20),
    )  # fmt: skip
    return 1
