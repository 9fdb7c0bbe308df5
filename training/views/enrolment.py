"""Enrolling officers in a cohort, and giving seats back."""

from django.contrib import messages
from django.db.models import Case, SmallIntegerField, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from centres.models import Officer
from centres.models.people import finding
from cse_portal.lib.doors import FormDoor
from cse_portal.lib.errors import Refused
from training import policies
from training.compliance import people, status
from training.forms import EnrolForm, ReasonForm
from training.models import Enrolment
from training.services import enrolment

from .cohorts import OfCohort

SHOWN = 100
ORDER = ("overdue", "due", "current", "not_required", "waived", "excused")
URGENCY = Case(*(When(status=people.code(code), then=n) for n, code in enumerate(ORDER)), output_field=SmallIntegerField())


class Enrol(OfCohort, FormDoor):
    """Tick officers of the own MDA: overdue first; search narrows the list, what was ticked stays ticked."""

    needs = staticmethod(policies.may_enrol)
    template_name = "training/enrol.html"
    form_class = EnrolForm

    def get_title(self):
        return _("Enrol in %(cohort)s") % {"cohort": self.cohort.code}

    def act(self, form):
        refs = set(form.cleaned_data["officers"])
        ids = list(Officer.objects.visible_to(self.scope).filter(ref__in=refs).values_list("pk", flat=True))
        if len(ids) < len(refs):
            raise Refused(_("Someone chosen is not in your MDA. Choose from the list."), code="not_yours")
        made = enrolment.enrol(self.scope, cohort=self.cohort, officers=ids)
        n = len(made)
        messages.success(
            self.request,
            ngettext(
                "%(n)s officer is enrolled and told where and when.", "%(n)s officers are enrolled and told where and when.", n
            )
            % {"n": n},
        )
        return self.cohort.get_absolute_url()

    def candidates(self, words="", wanted=""):
        """Spans of today of those who could sit in the cohort: of a CSE cadre that the course is for, without a seat in it."""
        cadres = enrolment.cadres_of(self.cohort.course_version.course)
        seated = self.cohort.enrolments.live().values("officer")
        spans = people.in_post(self.scope, self.scope.today).filter(cadre_id__in=cadres).exclude(officer__in=seated)
        if words:
            alias, condition = finding(words, "officer__")
            spans = spans.alias(name_words=alias).filter(condition)
        return spans.filter(status=people.code(wanted)) if wanted in status.LABELS else spans

    def get_context_data(self, **kwargs):
        cohort, today = self.cohort, self.scope.today
        asked = self.request.GET
        words, wanted = asked.get("q", "").strip(), asked.get("status", "")
        ticked = set(self.request.POST.getlist("officers"))
        spans = self.candidates(words, wanted)
        total = spans.count()
        first = spans.annotate(rank=URGENCY).order_by("rank", "starts", "officer__surname", "officer__first_name", "officer__ref")
        shown = list(first.exclude(officer__ref__in=ticked).select_related("officer")[:SHOWN])
        shown = [*self.candidates().filter(officer__ref__in=ticked).select_related("officer"), *shown]
        rows = people.with_facts(shown, today)
        for row in rows:
            row.ticked = row.officer.ref in ticked
        return super().get_context_data(
            people=rows,
            more=max(total - SHOWN, 0),
            total=total,
            free=enrolment.free_seats(cohort),
            q=words,
            status=wanted,
            statuses=[(code, label) for code, label in status.LABELS.items() if code in ("overdue", "due", "current")],
            facts=f"{cohort.course_version.course.title}, {cohort.campus.name}",
            **kwargs,
        )


class Withdraw(OfCohort, FormDoor):
    title = gettext_lazy("Withdraw an enrolment")
    template_name = "training/confirm.html"
    form_class = ReasonForm

    def dispatch(self, request, *args, **kwargs):
        if not request.scope.is_public:
            seats = Enrolment.objects.live().select_related("officer", "cohort")
            self.enrolment = fetch(
                seats, request.scope, may=policies.may_withdraw, cohort__code=kwargs["code"], officer__ref=kwargs["ref"]
            )
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        words = {"name": self.enrolment.officer, "cohort": self.cohort}
        return super().get_context_data(
            what=_("%(name)s gives back the seat in %(cohort)s and is told with your reason.") % words,
            submit=_("Withdraw"),
            **kwargs,
        )

    def act(self, form):
        enrolment.withdraw(self.scope, enrolment=self.enrolment, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%(name)s is withdrawn; the seat is free.") % {"name": self.enrolment.officer})
        return self.cohort.get_absolute_url()
