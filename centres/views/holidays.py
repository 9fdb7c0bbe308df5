"""Public holidays: the list, and the days that people add or take off it."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.access import fetch
from centres.filters import HolidayFilter
from centres.holiday_forms import HolidayForm, RemoveHolidayForm
from centres.models import Holiday
from centres.services import holidays
from cse_portal.lib.doors import Column, FormDoor, ListDoor


class HolidayList(ListDoor):
    title = gettext_lazy("Public holidays")
    may = staticmethod(policies.may_see_registries)
    template_name = "centres/holidays.html"
    filterset_class = HolidayFilter
    default_sort = "day"
    columns = (
        Column("day", gettext_lazy("Day"), lambda h: h.day, sort="day"),
        Column("name", gettext_lazy("Name"), lambda h: h.name, sort="name"),
        Column("authority", gettext_lazy("Authority"), lambda h: h.authority),
    )

    def base_queryset(self):
        return Holiday.objects.visible_to(self.scope)

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_keep=policies.may_keep_holidays(self.scope), **kwargs)


class Kept(FormDoor):
    may = staticmethod(policies.may_keep_holidays)
    template_name = "centres/officer_act.html"

    def get_crumbs(self):
        return [(_("Public holidays"), reverse("centres:holidays"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("centres:holidays"), **kwargs)


class AddHoliday(Kept):
    title = gettext_lazy("Add a public holiday")
    form_class = HolidayForm
    done = gettext_lazy("The holiday is added. Deadlines that are already given do not move.")

    def act(self, form):
        holidays.declare(self.scope, **form.cleaned_data)
        return reverse("centres:holidays")


class RemoveHoliday(Kept):
    title = gettext_lazy("Remove a public holiday")
    form_class = RemoveHolidayForm
    done = gettext_lazy("The holiday is removed. Deadlines that are already given do not move.")

    def prepare(self):
        self.holiday = fetch(Holiday.objects.all(), self.scope, pk=self.kwargs["pk"])

    def get_title(self):
        return _("Remove %(holiday)s") % {"holiday": self.holiday}

    def act(self, form):
        holidays.remove(self.scope, self.holiday, **form.cleaned_data)
        return reverse("centres:holidays")
