"""API v1 of oversight: (prefix, viewset, basename)."""

from . import figures, returns, targets

routes = [*figures.routes, *returns.routes, *targets.routes]
