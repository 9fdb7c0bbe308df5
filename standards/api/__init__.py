"""API v1 of this app: (prefix, viewset, basename). Acts call the same services as the pages."""

from . import audits, decision, programme, reports, workspace

routes = [
    *audits.routes,
    *decision.routes,
    *programme.routes,
    *reports.routes,
    *workspace.routes,
]
