"""Who must hold which course: the rules in force on a day, and one rule with its history."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, DetailDoor, ListDoor
from training import policies
from training.models import Requirement, RequirementChange
from training.rule_filters import RequirementFilter
from training.services import requirements


def place(rule):
    return str(rule.organisation) if rule.organisation else _("Everywhere")


def state_on(rule, day):
    """in_force, planned, ended or undone."""
    during = rule.in_force
    if during.isempty:
        return "undone"
    if during.lower and day < during.lower:
        return "planned"
    return "in_force" if during.upper is None or day < during.upper else "ended"


class RequirementList(ListDoor):
    title = gettext_lazy("Requirements")
    may = staticmethod(policies.may_see_requirements)
    template_name = "training/requirements.html"
    filterset_class = RequirementFilter
    default_sort = "cadre"
    columns = (
        Column("cadre", gettext_lazy("CSE cadre"), lambda r: r.cadre.name, sort="cadre__sequence"),
        Column("course", gettext_lazy("Course"), lambda r: r.course.title, sort="course__title"),
        Column("place", gettext_lazy("MDA and all below"), place, sort="organisation__name"),
        Column("first", gettext_lazy("In force from"), lambda r: r.in_force.lower, sort="in_force__startswith"),
        Column("until", gettext_lazy("Until"), lambda r: r.in_force.upper, sort="in_force__endswith"),
        Column("days", gettext_lazy("Due within days"), lambda r: r.due_within_days, sort="due_within_days", numeric=True),
        Column("authority", gettext_lazy("By order of"), lambda r: r.authority, sort="authority"),
    )

    def base_queryset(self):
        return Requirement.objects.visible_to(self.scope).select_related("cadre", "course", "organisation")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        day = self.filterset.day
        for rule in context["page_obj"].object_list:
            rule.state, rule.place = state_on(rule, day), place(rule)
        return context | {
            "day": day,
            "may_change": policies.may_change_rules(self.scope),
            "drafts": RequirementChange.objects.visible_to(self.scope).filter(state=RequirementChange.State.DRAFT).count(),
            "under_way": requirements.being_applied(),
        }


class RequirementPage(DetailDoor):
    may = staticmethod(policies.may_see_requirements)
    template_name = "training/requirement.html"
    context_object_name = "rule"

    def get_object(self, queryset=None):
        return fetch(Requirement.objects.select_related("cadre", "course", "organisation"), self.scope, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Requirements"), reverse("training:requirements"))]

    def get_context_data(self, **kwargs):
        rule, today = self.object, self.scope.today
        editions = list(
            Requirement.objects.filter(cadre=rule.cadre, course=rule.course, organisation=rule.organisation).order_by(
                "in_force", "pk"
            )
        )
        for edition in editions:
            edition.state = state_on(edition, today)
        changes = RequirementChange.objects.visible_to(self.scope).filter(lines__requirement=rule).distinct()
        return super().get_context_data(
            place=place(rule),
            state=state_on(rule, today),
            editions=editions,
            changes=changes.select_related("published_by", "undone_by"),
            may_change=policies.may_change_rules(self.scope) and state_on(rule, today) in ("in_force", "planned"),
            **kwargs,
        )
