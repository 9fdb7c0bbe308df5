"""Evaluation of a cohort: the learner's page, by link or signed in, and the sums for trainers and coordinators."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Page, PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.limits import spend
from training import evaluation as reckoning
from training import policies
from training.models import Cohort
from training.services import evaluation

from .cohorts import OfCohort

A_MINUTE = 30  # requests of one address in a minute


class Evaluate(Page):
    """A few questions on one page. No account is needed: the link names the invitation."""

    public = True
    title = gettext_lazy("How was it?")
    template_name = "training/evaluate.html"

    def dispatch(self, request, *args, **kwargs):
        if not spend(f"evaluation:{request.META.get('REMOTE_ADDR')}", A_MINUTE, 60):
            return render(request, "training/seat_unknown.html", {"title": _("Too many requests. Wait a minute.")}, status=429)
        self.invitation = evaluation.invited_by(kwargs["token"])
        if self.invitation is None:
            return render(request, "training/seat_unknown.html", {"title": _("This link is not known")}, status=404)
        response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    @property
    def cohort(self):
        return self.invitation.enrolment.cohort

    def post(self, request, *args, **kwargs):
        said = request.POST
        ratings = {code: int(said[code]) for code, _words in self.questions if said.get(code, "").isdigit()}
        try:
            evaluation.answer(
                invitation=self.invitation, ratings=ratings, liked=said.get("liked", ""), improve=said.get("improve", "")
            )
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal), status=409)
        return HttpResponseRedirect(request.path)

    @property
    def questions(self):
        return reckoning.asked(self.cohort.course_version.mode)

    def get_context_data(self, refusal=None, **kwargs):
        said = self.request.POST
        return super().get_context_data(
            invitation=self.invitation,
            cohort=self.cohort,
            over=clock.today() > self.invitation.until,
            questions=[(code, words, said.get(code, ""), bool(refusal and code in refusal.fields)) for code, words in self.questions],
            answers=[(str(n), words) for n, words in reversed(reckoning.ANSWERS.items())],
            texts=[(code, words, said.get(code, "")) for code, words in reckoning.TEXTS],
            refusal=refusal,
            fewest=reckoning.FEWEST,
            facts=str(self.cohort),
            **kwargs,
        )  # fmt: skip


class EvaluateOwn(PageMixin, View):
    """The signed-in learner's way to the same page."""

    may = staticmethod(policies.may_see_own_training)

    def get(self, request, code):
        cohort = fetch(Cohort.objects, self.scope, code=code)
        invitation = evaluation.invitation_of(self.scope, cohort)
        if invitation is None:
            raise Http404
        return HttpResponseRedirect(reverse("training:evaluation_link", args=[evaluation.token(invitation)]))


class CohortEvaluation(OfCohort, Page):
    """Sums, once the time to answer is over; until then only how many have answered."""

    title = gettext_lazy("Evaluation")
    allowed = staticmethod(policies.may_see_evaluation)
    template_name = "training/evaluation.html"

    def get_crumbs(self):
        return [*super().get_crumbs(), (_("Assessment"), reverse("training:assessment", args=[self.cohort.code]))]

    def get_context_data(self, **kwargs):
        summary = evaluation.summary(self.cohort)
        return super().get_context_data(
            summary=summary,
            scale=[(n, words) for n, words in reckoning.ANSWERS.items()],
            texts=[(words, summary.texts.get(code, [])) for code, words in reckoning.TEXTS],
            fewest=reckoning.FEWEST,
            facts=str(self.cohort),
            **kwargs,
        )


class RemindToEvaluate(OfCohort, ActDoor):
    allowed = staticmethod(policies.may_see_evaluation)

    def act(self):
        n = evaluation.remind(self.scope, cohort=self.cohort)
        word = ngettext("%(n)s officer is reminded, once in all.", "%(n)s officers are reminded, once in all.", n) % {"n": n}
        messages.success(self.request, word)
        return reverse("training:evaluation", args=[self.cohort.code])
