"""API v1 of this app: (prefix, viewset, basename)."""

from . import people, places, reorganisations

routes = [*places.routes, *people.routes, *reorganisations.routes]
