"""API v1 of this app: (prefix, viewset, basename)."""

from . import delivery, officers, register, rules, waivers

routes = [*officers.routes, *register.routes, *delivery.routes, *rules.routes, *waivers.routes]
