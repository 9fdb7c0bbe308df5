"""What a trainer does: the register of a session, results, closing."""

from decimal import Decimal, InvalidOperation

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.lib.doors import FormDoor, Page
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import clock as hour
from training import completion, policies
from training.forms import read_marks
from training.models import AssessmentResult, Attendance, Enrolment
from training.services import awards, register, results

from .cohorts import OfCohort

NOON = 12


class Posted(OfCohort, Page):
    """A page whose form is its own rows. `act(data)` returns where to go; a rule's no is shown with what was typed."""

    def post(self, request, *args, **kwargs):
        try:
            url = self.act(request.POST)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        return HttpResponseRedirect(url)

    def seats(self):
        found = self.cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).select_related("officer", "organisation")
        return list(found.order_by("officer__surname", "officer__first_name", "pk"))


class Register(Posted):
    """One session on a phone: four choices each, "Mark all present" for the rest. Posting it again is harmless."""

    needs = staticmethod(policies.may_mark)
    template_name = "training/register.html"

    def dispatch(self, request, *args, **kwargs):
        self.session = None
        return super().dispatch(request, *args, **kwargs)

    def find_session(self):
        if self.session is None:
            self.sessions = list(self.cohort.sessions.all())
            self.session = next((s for s in self.sessions if s.number == self.kwargs["number"]), None)
            if self.session is None:
                raise Http404
        return self.session

    def get_title(self):
        start = timezone.localtime(self.find_session().starts_at)
        return (
            _("%(day)s morning") % {"day": formats.date_format(start, "l")}
            if start.hour < NOON
            else _("%(day)s afternoon") % {"day": formats.date_format(start, "l")}
        )

    def act(self, data):
        seats = self.seats()
        n = register.mark(self.scope, session=self.find_session(), marks=read_marks(data, [s.pk for s in seats]))
        word = (
            ngettext("%(n)s mark is saved.", "%(n)s marks are saved.", n) % {"n": n}
            if n
            else _("Nothing changed: the register was saved before.")
        )
        messages.success(self.request, word)
        return reverse("training:register", args=[self.cohort.code, self.session.number])

    def get_context_data(self, **kwargs):
        session, seats = self.find_session(), self.seats()
        marks = dict(Attendance.objects.filter(session=session).values_list("enrolment", "mark"))
        if self.request.method == "POST":
            marks |= read_marks(self.request.POST, [s.pk for s in seats])
        for seat in seats:
            seat.mark = marks.get(seat.pk, "")
        counts = [(label, sum(1 for s in seats if s.mark == value)) for value, label in Attendance.Mark.choices]
        n, of = sum(1 for s in seats if s.mark), len(seats)
        facts = _("%(course)s, session %(n)s of %(of)s. %(from)s to %(to)s") % {
            "course": self.cohort.course_version.course.title, "n": session.number, "of": len(self.sessions), "from": hour(timezone.localtime(session.starts_at)), "to": hour(timezone.localtime(session.ends_at)),
        }  # fmt: skip
        near = {s.number: s for s in self.sessions}
        return super().get_context_data(
            session=session, seats=seats, counts=[c for c in counts if c[1]], marked=n, of=of, facts=facts, before=near.get(session.number - 1), after=near.get(session.number + 1),
            choices=[("present", "check", "p"), ("late", "clock", "l"), ("absent", "x", "a"), ("excused", "minus", "e")],
            held=timezone.localdate(session.starts_at) <= self.scope.today, live=self.cohort.state in self.cohort.LIVE, **kwargs,
        )  # fmt: skip


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
