"""How a state looks: its word, icon and tint. Never colour alone.

A key is the code of a state, or ``kind:code`` where one code means different things.
"""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Look(NamedTuple):
    word: str
    icon: str = ""
    tint: str = ""  # "", ok, warn, bad, info


STATES = {
    # enrolment
    "nominated": Look(_("Nominated"), "user-plus", "info"),
    "approved": Look(_("Approved"), "check", "ok"),
    "waitlisted": Look(_("Waitlisted"), "clock", "warn"),
    "offered": Look(_("Offered"), "clock", "warn"),
    "confirmed": Look(_("Confirmed"), "check", "ok"),
    "declined": Look(_("Declined"), "x"),
    "withdrawn": Look(_("Withdrawn"), "x"),
    "substituted": Look(_("Substituted"), "refresh"),
    "completed": Look(_("Completed"), "circle-check", "ok"),
    "not_completed": Look(_("Not completed"), "circle-x", "bad"),
    # cohort
    "planned": Look(_("Planned"), "calendar-event"),
    "open": Look(_("Open"), "circle", "ok"),
    "full": Look(_("Full"), "ban", "warn"),
    "running": Look(_("Running"), "circle-dot", "info"),
    "closed": Look(_("Closed"), "lock"),
    "cancelled": Look(_("Cancelled"), "ban", "bad"),
    # attendance
    "present": Look(_("Present"), "check", "ok"),
    "late": Look(_("Late"), "clock", "warn"),
    "absent": Look(_("Absent"), "x", "bad"),
    # certificate
    "valid": Look(_("Valid"), "circle-check", "ok"),
    "expired": Look(_("Expired"), "circle-x", "bad"),
    "superseded": Look(_("Superseded"), "history"),
    "suspended": Look(_("Suspended"), "alert-triangle", "warn"),
    "revoked": Look(_("Revoked"), "ban", "bad"),
    "certificate_act:asked": Look(_("To be decided"), "clock", "warn"),
    "certificate_act:done": Look(_("Done"), "check", "ok"),
    "certificate_act:refused": Look(_("Refused"), "circle-x"),
    # assessor certificates
    "assessor:valid": Look(_("Valid"), "circle-check", "ok"),
    "assessor:soon": Look(_("Expires soon"), "clock", "warn"),
    "assessor:expired": Look(_("Expired"), "circle-x", "bad"),
    "assessor:none": Look(_("None on record"), "x"),
    # audit
    "self_assessment": Look(_("Self-assessment"), "file-text"),
    "stage_1": Look(_("Stage 1"), "clipboard-check", "info"),
    "stage_2": Look(_("Stage 2"), "clipboard-check", "info"),
    "submitted": Look(_("Submitted"), "lock", "info"),
    "report": Look(_("Report"), "file-text", "info"),
    "decided": Look(_("Decided"), "circle-check", "ok"),
    "lapsed": Look(_("Lapsed"), "circle-x", "bad"),
    # ratings
    "rating:n": Look(_("Not met"), "circle-x", "bad"),
    "rating:p": Look(_("Partly met"), "minus", "warn"),
    "rating:m": Look(_("Met"), "circle-check", "ok"),
    "rating:e": Look(_("Exemplary"), "star", "ok"),
    "rating:na": Look(_("Not applicable"), "minus"),
    # findings
    "major": Look(_("Major"), "alert-triangle", "bad"),
    "minor": Look(_("Minor"), "alert-triangle", "warn"),
    "observation": Look(_("Observation"), "eye", "info"),
    "good_practice": Look(_("Good practice"), "star", "ok"),
    "raised": Look(_("Raised"), "flag", "warn"),
    "disputed": Look(_("Disputed"), "message-circle", "warn"),
    "plan_due": Look(_("Plan due"), "clock", "warn"),
    "plan_submitted": Look(_("Plan submitted"), "file-text", "info"),
    "plan:submitted": Look(_("To be reviewed"), "clock", "warn"),
    "plan:returned": Look(_("Returned"), "refresh", "warn"),
    "plan_accepted": Look(_("Plan accepted"), "check", "info"),
    "evidence_submitted": Look(_("Evidence submitted"), "paperclip", "info"),
    "verified": Look(_("Verified"), "check", "ok"),
    "effective": Look(_("Effective"), "circle-check", "ok"),
    "reopened": Look(_("Reopened"), "refresh", "bad"),
    # programme and applications
    "programme:adopted": Look(_("Adopted"), "circle-check", "ok"),
    "programme:closed": Look(_("Closed"), "lock"),
    "programme_line:suggested": Look(pgettext_lazy("programme", "Suggested")),
    "programme_line:taken": Look(_("In the programme"), "check", "ok"),
    "programme_line:dropped": Look(pgettext_lazy("programme", "Left out"), "minus"),
    "application:sent": Look(_("Sent"), "clock", "info"),
    "application:accepted": Look(_("Accepted"), "check", "ok"),
    "application:refused": Look(_("Refused"), "circle-x", "bad"),
    # decision and certification
    "certify": Look(_("Certify"), "certificate", "ok"),
    "refuse": Look(_("Refuse"), "circle-x", "bad"),
    "defer": Look(_("Defer"), "clock", "warn"),
    "in_force": Look(_("In force"), "circle-check", "ok"),
    "certified": Look(_("Certified"), "circle-check", "ok"),
    "certification:withdrawn": Look(_("Withdrawn"), "circle-x", "bad"),
    "replaced": Look(_("Renewed"), "history"),
    "certification_act:asked": Look(_("To be decided"), "clock", "warn"),
    "certification_act:done": Look(_("Done"), "check", "ok"),
    "certification_act:refused": Look(_("Refused"), "circle-x"),
    "certification_act:withdrawn": Look(_("Taken back"), "history"),
    "surveillance:due": Look(_("To be planned"), "clock", "warn"),
    "surveillance:passed": Look(pgettext_lazy("surveillance", "Passed"), "circle-check", "ok"),
    "surveillance:failed": Look(pgettext_lazy("surveillance", "Not passed"), "circle-x", "bad"),
    "surveillance:missed": Look(_("Missed"), "alert-triangle", "bad"),
    "appeal:lodged": Look(_("Lodged"), "clock", "warn"),
    "appeal:withdrawn": Look(_("Taken back"), "history"),
    "expires_soon": Look(_("Expires soon"), "clock", "warn"),
    "surveillance_due": Look(_("Surveillance due"), "clock", "warn"),
    "audit_booked": Look(_("Audit booked"), "calendar-event", "info"),
    "audit_under_way": Look(_("Audit under way"), "clipboard-check", "info"),
    "not_started": Look(_("Not started"), "circle"),
    "decision_due": Look(_("Decision due"), "clock", "info"),
    # compliance
    "current": Look(_("Up to date"), "circle-check", "ok"),
    "due": Look(pgettext_lazy("training", "Due"), "clock", "warn"),
    "overdue": Look(pgettext_lazy("training", "Overdue"), "alert-triangle", "bad"),
    "waived": Look(_("Waived"), "shield-check"),
    "excused": Look(_("Excused"), "minus"),
    "not_required": Look(_("Not required"), "minus"),
    "unknown": Look(_("Unknown"), "circle"),
    "known": Look(_("Known"), "circle-check", "ok"),
    "stale": Look(_("Out of date"), "clock", "warn"),
    "never": Look(_("Never filed"), "circle"),
    # waivers, prior training, rule changes
    "requested": Look(_("Requested"), "clock", "warn"),
    "ahead": Look(_("Approved, not begun"), "check", "ok"),
    "waiver:expired": Look(_("Expired"), "history"),
    "ended_early": Look(_("Ended early"), "history"),
    "refused": Look(_("Refused"), "circle-x", "bad"),
    "claimed": Look(_("To be verified"), "clock", "warn"),
    "recognised": Look(_("Recognised"), "file-text", "info"),
    "publishing": Look(_("Being applied"), "refresh", "info"),
    "undoing": Look(_("Being undone"), "refresh", "info"),
    "undone": Look(_("Undone"), "history"),
    "discarded": Look(_("Discarded"), "x"),
    # staff files
    "received": Look(_("Received"), "upload", "info"),
    "reading": Look(_("Reading"), "refresh", "info"),
    "roster:read": Look(_("To be confirmed"), "clipboard-check", "warn"),
    "applying": Look(_("Being taken in"), "refresh", "info"),
    "roster:cancelled": Look(_("Put aside"), "x"),
    "applied": Look(_("Applied"), "circle-check", "ok"),
    "failed": Look(_("Failed"), "alert-triangle", "bad"),
    "created": Look(_("New"), "plus", "ok"),
    "changed": Look(_("Changed"), "edit", "info"),
    "unchanged": Look(_("Unchanged"), "minus"),
    "rejected": Look(_("Rejected"), "alert-triangle", "bad"),
    # quarterly returns
    "return:open": Look(_("Open"), "circle", "info"),
    "return:filed": Look(_("Filed"), "check", "info"),
    "return:signed": Look(_("Signed"), "circle-check", "ok"),
    "return:late": Look(pgettext_lazy("return", "Late"), "clock", "warn"),
    "not_admissible": Look(_("Not admissible"), "circle-x", "bad"),
    "missing": Look(pgettext_lazy("return", "Missing"), "alert-triangle", "bad"),
    # transfers and possible leavers
    "accepted": Look(_("Accepted"), "circle-check", "ok"),
    "released": Look(_("Released after 14 days"), "circle-check", "ok"),
    "stays": Look(_("Stays in the old MDA"), "x"),
    "leaver:open": Look(_("To be answered"), "clock", "warn"),
    "left": Look(_("Has left"), "logout"),
    "in_post": Look(_("Still in post"), "circle-check", "ok"),
    "moot": Look(_("Settled otherwise"), "minus"),
    # notices
    "queued": Look(_("Queued"), "clock"),
    "sending": Look(_("Sending"), "refresh", "info"),
    "sent": Look(_("Sent"), "check", "ok"),
    "notice:cancelled": Look(_("Cancelled"), "ban"),
    # corrections of an officer's record
    "correction:asked": Look(_("To be decided"), "clock", "warn"),
    "correction:made": Look(_("Corrected"), "circle-check", "ok"),
    # results and appeals
    "result:draft": Look(_("Draft"), "edit", "warn"),
    "result:moderated": Look(_("Moderated"), "check", "info"),
    "result:released": Look(_("Released"), "circle-check", "ok"),
    "appeal:open": Look(_("To be decided"), "clock", "warn"),
    "appeal:upheld": Look(_("Upheld"), "circle-check", "ok"),
    "appeal:rejected": Look(_("Rejected"), "circle-x"),
    # editions and standing
    "made": Look(pgettext_lazy("reorganisation", "Made"), "circle-check", "ok"),
    "draft": Look(_("Draft"), "edit", "warn"),
    "published": Look(_("Published"), "circle-check", "ok"),
    "retired": Look(_("Retired"), "history"),
    "obliged": Look(_("Obliged")),
    "by_agreement": Look(_("By agreement"), "", "info"),
    "listed": Look(_("Listed")),
    "joined": Look(_("Joined"), "", "ok"),
    # centres
    "operational": Look(_("Open"), "circle-check", "ok"),
    "announced": Look(_("Announced"), "clock", "info"),
    "assumed": Look(_("Assumed"), "info-circle", "warn"),
    "critical": Look(_("Critical"), "flag", "bad"),
    "active": Look(_("Active"), "circle-check", "ok"),
    "invited": Look(_("Invited"), "clock", "info"),
    "ended": Look(_("Ended"), "history"),
}


def state_look(state: str, kind: str = "") -> Look:
    """The look of a state; a state without an entry shows its own words, plainly."""
    code = state.strip().lower().replace("-", "_").replace(" ", "_")
    look = STATES.get(f"{kind}:{code}") or STATES.get(code)
    return look or Look(code.replace("_", " ").capitalize())
