"""What a trainer does after the sessions: closing the cohort."""

from django import forms
from django.contrib import messages
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.lib.doors import FormDoor
from training import policies
from training.models import Enrolment
from training.services import assessment, awards

from .cohorts import OfCohort


class Close(OfCohort, FormDoor):
    """Shows each outcome with its reason before it is final."""

    title = gettext_lazy("Close the cohort")
    allowed = staticmethod(policies.may_close)
    template_name = "training/close.html"
    form_class = forms.Form

    def get_context_data(self, **kwargs):
        decided = awards.outcomes(self.cohort)
        missing = awards.unmarked(self.cohort) if self.cohort.state in self.cohort.LIVE else []
        version = self.cohort.course_version
        return super().get_context_data(
            decided=decided,
            missing=missing,
            unreleased=assessment.unreleased(self.cohort) if self.cohort.state in self.cohort.LIVE else [],
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
