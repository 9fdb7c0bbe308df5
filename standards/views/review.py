"""The lead's recommendation and the technical review; and where a case stands, on the audit's page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import FormDoor
from standards import policies
from standards.decision_forms import RecommendForm, ReviewForm
from standards.models import Audit
from standards.services import casefile, review

from .audits import OfAudit


def on_audit(scope, audit):
    """Report, recommendation, review and votes, to those who audit and decide."""
    if audit.state not in (Audit.State.REPORT, Audit.State.DECIDED) or not policies.may_read_sheet(scope, audit):
        return None
    if scope.role in policies.AUDITEES:
        return None
    steps = casefile.steps(audit)
    ready = audit.state == Audit.State.REPORT and steps["final"]
    actions = []
    if ready and policies.may_recommend(scope, audit) and review.may_be_recommended(audit):
        actions.append((_("Recommend"), reverse("standards:recommend", args=[audit.ref])))
    if ready and steps["recommendation"] and not steps["review"] and policies.may_review(scope, audit):
        actions.append((_("Technical review"), reverse("standards:review", args=[audit.ref])))
    return {"case": steps, "audit": audit, "sees_votes": policies.may_read_votes_of(scope, steps["tally"]), "actions": actions}


class Recommend(OfAudit, FormDoor):
    title = gettext_lazy("Recommendation to the panel")
    template_name = "standards/recommend.html"
    form_class = RecommendForm
    allowed = staticmethod(policies.may_recommend)
    done = gettext_lazy("Your recommendation is on record. The technical review is next.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, cancel_url=self.audit.get_absolute_url(), case=casefile.steps(self.audit), **kwargs)

    def act(self, form):
        review.recommend(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


class Review(OfAudit, FormDoor):
    title = gettext_lazy("Technical review")
    template_name = "standards/review.html"
    form_class = ReviewForm
    allowed = staticmethod(policies.may_review)
    done = gettext_lazy("The review is on record.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, cancel_url=self.audit.get_absolute_url(), case=casefile.steps(self.audit), **kwargs)

    def act(self, form):
        review.review(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()
