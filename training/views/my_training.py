"""The learner's own: what one must do, by when and why; and the record, whatever MDA came after."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.doors import Page
from training import completion, policies, seat_links
from training.compliance import trace
from training.models import (
    Appeal,
    AssessmentResult,
    Cohort,
    Completion,
    CourseEquivalence,
    Enrolment,
    SeatRequest,
)
from training.services import evaluation, seating

from .officer import in_force, record_of

State = Enrolment.State
AHEAD = [State.NOMINATED, State.APPROVED, State.WAITLISTED, State.OFFERED, State.CONFIRMED]
NEXT = 4  # cohorts offered


class MyTraining(Page):
    title = _("My training")
    may = staticmethod(policies.may_see_own_training)
    template_name = "training/my_training.html"

    def get_context_data(self, **kwargs):
        officer, today = self.scope.officer, self.scope.today
        context = super().get_context_data(officer=officer, **kwargs)
        if officer:
            post = officer.postings.filter(during__contains=today)
            post = post.select_related("organisation", "cadre", "county").first()
            context |= trace.explain(officer.pk, today)
            state = context["state"]
            context["lacking"] = [c["course"] for c in context["courses"] if c["code"] != "held"]
            context["days_left"] = (state.due_on - today).days if state and state.due_on else None
            context["facts"] = f"{officer}. {post.designation or post.cadre}, {post.organisation}" if post else str(officer)
            context["seats"] = seats_of(officer)
            context["cohorts"] = self.cohorts(context, post) if post else []
            context["asked"] = list(
                SeatRequest.objects.filter(officer=officer, state=SeatRequest.State.ASKED).select_related(
                    "cohort__course_version__course"
                )
            )
            context["evaluations"] = list(
                evaluation.open_for(officer, today).select_related("enrolment__cohort__course_version__course")
            )
            context["appeals"] = list(
                Appeal.objects.filter(enrolment__officer=officer, state=Appeal.State.OPEN).select_related("enrolment__cohort")
            )
            context["may_record"] = policies.may_record_prior_training(self.scope)
        return context

    def cohorts(self, context, post):
        """The next cohorts with a seat free for the officer's MDA, in what is lacking or counts for it; those of the own county
        first among those of a day. None while a seat in such a course is held."""
        wanted = {c.pk for c in context["lacking"]}
        wanted |= set(CourseEquivalence.objects.filter(course__in=wanted).values_list("accepted", flat=True))
        if not wanted or any(s.cohort.course_version.course_id in wanted for s in context["seats"]):
            return []
        today = self.scope.today
        found = Cohort.objects.visible_to(self.scope).filter(
            Q(nominations_close_on=None) | Q(nominations_close_on__gte=today),
            state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED],
            starts_on__gt=today,
            course_version__course__in=wanted,
        )
        found = list(found.select_related("course_version__course", "campus__county").order_by("starts_on", "code")[:40])
        seats = seating.seats_of(found)
        for cohort in found:
            cohort.free = seats[cohort.pk].free_for(post.organisation_id)
        free = [cohort for cohort in found if cohort.free > 0]
        return sorted(free, key=lambda c: (c.starts_on, c.campus.county_id != post.county_id))[:NEXT]


def seats_of(officer):
    """Enrolments ahead or under way, each with `.sessions_held`, `.attended` (a sentence) and `.token` of its page."""
    seats = Enrolment.objects.filter(officer=officer, state__in=AHEAD, cohort__state__in=Cohort.LIVE)
    seats = list(
        seats.select_related("cohort__course_version__course", "cohort__campus", "organisation")
        .prefetch_related("marks")
        .order_by("cohort__starts_on")
    )
    for seat in seats:
        seat.token = seat_links.token(seat)
        seat.to_answer = seat.state in (State.APPROVED, State.OFFERED)
        seat.so_far = so_far(seat)
    return seats


def so_far(seat):
    """What the marks made so far come to, in words; "" before the first."""
    marks = [m.mark for m in seat.marks.all()]
    if not marks:
        return ""
    version = seat.cohort.course_version
    rule = completion.Rule(version.minimum_attendance)
    return completion.outcome(marks, None, rule).why


class MyRecord(Page):
    """Every course, completion, waiver and certificate, with the MDA of the time."""

    title = _("My record")
    may = staticmethod(policies.may_see_own_training)
    template_name = "training/my_record.html"

    def get_context_data(self, **kwargs):
        officer, today = self.scope.officer, self.scope.today
        context = super().get_context_data(officer=officer, **kwargs)
        if officer:
            context |= record_of(officer, today) | {"completions": completions(officer)}
            found = results(officer)
            for seat in context["past"]:
                seat.scores = found.get(seat.cohort.code, [])
        return context


def completions(officer):
    """Completions, newest first, each with `.mda` of the day it was completed and `.last` day valid."""
    posts = list(officer.postings.select_related("organisation"))
    found = Completion.objects.filter(officer=officer).select_related(
        "course_version__course", "prior", "enrolment__organisation", "enrolment__cohort"
    )
    found = list(found.order_by("-on", "-pk"))
    for c in found:
        then = next((p.organisation for p in posts if in_force(p, c.on)), None)
        c.mda = c.enrolment.organisation if c.enrolment else then
        c.last = trace.last_day(c.until) if c.until else None
    return found


def results(officer):
    """{cohort code: [(part or "", score)]} of what was released and stands."""
    found = AssessmentResult.objects.filter(enrolment__officer=officer, state=AssessmentResult.State.RELEASED, superseded_at=None)
    parts = {}
    for r in found.select_related("component", "enrolment__cohort").order_by("component__number"):
        parts.setdefault(r.enrolment.cohort.code, []).append((r.component.name if r.component else "", completion.plain(r.score)))
    return parts
