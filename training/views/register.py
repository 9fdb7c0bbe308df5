"""The register of one session: the page a trainer marks on, with or without network; marks in conflict; the history of a mark."""

import json
import uuid

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Page
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import clock as hour
from training import marks, policies
from training.models import Attendance, AttendanceEntry, Enrolment
from training.services import offline, register

from .cohorts import OfCohort

NOON = 12
CHOICES = [("present", "check", "p"), ("late", "clock", "l"), ("absent", "x", "a"), ("excused", "minus", "e")]


def by_name(seats):
    """In the order of every register: by surname, first name, then as enrolled."""
    return seats.select_related("officer", "organisation").order_by("officer__surname", "officer__first_name", "pk")


def expected(cohort):
    """Who is expected in the hall; after closing, who was."""
    states = Enrolment.SEATED if cohort.state in cohort.LIVE else Enrolment.LIVE
    return by_name(cohort.enrolments.filter(state__in=states))


def tell(request, answers, saved):
    """Says what became of a posted register; `saved(n)` is the sentence for n marks taken in."""
    n, aside = (sum(a.state == state for a in answers) for state in (register.APPLIED, register.CONFLICT))
    if n:
        messages.success(request, saved(n) % {"n": n})
    elif not aside:
        messages.success(request, _("Nothing changed: the register was saved before."))
    if aside:
        sentence = ngettext(
            "%(n)s mark differs from one made meanwhile by somebody else. Look at both.",
            "%(n)s marks differ from those made meanwhile by somebody else. Look at both.",
            aside,
        )
        messages.warning(request, sentence % {"n": aside})


class OfSession(OfCohort):
    """Mixin: a session of the cohort, by its number."""

    @property
    def session(self):
        if not hasattr(self, "_session"):
            self.sessions = [s for s in self.cohort.sessions.all() if not s.cancelled_at]
            self._session = next((s for s in self.sessions if s.number == self.kwargs["number"]), None)
            if self._session is None:
                raise Http404
        return self._session

    def get_register_url(self):
        return reverse("training:register", args=[self.cohort.code, self.session.number])

    def named(self):
        start = timezone.localtime(self.session.starts_at)
        word = _("%(day)s morning") if start.hour < NOON else _("%(day)s afternoon")
        return word % {"day": formats.date_format(start, "l")}

    def seats(self):
        return list(expected(self.cohort))


class Register(OfSession, Page):
    """One session on a phone: four choices each, "Mark all present" for the rest. Posting it again is harmless."""

    allowed = staticmethod(policies.may_mark)
    template_name = "training/register.html"

    def get_title(self):
        return self.named()

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def post(self, request, *args, **kwargs):
        said = marks.read_form(request.POST, self.session, [s.pk for s in self.seats()])
        try:
            answers = register.record_whole(self.scope, session=self.session, entries=said)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        tell(request, answers, lambda n: ngettext("%(n)s mark is saved.", "%(n)s marks are saved.", n))
        return HttpResponseRedirect(self.get_register_url())

    def get_context_data(self, **kwargs):
        session, seats = self.session, self.seats()
        standing = {a.enrolment_id: a for a in Attendance.objects.filter(session=session).select_related("entry")}
        waiting = set(
            AttendanceEntry.objects.filter(session=session, state=register.CONFLICT).values_list("enrolment", flat=True)
        )
        posted = marks.read_marks(self.request.POST, [s.pk for s in seats]) if self.request.method == "POST" else {}
        for seat in seats:
            stands = standing.get(seat.pk)
            seat.stands = stands.mark if stands else ""
            seat.base = stands.entry.client_id if stands and stands.entry else ""
            seat.mark = posted.get(seat.pk, seat.stands)
            seat.in_conflict = seat.pk in waiting
        counts = [(value, label, sum(1 for s in seats if s.mark == value)) for value, label in Attendance.Mark.choices]
        facts = _("%(course)s, session %(n)s of %(of)s. %(from)s to %(to)s") % {
            "course": self.cohort.course_version.course.title, "n": session.number, "of": len(self.sessions),
            "from": hour(timezone.localtime(session.starts_at)), "to": hour(timezone.localtime(session.ends_at)),
        }  # fmt: skip
        live, held, at = self.cohort.state in self.cohort.LIVE, register.held(session, self.scope.today), clock.now()
        i = self.sessions.index(session)
        return super().get_context_data(
            session=session,
            seats=seats,
            counts=counts,
            marked=sum(1 for s in seats if s.mark),
            of=len(seats),
            facts=facts,
            before=self.sessions[i - 1] if i else None,
            after=self.sessions[i + 1] if i + 1 < len(self.sessions) else None,
            choices=CHOICES,
            held=held,
            live=live,
            open=live and held and bool(seats),
            late=live and held and register.needs_reason(session, at, at),
            in_conflict=len(waiting),
            may_correct=self.cohort.state == self.cohort.State.CLOSED,
            form_id=self.request.POST.get("form") or uuid.uuid4(),
            reader=offline.reader(self.request.user),
            at=at.isoformat(),
            **kwargs,
        )


class Marks(View):
    """Where a phone sends the marks it kept. GET: a fresh CSRF token and who is signed in."""

    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        if not request.user.is_authenticated:
            return self.said({"code": "signed_out", "detail": _("Sign in to send the marks.")}, 401)
        if not policies.may_send_marks(request.scope):
            return self.said({"code": "not_allowed", "detail": _("Your role may not do this.")}, 403)
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def said(body, status=200):
        response = JsonResponse(body, status=status)
        response["Cache-Control"] = "private, no-store"
        return response

    def get(self, request):
        return self.said({"csrf": get_token(request), "reader": offline.reader(request.user)})

    def post(self, request):
        try:
            shape = marks.KeptMarks(data=json.loads(request.body))
        except ValueError:
            return self.said({"code": "invalid", "detail": _("Some fields are missing or wrong.")}, 400)
        if not shape.is_valid():
            return self.said({"code": "invalid", "detail": _("Some fields are missing or wrong."), "fields": shape.errors}, 400)
        answers = register.record_batch(request.scope, shape.rows(), device=shape.validated_data["device"])
        return self.said({"now": clock.now().isoformat(), "answers": marks.answered(answers)})


def history(enrolments, **narrow):
    """Every mark of these enrolments, as made."""
    found = AttendanceEntry.objects.filter(enrolment__in=enrolments, **narrow)
    return found.select_related("session", "marked_by", "settled_by").order_by("session__number", "id")


class Conflicts(OfCohort, Page):
    """Marks that two people made without seeing each other's: both, who, when, on which device. A person settles."""

    allowed = staticmethod(policies.may_mark)
    template_name = "training/conflicts.html"

    def get_title(self):
        return _("Marks in conflict")

    def get_context_data(self, **kwargs):
        waiting, pairs = list(register.in_conflict(self.cohort)), {}
        standing = {
            (a.session_id, a.enrolment_id): a
            for a in Attendance.objects.filter(
                session__in={e.session_id for e in waiting}, enrolment__in={e.enrolment_id for e in waiting}
            ).select_related("entry__marked_by", "marked_by")
        }
        for e in waiting:
            key = (e.session_id, e.enrolment_id)
            pair = pairs.setdefault(key, {"session": e.session, "enrolment": e.enrolment, "entries": [standing[key].entry]})
            pair["entries"].append(e)
        return super().get_context_data(pairs=list(pairs.values()), **kwargs)


class Settle(OfSession, ActDoor):
    """One of the marks in conflict is right."""

    allowed = staticmethod(policies.may_mark)

    def act(self):
        entry = fetch(
            AttendanceEntry.objects.select_related("enrolment__officer", "enrolment__cohort"),
            self.scope, pk=self.request.POST.get("entry") if self.request.POST.get("entry", "").isdecimal() else 0, session=self.session,
        )  # fmt: skip
        register.settle(self.scope, session=self.session, enrolment=entry.enrolment, entry=entry)
        words = {"name": entry.enrolment.officer, "mark": entry.get_mark_display().lower()}
        messages.success(self.request, _("%(name)s: %(mark)s stands.") % words)
        left = register.in_conflict(self.cohort).exists()
        return reverse("training:conflicts", args=[self.cohort.code]) if left else self.get_register_url()


class MarkHistory(OfCohort, Page):
    """Every mark of one participant: what was marked, by whom, when, from where, what became of it."""

    allowed = staticmethod(policies.may_see_participants)
    template_name = "training/mark_history.html"

    def dispatch(self, request, *args, **kwargs):
        self.seat = None
        return super().dispatch(request, *args, **kwargs)

    def get_seat(self):
        if self.seat is None:
            seats = Enrolment.objects.select_related("officer", "organisation").prefetch_related(
                Prefetch("marks", Attendance.objects.select_related("session", "entry"))
            )
            self.seat = fetch(seats, self.scope, cohort=self.cohort, officer__ref=self.kwargs["ref"], state__in=Enrolment.LIVE)
        return self.seat

    def get_title(self):
        return str(self.get_seat().officer)

    def get_crumbs(self):
        return [*super().get_crumbs(), (self.cohort.code, self.cohort.get_absolute_url())][:2]

    def get_context_data(self, **kwargs):
        seat = self.get_seat()
        standing = {a.entry_id for a in seat.marks.all()}
        entries = list(history([seat.pk]))
        for e in entries:
            e.stands = e.pk in standing
        return super().get_context_data(seat=seat, entries=entries, facts=f"{seat.organisation.name}. {self.cohort}", **kwargs)
