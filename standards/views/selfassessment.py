"""Self-assessment: those of an MDA, one of them site by site and element by element, its submission, and the gap to the auditors."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor, Page
from cse_portal.lib.errors import Conflict
from standards import policies, reasons
from standards.filters import SelfAssessmentFilter
from standards.forms import new_client_ref
from standards.models import Audit, SelfAssessment, SubmittedEvidence
from standards.selfassessment_forms import OpenForm, SelfRatingForm
from standards.services import audits, evidence, selfassessment

from . import results
from .audits import OfAudit
from .sheet import OfSite, options, progress, rail


def on_audit(scope, audit):
    """Where the self-assessment stands, on the audit's page."""
    held = selfassessment.of(audit)
    actions = []
    if held is None:
        if not policies.may_open_self_assessment(scope, audit):
            return None
        return {
            "held": None,
            "actions": [(_("Ask for a self-assessment"), reverse("standards:open_self_assessment", args=[audit.ref]))],
        }
    reads = policies.may_read_self_assessment(scope, audit)
    if policies.may_self_assess(scope, audit):
        actions.append((_("Assess ourselves"), selfassessment.address(audit)))
    gap = held.submitted_at and policies.may_read_gap(scope, audit)
    return {
        "held": held,
        "url": selfassessment.address(audit) if reads else "",
        "gap_url": reverse("standards:gap", args=[audit.ref]) if gap else "",
        "level": reasons.level_word(held.result["level"]) if held.result and reads else "",
        "late": not held.submitted_at and audit.state == Audit.State.SELF_ASSESSMENT and held.due_on < scope.today,
        "actions": actions,
    }


class SelfAssessmentList(ListDoor):
    title = gettext_lazy("Self-assessments")
    may = staticmethod(policies.may_list_self_assessments)
    template_name = "standards/self_assessments.html"
    filterset_class = SelfAssessmentFilter
    default_sort = "-due"
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda s: str(s.audit.subject), sort="audit__organisation__name"),
        Column("ref", gettext_lazy("Audit"), lambda s: s.audit.ref, sort="audit__ref"),
        Column("due", pgettext_lazy("deadline", "Due"), lambda s: s.due_on, sort="due_on"),
        Column("rated", gettext_lazy("Rated"), lambda s: s.rated, numeric=True),
        Column("submitted", gettext_lazy("Submitted"), lambda s: s.submitted_at, sort="submitted_at"),
    )

    def base_queryset(self):
        seen = SelfAssessment.objects.visible_to(self.scope).select_related("audit__organisation", "audit__centre")
        return seen.annotate(rated=Count("audit__sites__self_ratings"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        asked = audits.asked([held.audit for held in context["page_obj"].object_list])
        for held in context["page_obj"].object_list:
            held.of = asked[held.audit_id]
        return context


class OpenSelfAssessment(OfAudit, FormDoor):
    title = gettext_lazy("Ask for a self-assessment")
    template_name = "form.html"
    form_class = OpenForm
    allowed = staticmethod(policies.may_open_self_assessment)
    done = gettext_lazy("The MDA is asked to assess itself.")

    def get_initial(self):
        return {"due_on": selfassessment.due_day(self.audit, self.scope.today)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.audit.get_absolute_url(), submit=_("Ask the MDA"), **kwargs)

    def act(self, form):
        selfassessment.begin(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


class OfSelfAssessment(OfAudit):
    """Of one self-assessment: `self.audit` and `self.held`."""

    allowed = staticmethod(policies.may_read_self_assessment)

    def prepare(self):
        super().prepare()
        self.held = selfassessment.of(self.audit)
        if self.held is None:
            raise Http404

    def get_crumbs(self):
        return [
            (_("Self-assessments"), reverse("standards:self_assessments")),
            (self.audit.ref, selfassessment.address(self.audit)),
        ]


class SelfAssessmentPage(OfSelfAssessment, Page):
    """Every site open to the reader with every element: what is said, what shows it, what is missing, the score so far."""

    template_name = "standards/self_assessment.html"

    def get_title(self):
        return _("%(subject)s: self-assessment") % {"subject": self.audit.subject}

    def get_crumbs(self):
        return super().get_crumbs()[:1]

    def get_context_data(self, **kwargs):
        acts = policies.may_self_assess(self.scope, self.audit)
        principles = results.names(self.audit.edition)
        sites = [self.row(sheet, principles) for sheet in selfassessment.sheets(self.audit, self.scope)]
        return super().get_context_data(
            audit=self.audit, held=self.held, sites=sites, acts=acts, ready=not any(site["left"] for site in sites),
            gap_url=reverse("standards:gap", args=[self.audit.ref]) if self.held.submitted_at and policies.may_read_gap(self.scope, self.audit) else "",
            late=acts and self.held.due_on < self.scope.today, **kwargs,
        )  # fmt: skip

    def row(self, sheet, principles):
        lines = {}
        for element in sheet.elements:
            pieces = evidence.mark(sheet.evidence.get(element.pk, []), self.audit)
            lines.setdefault(element.criterion.principle, []).append(
                {"element": element, "rating": sheet.ratings.get(element.pk), "evidence": pieces}
            )
        first = next((e for e in sheet.elements if e.pk not in sheet.ratings), sheet.elements[0])
        shown = results.shown(sheet.result, sheet.rules, principles)
        left = [(reasons.of_problem(problem), codes) for problem, codes in sheet.missing]
        return {
            "site": sheet.site,
            "groups": list(lines.items()),
            "first": first,
            "shown": shown,
            "left": left,
            "percent": 100 * sheet.result.rated / sheet.result.of if sheet.result.of else 0,
        }


class OfOwnSite(OfSelfAssessment, OfSite):
    """A site that the MDA rates: `self.sheet`, `self.element`."""

    allowed = staticmethod(policies.may_self_assess)

    def prepare(self):
        super().prepare()
        self.read()

    def read(self):
        self.sheet = selfassessment.read_sheet(self.site, self.audit)
        self.element = self.find(self.sheet.elements)

    def element_url(self, element):
        return reverse("standards:self_rate", args=[self.audit.ref, self.site.pk, element.code])


class SelfRate(OfOwnSite, FormDoor):
    template_name = "standards/self_rate.html"
    form_class = SelfRatingForm
    theirs = None

    def get(self, request, *args, **kwargs):
        asked = next((e for e in self.sheet.elements if e.code == request.GET.get("element")), None)
        return (
            HttpResponseRedirect(self.element_url(asked))
            if asked and asked != self.element
            else super().get(request, *args, **kwargs)
        )

    def get_title(self):
        return _("%(subject)s: self-assessment") % {"subject": self.audit.subject}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"held": self.sheet.evidence.get(self.element.pk, [])}

    def get_initial(self):
        rating = self.sheet.ratings.get(self.element.pk)
        return {"value": rating.value, "says": rating.note, "base_revision": rating.revision} if rating else {}

    def act(self, form):
        data, element, elements = form.cleaned_data, self.element, self.sheet.elements
        try:
            selfassessment.rate(
                self.scope, site=self.site, element=element, value=data["value"], note=data["says"],
                base_revision=data["base_revision"], pieces=list(form.pieces()), client_ref=data["client_ref"],
            )  # fmt: skip
        except Conflict as conflict:
            self.read()
            self.theirs = self.sheet.ratings.get(self.element.pk)
            form.data = form.data.copy()
            form.data["base_revision"], form.data["client_ref"] = (
                conflict.theirs["revision"] if conflict.theirs else 0,
                new_client_ref(),
            )
            raise
        messages.success(self.request, _("%(code)s is saved.") % {"code": element.code})
        here = elements.index(element)
        return self.element_url(elements[here + 1] if "next" in self.request.POST and here + 1 < len(elements) else element)

    def get_context_data(self, **kwargs):
        sheet, element = self.sheet, self.element
        here, elements = sheet.elements.index(element), sheet.elements
        context = {
            "audit": self.audit, "held": self.held, "site": self.site, "element": element, "rating": sheet.ratings.get(element.pk),
            "evidence": evidence.mark(sheet.evidence.get(element.pk, []), self.audit), "look_back": evidence.look_back(self.audit),
            "rail": list(rail(self, sheet, element)), "elements": elements, "theirs": self.theirs, "most_bytes": settings.EVIDENCE_MAX_BYTES,
            "previous": elements[here - 1] if here else None, "following": elements[here + 1] if here + 1 < len(elements) else None,
            "user_id": self.scope.user.pk, "back_url": selfassessment.address(self.audit), **progress(sheet, self.audit),
        }  # fmt: skip
        context = super().get_context_data(**context, **kwargs)
        context["options"] = options(context["form"], element, sheet.rules)
        return context


class RemoveSelfEvidence(ActDoor):
    done = gettext_lazy("The evidence is taken back.")

    def act(self):
        pieces = SubmittedEvidence.objects.held().filter(element__isnull=False).select_related("audit", "site", "element")
        piece = fetch(
            pieces, self.scope, may=policies.may_take_back_self_evidence, pk=self.kwargs["pk"], audit__ref=self.kwargs["ref"]
        )
        selfassessment.take_back(self.scope, piece)
        return reverse("standards:self_rate", args=[piece.audit.ref, piece.site_id, piece.element.code])


class SubmitSelfAssessment(OfSelfAssessment, FormDoor):
    title = gettext_lazy("Submit the self-assessment")
    template_name = "standards/self_submit.html"
    form_class = forms.Form
    allowed = staticmethod(policies.may_self_assess)
    done = gettext_lazy("The self-assessment is submitted. The auditors read it before they come.")

    def get_context_data(self, **kwargs):
        principles = results.names(self.audit.edition)
        rows = []
        for sheet in selfassessment.sheets(self.audit):
            left = [(reasons.of_problem(problem), codes) for problem, codes in sheet.missing]
            rows.append((sheet.site, results.shown(sheet.result, sheet.rules, principles), left))
        ready = not any(left for _site, _shown, left in rows)
        return super().get_context_data(
            audit=self.audit, rows=rows, ready=ready, cancel_url=selfassessment.address(self.audit), **kwargs
        )

    def act(self, form):
        selfassessment.submit(self.scope, self.audit)
        return selfassessment.address(self.audit)


class Gap(OfSelfAssessment, Page):
    """What the MDA said beside what the auditors found, by criterion and element."""

    title = gettext_lazy("Self-assessment and audit side by side")
    template_name = "standards/gap.html"
    allowed = staticmethod(policies.may_read_gap)

    def get_crumbs(self):
        return OfAudit.get_crumbs(self)

    def get_context_data(self, **kwargs):
        sites = selfassessment.gap(self.audit, self.scope)
        every = [row for _site, criteria in sites for criterion in criteria for row in criterion["elements"]]
        compared = [row for row in every if row["gap"] is not None]
        counts = {
            "compared": len(compared),
            "same": sum(row["gap"] == 0 for row in compared),
            "lower": sum(row["gap"] < 0 for row in compared),
            "higher": sum(row["gap"] > 0 for row in compared),
        }
        return super().get_context_data(audit=self.audit, held=self.held, sites=sites, counts=counts, **kwargs)
