"""What the portal holds of who asks: to read, and to take along in one click."""

from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views import View

from cse_portal.lib import tabular
from cse_portal.lib.doors import Page, PageMixin
from cse_portal.notices.models import Notice
from training import policies
from training.services import my_data

SHOWN = 12  # newest messages and changes on the page; the file holds all


class MyData(Page):
    title = _("My data")
    may = staticmethod(policies.may_see_own_data)
    template_name = "training/my_data.html"

    def get_context_data(self, **kwargs):
        officer = self.scope.officer
        context = super().get_context_data(officer=officer, **kwargs)
        if officer is None:
            return context
        person = my_data.TABLES[0]
        requests = list(officer.correction_requests.order_by("-pk")[:5])
        return context | {
            "person": [(c.label, c.value(officer)) for c in person.columns],
            "posts": list(officer.postings.select_related("organisation", "cadre", "county", "centre").order_by("-during")),
            "counts": [(t.title, t.rows(officer).count()) for t in my_data.TABLES[2:]],
            "notices": list(my_data.notices(officer).order_by("-pk")[:SHOWN]),
            "changes": list(my_data.trail(officer).order_by("-pk")[:SHOWN]),
            "requests": requests,
            "may_ask": not any(r.state == r.State.ASKED for r in requests),
            "failed": Notice.State.FAILED,
        }


class ExportMyData(PageMixin, View):
    may = staticmethod(policies.may_see_own_data)

    def get(self, request, kind):
        officer = self.scope.officer
        if officer is None:
            return redirect("training:my_data")
        if kind == "json":
            with translation.override("en"):
                answer = JsonResponse(my_data.as_json(officer), json_dumps_params={"ensure_ascii": False, "indent": 1})
            answer["Content-Disposition"] = f'attachment; filename="my-data-{officer.ref}.json"'
        elif kind == "xlsx":
            sheets = (
                tabular.Sheet(str(t.title), [str(c.label) for c in t.columns], my_data.values(t, officer)) for t in my_data.TABLES
            )
            answer = tabular.book_response(f"my-data-{officer.ref}", sheets)
        else:
            raise Http404
        answer["Cache-Control"] = "private, no-store"
        return answer
