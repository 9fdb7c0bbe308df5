"""Before stage 2: the sample of sites, other days, and an audit that does not take place."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

from centres.models import Centre
from cse_portal.lib.doors import FormDoor
from standards import policies
from standards.models import SiteSample
from standards.programme_forms import CancelForm, DrawSitesForm, MoveForm
from standards.sampling import bands
from standards.services import editions, replanning, sampling
from standards.services.sampling import is_reproducible

from .audits import OfAudit


class OfPlanned(OfAudit, FormDoor):
    template_name = "standards/planned_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, cancel_url=self.audit.get_absolute_url(), **kwargs)


class MoveAudit(OfPlanned):
    title = gettext_lazy("Change the days of the audit")
    form_class = MoveForm
    allowed = staticmethod(policies.may_move_audit)
    done = gettext_lazy("The audit is on other days. The team and the MDA are told.")

    def get_initial(self):
        return {"starts_on": self.audit.starts_on, "ends_on": self.audit.ends_on}

    def act(self, form):
        return replanning.move(self.scope, self.audit, **form.cleaned_data).get_absolute_url()


class CancelAudit(OfPlanned):
    title = gettext_lazy("Cancel the audit")
    form_class = CancelForm
    allowed = staticmethod(policies.may_cancel_audit)
    done = gettext_lazy("The audit is cancelled. The team and the MDA are told.")

    def act(self, form):
        return replanning.cancel(self.scope, self.audit, **form.cleaned_data).get_absolute_url()


class DrawSites(OfPlanned):
    """The frame with its bands; a reason beside a centre chooses it by judgement."""

    title = gettext_lazy("Draw the sites")
    template_name = "standards/draw_sites.html"
    form_class = DrawSitesForm
    allowed = staticmethod(policies.may_draw_sites)
    done = gettext_lazy("The sites are drawn.")

    def prepare(self):
        super().prepare()
        self.frame = sampling.frame(self.audit, self.scope.today)
        self.names = dict(Centre.objects.filter(code__in=[site.code for site in self.frame]).values_list("code", "name"))

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"places": [(site.code, self.names[site.code]) for site in self.frame]}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        process = editions.process_of(self.audit.edition)
        rows = [(site, self.names[site.code], context["form"][f"why_{site.code}"]) for site in self.frame]
        return context | {"rows": rows, "bands": bands(self.frame, process.random_share), "limits": process.bands}

    def act(self, form):
        judged = {name.removeprefix("why_"): why for name, why in form.cleaned_data.items() if why}
        sampling.draw(self.scope, self.audit, judged=judged)
        return self.audit.get_absolute_url()


def on_audit(scope, audit):
    """The sample on the audit's page, drawn again and compared; and what the secretariat may still do with the plan."""
    acts = [
        (policies.may_move_audit, "move_audit", gettext_lazy("Change the days")),
        (policies.may_cancel_audit, "cancel_audit", gettext_lazy("Cancel the audit")),
    ]
    sample = SiteSample.objects.filter(audit=audit).select_related("drawn_by").first()
    if sample is None:
        acts.insert(0, (policies.may_draw_sites, "draw_sites", gettext_lazy("Draw the sites")))
    actions = [(words, reverse(f"standards:{name}", args=[audit.ref])) for may, name, words in acts if may(scope, audit)]
    if sample is None and not actions and not audit.ended_reason:
        return None
    shown = {"actions": actions, "audit": audit, "sample": sample}
    if sample:
        names = dict(Centre.objects.filter(code__in=[one["code"] for one in sample.frame]).values_list("code", "name"))
        sizes = {one["code"]: one for one in sample.frame}
        shown["rows"] = [
            {"name": names.get(one["code"], one["code"]), "size": sizes[one["code"]]["size"], **one} for one in sample.chosen
        ]
        shown["same"] = is_reproducible(sample)
    return shown
