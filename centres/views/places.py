"""Registries: organisations, centres, services, and the reference tables of cadres, job groups and counties."""

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.access import fetch
from centres.filters import CentreFilter, OrganisationFilter, ServiceFilter
from centres.models import Cadre, Centre, County, JobGroup, Organisation, Service, Standing
from cse_portal.lib.doors import Column, DetailDoor, ListDoor, Page


def standing_word(organisation):
    return Standing.Kind(organisation.standing).label if organisation.standing else ""


def hours(centre):
    """ "08:00–17:00", or nothing where it is not known."""
    return f"{centre.opens:%H:%M}–{centre.closes:%H:%M}" if centre.opens and centre.closes else ""


class OrganisationList(ListDoor):
    """`?view=tree`: who reports to whom today; otherwise a list."""

    title = gettext_lazy("Ministries, departments and agencies")
    may = staticmethod(policies.may_see_registries)
    filterset_class = OrganisationFilter
    default_sort = "name"
    described = (
        Column("name", gettext_lazy("Name"), lambda o: o.name_then, sort="name_then"),
        Column("code", gettext_lazy("Code"), lambda o: o.code, sort="code"),
        Column("kind", gettext_lazy("Kind"), lambda o: o.get_kind_display(), sort="kind"),
        Column("parent", gettext_lazy("Reports to"), lambda o: o.parent_name, sort="parent_name"),
        Column("county", gettext_lazy("County"), lambda o: o.county and o.county.name, sort="county__name"),
        Column("standing", gettext_lazy("Standing"), standing_word, sort="standing"),
    )

    counted = (Column("officers", gettext_lazy("In post"), lambda o: o.in_post, numeric=True),)

    @property
    def columns(self):
        return self.described + (self.counted if policies.may_see_headcounts(self.scope) else ())

    @property
    def on(self):
        return OrganisationFilter.day_of(self.request.GET, self.scope.today)

    @property
    def as_tree(self):
        return self.request.GET.get("view") == "tree"

    def get_template_names(self):
        return ["centres/organisation_tree.html" if self.as_tree else "centres/organisations.html"]

    def get_paginate_by(self, queryset):
        return None if self.as_tree else super().get_paginate_by(queryset)

    def base_queryset(self):
        on, scope = self.on, self.scope
        found = Organisation.objects.visible_to(scope).in_being(on).placed(on).named(on).select_related("county")
        return found.with_headcount(on, scope.organisation_ids) if policies.may_see_headcounts(scope) else found

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {"on": self.on, "is_today": self.on == self.scope.today}
        if self.as_tree:
            context["roots"], context["alone"] = self.tree(context["object_list"])
        return context

    def tree(self, organisations):
        """([organisations at the top with others `.below`], {kind: [those that stand alone]}), by name. One whose parent is not in
        the list stands at the top."""
        found = {o.code: o for o in organisations}
        for one in found.values():
            one.below = []
        roots, alone = [], {}
        for one in sorted(found.values(), key=lambda o: o.name_then):
            (found[one.parent_code].below if one.parent_code in found else roots).append(one)
        for one in [root for root in roots if not root.below]:
            alone.setdefault(one.get_kind_display(), []).append(one)
        return [root for root in roots if root.below], dict(sorted(alone.items()))


class CentreList(ListDoor):
    title = gettext_lazy("Centres")
    public = True
    template_name = "centres/centres.html"
    filterset_class = CentreFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Centre"), lambda c: c.name, sort="name"),
        Column("kind", gettext_lazy("Kind"), lambda c: c.get_kind_display(), sort="kind"),
        Column("county", gettext_lazy("County"), lambda c: c.county.name, sort="county__name"),
        Column("address", gettext_lazy("Where"), lambda c: c.address or c.town, sort="town"),
        Column("hours", gettext_lazy("Hours"), hours, sort="opens"),
        Column("status", gettext_lazy("Status"), lambda c: c.get_status_display(), sort="status"),
    )

    def base_queryset(self):
        return Centre.objects.visible_to(self.scope).select_related("county")


class ServiceList(ListDoor):
    title = gettext_lazy("Services")
    public = True
    template_name = "centres/services.html"
    filterset_class = ServiceFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Service"), lambda s: s.name, sort="name"),
        Column("owner", gettext_lazy("Owner"), lambda s: s.owner and s.owner.name, sort="owner__name"),
        Column("channels", gettext_lazy("Where"), lambda s: s.channel_words),
        Column("turnaround", gettext_lazy("Turnaround promised"), lambda s: s.turnaround, sort="turnaround"),
        Column("fee", gettext_lazy("Fee"), lambda s: s.fee, sort="fee"),
    )

    def base_queryset(self):
        return Service.objects.visible_to(self.scope).select_related("owner")


class ServicePage(DetailDoor):
    public = True
    template_name = "centres/service.html"
    context_object_name = "service"

    def get_object(self, queryset=None):
        return fetch(Service.objects.select_related("owner"), self.scope, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("Services"), reverse("centres:services"))]

    def get_context_data(self, **kwargs):
        offered = self.object.offerings.filter(service=self.object, centre=OuterRef("pk"), during__contains=self.scope.today)
        centres = Centre.objects.visible_to(self.scope).filter(Exists(offered)).select_related("county")
        return super().get_context_data(centres=centres, may_see_owner=policies.may_see_registries(self.scope), **kwargs)


class Reference(Page):
    title = gettext_lazy("Reference data")
    may = staticmethod(policies.may_see_registries)
    template_name = "centres/reference.html"

    def get_context_data(self, **kwargs):
        counties = County.objects.visible_to(self.scope).annotate(centre_count=Count("centres"))
        return super().get_context_data(
            cadres=Cadre.objects.visible_to(self.scope),
            job_groups=JobGroup.objects.visible_to(self.scope).select_related("suggested_cadre"),
            counties=counties,
            **kwargs,
        )
