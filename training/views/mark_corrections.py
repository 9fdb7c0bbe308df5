"""Marks of a closed cohort: asking for a correction, and deciding it."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, FormDoor
from cse_portal.lib.templatetags.cse import day
from training import policies
from training.models import Correction, Enrolment
from training.models.register import Mark
from training.services import corrections_of_marks

from .cohorts import OfCohort
from .register import expected


class AskForm(forms.Form):
    officer = forms.ChoiceField(label=gettext_lazy("Officer"))
    session = forms.ChoiceField(label=gettext_lazy("Session"))
    mark = forms.ChoiceField(label=gettext_lazy("The right mark"), choices=Mark.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("Why it is wrong"), max_length=300)

    def __init__(self, *args, seats, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.seats, self.sessions = {s.officer.ref: s for s in seats}, {str(s.number): s for s in sessions}
        self.fields["officer"].choices = [(ref, str(s.officer)) for ref, s in self.seats.items()]
        self.fields["session"].choices = [(n, f"{n}, {day(s.starts_at)}") for n, s in self.sessions.items()]


class MarkCorrections(OfCohort, FormDoor):
    """Those asked for, with what became of them, and the form to ask."""

    title = gettext_lazy("Corrections of marks")
    allowed = staticmethod(policies.may_mark)
    template_name = "training/mark_corrections.html"
    form_class = AskForm
    done = gettext_lazy("The correction waits for another person to decide it.")

    def get_form_kwargs(self):
        sessions = self.cohort.sessions.filter(cancelled_at=None)
        return super().get_form_kwargs() | {"seats": expected(self.cohort), "sessions": sessions}

    def get_initial(self):
        return {"officer": self.request.GET.get("officer", ""), "session": self.request.GET.get("session", "")}

    def get_context_data(self, **kwargs):
        found = Correction.objects.filter(enrolment__cohort=self.cohort, component=None, session__isnull=False)
        found = list(found.select_related("enrolment__officer", "session", "asked_by", "decided_by"))
        for c in found:
            c.may_decide = c.state == c.State.ASKED and policies.may_decide_mark(self.scope, c)
            c.from_word = Mark(c.was).label if c.was else _("Not marked")
        closed = self.cohort.state == self.cohort.State.CLOSED
        return super().get_context_data(corrections=found, closed=closed, facts=str(self.cohort), submit=_("Ask for the correction"), **kwargs)  # fmt: skip

    def act(self, form):
        said = form.cleaned_data
        seat = fetch(Enrolment.objects.all(), self.scope, pk=form.seats[said["officer"]].pk)
        session = form.sessions[said["session"]]
        corrections_of_marks.ask(self.scope, enrolment=seat, session=session, mark=said["mark"], reason=said["reason"])
        return reverse("training:mark_corrections", args=[self.cohort.code])


class DecideMark(OfCohort, ActDoor):
    """Made or refused by another person."""

    allowed = staticmethod(policies.may_mark)

    def act(self):
        correction = fetch(Correction.objects.all(), self.scope, pk=self.kwargs["pk"], enrolment__cohort=self.cohort)
        if correction.session_id is None:
            raise Http404
        make = self.request.POST.get("decision") == "make"
        corrections_of_marks.decide(self.scope, correction=correction, make=make, reason=self.request.POST.get("reason", ""))
        word = (
            _("The mark is corrected and the outcome decided anew.") if make else _("The correction is refused; the mark stays.")
        )
        messages.success(self.request, word)
        return reverse("training:mark_corrections", args=[self.cohort.code])
