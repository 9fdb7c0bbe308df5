"""The panel's decisions: what waits, and one audit with its checks beside the decision."""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib import clock
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from standards import policies, reasons, scoring
from standards.forms import DecisionForm
from standards.models import Audit, TeamMember
from standards.services import certification, editions

from . import results
from .audits import OfAudit, findings_of, record_of


def waiting_days(audit):
    return (clock.now() - audit.submitted_at).days


def level_at_submission(audit):
    return str(reasons.level_word(audit.result["level"]))


class DecisionQueue(ListDoor):
    title = gettext_lazy("Decisions")
    may = staticmethod(policies.may_list_decisions)
    template_name = "standards/decisions.html"
    default_sort = "submitted"
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda a: str(a.subject), sort="organisation__name"),
        Column("ref", gettext_lazy("Number"), lambda a: a.ref, sort="ref"),
        Column("submitted", gettext_lazy("Submitted"), lambda a: timezone.localdate(a.submitted_at), sort="submitted_at"),
        Column("days", gettext_lazy("Waiting, days"), waiting_days, numeric=True),
        Column("level", gettext_lazy("Level worked out"), level_at_submission),
    )

    def base_queryset(self):
        own = TeamMember.objects.filter(audit=OuterRef("pk"), user=self.scope.user)
        waiting = Audit.objects.visible_to(self.scope).waiting_for_decision()
        return waiting.select_related("organisation", "centre").annotate(own=Exists(own))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for audit in context["page_obj"].object_list:
            audit.days, audit.level_word = waiting_days(audit), level_at_submission(audit)
        return context


class Decide(OfAudit, FormDoor):
    template_name = "standards/decide.html"
    form_class = DecisionForm
    allowed = staticmethod(policies.may_decide)
    done = gettext_lazy("The decision is recorded and sent to the MDA.")

    def get_title(self):
        return _("Certification decision: %(subject)s") % {"subject": self.audit.subject}

    def get_crumbs(self):
        return [(_("Decisions"), reverse("standards:decisions")), (self.audit.ref, self.audit.get_absolute_url())]

    def get_context_data(self, **kwargs):
        audit = self.audit
        rules, principles = editions.rules_of(audit.edition), results.names(audit.edition)
        assessed = certification.assess(audit)
        level = scoring.lowest((result.level for result in assessed.values()), rules)
        today = clock.today()
        return super().get_context_data(
            audit=audit,
            results=[(site, results.shown(result, rules, principles)) for site, result in assessed.items()],
            at_submission=reasons.level_word(audit.result["level"]) if audit.result["level"] != level else "",
            level=reasons.level_word(level),
            stars=scoring.stars(level, rules),
            may_certify=level != scoring.NOT_YET,
            months=audit.edition.rules["valid_months"],
            valid_from=today,
            valid_until=clock.add_months(today, audit.edition.rules["valid_months"]) - dt.timedelta(days=1),
            days=waiting_days(audit),
            findings=findings_of(audit),
            events=record_of(audit),
            earlier=audit.decisions.select_related("decided_by"),
            several=len(assessed) > 1,
            **kwargs,
        )

    def act(self, form):
        certification.decide(self.scope, self.audit, outcome=form.cleaned_data["outcome"], reasons_given=form.cleaned_data["reasons"])
        return self.audit.get_absolute_url()
