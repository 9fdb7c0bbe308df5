"""The score sheet of one site: as a whole, and element by element for those who rate; its evidence."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, FormDoor, Page, PageMixin, attachment
from cse_portal.lib.errors import Conflict
from standards import policies, reasons
from standards.forms import RatingForm, new_client_ref
from standards.models import Evidence, Rating, SubmittedEvidence
from standards.services import audits, evidence, selfassessment

from . import results
from .audits import OfAudit, findings_of, title_of

HINTS = {
    Rating.Value.NOT_MET: gettext_lazy("Fails the requirement"),
    Rating.Value.PARTLY_MET: gettext_lazy("Can be put right in 3 months"),
    Rating.Value.MET: gettext_lazy("In place and working"),
    Rating.Value.EXEMPLARY: gettext_lazy("Measured, above the mark"),
    Rating.Value.NOT_APPLICABLE: gettext_lazy("Say why; the lead approves"),
}
SHORT = {"N": gettext_lazy("Not met"), "P": gettext_lazy("Partly"), "M": gettext_lazy("Met"), "E": gettext_lazy("Exemplary"), "NA": gettext_lazy("n/a")}


class OfSite(OfAudit):
    """Of one site of an audit: `self.site`, whose sheet is read once a request."""

    allowed = staticmethod(policies.may_read_sheet)

    def prepare(self):
        super().prepare()
        self.site = self.audit.sites.open_to(self.scope).filter(pk=self.kwargs["site"]).first()
        if self.site is None:
            raise Http404
        self.site.audit = self.audit

    def sheet_url(self):
        return reverse("standards:sheet", args=[self.audit.ref, self.site.pk])

    def element_url(self, element):
        return reverse("standards:rate", args=[self.audit.ref, self.site.pk, element.code])

    def find(self, elements):
        element = next((e for e in elements if e.code == self.kwargs["code"]), None)
        if element is None:
            raise Http404
        return element


def rail(view, sheet, current=None):
    """Principles with their progress; the current one opened to its elements."""
    missing = {code for problem, codes in sheet.missing if problem != "unrated" for code in codes}
    groups = {}
    for element in sheet.elements:
        groups.setdefault(element.criterion.principle, []).append(element)
    for principle, elements in groups.items():
        done = sum(e.pk in sheet.ratings for e in elements)
        opened = current is None or current in elements
        yield {
            "code": principle.code,
            "name": results.short(principle),
            "done": done,
            "of": len(elements),
            "open": opened,
            "url": view.element_url(next((e for e in elements if e.pk not in sheet.ratings), elements[0])),
            "elements": [entry(view, sheet, e, current, missing) for e in elements] if opened else [],
        }


def entry(view, sheet, element, current, missing):
    rating = sheet.ratings.get(element.pk)
    value = rating.value if rating else ""
    return {
        "element": element,
        "url": view.element_url(element),
        "value": SHORT.get(value, ""),
        "mark": "" if not rating else "short" if value in ("N", "P") else "done",
        "missing": element.code in missing,
        "current": element == current,
    }


def progress(sheet, audit):
    """What the panel beside the form shows."""
    shown = results.shown(sheet.result, sheet.rules, {e.criterion.principle.code: results.short(e.criterion.principle) for e in sheet.elements})
    left = [(reasons.of_problem(problem), codes) for problem, codes in sheet.missing]
    pieces = sum(map(len, sheet.evidence.values()))
    return {"shown": shown, "left": left, "pieces": pieces, "percent": 100 * sheet.result.rated / sheet.result.of if sheet.result.of else 0}


class SheetPage(OfSite, Page):
    """Every element with its rating, for those who read the sheet; `?element=` goes to one, for those who rate."""

    template_name = "standards/sheet.html"

    def get_title(self):
        return _("%(site)s: score sheet") % {"site": self.site.centre or self.audit.organisation}

    def get(self, request, *args, **kwargs):
        sheet = audits.read_sheet(self.site, self.audit.edition)
        asked = next((e for e in sheet.elements if e.code == request.GET.get("element")), None)
        if asked and policies.may_rate(self.scope, self.audit):
            return HttpResponseRedirect(self.element_url(asked))
        return self.render_to_response(self.get_context_data(sheet=sheet))

    def get_context_data(self, sheet, **kwargs):
        rates = policies.may_rate(self.scope, self.audit)
        sees_evidence = Evidence.objects.filter(site=self.site).visible_to(self.scope).exists()
        rows = {}
        for element in sheet.elements:
            row = {"element": element, "rating": sheet.ratings.get(element.pk), "evidence": evidence.mark(sheet.evidence.get(element.pk, []), self.audit) if sees_evidence else [], "url": self.element_url(element)}
            rows.setdefault(element.criterion.principle, []).append(row)
        return super().get_context_data(
            audit=self.audit, site=self.site, groups=list(rows.items()), may_rate=rates, sees_evidence=sees_evidence,
            work_url=reverse("standards:work", args=[self.audit.ref, self.site.pk]), findings=findings_of(self.audit, self.site), **progress(sheet, self.audit), **kwargs,
        )  # fmt: skip


class RateElement(OfSite, FormDoor):
    template_name = "standards/rate.html"
    form_class = RatingForm
    allowed = staticmethod(policies.may_rate)

    theirs = None

    def prepare(self):
        super().prepare()
        self.read()

    def read(self):
        self.sheet = audits.read_sheet(self.site, self.audit.edition)
        self.element = self.find(self.sheet.elements)

    def get_title(self):
        return title_of(self.audit)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"held": self.sheet.evidence.get(self.element.pk, [])}

    def get_initial(self):
        rating = self.sheet.ratings.get(self.element.pk)
        return {"value": rating.value, "justification": rating.justification, "base_revision": rating.revision} if rating else {}

    def act(self, form):
        data, element, elements = form.cleaned_data, self.element, self.sheet.elements
        try:
            rating = audits.record(
                self.scope, site=self.site, element=element, value=data["value"], justification=data["justification"],
                client_ref=data["client_ref"], base_revision=data["base_revision"], pieces=list(form.pieces()),
            )  # fmt: skip
        except Conflict as conflict:
            self.show_both(form, conflict.theirs)
            raise
        messages.success(self.request, _("%(code)s is saved.") % {"code": element.code})
        here = elements.index(element)
        goes_on = "next" in self.request.POST and rating and here + 1 < len(elements)
        return self.element_url(elements[here + 1] if goes_on else element)

    def show_both(self, form, theirs):
        """The page shows theirs beside mine; saving again then writes mine, knowing theirs."""
        self.read()
        self.theirs = self.sheet.ratings.get(self.element.pk)
        form.data = form.data.copy()
        form.data["base_revision"], form.data["client_ref"] = theirs["revision"] if theirs else 0, new_client_ref()

    def get_context_data(self, **kwargs):
        sheet, element = self.sheet, self.element
        here, elements = sheet.elements.index(element), sheet.elements
        context = {
            "audit": self.audit, "site": self.site, "element": element, "rating": sheet.ratings.get(element.pk),
            "said": selfassessment.said(self.audit, self.site, element),
            "evidence": evidence.mark(sheet.evidence.get(element.pk, []), self.audit), "look_back": evidence.look_back(self.audit), "rail": list(rail(self, sheet, element)), "elements": elements,
            "previous": elements[here - 1] if here else None, "following": elements[here + 1] if here + 1 < len(elements) else None,
            "findings": [f for f in findings_of(self.audit, self.site) if element in f.elements.all()], "hints": HINTS,
            "may_lead": policies.may_lead(self.scope, self.audit), "sheet_url": self.sheet_url(), "theirs": self.theirs, "most_bytes": settings.EVIDENCE_MAX_BYTES, "user_id": self.scope.user.pk,
            **progress(sheet, self.audit),
        }  # fmt: skip
        context = super().get_context_data(**context, **kwargs)
        context["options"] = options(context["form"], element, sheet.rules)
        return context


def options(form, element, rules):
    """The five ratings as the segmented control draws them."""
    chosen = form["value"].value()
    for value, label in Rating.Value.choices:
        off = value == Rating.Value.NOT_APPLICABLE and element.critical and not rules.na_critical
        hint = _("Not for a critical element") if off else HINTS[value]
        yield {"value": value, "label": label, "hint": hint, "checked": value == chosen, "off": off}


class ApproveNotApplicable(OfSite, ActDoor):
    allowed = staticmethod(policies.may_lead)
    done = gettext_lazy("It is agreed that the element does not apply.")

    def act(self):
        element = self.find(audits.read_sheet(self.site, self.audit.edition).elements)
        audits.approve_not_applicable(self.scope, site=self.site, element=element)
        return self.element_url(element)


class EvidenceFile(PageMixin, View):
    """A file of the auditors, to those who audit and decide. Earlier revisions can be read, what was taken back cannot."""

    def get(self, request, *args, **kwargs):
        kept = Evidence.objects.filter(kind__in=Evidence.WITH_FILE, removed_at=None)
        return attachment(fetch(kept.select_related("site__audit"), self.scope, pk=kwargs["pk"], site__audit__ref=kwargs["ref"]))


class SubmittedFile(PageMixin, View):
    """A file that the auditee sent, to its own people and to those who audit and decide."""

    def get(self, request, *args, **kwargs):
        kept = SubmittedEvidence.objects.filter(kind__in=Evidence.WITH_FILE, removed_at=None)
        return attachment(fetch(kept.select_related("audit"), self.scope, pk=kwargs["pk"], audit__ref=kwargs["ref"]))


class RemoveEvidence(ActDoor):
    done = gettext_lazy("The evidence is taken off the sheet.")

    def act(self):
        pieces = Evidence.objects.held().select_related("site__audit", "element")
        piece = fetch(pieces, self.scope, may=policies.may_remove_evidence, pk=self.kwargs["pk"], site__audit__ref=self.kwargs["ref"])
        audits.remove_evidence(self.scope, piece)
        return reverse("standards:rate", args=[piece.site.audit.ref, piece.site_id, piece.element.code])
