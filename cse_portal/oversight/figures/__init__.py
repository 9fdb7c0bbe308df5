"""The only door to numbers. Page, export, mail and API ask here; what is counted comes from training.compliance, nothing else
counts. `day`: one reading of a day; `over_time`: trend and forecast; `counts`: what a figure is made of."""

from centres.models import Posting
from training.compliance import status

from .counts import MIN_RANKED, NOBODY, STATUSES, Count, Group, Line, total
from .day import Figures
from .kept import kept, version
from .over_time import THEN, TODAY, Point, expiring, forecast, trend
from .source import enrolled, pulse

__all__ = [
    "MIN_RANKED", "NOBODY", "STATUSES", "THEN", "TODAY", "Count", "Figures", "Group", "Line", "Point",
    "enrolled", "expiring", "forecast", "kept", "pulse", "total", "trend", "version",
]  # fmt: skip


def national(on):
    return Figures(on).national


def by_mda(on, ids=None):
    return Figures(on).by_mda(ids)


def by_cadre(on):
    return Figures(on).by_cadre()


def mda(organisation, on):
    return Figures(on, within=organisation).mda(organisation)


def centre(centre, on):
    """Count of the officers whose duty station the centre is on the day."""
    there = list(Posting.objects.on(on).filter(centre=centre).values_list("officer", flat=True))
    states = [one.status for one in status.of_officers(there, on).values()]
    return Count(**{state: states.count(state) for state in set(states)})
