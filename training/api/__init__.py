"""API v1 of this app: (prefix, viewset, basename)."""

from . import delivery, rules, waivers

routes = [*delivery.routes, *rules.routes, *waivers.routes]
