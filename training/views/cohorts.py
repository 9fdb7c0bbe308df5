"""Cohorts: the calendar, one cohort, and what a coordinator does with it."""

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib.doors import Column, DetailDoor, ListDoor
from cse_portal.lib.templatetags.cse import span
from training import completion, policies
from training.filters import CohortFilter
from training.models import Attendance, Certificate, Cohort, CohortSession, CohortTrainer, Enrolment
from training.services import assessment, register

from . import cohort_tabs

WITH_TRAINERS = Prefetch("trainers", CohortTrainer.objects.select_related("user").order_by("user__name"))

# Those that take place; what was cancelled is for calendars only.
State = Enrolment.State
HALL = [*Enrolment.SEATED, State.COMPLETED, State.NOT_COMPLETED]  # who is, or was, expected in the hall
GONE = [State.DECLINED, State.WITHDRAWN, State.SUBSTITUTED]
HELD = Prefetch("sessions", CohortSession.objects.filter(cancelled_at=None).select_related("room"))


def cohorts():
    return Cohort.objects.select_related("course_version__course__cadre", "campus").prefetch_related(WITH_TRAINERS)


def trainer_names(cohort):
    return ", ".join(str(t.user) for t in cohort.trainers.all())


class CohortList(ListDoor):
    """The agenda; without a month or a state, what has not ended."""

    title = gettext_lazy("Cohorts")
    may = staticmethod(policies.may_see_courses)
    template_name = "training/cohorts.html"
    filterset_class = CohortFilter
    default_sort = "starts"
    columns = (
        Column("code", gettext_lazy("Cohort"), lambda c: c.code, sort="code"),
        Column("course", gettext_lazy("Course"), lambda c: c.course_version.course.title, sort="course_version__course__title"),
        Column("campus", gettext_lazy("Where"), lambda c: c.campus.name, sort="campus__name"),
        Column("starts", gettext_lazy("First day"), lambda c: c.starts_on, sort="starts_on"),
        Column("ends", gettext_lazy("Last day"), lambda c: c.ends_on, sort="ends_on"),
        Column("capacity", gettext_lazy("Places"), lambda c: c.capacity, sort="capacity", numeric=True),
        Column("free", gettext_lazy("Free"), lambda c: c.free, sort="free", numeric=True),
        Column("state", gettext_lazy("State"), lambda c: c.get_state_display(), sort="state"),
        Column("trainers", gettext_lazy("Trainers"), trainer_names),
    )

    def base_queryset(self):
        found = cohorts().visible_to(self.scope).with_seats(self.scope.organisation_ids or ())
        asked = self.request.GET
        if self.scope.role == "trainer" and asked.get("mine"):
            return found.filter(trainers__user=self.scope.user)
        if not (asked.get("month") or asked.get("state")):
            found = found.filter(ends_on__gte=self.scope.today).exclude(state=Cohort.State.CANCELLED)
        return found

    def get_title(self):
        return _("My cohorts") if self.scope.role == "trainer" and self.request.GET.get("mine") else self.title

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        takes = (Cohort.State.OPEN, Cohort.State.CONFIRMED)
        for cohort in context["page_obj"].object_list:
            cohort.takes = cohort.state in takes and cohort.starts_on >= self.scope.today and cohort.free > 0
        return context | {"may_enrol": policies.may_enrol(self.scope), "may_open": policies.may_open_cohort(self.scope)}


class OfCohort:
    """Mixin: `self.cohort`, fetched within the scope; `allowed(scope, cohort)` false: 403."""

    allowed = None

    def prepare(self):
        self.cohort = fetch(cohorts(), self.scope, may=type(self).allowed, code=self.kwargs["code"])

    def get_crumbs(self):
        return [(_("Cohorts"), reverse("training:cohorts")), (self.cohort.code, self.cohort.get_absolute_url())]

    def get_context_data(self, **kwargs):
        tabs = cohort_tabs.of(self.scope, self.cohort, self.request.path)
        return super().get_context_data(cohort=self.cohort, cohort_tabs=tabs, cancel_url=self.cohort.get_absolute_url(), **kwargs)


class CohortPage(DetailDoor):
    """The register as a table for those who may see the participants; for others the facts."""

    may = staticmethod(policies.may_see_courses)
    template_name = "training/cohort.html"
    context_object_name = "cohort"

    def get_object(self, queryset=None):
        return fetch(
            cohorts().with_seats(self.scope.organisation_ids or ()).prefetch_related(HELD), self.scope, code=self.kwargs["code"]
        )

    def get_title(self):
        return f"{self.object.course_version.course.title}, {self.object.campus.name}"

    def get_crumbs(self):
        return [(_("Cohorts"), reverse("training:cohorts"))]

    def get_context_data(self, **kwargs):
        cohort, scope = self.object, self.scope
        version = cohort.course_version
        facts = [cohort.code, span(cohort.starts_on, cohort.ends_on), cohort.campus.name]
        names = trainer_names(cohort)
        context = super().get_context_data(
            facts=", ".join(facts) + (". " + _("Trainers: %(names)s") % {"names": names} if names else ""),
            version=version,
            cohort_tabs=cohort_tabs.of(scope, cohort, self.request.path),
            **kwargs,
        )
        sessions = list(cohort.sessions.all())
        today = scope.today
        for session in sessions:
            session.day = timezone.localdate(session.starts_at)
            session.is_today = session.day == today
        may_mark = policies.may_mark(scope, cohort)
        live = cohort.state in Cohort.LIVE
        context |= {
            "sessions": sessions,
            "days": grouped_by_day(sessions),
            "may_mark": may_mark and live and cohort.starts_on <= today,
            "may_change": policies.may_change_cohort(scope, cohort),
            "may_close": policies.may_close(scope, cohort) and live,
            "may_enrol": policies.may_enrol(scope, cohort)
            and cohort.state in (Cohort.State.OPEN, Cohort.State.CONFIRMED)
            and cohort.starts_on >= today,
            "may_ask": policies.may_ask_for_seat(scope)
            and cohort.state in (Cohort.State.OPEN, Cohort.State.CONFIRMED)
            and cohort.starts_on > today,
            "may_report": policies.may_report_on_cohort(scope, cohort),
            "may_ask_act": policies.may_ask_certificate_act(scope),
            "results_due": may_mark and live and version.assessed and cohort.starts_on <= today,
        }
        if policies.may_see_participants(scope, cohort):
            context |= self.register(cohort, sessions)
        return context

    def register(self, cohort, sessions):
        """Rows of the participants in sight with their marks, and how far marking has come."""
        seats = Enrolment.objects.visible_to(self.scope).filter(cohort=cohort)
        awarded = Prefetch("completion__certificates", Certificate.objects.order_by("-number"))
        seats = seats.select_related("officer", "organisation", "completion").prefetch_related(awarded)
        seats = list(seats.order_by("officer__surname", "officer__first_name", "pk"))
        in_sight = set(
            Officer.objects.visible_to(self.scope).filter(pk__in=[s.officer_id for s in seats]).values_list("pk", flat=True)
        )
        marks = {}
        for enrolment, session, mark in Attendance.objects.filter(session__cohort=cohort).values_list(
            "enrolment", "session", "mark"
        ):
            marks.setdefault(enrolment, {})[session] = mark
        scores = {pk: s.score for pk, s in assessment.standing_scores(cohort).items() if s.score is not None}
        least, rows, low = cohort.course_version.minimum_attendance, [], []
        held = cohort.state in (Cohort.State.RUNNING, Cohort.State.CLOSED) or bool(marks or scores)
        seated = [s for s in seats if s.state in (HALL if held else Enrolment.LIVE)]
        for seat in seated:
            of = marks.get(seat.pk, {})
            part = completion.attendance([of[s.pk] for s in sessions if s.pk in of])
            percent = completion.shown(part) if part is not None else None
            seat.may_see = seat.officer_id in in_sight
            seat.awards = list(seat.completion.certificates.all()) if hasattr(seat, "completion") else []
            for certificate in seat.awards:
                certificate.now = certificate.state_as_of(self.scope.today)
            seat.cells = [(session, of.get(session.pk, "")) for session in sessions]
            seat.percent, seat.low = percent, part is not None and part * 100 < least
            seat.score = completion.plain(scores[seat.pk]) if seat.pk in scores else ""
            if seat.low:
                low.append(str(seat.officer))
            rows.append(seat)
        marked = [s for s in sessions if seated and all(s.pk in marks.get(seat.pk, {}) for seat in seated)]
        now = next((s for s in sessions if s.is_today and s not in marked), None)
        late = next((s for s in sessions if s.day < self.scope.today and s not in marked), None)
        to_mark = late or now
        if to_mark:
            to_mark.done = sum(1 for seat in seated if to_mark.pk in marks.get(seat.pk, {}))
        return {
            "participants": rows,
            "gone": [s for s in seats if s.state in GONE],
            "conflicts": register.in_conflict(cohort).count() if policies.may_mark(self.scope, cohort) else 0,
            "low": low,
            "marked": len(marked),
            "to_mark": to_mark,
            "unscored": sum(1 for seat in seated if seat.pk not in scores) if cohort.course_version.assessed else 0,
            "shows_register": held,
        }


def grouped_by_day(sessions):
    """[(day, [session])]"""
    days = []
    for session in sessions:
        if not days or days[-1][0] != session.day:
            days.append((session.day, []))
        days[-1][1].append(session)
    return days
