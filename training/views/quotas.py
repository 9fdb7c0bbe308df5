"""Seats of a cohort kept for MDAs: keep, change, release."""

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, FormDoor
from training import policies
from training.models import SeatQuota
from training.seat_forms import QuotaForm
from training.services import quotas

from .cohorts import OfCohort


class KeepSeats(OfCohort, FormDoor):
    """A quota of an MDA, made or changed. `?mda=CODE` fills in the one that stands."""

    title = gettext_lazy("Keep seats for an MDA")
    allowed = staticmethod(policies.may_keep_quota)
    template_name = "training/change_cohort.html"
    form_class = QuotaForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": self.scope.today}

    def get_initial(self):
        found = (
            self.cohort.quotas.standing()
            .filter(organisation__code=self.request.GET.get("mda", ""))
            .select_related("organisation")
        )
        quota = found.first()
        if quota:
            return {"organisation": quota.organisation.code, "seats": quota.seats, "release_on": quota.release_on}
        return {}

    def back(self):
        return reverse("training:participants", args=[self.cohort.code])

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"cancel_url": self.back()}

    def act(self, form):
        quota = quotas.keep(self.scope, cohort=self.cohort, **form.cleaned_data)
        messages.success(self.request, _("%(n)s seats are kept for %(mda)s.") % {"n": quota.seats, "mda": quota.organisation})
        return self.back()


class ReleaseQuota(ActDoor):
    done = gettext_lazy("The seats not taken are anybody's now.")

    def act(self):
        found = SeatQuota.objects.select_related("cohort", "organisation")
        quota = fetch(found, self.scope, may=policies.may_release_quota, pk=self.kwargs["pk"])
        quotas.release(self.scope, quota=quota)
        return reverse("training:participants", args=[quota.cohort.code])
