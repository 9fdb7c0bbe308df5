"""API v1 of this app: (prefix, viewset, basename)."""

from . import people, places, reorganisations, upkeep

routes = [*places.routes, *people.routes, *reorganisations.routes, *upkeep.routes]
