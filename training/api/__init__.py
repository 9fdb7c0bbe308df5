"""API v1 of this app: (prefix, viewset, basename)."""

from . import awards, delivery, framework, officers, register, rules, seats, waivers

routes = [
    *officers.routes,
    *register.routes,
    *framework.routes,
    *delivery.routes,
    *awards.routes,
    *rules.routes,
    *seats.routes,
    *waivers.routes,
]
