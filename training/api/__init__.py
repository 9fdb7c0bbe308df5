"""API v1 of this app: (prefix, viewset, basename)."""

from . import delivery, officers, rules, waivers

routes = [*officers.routes, *delivery.routes, *rules.routes, *waivers.routes]
