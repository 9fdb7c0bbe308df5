"""A result of a closed cohort: asking for its correction, and deciding it."""

from django import forms
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import FormDoor
from training import completion, policies
from training.models import Enrolment
from training.services import assessment, corrections_of_results

from .results import OfAssessment


class CorrectionForm(forms.Form):
    score = forms.DecimalField(label=gettext_lazy("The right score"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    reason = forms.CharField(
        label=gettext_lazy("Why it is wrong"), max_length=300, help_text=gettext_lazy("The learner reads it if it is agreed to.")
    )


class AskCorrection(OfAssessment, FormDoor):
    """Nothing changes until another person agrees."""

    template_name = "form.html"
    form_class = CorrectionForm
    done = gettext_lazy("The correction waits for another person to decide it.")

    @property
    def seat(self):
        seats = Enrolment.objects.filter(state__in=assessment.DECIDED, cohort=self.cohort)
        return fetch(seats, self.scope, officer__ref=self.kwargs["ref"])

    def get_title(self):
        return _("Correct a result: %(part)s") % {"part": assessment.name_of(self.component)}

    def get_context_data(self, **kwargs):
        seat = self.seat
        stands = self.latest(self.component, [seat]).get(seat.pk)
        facts = _("%(officer)s, %(cohort)s. Stands at %(score)s.") % {
            "officer": seat.officer,
            "cohort": self.cohort.code,
            "score": completion.plain(stands.score) if stands else "–",
        }
        return super().get_context_data(facts=facts, submit=_("Ask for the correction"), **kwargs)

    def act(self, form):
        corrections_of_results.ask(self.scope, enrolment=self.seat, component=self.component, **form.cleaned_data)
        return reverse("training:assessment", args=[self.cohort.code])


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("agree", gettext_lazy("Agree: the new score stands")), ("refuse", gettext_lazy("Refuse: the score stays"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)


class DecideCorrection(FormDoor):
    title = gettext_lazy("Decide a correction")
    may = staticmethod(policies.may_moderate)
    template_name = "form.html"
    form_class = DecideForm

    def prepare(self):
        found = corrections_of_results.of_results().select_related(
            "enrolment__cohort__course_version", "enrolment__officer", "component", "asked_by"
        )
        self.correction = fetch(found, self.scope, may=policies.may_decide_result, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Moderation"), reverse("training:moderation"))]

    def get_context_data(self, **kwargs):
        c = self.correction
        facts = _("%(officer)s, %(cohort)s. %(part)s: %(was)s to %(now)s, asked for by %(who)s: %(why)s") % {
            "officer": c.enrolment.officer,
            "cohort": c.enrolment.cohort.code,
            "part": assessment.name_of(c.component),
            "was": c.was or "–",
            "now": completion.plain(c.score),
            "who": c.asked_by or "–",
            "why": c.reason,
        }
        return super().get_context_data(facts=facts, submit=_("Decide"), cancel_url=reverse("training:moderation"), **kwargs)

    def act(self, form):
        agreed = form.cleaned_data["decision"] == "agree"
        corrections_of_results.decide(self.scope, correction=self.correction, agreed=agreed, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("The result is corrected.") if agreed else _("The correction is refused."))
        return reverse("training:moderation")
