"""Why an officer has a status on a day: the rule and its authority, the facts and dates that decide, what comes next."""

from django.urls import reverse
from django.utils.translation import gettext as _

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib import clock
from cse_portal.lib.doors import DetailDoor
from training import policies
from training.compliance import trace


def asked_day(request, today):
    """(day asked by ?on=, what was typed where that is no date)."""
    text = request.GET.get("on", "").strip()
    if not text:
        return today, ""
    try:
        return clock.parse_date(text), ""
    except ValueError:
        return today, text


class Why(DetailDoor):
    """One click from any status of an officer."""

    template_name = "training/why.html"
    context_object_name = "officer"

    def get_object(self, queryset=None):
        return fetch(Officer.objects.all(), self.scope, ref=self.kwargs["ref"])

    def get_title(self):
        return _("Why: %(name)s") % {"name": self.object}

    def get_crumbs(self):
        staff = [(_("Staff"), reverse("training:officers"))] if policies.may_see_staff(self.scope) else []
        return [*staff, (str(self.object), self.object.get_absolute_url())]

    def get_context_data(self, **kwargs):
        on, problem = asked_day(self.request, self.scope.today)
        return super().get_context_data(
            on=on, day_problem=problem, today=self.scope.today, **trace.explain(self.object.pk, on), **kwargs
        )
