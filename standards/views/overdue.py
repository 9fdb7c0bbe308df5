"""Overdue corrective action by MDA: counts for the HOPS office and the secretariat; no finding is opened from here."""

from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import Column, ListDoor
from standards import policies
from standards.services.overdue import overdue_mdas


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
