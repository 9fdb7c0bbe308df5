"""API v1 of this app: (prefix, viewset, basename)."""

from . import places

routes = [*places.routes]
