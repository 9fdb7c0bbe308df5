"""An MDA's nominations and seats: the list; a substitute; an answer in the officer's name."""

from django.contrib import messages
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from training import policies
from training.models import Cohort, Enrolment, SeatOffer, SeatRequest
from training.seat_filters import NominationFilter
from training.seat_forms import AnswerForm, SubstituteForm
from training.services import answers, queue, substitution

State = Enrolment.State
SEATS = Enrolment.objects.select_related("officer__user", "organisation", "cohort__course_version__course", "cohort__campus")
QUEUES = 20  # waiting lists looked into for one page


def with_acts(scope, seats):
    """The same enrolments with what the scope may do to each, with their open offers, and with who is in sight."""
    seats = list(seats)
    offers = {o.enrolment_id: o for o in SeatOffer.objects.open().filter(enrolment__in=[s.pk for s in seats])}
    ids = [s.officer_id for s in seats]
    in_sight = set(Officer.objects.visible_to(scope).filter(pk__in=ids).values_list("pk", flat=True))
    for seat in seats:
        seat.offer, seat.may_see = offers.get(seat.pk), seat.officer_id in in_sight
        live = seat.cohort.state in Cohort.LIVE
        seat.may_withdraw = live and policies.may_withdraw(scope, seat) and policies.can_be_withdrawn(seat)
        seat.may_substitute = (
            live
            and seat.state in substitution.REPLACEABLE
            and scope.today <= substitution.last_day(seat.cohort)
            and policies.may_substitute(scope, seat)
        )
        seat.may_answer = live and seat.state in (State.APPROVED, State.OFFERED) and policies.may_answer(scope, seat)
        seat.has_sheet = live and seat.state in (*Enrolment.SEATED, State.NOMINATED)
    return seats


class NominationList(ListDoor):
    """Without a state asked for: those of cohorts to come and under way."""

    title = gettext_lazy("Nominations and seats")
    may = staticmethod(policies.may_see_nominations)
    template_name = "training/nominations.html"
    filterset_class = NominationFilter
    default_sort = "starts"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda e: e.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda e: e.officer.personal_no, sort="officer__personal_key"),
        Column("mda", gettext_lazy("MDA"), lambda e: e.organisation.name, sort="organisation__name"),
        Column("cohort", gettext_lazy("Cohort"), lambda e: e.cohort.code, sort="cohort__code"),
        Column("starts", gettext_lazy("First day"), lambda e: e.cohort.starts_on, sort="cohort__starts_on"),
        Column("state", gettext_lazy("State"), lambda e: e.get_state_display(), sort="state"),
        Column("next", gettext_lazy("What is next")),
        Column("acts", gettext_lazy("Actions")),
    )

    def base_queryset(self):
        found = SEATS.visible_to(self.scope).select_related("replaces__officer")
        asked = self.request.GET
        if asked.get("state") or asked.get("cohort"):
            return found
        return found.filter(cohort__state__in=Cohort.LIVE, cohort__ends_on__gte=self.scope.today).exclude(
            state__in=[State.WITHDRAWN, State.DECLINED, State.SUBSTITUTED]
        )

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = with_acts(self.scope, context["page_obj"].object_list)
        context["page_obj"].object_list = rows
        queues = list({r.cohort_id: r.cohort for r in rows if r.state == State.WAITLISTED}.values())[:QUEUES]
        said = {pk: sentence for cohort in queues for pk, sentence in queue.explain_all(cohort).items()}
        for row in rows:
            row.explained = said.get(row.pk, "")
        asked = SeatRequest.objects.visible_to(self.scope).filter(state=SeatRequest.State.ASKED)
        return context | {
            "may_nominate": policies.may_enrol(self.scope),
            "asked": asked.aggregate(n=Count("pk"))["n"] if policies.may_answer_seat_request(self.scope) else 0,
        }


class OfSeat:
    """Mixin: `self.seat`, fetched within the scope; `allowed(scope, seat)` false: 403."""

    allowed = None

    def prepare(self):
        self.seat = fetch(SEATS, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        cohort = self.seat.cohort
        return [
            (_("Nominations"), reverse("training:nominations")),
            (cohort.code, reverse("training:participants", args=[cohort.code])),
        ]

    def back(self):
        return reverse("training:participants", args=[self.seat.cohort.code])

    def get_context_data(self, **kwargs):
        return super().get_context_data(seat=self.seat, cancel_url=self.back(), **kwargs)


class Substitute(OfSeat, FormDoor):
    title = gettext_lazy("Somebody else goes")
    allowed = staticmethod(policies.may_substitute)
    template_name = "training/substitute.html"
    form_class = SubstituteForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def act(self, form):
        said = form.cleaned_data
        new = substitution.substitute(
            self.scope, enrolment=self.seat, officer=said["officer"].pk, reason=said["reason"], clash_reason=said["clash_reason"]
        )
        messages.success(
            self.request,
            _("%(new)s takes the seat of %(old)s; both are told.") % {"new": new.officer, "old": self.seat.officer},
        )
        return self.back()


class AnswerFor(OfSeat, FormDoor):
    """The HR officer answers for an officer who said so, or cannot be reached."""

    title = gettext_lazy("Answer for the officer")
    allowed = staticmethod(policies.may_substitute)  # the HR officers of the MDA; the officer answers by the link
    template_name = "training/substitute.html"
    form_class = AnswerForm

    def get_form_kwargs(self):
        yes = ("accept", _("Accepts the seat")) if self.seat.state == State.OFFERED else ("confirm", _("Will come"))
        return super().get_form_kwargs() | {"answers": [yes, ("decline", _("Declines"))]}

    def act(self, form):
        said = form.cleaned_data
        answer(self.scope, self.seat, said["answer"], said["reason"])
        messages.success(self.request, _("The answer of %(name)s is recorded.") % {"name": self.seat.officer})
        return self.back()


def answer(actor, seat, said, reason=""):
    """confirm, accept or decline: the service that this is, by what the enrolment is now."""
    if said == "decline":
        call = answers.decline_offer if seat.state == State.OFFERED else answers.decline
        return call(actor, enrolment=seat, reason=reason)
    return (answers.accept_offer if said == "accept" else answers.confirm)(actor, enrolment=seat)
