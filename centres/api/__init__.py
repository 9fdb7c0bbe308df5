"""API v1 of this app: (prefix, viewset, basename)."""

from . import duplicates, holidays, names, people, places, quality, reorganisations, rosters, upkeep

routes = [
    *places.routes,
    *holidays.routes,
    *names.routes,
    *people.routes,
    *duplicates.routes,
    *quality.routes,
    *reorganisations.routes,
    *rosters.routes,
    *upkeep.routes,
]
