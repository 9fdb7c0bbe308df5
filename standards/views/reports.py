"""The audit report: issuing draft and final, commenting, reading, copies as PDF, workbook and JSON, addenda."""

from django import forms
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import FormDoor, Page, PageMixin
from cse_portal.lib.tabular import TYPES
from standards import policies
from standards.models import Audit, AuditReport
from standards.report_forms import AddendumForm, CommentForm
from standards.services import report_documents, reports

from .audits import OfAudit


def on_audit(scope, audit):
    """Reports issued, and what is to be done about them next."""
    if audit.state not in Audit.SUBMITTED or not (policies.may_read_findings(scope, audit) or policies.may_comment(scope, audit)):
        return None
    issued = list(AuditReport.objects.visible_to(scope).filter(audit=audit).select_related("issued_by"))
    kinds = {report.kind for report in issued}
    draft = next((r for r in issued if r.kind == AuditReport.Kind.DRAFT), None)
    commented = reports.has_commented(audit)
    open_days = bool(draft) and "final" not in kinds and clock.today() <= draft.comments_by
    actions = []
    if policies.may_report(scope, audit) and "draft" not in kinds:
        actions.append((_("Issue the draft report"), reverse("standards:issue_draft", args=[audit.ref])))
    elif policies.may_report(scope, audit) and "final" not in kinds and (commented or not open_days):
        actions.append((_("Issue the final report"), reverse("standards:issue_final", args=[audit.ref])))
    if policies.may_comment(scope, audit) and "final" not in kinds and draft:
        actions.append((_("Comment on the draft report"), reverse("standards:comment_on_draft", args=[audit.ref])))
    return {"reports": issued, "actions": actions, "draft": draft, "commented": commented, "open_days": open_days}


class OfReport(OfAudit):
    def prepare(self):
        found = AuditReport.objects.select_related("audit__organisation", "audit__centre", "audit__edition", "key", "issued_by")
        self.report = fetch(found, self.scope, audit__ref=self.kwargs["ref"], kind=self.kwargs["kind"], number=self.kwargs["number"])
        self.audit = self.report.audit
        if self.allowed and not type(self).allowed(self.scope, self.audit):
            raise Http404


class Issue(OfAudit, FormDoor):
    template_name = "standards/issue_report.html"
    form_class = forms.Form
    allowed = staticmethod(policies.may_report)

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, what=self.what, submit=self.title, cancel_url=self.audit.get_absolute_url(), **kwargs)


class IssueDraft(Issue):
    title = gettext_lazy("Issue the draft report")
    what = gettext_lazy("The draft holds every rating, finding and answer as they stand, without what staff told in confidence. The MDA is told and may comment; then the final report follows.")
    done = gettext_lazy("The draft report is issued and the MDA is told.")

    def act(self, form):
        return reports.issue_draft(self.scope, self.audit).get_absolute_url()


class IssueFinal(Issue):
    title = gettext_lazy("Issue the final report")
    what = gettext_lazy("The report is signed and locked at issue. Later changes are addenda. This cannot be undone.")
    done = gettext_lazy("The report is issued and signed.")

    def act(self, form):
        return reports.issue_final(self.scope, self.audit).get_absolute_url()


class CommentOnDraft(OfAudit, FormDoor):
    title = gettext_lazy("Comment on the draft report")
    template_name = "standards/issue_report.html"
    form_class = CommentForm
    allowed = staticmethod(policies.may_comment)
    done = gettext_lazy("Your comments are on record and go into the final report.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            audit=self.audit, what=_("The comments of the MDA are printed in the final report, word for word."), submit=_("Send the comments"), cancel_url=self.audit.get_absolute_url(), **kwargs
        )  # fmt: skip

    def act(self, form):
        reports.comment(self.scope, self.audit, text=form.cleaned_data["text"])
        return self.audit.get_absolute_url()


class ReportPage(OfReport, Page):
    template_name = "standards/report.html"

    def get_title(self):
        return _("%(kind)s: %(subject)s") % {"kind": self.report.get_kind_display(), "subject": self.audit.subject}

    def get_context_data(self, **kwargs):
        report = self.report
        said = report.content["report"]
        shown = [s for s in report_documents.sections(said) if not s.cards]
        cards = [s for s in report_documents.sections(said) if s.cards]
        return super().get_context_data(
            report=report,
            audit=self.audit,
            genuine=reports.is_genuine(report),
            tables=shown,
            cards=[(s.title, [(row[0], row[1], [(label, value) for label, value in zip(s.header[2:], row[2:]) if value not in ("", None)]) for row in s.rows]) for s in cards],
            addenda=report.addenda.select_related("made_by"),
            commenting=self.commenting(),
            may_add=report.kind == AuditReport.Kind.FINAL and policies.may_add_addendum(self.scope, self.audit),
            may_read_annex=policies.may_read_annex(self.scope, self.audit),
            **kwargs,
        )

    def commenting(self):
        """{by, url} while the MDA may comment on this draft; no `url` for readers who do not."""
        if self.report.kind != AuditReport.Kind.DRAFT or self.audit.reports.filter(kind=AuditReport.Kind.FINAL).exists():
            return None
        may = policies.may_comment(self.scope, self.audit)
        return {"by": self.report.comments_by, "url": may and reverse("standards:comment_on_draft", args=[self.audit.ref])}


class AddAddendum(OfReport, FormDoor):
    title = gettext_lazy("Add to the report")
    template_name = "standards/issue_report.html"
    form_class = AddendumForm
    allowed = staticmethod(policies.may_add_addendum)
    done = gettext_lazy("The addendum is signed and the MDA is told.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, submit=_("Sign and add"), cancel_url=self.report.get_absolute_url(), **kwargs)

    def act(self, form):
        reports.add_addendum(self.scope, self.report, text=form.cleaned_data["text"])
        return self.report.get_absolute_url()


class ReportCopy(OfReport, PageMixin, View):
    """The report as pdf, xlsx or json; `?annex=1` with the confidential part, for those who audit and decide."""

    def get(self, request, *args, **kwargs):
        report, form = self.report, kwargs["form"]
        annex = request.GET.get("annex") == "1"
        if annex and not policies.may_read_annex(self.scope, self.audit):
            raise Http404
        name = f"{self.audit.ref}-{report.kind}-{report.number}"
        if form == "json":
            response = JsonResponse(reports.as_json(report, annex=annex), json_dumps_params={"ensure_ascii": False, "indent": 1})
        elif form in ("pdf", "xlsx"):
            kinds = {"pdf": "application/pdf", "xlsx": TYPES["xlsx"]}
            response = HttpResponse(reports.copy(report, form, annex=annex), content_type=kinds[form])
        else:
            raise Http404
        response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
        response["Cache-Control"] = "private, no-store"
        return response
