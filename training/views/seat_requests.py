"""Learners ask their MDA for a seat; the HR officer nominates or says why not."""

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Role
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor
from cse_portal.lib.errors import Refused
from training import policies
from training.models import SeatRequest
from training.seat_filters import SeatRequestFilter
from training.seat_forms import AnswerRequestForm, AskForm
from training.services import quotas, seat_requests

from .cohorts import OfCohort
from .enrolment import outcome_sentences

REQUESTS = SeatRequest.objects.select_related("officer__user", "cohort__course_version__course", "cohort__campus", "answered_by")


class SeatRequestList(ListDoor):
    title = gettext_lazy("Requests for a seat")
    may = staticmethod(policies.may_see_seat_requests)
    template_name = "training/seat_requests.html"
    filterset_class = SeatRequestFilter
    default_sort = "-asked"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda r: r.officer.full_name, sort="officer__surname"),
        Column("cohort", gettext_lazy("Cohort"), lambda r: r.cohort.code, sort="cohort__code"),
        Column("starts", gettext_lazy("First day"), lambda r: r.cohort.starts_on, sort="cohort__starts_on"),
        Column("reason", gettext_lazy("Why"), lambda r: r.reason),
        Column("needs", gettext_lazy("Needs"), lambda r: r.needs),
        Column("asked", gettext_lazy("Asked"), lambda r: r.asked_at, sort="asked_at"),
        Column("state", gettext_lazy("State"), lambda r: r.get_state_display(), sort="state"),
        Column("answer", gettext_lazy("Answer"), lambda r: r.answer),
    )

    def base_queryset(self):
        return REQUESTS.visible_to(self.scope)

    def get_title(self):
        return _("My requests for a seat") if self.scope.role == Role.LEARNER else self.title

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            asked = row.state == SeatRequest.State.ASKED
            row.to_answer = asked and policies.may_answer_seat_request(self.scope)  # those listed are of officers in sight
            row.to_take_back = asked and policies.may_take_back_seat_request(self.scope, row)
        return context


class AskForSeat(OfCohort, FormDoor):
    title = gettext_lazy("Ask for a seat")
    allowed = staticmethod(policies.may_ask_for_seat)
    template_name = "training/seat_ask.html"
    form_class = AskForm
    done = gettext_lazy("Your HR officer is told that you ask for a seat.")

    def act(self, form):
        seat_requests.ask(self.scope, cohort=self.cohort, **form.cleaned_data)
        return reverse("training:seat_requests")


class OfRequest:
    allowed = None

    def prepare(self):
        self.request_for_seat = fetch(REQUESTS, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Requests for a seat"), reverse("training:seat_requests"))]


class TakeBack(OfRequest, ActDoor):
    allowed = staticmethod(policies.may_take_back_seat_request)
    done = gettext_lazy("Your request is taken back.")

    def act(self):
        seat_requests.take_back(self.scope, request=self.request_for_seat)
        return reverse("training:seat_requests")


class AnswerRequest(OfRequest, FormDoor):
    title = gettext_lazy("Answer a request for a seat")
    allowed = staticmethod(policies.may_answer_seat_request)
    template_name = "training/seat_request.html"
    form_class = AnswerRequestForm

    def get_context_data(self, **kwargs):
        asked = self.request_for_seat
        posting = asked.officer.postings.filter(during__contains=self.scope.today).select_related("organisation").first()
        free = quotas.seats_of(asked.cohort).free_for(posting.organisation_id) if posting else 0
        return super().get_context_data(
            asked=asked, cohort=asked.cohort, posting=posting, free=free, cancel_url=reverse("training:seat_requests"), **kwargs
        )

    def act(self, form):
        said, asked = form.cleaned_data, self.request_for_seat
        if said["outcome"] == "refuse":
            seat_requests.refuse(self.scope, request=asked, answer=said["answer"])
            messages.success(self.request, _("%(name)s is told your answer.") % {"name": asked.officer})
        else:
            made = seat_requests.nominate(self.scope, request=asked, clash_reason=said["clash_reason"])
            if made.refused and not (made.seated or made.waiting):
                raise Refused(" ".join(sentence for _o, _c, sentence in made.refused), code="not_eligible")
            for sentence in outcome_sentences(made):
                messages.success(self.request, sentence)
        return reverse("training:seat_requests")
