"""What waits between the submission of an audit and its decision, for each who is to do something about it."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Role
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Audit, AuditReport, PanelVote, Reply
from standards.services import editions, reports, review, sitting_out

from .home import note, todo


def _audits(scope):
    return Audit.objects.visible_to(scope).select_related("organisation", "centre")


def _line(audit, text, days, url, verb):
    tone = "bad" if days > 14 else "warn"
    return todo(str(audit.subject), text, icon="certificate", tone=tone, url=url, verb=verb)


def _days(at):
    return (clock.now() - at).days


def of_panel(scope):
    """(lines, notes): before the panel and still to be recommended on by this member, or ready to be decided; how many others wait for
    colleagues."""
    mine = PanelVote.objects.filter(audit=OuterRef("pk"), user=scope.user, round=OuterRef("round"))
    waiting = list(_audits(scope).select_related("edition").waiting_for_decision().annotate(mine=Exists(mine)).order_by("sent_at"))
    out = sitting_out.cases(scope, waiting)
    lines, voted = [], 0
    for audit in waiting:
        if audit.pk in out:
            continue
        n = audit.votes_cast
        complete = n >= editions.process_of(audit.edition).quorum
        if audit.mine and not complete:
            voted += 1
            continue
        text = ngettext("%(ref)s: %(n)s member has recommended.", "%(ref)s: %(n)s members have recommended.", n) if n else _("%(ref)s: nobody has recommended yet.")
        text %= {"ref": audit.ref, "n": n}
        verb = _("Decide") if complete else _("Recommend")
        lines.append(_line(audit, text, _days(audit.sent_at), links.to("standards:decide", audit.ref), verb))
    notes = []
    if voted:
        text = ngettext("You recommended on %(n)s case that waits for your colleagues.", "You recommended on %(n)s cases that wait for your colleagues.", voted)
        notes.append(note(text % {"n": voted}, links.to("standards:decisions")))
    if out:
        text = ngettext("You sit out %(n)s case before the panel: you took part in it, or have an interest.", "You sit out %(n)s cases before the panel: you took part in them, or have an interest.", len(out))
        notes.append(note(text % {"n": len(out)}, links.to("standards:decisions")))
    return lines, notes


def of_secretariat(scope):
    """Recommended, and to be reviewed by somebody who took no part."""
    lines = []
    for audit in _audits(scope).waiting_for_review().order_by("recommended_at"):
        text = _("%(ref)s waits for its technical review.") % {"ref": audit.ref}
        lines.append(_line(audit, text, _days(audit.recommended_at), audit.get_absolute_url(), _("Review")))
    return lines


def of_auditee(scope):
    """Draft reports that the MDA may still comment on, the first that closes first."""
    drafts = AuditReport.objects.visible_to(scope).filter(kind=AuditReport.Kind.DRAFT, comments_by__gte=scope.today, audit__state=Audit.State.REPORT)
    said = Reply.objects.filter(audit=OuterRef("audit"), finding=None)
    final = AuditReport.objects.filter(audit=OuterRef("audit"), kind=AuditReport.Kind.FINAL)
    lines = []
    for draft in drafts.exclude(Exists(said)).exclude(Exists(final)).select_related("audit__organisation", "audit__centre").order_by("comments_by"):
        words = {"subject": draft.audit.subject, "day": day(draft.comments_by)}
        text = _("%(subject)s may comment until %(day)s; the final report follows.") % words
        lines.append(todo(_("Comment on the draft report"), text, icon="certificate", tone="warn", url=draft.audit.get_absolute_url(), verb=_("Open it")))
    return lines


def of_lead(scope):
    """Audits that this auditor leads, or was on where the lead has left, and has to report or recommend on."""
    leads = Membership.objects.on(scope.today).filter(role=Role.AUDITOR, user__is_active=True)
    there = Exists(leads.filter(user__audit_teams__audit=OuterRef("pk"), user__audit_teams__is_lead=True))
    mine = {"team__user": scope.user, "team__interest": False, "state__in": [Audit.State.SUBMITTED, Audit.State.REPORT]}
    led = Audit.objects.annotate(led=there).filter(Q(team__is_lead=True) | Q(led=False), **mine)
    final = AuditReport.objects.filter(audit=OuterRef("pk"), kind=AuditReport.Kind.FINAL)
    lines = []
    for audit in led.select_related("organisation", "centre").annotate(final=Exists(final)).order_by("submitted_at"):
        if audit.state == Audit.State.SUBMITTED:
            text, verb = _("%(ref)s: the draft report is to be issued."), _("Open it")
        elif not audit.final:
            draft = audit.reports.filter(kind=AuditReport.Kind.DRAFT).first()
            waits = draft and reports.comments_open(audit, draft)
            text = _("%(ref)s: the final report follows the comments of the MDA.") if waits else _("%(ref)s: the final report is to be issued.")
            verb = _("Open it")
        elif review.may_be_recommended(audit):
            text = _("%(ref)s: the technical review returned the file; recommend again.") if review.returned(audit) else _("%(ref)s: your recommendation to the panel is missing.")
            verb = _("Recommend")
        else:
            continue
        lines.append(_line(audit, text % {"ref": audit.ref}, _days(audit.submitted_at), audit.get_absolute_url(), verb))
    return lines
