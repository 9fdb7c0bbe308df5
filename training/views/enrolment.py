"""Enrolling officers in a cohort, and giving seats back."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from centres.models import Officer, Posting
from cse_portal.lib.doors import FormDoor
from cse_portal.lib.errors import Refused
from training import policies
from training.compliance import status
from training.forms import EnrolForm, ReasonForm
from training.models import Enrolment
from training.services import enrolment

from .cohorts import OfCohort

SHOWN = 100
ORDER = {"overdue": 0, "due": 1, "current": 2, "excused": 3, "not_required": 4}


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

    def get_context_data(self, **kwargs):
        cohort, today = self.cohort, self.scope.today
        asked = self.request.GET
        words, wanted = asked.get("q", "").strip(), asked.get("status", "")
        ticked = set(self.request.POST.getlist("officers"))
        posts = enrolment.candidates(self.scope, cohort, today)
        for word in words.split():
            named = (
                posts.filter(officer__surname__istartswith=word)
                | posts.filter(officer__first_name__istartswith=word)
                | posts.filter(officer__personal_key=word.lstrip("0"))
            )
            posts = named
        found = list(posts.values_list("pk", "officer_id", "officer__ref", "surname", "first_name"))
        states = status.of_officers([row[1] for row in found], today)
        keys = [
            (
                row[2] not in ticked,
                ORDER.get(states[row[1]].status, 9),
                str(states[row[1]].due_on or "9"),
                row[3],
                row[4],
                row[0],
                states[row[1]],
            )
            for row in found
            if not wanted or states[row[1]].status == wanted
        ]
        keys.sort(key=lambda k: k[:6])
        shown = keys[:SHOWN]
        rows = Posting.objects.select_related("officer", "organisation").in_bulk([k[5] for k in shown])
        people = []
        for key in shown:
            post = rows[key[5]]
            post.state, post.ticked = key[6], post.officer.ref in ticked
            people.append(post)
        return super().get_context_data(
            people=people,
            more=len(keys) - len(shown),
            total=len(keys),
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
