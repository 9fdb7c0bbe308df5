"""API v1 of this app: (prefix, viewset, basename). Acts call the same services as the pages."""

from . import auditors, audits, decision, findings, programme, reports, selfassessment, standard, standing, workspace

routes = [
    *standard.routes,
    *audits.routes,
    *auditors.routes,
    *decision.routes,
    *findings.routes,
    *programme.routes,
    *reports.routes,
    *selfassessment.routes,
    *standing.routes,
    *workspace.routes,
]
