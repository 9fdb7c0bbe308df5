"""Paper: sign-in sheets to print, and marks taken from signed ones."""

import datetime as dt
import uuid

from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from cse_portal.lib import clock
from cse_portal.lib.doors import Page, PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import marks, policies, sheets
from training.models import Attendance
from training.services import proof, register, scans

from .cohorts import OfCohort
from .register import OfSession, expected, tell

CHOICES = [("present", "P"), ("late", "L"), ("excused", "E"), ("absent", "A")]


def pdf(cohort, sessions, seats, name):
    response = HttpResponse(sheets.draw(cohort, sessions, seats), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


class Sheet(OfSession, PageMixin, View):
    """The sign-in sheet of one session."""

    allowed = staticmethod(policies.may_mark)

    def get(self, request, *args, **kwargs):
        return pdf(self.cohort, [self.session], self.seats(), f"{self.cohort.code}-{self.session.number}")


class Sheets(OfCohort, PageMixin, View):
    """The sign-in sheets of all sessions."""

    allowed = staticmethod(policies.may_mark)

    def get(self, request, *args, **kwargs):
        sessions = self.cohort.sessions.filter(cancelled_at=None).select_related("room")
        return pdf(self.cohort, list(sessions), list(expected(self.cohort)), self.cohort.code)


class Capture(OfSession, Page):
    """Marks from a signed sheet, in its order: a letter each, the day it was signed, its picture as evidence."""

    allowed = staticmethod(policies.may_mark)
    template_name = "training/paper.html"

    def get_title(self):
        return _("From paper: %(session)s") % {"session": self.named()}

    def get_crumbs(self):
        return [*super().get_crumbs(), (self.named(), self.get_register_url())]

    def signed_on(self):
        """The day the sheet was signed: the session's, or up to today."""
        text = self.request.POST.get("signed_on", "")
        day = timezone.localdate(self.session.starts_at)
        try:
            on = clock.parse_date(text)
        except ValueError:
            on = None
        if on is None or not day <= on <= self.scope.today:
            sentence = _("The sheet was signed on the day of the session, %(day)s, or after it.") % {"day": long_day(day)}
            raise Refused.of("signed_on", sentence, "signed_on")
        return on

    def post(self, request, *args, **kwargs):
        try:
            on = self.signed_on()
            at = min(
                self.session.ends_at + dt.timedelta(days=(on - timezone.localdate(self.session.starts_at)).days), clock.now()
            )
            more = {"marked_at": at, "reason": _("Sheet signed on %(day)s") % {"day": long_day(on)}}
            said = marks.read_form(request.POST, self.session, [s.pk for s in self.seats()], **more)
            if upload := request.FILES.get("scan"):
                scans.add(self.scope, session=self.session, upload=upload)
            answers = register.record_whole(self.scope, session=self.session, entries=said, source=register.Source.PAPER)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(refusal=refusal, **kwargs), status=409)
        tell(request, answers, lambda n: ngettext("%(n)s mark is taken from paper.", "%(n)s marks are taken from paper.", n))
        return HttpResponseRedirect(self.get_register_url())

    def get_context_data(self, **kwargs):
        session, seats = self.session, self.seats()
        standing = {a.enrolment_id: a for a in Attendance.objects.filter(session=session).select_related("entry")}
        posted = marks.read_marks(self.request.POST, [s.pk for s in seats]) if self.request.method == "POST" else {}
        for seat in seats:
            stands = standing.get(seat.pk)
            seat.base = stands.entry.client_id if stands and stands.entry else ""
            seat.mark = posted.get(seat.pk, stands.mark if stands else "")
            seat.code = sheets.row_code(session, seat)
        day = timezone.localdate(session.starts_at)
        return super().get_context_data(
            session=session,
            seats=seats,
            choices=CHOICES,
            open=self.cohort.state in self.cohort.LIVE and register.held(session, self.scope.today) and bool(seats),
            signed_on=self.request.POST.get("signed_on") or long_day(day),
            form_id=self.request.POST.get("form") or uuid.uuid4(),
            scans=session.scans.select_related("added_by"),
            **kwargs,
        )


class Scan(OfSession, PageMixin, View):
    """The picture of a signed sheet, as an attachment."""

    allowed = staticmethod(policies.may_mark)

    def get(self, request, *args, **kwargs):
        scan = next((s for s in self.session.scans.all() if s.pk == kwargs["pk"]), None)
        if scan is None:
            raise Http404
        file, media_type, name = proof.opened(scan.file, f"{self.cohort.code}-{self.session.number}-{scan.pk}")
        response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
        response["Cache-Control"] = "private, no-store"
        return response
