"""API v1 of this app: (prefix, viewset, basename)."""

from . import assessment, awards, calendar, delivery, framework, learner, officers, register, rules, seats, waivers

routes = [
    *officers.routes,
    *register.routes,
    *framework.routes,
    *delivery.routes,
    *calendar.routes,
    *awards.routes,
    *assessment.routes,
    *rules.routes,
    *seats.routes,
    *waivers.routes,
    *learner.routes,
]
