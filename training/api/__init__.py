"""API v1 of this app: (prefix, viewset, basename)."""

from . import awards, delivery, officers, register, rules, waivers

routes = [*officers.routes, *register.routes, *delivery.routes, *awards.routes, *rules.routes, *waivers.routes]
