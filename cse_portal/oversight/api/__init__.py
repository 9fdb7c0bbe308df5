"""API v1 of oversight: (prefix, viewset, basename)."""

from . import figures, targets

routes = [*figures.routes, *targets.routes]
