"""Targets: the list with what was superseded, the form, and taking one back."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from cse_portal.oversight import policies
from cse_portal.oversight.filters import TargetFilter
from cse_portal.oversight.forms import TargetForm, WhyForm
from cse_portal.oversight.models import Target
from cse_portal.oversight.services import targets


class TargetList(ListDoor):
    title = gettext_lazy("Targets")
    may = staticmethod(policies.may_see_targets)
    template_name = "oversight/targets.html"
    filterset_class = TargetFilter
    columns = (
        Column("measure", gettext_lazy("Measure"), lambda t: t.get_measure_display(), sort="measure"),
        Column("cadre", gettext_lazy("CSE cadre"), lambda t: t.cadre.name if t.cadre else _("All"), sort="cadre__sequence"),
        Column("quarter", gettext_lazy("Quarter"), lambda t: t.quarter, sort="quarter_ends"),
        Column("value", gettext_lazy("Target, %"), lambda t: t.value, sort="value", numeric=True),
        Column("authority", gettext_lazy("Authority"), lambda t: t.authority),
        Column("entered", gettext_lazy("Entered"), lambda t: t.entered_at, sort="entered_at"),
        Column("by", gettext_lazy("By"), lambda t: str(t.entered_by or "")),
        Column("state", gettext_lazy("State"), lambda t: _("superseded") if t.superseded_at else _("in force")),
    )

    def base_queryset(self):
        return Target.objects.visible_to(self.scope).select_related("cadre", "entered_by")

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_set=policies.may_set_targets(self.scope), **kwargs)


class EnterTarget(FormDoor):
    title = gettext_lazy("Set a target")
    may = staticmethod(policies.may_set_targets)
    template_name = "oversight/target_form.html"
    form_class = TargetForm
    done = gettext_lazy("The target is set. One that stood for the same is superseded and stays on record.")

    def get_crumbs(self):
        return [(_("Targets"), reverse("oversight:targets"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.scope.today}

    def get_initial(self):
        return {
            name: self.request.GET[name] for name in ("measure", "cadre", "quarter_ends", "value") if name in self.request.GET
        }

    def act(self, form):
        targets.enter(self.scope, **form.cleaned_data)
        return reverse("oversight:targets")


class WithdrawTarget(FormDoor):
    title = gettext_lazy("Take the target back")
    template_name = "oversight/confirm.html"
    form_class = WhyForm
    done = gettext_lazy("The target no longer stands. It stays on record.")

    def prepare(self):
        self.target = fetch(
            Target.objects.select_related("cadre"), self.scope, may=policies.may_set_targets, pk=self.kwargs["pk"]
        )

    def get_crumbs(self):
        return [(_("Targets"), reverse("oversight:targets"))]

    def get_context_data(self, **kwargs):
        words = {"what": str(self.target), "submit": _("Take it back"), "cancel_url": reverse("oversight:targets")}
        return super().get_context_data(**words, **kwargs)

    def act(self, form):
        targets.withdraw(self.scope, self.target, reason=form.cleaned_data["reason"])
        return reverse("oversight:targets")
