"""The report of a cohort as one workbook; the messages about a cohort or to an officer."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views import View

from centres.access import fetch
from centres.models import Officer
from centres.policies import may_keep_officer
from cse_portal.lib import tabular
from cse_portal.lib.doors import Column, ListDoor, PageMixin
from cse_portal.notices.filters import NoticeFilter
from training import policies
from training.services import cohort_report, messages

from .cohorts import OfCohort


class CohortReport(OfCohort, PageMixin, View):
    allowed = staticmethod(policies.may_report_on_cohort)

    def get(self, request, *args, **kwargs):
        answer = tabular.book_response(f"report-{self.cohort.code}", cohort_report.sheets(self.cohort, self.scope.today))
        answer["Cache-Control"] = "private, no-store"
        return answer


class Messages(ListDoor):
    """Each message is a row: when it is due, whether it went, failed or was taken back."""

    template_name = "training/messages.html"
    filterset_class = NoticeFilter
    columns = (
        Column("to", gettext_lazy("To"), lambda n: n.to),
        Column("subject", gettext_lazy("Subject"), str),
        Column("channel", pgettext_lazy("channel", "Sent by"), lambda n: n.get_channel_display()),
        Column("due", pgettext_lazy("message", "Due"), lambda n: n.due_at),
        Column("queued", gettext_lazy("Written"), lambda n: n.queued_at, sort="queued_at"),
        Column("sent", gettext_lazy("Sent"), lambda n: n.sent_at, sort="sent_at"),
        Column("cancelled", gettext_lazy("Taken back"), lambda n: n.cancelled_at, sort="cancelled_at"),
        Column("state", gettext_lazy("State"), lambda n: n.get_state_display()),
        Column("error", gettext_lazy("Cause"), lambda n: n.error),
    )


class CohortMessages(OfCohort, Messages):
    allowed = staticmethod(policies.may_see_cohort_notices)

    def get_title(self):
        return _("Messages about %(cohort)s") % {"cohort": self.cohort.code}

    def base_queryset(self):
        return messages.of_cohort(self.scope, self.cohort)

    def get_context_data(self, **kwargs):
        return super().get_context_data(unreached=list(messages.without_address(self.scope, self.cohort)[:50]), **kwargs)


class OfficerMessages(Messages):
    may = staticmethod(policies.may_see_staff)

    def prepare(self):
        self.officer = fetch(Officer.objects.all(), self.scope, may=may_keep_officer, ref=self.kwargs["ref"])

    def get_title(self):
        return _("Messages to %(name)s") % {"name": self.officer}

    def get_crumbs(self):
        return [(_("Staff"), reverse("training:officers")), (str(self.officer), self.officer.get_absolute_url())]

    def base_queryset(self):
        return messages.of_officer(self.officer).order_by("-pk")

    def get_context_data(self, **kwargs):
        unreached = [] if self.officer.email or self.officer.phone else [self.officer]
        return super().get_context_data(unreached=unreached, **kwargs)
