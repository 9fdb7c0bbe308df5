"""Checking in by the code on the hall's screen: the screen, the officer's page, the count of heads."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from centres.models import Role
from cse_portal.lib import clock
from cse_portal.lib.doors import Page, PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.limits import spend
from cse_portal.lib.templatetags.cse import clock as hour
from training import certificates, hall_code, policies
from training.models import CohortSession, Enrolment
from training.models.register import Mark
from training.services import answers, check_in, register

from .register import OfSession

KEPT = 600  # seconds in which who scanned may sign in
TRIES = 120  # scans of one address in a minute: a hall shares one


class Screen(OfSession, Page):
    """The code for the hall, in large; the page turns with it, by itself and without script."""

    allowed = staticmethod(policies.may_mark)
    template_name = "training/check_in_code.html"

    def get_title(self):
        return _("Check in: %(session)s") % {"session": self.named()}

    def get_crumbs(self):
        return [*super().get_crumbs(), (self.named(), self.get_register_url())]

    def get_context_data(self, **kwargs):
        session, live = self.session, self.cohort.state in self.cohort.LIVE
        is_open = live and hall_code.is_open(session, clock.now())
        context = {"session": session, "open": is_open, "of": len(self.seats())}
        if is_open:
            code, left = check_in.present_code(session)
            path = reverse("training:check_in_scan", args=[session.uid, code])
            context |= {"qr": certificates.qr(settings.SITE_URL.rstrip("/") + path), "left": left, "path": path}
        there = session.marks.filter(mark__in=[Mark.PRESENT, Mark.LATE]).count()
        local = timezone.localtime
        facts = _("%(cohort)s. Open from %(from)s to %(to)s") % {
            "cohort": self.cohort, "from": hour(local(session.starts_at - hall_code.EARLY)), "to": hour(local(session.ends_at)),
        }  # fmt: skip
        return super().get_context_data(
            checked=check_in.checked_in(session).count(), there=there, facts=facts, **context, **kwargs
        )


class Heads(OfSession, Page):
    """How many sit in the hall, beside how many checked in, and who: what differs is put right in the register."""

    allowed = staticmethod(policies.may_mark)
    template_name = "training/check_in_count.html"
    counted = None

    def get_title(self):
        return _("Count the heads")

    def get_crumbs(self):
        return [*super().get_crumbs(), (self.named(), self.get_register_url())]

    def post(self, request, *args, **kwargs):
        text = request.POST.get("counted", "").strip()
        try:
            if not text.isdecimal() or int(text) > 1000:
                raise Refused(_("Say how many sit in the hall, as a number."), code="counted")
            self.counted, _there = check_in.count_heads(self.scope, session=self.session, counted=int(text))
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_context_data(self, **kwargs):
        session = self.session
        marks = {a.enrolment_id: a for a in session.marks.all()}
        rows = self.seats()
        checked = {e.enrolment_id: e for e in check_in.checked_in(session)}
        for seat in rows:
            seat.checked, seat.stands = checked.get(seat.pk), marks.get(seat.pk)
        there = sum(1 for a in marks.values() if a.mark in (Mark.PRESENT, Mark.LATE))
        return super().get_context_data(
            session=session,
            rows=[s for s in rows if s.checked or (s.stands and s.stands.mark in (Mark.PRESENT, Mark.LATE))],
            checked=len(checked),
            there=there,
            counted=self.counted,
            over=max(0, there - self.counted) if self.counted is not None else 0,
            under=max(0, self.counted - there) if self.counted is not None else 0,
            of=len(rows),
            **kwargs,
        )


class Scanned(PageMixin, View):
    """Where the QR code leads: good for one turn of the code, then this browser has ten minutes to say who it is."""

    public = True

    def get(self, request, uid, code):
        if not spend(f"hall:{request.META.get('REMOTE_ADDR')}", TRIES, 60):
            messages.error(request, _("Too many requests. Wait a minute."))
            return HttpResponseRedirect(reverse("training:check_in"))
        session = CohortSession.objects.filter(uid=uid, cancelled_at=None).first()
        if session and check_in.accepts(session, code):
            request.session["check_in"] = {"session": str(uid), "until": clock.now().timestamp() + KEPT}
        else:
            request.session.pop("check_in", None)
            messages.error(request, _("This code has passed. Scan the one on the screen now."))
        return HttpResponseRedirect(reverse("training:check_in"))


class CheckIn(Page):
    """The officer's page after scanning: who are you, then one button."""

    public = True
    template_name = "training/check_in.html"

    def get_title(self):
        return _("Check in")

    def session_scanned(self):
        """The session whose code this browser read within ten minutes, or None."""
        said = self.request.session.get("check_in") or {}
        if said.get("until", 0) < clock.now().timestamp():
            return None
        found = CohortSession.objects.filter(uid=said["session"], cancelled_at=None)
        return found.select_related("cohort__course_version__course", "cohort__campus").first()

    def actor(self, session):
        """(who acts, the enrolment), or (None, None): signed in as the officer, or the seat's link was opened in this browser."""
        seats = session.cohort.enrolments.filter(state__in=Enrolment.SEATED).select_related("officer", "cohort")
        if self.scope.role == Role.LEARNER and self.scope.officer:
            return (self.scope, seat) if (seat := seats.filter(officer=self.scope.officer).first()) else (None, None)
        seat = seats.filter(pk=self.request.session.get("seat") or 0).first()
        return (answers.by_link(seat), seat) if seat else (None, None)

    def post(self, request):
        session = self.session_scanned()
        actor, seat = self.actor(session) if session else (None, None)
        try:
            if not seat:
                raise Refused(_("Scan the code on the screen first."), code="no_code")
            answer = check_in.check_in(actor, session=session, enrolment=seat)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal), status=409)
        if answer.state == register.CONFLICT:
            messages.warning(request, _("Your trainer marked you differently. Both are kept; the trainer decides."))
        return HttpResponseRedirect(reverse("training:check_in"))

    def get_context_data(self, **kwargs):
        session = self.session_scanned()
        _actor, seat = self.actor(session) if session else (None, None)
        mark = session.marks.filter(enrolment=seat).first() if seat else None
        return super().get_context_data(session=session, seat=seat, mark=mark, login=f"{reverse('account_login')}?next={reverse('training:check_in')}", **kwargs)  # fmt: skip
