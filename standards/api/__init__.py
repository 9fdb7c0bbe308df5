"""API v1 of this app: (prefix, viewset, basename). Acts call the same services as the pages."""

from . import auditors, audits, decision, programme, reports, selfassessment, standard, workspace

routes = [
    *standard.routes,
    *audits.routes,
    *auditors.routes,
    *decision.routes,
    *programme.routes,
    *reports.routes,
    *selfassessment.routes,
    *workspace.routes,
]
