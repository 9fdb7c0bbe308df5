"""Self-assessments that wait for the MDA."""

from django.db.models import Count
from django.utils.translation import gettext as _

from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from standards.models import Audit, SelfAssessment
from standards.services import audits

from .home import todo


def late(scope):
    """For the secretariat: MDAs that have let the day pass."""
    waiting = SelfAssessment.objects.visible_to(scope).filter(submitted_at=None, audit__state=Audit.State.SELF_ASSESSMENT)
    waiting = waiting.filter(due_on__lt=scope.today).select_related("audit__organisation", "audit__centre")
    return [
        todo(
            _("Self-assessment overdue: %(subject)s") % {"subject": held.audit.subject},
            _("%(ref)s: it was due on %(day)s.") % {"ref": held.audit.ref, "day": day(held.due_on)},
            icon="clock",
            tone="warn",
            url=held.audit.get_absolute_url(),
            verb=_("Open it"),
        )
        for held in waiting.order_by("due_on")[:5]
    ]


def to_do(scope):
    """Those not submitted, the soonest due first."""
    waiting = SelfAssessment.objects.visible_to(scope).filter(submitted_at=None, audit__state=Audit.State.SELF_ASSESSMENT)
    waiting = waiting.select_related("audit__organisation", "audit__centre").annotate(rated=Count("audit__sites__self_ratings"))
    rows = []
    waiting = list(waiting.order_by("due_on")[:5])
    asked = audits.asked([held.audit for held in waiting])
    for held in waiting:
        late = held.due_on < scope.today
        soon = (held.due_on - scope.today).days <= 7
        words = _("It was due on %(day)s; %(n)s of %(of)s elements are rated.") if late else _("Due on %(day)s; %(n)s of %(of)s elements are rated.")
        rows.append(
            todo(
                _("Self-assessment before audit %(ref)s") % {"ref": held.audit.ref},
                words % {"day": day(held.due_on), "n": held.rated, "of": asked[held.audit_id]},
                icon="clipboard-check",
                tone="bad" if late else "warn" if soon else "info",
                url=links.to("standards:self_assessment", held.audit.ref),
                verb=_("Go on"),
            )
        )
    return rows
