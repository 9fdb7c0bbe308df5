"""An officer's seat, by the link in the notice: what, when, where, why; confirm, decline, accept an offer. No account needed."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import View

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import Page, PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.limits import spend
from training import joining, seat_links
from training.compliance import trace
from training.models import Cohort, CourseEquivalence, Enrolment
from training.services import answers, queue

SEATS = Enrolment.objects.select_related(
    "cohort__course_version__course",
    "cohort__campus__county",
    "officer__user",
    "organisation",
    "replaced_by__officer",
    "cohort__opened_by",
)
State = Enrolment.State
A_MINUTE = 60  # requests of one address in a minute
TO_COME = (State.NOMINATED, State.APPROVED, State.CONFIRMED, State.WAITLISTED, State.OFFERED)


def sheet(enrolment):
    """The response with the joining instructions."""
    response = HttpResponse(joining.draw(enrolment), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{enrolment.cohort.code}-{enrolment.officer.ref}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


class OfLink:
    """Mixin: `self.seat`, which the token names. A link that names none: a page that says so, 404."""

    public = True

    def dispatch(self, request, *args, **kwargs):
        if not spend(f"seat:{request.META.get('REMOTE_ADDR')}", A_MINUTE, 60):
            return render(request, "training/seat_unknown.html", {"title": _("Too many requests. Wait a minute.")}, status=429)
        pk = seat_links.read(kwargs["token"])
        self.seat = SEATS.filter(pk=pk).first() if pk else None
        if self.seat is None:
            return render(request, "training/seat_unknown.html", {"title": _("This link is not known")}, status=404)
        response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response


class Seat(OfLink, Page):
    template_name = "training/seat.html"

    @cached_property
    def now(self):
        return clock.now()

    def get_title(self):
        return self.seat.cohort.course_version.course.title

    def choices(self):
        """What the officer may answer now: of confirm, decline, accept."""
        seat = self.seat
        if seat.cohort.state not in Cohort.LIVE or seat.cohort.starts_on < self.scope.today:
            return ()
        if seat.state == State.OFFERED:
            offer = self.offer
            return ("accept", "decline") if offer and offer.expires_at > self.now else ()
        return {
            State.APPROVED: ("confirm", "decline"),
            State.NOMINATED: ("decline",),
            State.CONFIRMED: ("decline",),
            State.WAITLISTED: ("decline",),
        }.get(seat.state, ())

    def why(self):
        """What is required of the officer and this course meets: {course, due_on}; None where nothing is, or it is held."""
        course = self.seat.cohort.course_version.course_id
        meets = {course, *CourseEquivalence.objects.filter(accepted=course).values_list("course", flat=True)}
        required = trace.explain(self.seat.officer_id, self.scope.today)["courses"]
        return next((c for c in required if c["course"].pk in meets and c["code"] != "held"), None)

    @cached_property
    def offer(self):
        return self.seat.offers.first()

    def post(self, request, *args, **kwargs):
        act, reason = request.POST.get("act"), request.POST.get("reason", "").strip()[:200]
        by, offered = answers.by_link(self.seat), self.seat.state == State.OFFERED
        try:
            if act == "decline":
                if not reason:
                    raise Refused(_("Say in a few words why you cannot come."), code="no_reason")
                (answers.decline_offer if offered else answers.decline)(by, enrolment=self.seat, reason=reason)
            elif act in ("accept", "confirm"):
                (answers.accept_offer if act == "accept" else answers.confirm)(by, enrolment=self.seat)
            else:
                raise Refused(_("Choose an answer."), code="nothing")
        except Refused as refusal:
            self.seat = SEATS.get(pk=self.seat.pk)
            return self.render_to_response(self.get_context_data(refusal=refusal, reason=reason, **kwargs), status=409)
        return HttpResponseRedirect(request.path)

    def get_context_data(self, **kwargs):
        seat, cohort = self.seat, self.seat.cohort
        over = cohort.state not in Cohort.LIVE or cohort.starts_on < self.scope.today
        return super().get_context_data(
            seat=seat,
            cohort=cohort,
            version=cohort.course_version,
            sessions=joining.sessions_of(cohort),
            choices=self.choices(),
            offer=self.offer if seat.state == State.OFFERED else None,
            lapsed=bool(self.offer and self.offer.outcome == "lapsed" and seat.state == State.DECLINED),
            over=over,
            why=self.why(),
            to_come=seat.state in TO_COME and not over,
            place=queue.position(seat) if seat.state == State.WAITLISTED else None,
            explained=queue.explain(seat) if seat.state == State.WAITLISTED else "",
            **kwargs,
        )

    def get(self, request, *args, **kwargs):
        if self.seat.state in Enrolment.SEATED:
            request.session["seat"] = self.seat.pk  # whose phone this is, for the check-in in the hall
        return super().get(request, *args, **kwargs)


class SeatSheet(OfLink, PageMixin, View):
    """The joining instructions, by the link."""

    def get(self, request, *args, **kwargs):
        if self.seat.state not in TO_COME:
            return HttpResponseRedirect(reverse("training:seat", args=[kwargs["token"]]))
        return sheet(self.seat)


class JoiningInstructions(PageMixin, View):
    """The same for those who see the enrolment: the officer, the MDA, coordinators and trainers."""

    def get(self, request, *args, **kwargs):
        return sheet(fetch(SEATS.filter(state__in=TO_COME), self.scope, pk=kwargs["pk"]))
