"""A planned audit moves to other days, or is cancelled: with a reason, and a notice to its team and its MDA."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import span
from standards import policies
from standards.models import Audit, Surveillance

from . import sampling, telling


@transaction.atomic
def move(actor, audit, *, starts_on, ends_on, reason):
    """Other days, before stage 2. The team is looked at again for those days."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_move_audit(actor, audit):
        raise Refused(_("The secretariat moves an audit, until stage 2 begins."), code="not_yours")
    if ends_on < starts_on:
        raise Refused.of("ends_on", _("The audit ends before it starts."))
    if starts_on < actor.today:
        raise Refused.of("starts_on", _("Choose days to come."))
    if not reason.strip():
        raise Refused.of("reason", _("Say why."))
    before = (audit.starts_on, audit.ends_on)
    if before == (starts_on, ends_on):
        return audit
    audit.starts_on, audit.ends_on = starts_on, ends_on
    sampling.check_team(audit)
    audit.save(update_fields=["starts_on", "ends_on"])
    trail.record(
        actor, "moved audit", audit, {"starts": (before[0], starts_on), "ends": (before[1], ends_on)}, note=reason.strip()
    )
    words = {"ref": audit.ref, "subject": audit.subject, "reason": reason.strip()}
    _tell(
        audit,
        f"audit-moved:{audit.ref}:{starts_on}:{ends_on}",
        lambda: _("Audit %(ref)s is on other days") % words,
        lambda: (
            _("The audit of %(subject)s is now on %(days)s.\n\nReason: %(reason)s") % (words | {"days": span(starts_on, ends_on)})
        ),
        hidden=_hidden(audit),
    )
    return audit


@transaction.atomic
def cancel(actor, audit, *, reason):
    """Ends an audit that is not submitted. What was written of it stays; a surveillance falls due again."""
    audit = Audit.objects.locked(audit.pk)
    if audit.state == Audit.State.CANCELLED:
        return audit
    if not policies.may_cancel_audit(actor, audit):
        raise Refused(_("The secretariat cancels an audit, until it is submitted."), code="not_yours")
    if not reason.strip():
        raise Refused.of("reason", _("Say why."))
    was, hidden = audit.state, _hidden(audit)
    audit.state, audit.ended_on, audit.ended_reason = Audit.State.CANCELLED, actor.today, reason.strip()
    audit.save(update_fields=["state", "ended_on", "ended_reason"])
    Surveillance.objects.filter(audit=audit, state=Surveillance.State.PLANNED).update(audit=None, state=Surveillance.State.DUE)
    trail.record(actor, "cancelled audit", audit, {"state": (was, audit.state)}, note=audit.ended_reason)
    words = {"ref": audit.ref, "subject": audit.subject, "reason": audit.ended_reason}
    _tell(
        audit,
        f"audit-cancelled:{audit.ref}",
        lambda: _("Audit %(ref)s is cancelled") % words,
        lambda: _("The audit of %(subject)s does not take place.\n\nReason: %(reason)s") % words,
        hidden=hidden,
    )
    return audit


def _hidden(audit):
    """The MDA does not know of a short-notice audit before stage 2."""
    return audit.kind == Audit.Kind.SHORT_NOTICE and audit.state in Audit.BEFORE_STAGE_2


def _tell(audit, key, subject, words, hidden):
    telling.team(audit, f"{key}:team", subject, words, audit.get_absolute_url())
    if not hidden:
        telling.auditee(audit, f"{key}:mda", subject, words, audit.get_absolute_url())
