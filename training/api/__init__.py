"""API v1 of this app: (prefix, viewset, basename)."""

from . import delivery

routes = [*delivery.routes]
