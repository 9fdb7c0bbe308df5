"""What waits between the submission of an audit and its decision, for each who is to do something about it."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Audit, AuditReport, PanelVote, Reply, TeamMember
from standards.services import review

from .home import todo


def _audits(scope):
    own = TeamMember.objects.filter(audit=OuterRef("pk"), user=scope.user)
    return Audit.objects.visible_to(scope).select_related("organisation", "centre").annotate(own=Exists(own))


def _line(audit, text, days, url, verb):
    tone = "bad" if days > 14 else "warn"
    return todo(str(audit.subject), text, icon="certificate", tone=tone, url=url, verb=verb)


def _days(at):
    return (clock.now() - at).days


def of_panel(scope):
    """Before the panel and not yet voted on by this member, or ready to be decided."""
    mine = PanelVote.objects.filter(audit=OuterRef("pk"), user=scope.user, round=OuterRef("round"))
    lines = []
    for audit in _audits(scope).waiting_for_decision().annotate(mine=Exists(mine)).order_by("sent_at"):
        n = audit.votes_cast
        text = ngettext("%(ref)s: %(n)s member has recommended.", "%(ref)s: %(n)s members have recommended.", n) % {"ref": audit.ref, "n": n}
        if audit.own:
            text += " " + _("You were on its team, so someone else decides it.")
        url = audit.get_absolute_url() if audit.own else links.to("standards:decide", audit.ref)
        verb = _("Read") if audit.own else _("Decide") if audit.mine else _("Recommend")
        lines.append(_line(audit, text, _days(audit.sent_at), url, verb))
    return lines


def of_secretariat(scope):
    """Recommended, and to be reviewed by somebody who took no part."""
    lines = []
    for audit in _audits(scope).waiting_for_review().order_by("recommended_at"):
        text = _("%(ref)s waits for its technical review.") % {"ref": audit.ref}
        lines.append(_line(audit, text, _days(audit.recommended_at), audit.get_absolute_url(), _("Review")))
    return lines


def of_auditee(scope):
    """Draft reports that the MDA may still comment on, the first that closes first."""
    drafts = AuditReport.objects.filter(kind=AuditReport.Kind.DRAFT, comments_by__gte=scope.today, audit__in=Audit.objects.visible_to(scope).filter(state=Audit.State.REPORT))
    said = Reply.objects.filter(audit=OuterRef("audit"), finding=None)
    final = AuditReport.objects.filter(audit=OuterRef("audit"), kind=AuditReport.Kind.FINAL)
    lines = []
    for draft in drafts.exclude(Exists(said)).exclude(Exists(final)).select_related("audit__organisation", "audit__centre").order_by("comments_by"):
        words = {"subject": draft.audit.subject, "day": day(draft.comments_by)}
        text = _("%(subject)s may comment until %(day)s; the final report follows.") % words
        lines.append(todo(_("Comment on the draft report"), text, icon="certificate", tone="warn", url=draft.audit.get_absolute_url(), verb=_("Open it")))
    return lines


def of_lead(scope):
    """Audits that this auditor leads and has to report or recommend on."""
    led = Audit.objects.filter(team__user=scope.user, team__is_lead=True, team__interest=False, state__in=[Audit.State.SUBMITTED, Audit.State.REPORT])
    final = AuditReport.objects.filter(audit=OuterRef("pk"), kind=AuditReport.Kind.FINAL)
    lines = []
    for audit in led.select_related("organisation", "centre").annotate(final=Exists(final)).order_by("submitted_at"):
        if audit.state == Audit.State.SUBMITTED:
            text, verb = _("%(ref)s: the draft report is to be issued."), _("Open it")
        elif not audit.final:
            text, verb = _("%(ref)s: the final report follows the comments of the MDA."), _("Open it")
        elif review.may_be_recommended(audit):
            text, verb = _("%(ref)s: your recommendation to the panel is missing."), _("Recommend")
        else:
            continue
        lines.append(_line(audit, text % {"ref": audit.ref}, _days(audit.submitted_at), audit.get_absolute_url(), verb))
    return lines
