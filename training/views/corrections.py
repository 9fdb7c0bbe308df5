"""Corrections of an officer's record: the list, one request with its evidence, asking, deciding, taking it back."""

from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from centres.models import Officer, Role
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor, PageMixin
from training import policies
from training.correction_forms import AskForCorrectionForm
from training.forms import DecideForm
from training.models import CorrectionRequest
from training.rule_filters import CorrectionFilter
from training.services import corrections


def shown(scope):
    return CorrectionRequest.objects.visible_to(scope).select_related("officer", "decided_by")


def changes_text(request):
    return "; ".join(f"{label}: {old or '–'} → {new or '–'}" for label, old, new in corrections.words(request.fields))


def page_of(request):
    return reverse("training:correction", args=[request.pk])


class CorrectionList(ListDoor):
    title = gettext_lazy("Corrections")
    may = staticmethod(policies.may_see_corrections)
    template_name = "training/corrections.html"
    filterset_class = CorrectionFilter
    default_sort = "-asked"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda c: c.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda c: c.officer.personal_no, sort="officer__personal_key"),
        Column("changes", gettext_lazy("What is asked"), changes_text),
        Column("state", gettext_lazy("State"), lambda c: c.get_state_display(), sort="state"),
        Column("asked", gettext_lazy("Asked"), lambda c: c.asked_at, sort="asked_at"),
        Column("decided", gettext_lazy("Decided by"), lambda c: str(c.decided_by or "")),
    )

    def base_queryset(self):
        return shown(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(may_ask=policies.may_ask_for_correction(self.scope), **kwargs)
        for row in context["page_obj"].object_list:
            row.url, row.changes = page_of(row), list(corrections.words(row.fields))
        return context


class OfCorrection:
    """Mixin of pages of the request that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_see_corrections)

    def prepare(self):
        self.asked = fetch(shown(self.scope).select_related("officer__user"), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        if self.scope.role == Role.LEARNER:
            return [(_("My data"), reverse("training:my_data"))]
        return [(_("Corrections"), reverse("training:corrections"))]


class CorrectionPage(OfCorrection, DetailDoor):
    template_name = "training/correction.html"
    context_object_name = "asked"

    def get_object(self, queryset=None):
        return self.asked

    def get_title(self):
        return _("Correction: %(name)s") % {"name": self.asked.officer}

    def get_context_data(self, **kwargs):
        asked, scope = self.asked, self.scope
        return super().get_context_data(
            changes=list(corrections.words(asked.fields)),
            may_decide=policies.may_decide_correction(scope, asked),
            may_withdraw=policies.may_withdraw_correction(scope, asked),
            may_see_officer=scope.role != Role.LEARNER and Officer.objects.visible_to(scope).filter(pk=asked.officer_id).exists(),
            **kwargs,
        )


class CorrectionEvidence(OfCorrection, PageMixin, View):
    """The file, as an attachment, to those in scope."""

    def get(self, request, *args, **kwargs):
        if not self.asked.evidence:
            raise Http404
        file, media_type, name = corrections.open_evidence(self.asked)
        response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
        response["Cache-Control"] = "private, no-store"
        return response


class AskForCorrection(FormDoor):
    title = gettext_lazy("Ask for a correction")
    may = staticmethod(policies.may_ask_for_correction)
    template_name = "training/correction_ask.html"
    form_class = AskForCorrectionForm
    done = gettext_lazy("Your MDA has your request. You are told what becomes of it.")

    def get_crumbs(self):
        return [(_("My data"), reverse("training:my_data"))]

    def get_initial(self):
        return {name: getattr(self.scope.officer, name) for name in corrections.FIELDS}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:my_data"), **kwargs)

    def act(self, form):
        said = form.cleaned_data
        return page_of(corrections.ask(self.scope, values=form.values(), reason=said["reason"], evidence=said.get("evidence")))


class DecideCorrection(OfCorrection, FormDoor):
    title = gettext_lazy("Decide on the correction")
    allowed = staticmethod(policies.may_decide_correction)
    template_name = "training/correction_decide.html"
    form_class = DecideForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"outcomes": [("make", _("Correct the register")), ("refuse", _("Refuse"))]}

    def get_context_data(self, **kwargs):
        names = bool(set(corrections.NAMES) & set(self.asked.fields))
        changes = list(corrections.words(self.asked.fields))
        return super().get_context_data(asked=self.asked, changes=changes, names=names, cancel_url=page_of(self.asked), **kwargs)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        if form.cleaned_data["outcome"] == "make":
            corrections.make(self.scope, request=self.asked, reason=reason)
            self.done = _("The register is corrected, and the officer is told.")
        else:
            corrections.refuse(self.scope, request=self.asked, reason=reason)
            self.done = _("The request is refused; the officer is told why.")
        return page_of(self.asked)


class WithdrawCorrection(OfCorrection, ActDoor):
    allowed = staticmethod(policies.may_withdraw_correction)
    done = gettext_lazy("Your request is withdrawn.")

    def act(self):
        corrections.withdraw(self.scope, request=self.asked)
        return reverse("training:my_data")
