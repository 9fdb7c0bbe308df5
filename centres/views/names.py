"""Who may name officers: grants of HOPS, asking for one, and what was looked at under one."""

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.access import fetch
from centres.filters import NameGrantFilter
from centres.forms import NamesForm
from centres.models import NameGrant, Organisation
from centres.services import grants
from centres.services.grants import address, state
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor
from cse_portal.lib.templatetags.cse import moment


class NameGrants(ListDoor):
    title = gettext_lazy("Names")
    may = staticmethod(policies.may_see_name_grants)
    template_name = "centres/name_grants.html"
    filterset_class = NameGrantFilter
    default_sort = "-until"
    columns = (
        Column("who", gettext_lazy("Who"), lambda g: str(g.user), sort="user__name"),
        Column("mda", gettext_lazy("MDA and all below"), lambda g: g.organisation.name, sort="organisation__name"),
        Column("reason", gettext_lazy("Reason"), lambda g: g.reason),
        Column("since", gettext_lazy("From"), lambda g: g.during.lower, sort="during__startswith"),
        Column("until", gettext_lazy("Until"), lambda g: g.during.upper, sort="during__endswith"),
        Column("state", gettext_lazy("State"), lambda g: _("in force") if state(g) == "in_force" else _("ended")),
    )

    def base_queryset(self):
        return NameGrant.objects.visible_to(self.scope).select_related("user", "organisation")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(may_ask=policies.may_ask_for_names(self.scope), **kwargs)
        for row in context["page_obj"].object_list:
            row.state = state(row)
        return context


class AskForNames(FormDoor):
    title = gettext_lazy("Ask for names")
    may = staticmethod(policies.may_ask_for_names)
    template_name = "centres/ask_for_names.html"
    form_class = NamesForm
    done = gettext_lazy("You see the names for 7 days. The MDA has been told who asked and why, and sees what you look at.")

    def get_crumbs(self):
        return [(_("Names"), reverse("centres:names"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_initial(self):
        asked = Organisation.objects.filter(code=self.request.GET.get("organisation", "")).first()
        return {"organisation": asked.code} if asked else {}

    def act(self, form):
        return grants.ask(self.scope, **form.cleaned_data).get_absolute_url()


class NameGrantPage(ListDoor):
    """One grant: who, why, until when; and what was looked at, latest first."""

    may = staticmethod(policies.may_see_name_grants)
    template_name = "centres/name_grant.html"
    columns = (
        Column("at", gettext_lazy("When"), lambda e: e.at),
        Column("who", gettext_lazy("Who"), lambda e: e.actor_name),
        Column("what", gettext_lazy("What"), lambda e: e.officer or _("List")),
        Column("address", gettext_lazy("Address"), address),
    )

    @cached_property
    def grant(self):
        grants_ = NameGrant.objects.select_related("user", "organisation")
        return fetch(grants_, self.scope, pk=self.kwargs["pk"])

    def get_title(self):
        return _("Names of %(mda)s") % {"mda": self.grant.organisation}

    def get_crumbs(self):
        return [(_("Names"), reverse("centres:names"))]

    def base_queryset(self):
        return grants.looks(self.scope, self.grant)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        grant, now = self.grant, state(self.grant)
        for entry in context["page_obj"].object_list:
            entry.shown = address(entry)
        return context | {
            "grant": grant,
            "state": now,
            "rows": [
                (_("Who"), f"{grant.user} ({grant.user.email})"),
                (_("MDA and all below"), grant.organisation),
                (_("Reason"), grant.reason),
                (_("From"), moment(grant.during.lower)),
                (_("Until"), moment(grant.during.upper)),
            ],
            "may_end": now == "in_force" and policies.may_end_name_grant(self.scope, grant),
            "own": grant.user_id == self.scope.user.pk,
        }


class EndNameGrant(ActDoor):
    done = gettext_lazy("The names are closed.")

    def act(self):
        grant = fetch(NameGrant.objects.all(), self.scope, may=policies.may_end_name_grant, pk=self.kwargs["pk"])
        return grants.end(self.scope, grant).get_absolute_url()
