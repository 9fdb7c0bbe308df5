"""What a trainer does after the sessions: results, closing."""

from decimal import Decimal, InvalidOperation

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.lib.doors import FormDoor, Page
from cse_portal.lib.errors import Refused
from training import completion, policies
from training.models import AssessmentResult, Enrolment
from training.services import awards, results

from .cohorts import OfCohort
from .register import by_name


class Posted(OfCohort, Page):
    """A page whose form is its own rows. `act(data)` returns where to go; a rule's no is shown with what was typed."""

    def post(self, request, *args, **kwargs):
        try:
            url = self.act(request.POST)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        return HttpResponseRedirect(url)

    def seats(self):
        return list(by_name(self.cohort.enrolments.filter(state__in=Enrolment.SEATED)))


class Results(Posted):
    title = gettext_lazy("Results")
    needs = staticmethod(policies.may_record_results)
    template_name = "training/results.html"

    def read(self, data, seats):
        """({enrolment id: Decimal}, {enrolment id: what was typed wrongly})"""
        scores, wrong = {}, {}
        for seat in seats:
            text = data.get(f"score-{seat.pk}", "").strip().replace(",", ".")
            if not text:
                continue
            try:
                score = Decimal(text).quantize(Decimal("0.01"))
                if not 0 <= score <= 100:
                    raise InvalidOperation
            except InvalidOperation:
                wrong[seat.pk] = text
            else:
                scores[seat.pk] = score
        return scores, wrong

    def act(self, data):
        scores, wrong = self.read(data, self.seats())
        if wrong:
            raise Refused(_("A score is a number from 0 to 100. Look at those marked."), code="score")
        n = results.record_results(self.scope, cohort=self.cohort, scores=scores)
        messages.success(
            self.request,
            ngettext("%(n)s result is recorded.", "%(n)s results are recorded.", n) % {"n": n} if n else _("Nothing changed."),
        )
        return self.cohort.get_absolute_url()

    def get_context_data(self, **kwargs):
        seats = self.seats()
        scores = dict(
            AssessmentResult.objects.filter(enrolment__cohort=self.cohort, superseded_at=None).values_list("enrolment", "score")
        )
        typed, wrong = self.read(self.request.POST, seats) if self.request.method == "POST" else ({}, {})
        for seat in seats:
            score = typed.get(seat.pk, scores.get(seat.pk))
            seat.typed, seat.wrong = wrong.get(seat.pk, "" if score is None else completion.plain(score)), seat.pk in wrong
        version = self.cohort.course_version
        facts = _("%(cohort)s. Pass mark %(pass)s of 100. %(how)s") % {
            "cohort": self.cohort,
            "pass": version.pass_mark,
            "how": version.assessment,
        }
        return super().get_context_data(
            seats=seats, facts=facts, version=version, assumed="pass_mark" in version.assumed, **kwargs
        )


class Close(OfCohort, FormDoor):
    """Shows each outcome with its reason before it is final."""

    title = gettext_lazy("Close the cohort")
    needs = staticmethod(policies.may_close)
    template_name = "training/close.html"
    form_class = forms.Form

    def get_context_data(self, **kwargs):
        decided = awards.outcomes(self.cohort)
        missing = awards.unmarked(self.cohort) if self.cohort.state in self.cohort.LIVE else []
        version = self.cohort.course_version
        return super().get_context_data(
            decided=decided,
            missing=missing,
            completed=sum(1 for _s, o in decided if o and o.completed),
            ended=self.cohort.ends_on <= self.scope.today,
            live=self.cohort.state in self.cohort.LIVE,
            version=version,
            facts=str(self.cohort),
            **kwargs,
        )

    def act(self, form):
        cohort = awards.close_cohort(self.scope, cohort=self.cohort)
        n = cohort.enrolments.filter(state=Enrolment.State.COMPLETED).count()
        messages.success(
            self.request,
            ngettext("%(cohort)s is closed: %(n)s officer completed.", "%(cohort)s is closed: %(n)s officers completed.", n)
            % {"cohort": cohort.code, "n": n},
        )
        return cohort.get_absolute_url()
