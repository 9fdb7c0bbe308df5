"""The staff register: who is in post."""

from django.db.models import F
from django.utils.translation import gettext_lazy

from centres import policies
from centres.filters import OfficerFilter
from centres.models import Officer
from cse_portal.lib.doors import Column, ListDoor


class OfficerList(ListDoor):
    title = gettext_lazy("Staff")
    may = staticmethod(policies.may_see_officers)
    template_name = "centres/officers.html"
    filterset_class = OfficerFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Name"), lambda o: f"{o.surname}, {o.first_name} {o.other_names}".strip(), sort="surname"),
        Column("personal_no", gettext_lazy("Personal number"), lambda o: o.personal_no, sort="personal_key"),
        Column("upn", gettext_lazy("UPN"), lambda o: o.upn or "", sort="upn"),
        Column("mda", gettext_lazy("MDA"), lambda o: o.mda, sort="there__organisation__name"),
        Column("cadre", gettext_lazy("CSE cadre"), lambda o: o.cadre_name, sort="there__cadre__sequence"),
        Column("designation", gettext_lazy("Designation"), lambda o: o.designation, sort="designation"),
        Column("county", gettext_lazy("County"), lambda o: o.county_name or "", sort="there__county__name"),
    )

    def base_queryset(self):
        return (
            Officer.objects.visible_to(self.scope)
            .placed(self.scope.today)
            .annotate(
                mda=F("there__organisation__name"), cadre_name=F("there__cadre__name"), county_name=F("there__county__name")
            )
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_file=policies.may_file_roster(self.scope), **kwargs)
