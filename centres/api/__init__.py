"""API v1 of this app: (prefix, viewset, basename)."""

from . import people, places

routes = [*places.routes, *people.routes]
