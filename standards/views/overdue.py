"""Overdue corrective action by MDA: counts for the HOPS office and the secretariat; no finding is opened from here."""

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils.translation import gettext_lazy

from centres.models import Organisation
from cse_portal.lib.doors import Column, ListDoor
from standards import policies
from standards.models import Escalation, Finding


def overdue_mdas(on):
    """MDAs with `majors`, `minors` overdue, `told` of them on the HOPS office's list, `since` the earliest day that passed."""
    told = Escalation.objects.filter(finding=OuterRef("pk"), step=Escalation.Step.HOPS)
    late = Finding.objects.overdue(on).annotate(told=Exists(told))
    ids = dict(late.values_list("pk", "told"))
    on_list = [pk for pk, listed in ids.items() if listed]
    counted = Q(audits__findings__in=list(ids))
    return (
        Organisation.objects.filter(counted)
        .annotate(
            majors=Count("audits__findings", filter=counted & Q(audits__findings__grade=Finding.Grade.MAJOR), distinct=True),
            minors=Count("audits__findings", filter=counted & Q(audits__findings__grade=Finding.Grade.MINOR), distinct=True),
            told=Count("audits__findings", filter=Q(audits__findings__in=on_list), distinct=True),
            since=Min(F("audits__findings__due_on"), filter=counted & Q(audits__findings__due_on__lt=on)),
            plan_since=Min(F("audits__findings__plan_by"), filter=counted & Q(audits__findings__plan_by__lt=on)),
        )
        .order_by("-told", "-majors", "-minors", "name")
    )


class OverdueList(ListDoor):
    title = gettext_lazy("Overdue corrective action")
    may = staticmethod(policies.may_see_overdue_findings)
    template_name = "standards/overdue.html"
    columns = (
        Column("mda", gettext_lazy("MDA"), lambda o: str(o), sort="name"),
        Column("told", gettext_lazy("With the HOPS office"), lambda o: o.told, sort="told", numeric=True),
        Column("majors", gettext_lazy("Major, overdue"), lambda o: o.majors, sort="majors", numeric=True),
        Column("minors", gettext_lazy("Minor, overdue"), lambda o: o.minors, sort="minors", numeric=True),
        Column("since", gettext_lazy("Overdue since"), lambda o: o.since or o.plan_since, sort="since"),
    )

    def base_queryset(self):
        return overdue_mdas(self.scope.today)
