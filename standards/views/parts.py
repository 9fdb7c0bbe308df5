"""What each room shows on an audit's page, in the order of the page. Loaded by urls.py."""

from . import audits, reports, review

audits.PARTS += [
    ("standards/parts/reports.html", reports.on_audit),
    ("standards/parts/decision.html", review.on_audit),
]
