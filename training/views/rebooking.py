"""An MDA whose officers lost their seats with a cancelled cohort chooses whether they move to the one offered instead."""

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import FormDoor, Page
from training import policies
from training.cohort_forms import RebookForm
from training.models import Enrolment
from training.services import rebooking

from .cohorts import OfCohort


class RebookingList(Page):
    title = gettext_lazy("Officers to rebook")
    may = staticmethod(policies.may_rebook)
    template_name = "training/rebookings.html"

    def get_crumbs(self):
        return [(_("Calendar"), reverse("training:calendar"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(cohorts=rebooking.open_offers(self.scope, self.scope.today), **kwargs)


class Rebook(OfCohort, FormDoor):
    title = gettext_lazy("Rebook your officers")
    allowed = staticmethod(policies.may_rebook)
    may = staticmethod(policies.may_rebook)
    template_name = "training/rebook.html"
    form_class = RebookForm

    @cached_property
    def lost(self):
        """Of the MDAs in sight: who lost a seat and may still move."""
        if self.cohort.rebook_to_id is None:
            return []
        mine = Enrolment.objects.visible_to(self.scope)
        found = rebooking.displaced(self.cohort).filter(pk__in=mine).select_related("officer", "organisation")
        return list(found.order_by("organisation__name", "officer__surname", "officer__first_name", "pk"))

    def get_form_kwargs(self):
        if self.cohort.rebook_to_id is None:
            raise Http404
        return super().get_form_kwargs() | {"seats": self.lost}

    def get_context_data(self, **kwargs):
        return super().get_context_data(to=self.cohort.rebook_to, seats=self.lost, **kwargs)

    def act(self, form):
        """MDA by MDA: an MDA above nominates for those below it."""
        chosen = {str(e.pk): e for e in self.lost}
        by_mda = {}
        for pk in form.cleaned_data["officers"]:
            by_mda.setdefault(chosen[pk].organisation, []).append(chosen[pk].officer_id)
        for mda, officers in by_mda.items():
            made = rebooking.rebook(self.scope, cohort=self.cohort, to=self.cohort.rebook_to, organisation=mda, officers=officers)
            facts = {"seated": len(made.seated), "waiting": len(made.waiting), "cohort": self.cohort.rebook_to.code}
            words = _("%(cohort)s: %(seated)s have a seat, %(waiting)s wait.")
            messages.success(self.request, words % facts)
            for _officer, _code, sentence in made.refused:
                messages.warning(self.request, sentence)
        return self.cohort.rebook_to.get_absolute_url()
