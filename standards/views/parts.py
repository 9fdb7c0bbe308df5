"""What each room shows on an audit's page, in the order of the page. Loaded by urls.py."""

from . import after, auditors, audits, findings, planned, reports, review, selfassessment, stage1, workspace

audits.PARTS += [
    ("standards/parts/planned.html", planned.on_audit),
    ("standards/parts/workspace.html", workspace.on_audit),
    ("standards/parts/selfassessment.html", selfassessment.on_audit),
    ("standards/parts/stage1.html", stage1.on_audit),
    ("standards/parts/auditors.html", auditors.on_audit),
    ("standards/parts/findings.html", findings.on_audit),
    ("standards/parts/reports.html", reports.on_audit),
    ("standards/parts/decision.html", review.on_audit),
    ("standards/parts/after.html", after.on_audit),
]
