"""Before and around the visit: the desk review of stage 1, the audit plan, opening and closing meetings."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, Meeting, Stage1Review, Visit
from training.certificates import long_day

from . import telling

MOST_VISITS = 300
SENT = "sent audit plan"


@transaction.atomic
def review(actor, audit, *, ready, read, concerns="", reason=""):
    """The desk review; not ready, it is done again. Once ready, only the lead opens it again, with a `reason`. The audit is in stage 1
    from then on."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_review_stage_1(actor, audit):
        raise Refused(_("A member of the team reviews the documents, before the visit."), code="not_yours")
    read, concerns = read.strip(), concerns.strip()
    if not read:
        raise Refused.of("read", _("Write what was read."))
    if not ready and not concerns:
        raise Refused.of("concerns", _("Write what keeps the MDA from being ready."))
    _open_again(actor, audit, reason.strip())
    made = Stage1Review.objects.create(audit=audit, ready=ready, read=read, concerns=concerns, reviewed_by=actor.user, reviewed_at=clock.now())
    before, audit.state = audit.state, Audit.State.STAGE_1
    if before != audit.state:
        audit.save(update_fields=["state"])
    trail.record(actor, "reviewed stage 1", audit, {"ready": (None, ready)} | ({"state": (before, audit.state)} if before != audit.state else {}))
    telling.auditee(
        audit, f"stage-1:{audit.ref}:{made.pk}",
        lambda: _("Stage 1 of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("The desk review found you ready for the visit.") if ready else _("The desk review found you not ready yet: %(concerns)s") % {"concerns": concerns},
        audit.get_absolute_url(),
    )  # fmt: skip
    return made


def found_ready(audit):
    """The review that found the MDA ready, if it is the last; or None."""
    last = audit.stage_1_reviews.select_related("reviewed_by").first()
    return last if last and last.ready else None


def _open_again(actor, audit, reason):
    if (last := found_ready(audit)) is None:
        return
    if not policies.may_lead(actor, audit):
        raise Refused(_("Stage 1 was found ready; only the lead auditor opens it again."), code="ready")
    if not reason:
        sentence = _("Stage 1 was found ready on %(day)s. Say why it is opened again.") % {"day": long_day(clock.civil(last.reviewed_at))}
        raise Refused.of("reason", sentence, "ready")
    trail.record(actor, "reopened stage 1", audit, note=reason)


def openings(audit):
    """When and why stage 1 was opened again, the latest first."""
    return Entry.objects.filter(kind=Audit.trail_kind, ref=audit.ref, verb="reopened stage 1").order_by("-id")


# The audit plan.
@transaction.atomic
def add_visit(actor, audit, *, site, on, starts, ends, activity, auditors=()):
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_write_audit_plan(actor, audit):
        raise Refused(_("Members of the team write the audit plan, until the audit is submitted."), code="not_yours")
    if site.audit_id != audit.pk:
        raise Refused.of("site", _("This site is not part of the audit."))
    if ends <= starts:
        raise Refused.of("ends", _("It ends before it begins."))
    if not audit.starts_on <= on <= audit.ends_on:
        raise Refused.of("on", _("The day lies outside the days of the audit."))
    auditors = list(auditors)
    if any(member.audit_id != audit.pk or member.interest for member in auditors):
        raise Refused.of("auditors", _("Only members of the team without an interest visit."))
    same_day = Visit.objects.filter(audit=audit, on=on, starts__lt=ends, ends__gt=starts, auditors__in=auditors).exclude(site=site)
    if auditors and (twice := same_day.first()):
        raise Refused.of("auditors", _("Somebody of these is at %(site)s at that time.") % {"site": twice.site})
    if audit.visits.count() >= MOST_VISITS:
        raise Refused(_("A plan has at most 300 lines."), code="too_many")
    made = Visit.objects.create(audit=audit, site=site, on=on, starts=starts, ends=ends, activity=activity.strip())
    made.auditors.set(auditors)
    trail.record(actor, "planned visit", audit, {"day": (None, on), "site": (None, str(site)), "what": (None, made.activity)})
    return made


@transaction.atomic
def remove_visit(actor, audit, visit):
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_write_audit_plan(actor, audit):
        raise Refused(_("Members of the team write the audit plan, until the audit is submitted."), code="not_yours")
    trail.record(actor, "took visit off the plan", audit, {"day": (visit.on, None), "site": (str(visit.site), None), "what": (visit.activity, None)})
    visit.auditors.clear()
    visit.delete()


def sent_at(audit):
    """When the plan was last sent to the MDA, or None."""
    return Entry.objects.filter(kind=Audit.trail_kind, ref=audit.ref, verb=SENT).order_by("-at").values_list("at", flat=True).first()


@transaction.atomic
def send_plan(actor, audit):
    """Tells the MDA what will be looked at where and when."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_write_audit_plan(actor, audit):
        raise Refused(_("Members of the team send the audit plan."), code="not_yours")
    lines = audit.visits.count()
    if not lines:
        raise Refused(_("The plan has no line yet."), code="empty")
    if audit.kind == Audit.Kind.SHORT_NOTICE and audit.state != Audit.State.STAGE_2:
        raise Refused(_("A visit at short notice is not announced."), code="short_notice")
    trail.record(actor, SENT, audit, {"lines": (None, lines)})
    telling.auditee(
        audit, f"audit-plan:{audit.ref}:{clock.now():%Y%m%d%H%M%S}",
        lambda: _("Plan of audit %(ref)s") % {"ref": audit.ref},
        lambda: _("The team has planned its visit: days, times, sites and what it looks at. Make sure that the right people are there."),
        plan_address(audit),
    )  # fmt: skip
    return lines


def plan_address(audit):
    return reverse("standards:audit_plan", args=[audit.ref])


# Meetings.
def without_meeting(audit):
    """The kinds of meeting that are not recorded."""
    held = set(audit.meetings.values_list("kind", flat=True))
    return [kind for kind in Meeting.Kind if kind not in held]


def require_closing(audit):
    """The findings are shown to the MDA, and its head signs that they were, before an audit is submitted (the Standard's cycle)."""
    if Meeting.Kind.CLOSING in without_meeting(audit):
        raise Refused(_("Record the closing meeting first: the findings are shown to the MDA, which signs that they were."), code="no_closing")


@transaction.atomic
def record_meeting(actor, audit, *, kind, on, present, notes="", signed_for_auditee=""):
    """The opening or the closing meeting; corrected until the audit is submitted."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_record_meeting(actor, audit):
        raise Refused(_("Members of the team record the meetings, until the audit is submitted."), code="not_yours")
    if on > clock.today():
        raise Refused.of("on", _("A meeting is recorded once it was held."))
    other = audit.meetings.exclude(kind=kind).first()
    if other and (on < other.on if kind == Meeting.Kind.CLOSING else on > other.on):
        words = {"meeting": other.get_kind_display(), "day": long_day(other.on)}
        raise Refused.of("on", _("The closing meeting is not before the opening meeting. On record: %(meeting)s, %(day)s.") % words)
    if not present.strip():
        raise Refused.of("present", _("Write who was there."))
    if kind == Meeting.Kind.CLOSING and not signed_for_auditee.strip():
        raise Refused.of("signed_for_auditee", _("Write who signed for the MDA that the findings were shown."))
    said = {"on": on, "present": present.strip(), "notes": notes.strip(), "signed_for_auditee": signed_for_auditee.strip()}
    held = Meeting.objects.filter(audit=audit, kind=kind).first()
    changes = {name: (getattr(held, name) if held else None, value) for name, value in said.items() if not held or getattr(held, name) != value}
    if not changes:
        return held
    made = held or Meeting(audit=audit, kind=kind)
    for name, value in said.items():
        setattr(made, name, value)
    made.recorded_by, made.recorded_at = actor.user, clock.now()
    made.save()
    trail.record(actor, "recorded meeting", made, changes)
    return made
