"""Enrolling officers in a cohort, and giving seats back."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Case, SmallIntegerField, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from centres.models import Officer
from centres.models.people import finding
from cse_portal.lib.doors import FormDoor
from cse_portal.lib.errors import Refused
from training import policies
from training.compliance import people, status
from training.forms import ReasonForm
from training.models import Enrolment
from training.seat_forms import NominateForm
from training.services import enrolment, nominations, placing, queue, quotas, seating

from .cohorts import OfCohort

SHOWN = 100  # officers on the page
SAID = 10  # sentences about single officers
NEXT = 8  # cohorts looked at for free seats
ORDER = ("overdue", "due", "current", "not_required", "waived", "excused")
URGENCY = Case(*(When(status=people.code(code), then=n) for n, code in enumerate(ORDER)), output_field=SmallIntegerField())


class Enrol(OfCohort, FormDoor):
    """Tick officers of the own MDA: overdue first; search narrows the list, what was ticked stays ticked. Then what will happen to
    each is shown, and nothing is kept before it is confirmed."""

    allowed = staticmethod(policies.may_enrol)
    template_name = "training/enrol.html"
    form_class = NominateForm
    look = None

    def get_title(self):
        return _("Nominate for %(cohort)s") % {"cohort": self.cohort.code}

    def get_template_names(self):
        return ["training/nominate.html" if self.look else self.template_name]

    def said(self, form):
        """What the services take."""
        refs = set(form.cleaned_data["officers"])
        ids = list(Officer.objects.visible_to(self.scope).filter(ref__in=refs).values_list("pk", flat=True))
        if len(ids) < len(refs):
            raise Refused(_("Someone chosen is not in your MDA. Choose from the list."), code="not_yours")
        return {"cohort": self.cohort, "officers": ids, "clash_reason": form.cleaned_data["clash_reason"]}

    def form_valid(self, form):
        if self.request.POST.get("step") == "confirm":
            return super().form_valid(form)
        if self.request.POST.get("step") == "change":
            return self.render_to_response(self.get_context_data(form=form))
        try:
            self.look = nominations.look(self.scope, **self.said(form))
        except Refused as refusal:
            for sentence in refusal.fields.get("officers") or [refusal.message]:
                form.add_error(None, sentence)
            response = self.form_invalid(form)
            response.status_code = 409
            return response
        return self.render_to_response(self.get_context_data(form=form))

    def act(self, form):
        asked = [self.request.POST.get(name, "") for name in ("seated", "waiting")]
        with transaction.atomic():
            made = nominations.nominate(self.scope, **self.said(form))
            now = [len(made.seated), len(made.waiting)]
            if all(n.isdigit() for n in asked) and [int(n) for n in asked] != now:
                raise Refused(
                    _(
                        "Meanwhile something changed: now %(seated)s would have seats and %(waiting)s would wait. Look again and confirm."
                    )
                    % {"seated": now[0], "waiting": now[1]},
                    code="changed",
                )
        for sentence in outcome_sentences(made):
            messages.success(self.request, sentence)
        for _officer, _code, sentence in made.refused[:SAID]:
            messages.warning(self.request, sentence)
        return reverse("training:participants", args=[self.cohort.code])

    def candidates(self, words="", wanted=""):
        """Spans of today of those who could sit in the cohort: of a CSE cadre that the course is for, without a seat in it."""
        cadres = nominations.cadres_of(self.cohort.course_version.course)
        seated = self.cohort.enrolments.live().values("officer")
        spans = people.in_post(self.scope, self.scope.today).filter(cadre_id__in=cadres).exclude(officer__in=seated)
        if words:
            alias, condition = finding(words, "officer__")
            spans = spans.alias(name_words=alias).filter(condition)
        return spans.filter(status=people.code(wanted)) if wanted in status.LABELS else spans

    def get_context_data(self, **kwargs):
        return super().get_context_data(**(self.preview() if self.look else self.list()), **kwargs)

    def preview(self):
        """What will happen, and where else there are seats for those who get none."""
        made, to_approve = self.look, Enrolment.State.NOMINATED
        without = made.waiting or any(code == "full" for _o, code, _s in made.refused)
        return {
            "look": made,
            "queue": list(enumerate(made.waiting, len(queue.queue(self.cohort)) + 1 if made.waiting else 1)),
            "approval": any(e.state == to_approve for e in made.seated),
            "by_look": sum(e.state == to_approve for e in made.seated),
            "clashing": any(code == "clash" for _o, code, _s in made.refused),
            "alternatives": alternatives(self.scope, self.cohort, made.waiting[0].organisation_id if made.waiting else None)
            if without
            else [],
        }

    def list(self):
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
        return {
            "people": rows,
            "more": max(total - SHOWN, 0),
            "total": total,
            "free": max(quotas.seats_of(cohort).free, 0),
            "q": words,
            "status": wanted,
            "statuses": [(code, label) for code, label in status.LABELS.items() if code in ("overdue", "due", "current")],
            "facts": f"{cohort.course_version.course.title}, {cohort.campus.name}",
        }


def outcome_sentences(made):
    """What a nomination did, as sentences."""
    n = sum(e.state == Enrolment.State.NOMINATED for e in made.seated)
    if n:
        yield ngettext(
            "%(n)s officer is nominated; an authorised officer approves.",
            "%(n)s officers are nominated; an authorised officer approves.",
            n,
        ) % {"n": n}
    if told := len(made.seated) - n:
        yield ngettext(
            "%(n)s officer is enrolled and told where and when.", "%(n)s officers are enrolled and told where and when.", told
        ) % {"n": told}
    if waits := len(made.waiting):
        yield ngettext("%(n)s officer is on the waiting list.", "%(n)s officers are on the waiting list.", waits) % {"n": waits}


def alternatives(scope, cohort, organisation_id=None):
    """[(cohort, seats free for the MDA)] of the next cohorts of the course that have some."""
    found = placing.open_cohorts(scope).filter(course_version__course=cohort.course_version.course_id).exclude(pk=cohort.pk)
    found = list(found[:NEXT])
    counted = seating.seats_of(found)
    mda = organisation_id or (scope.organisation.pk if scope.organisation else None)
    free = [(c, counted[c.pk].free_for(mda)) for c in found]
    return [(c, n) for c, n in free if n > 0][:3]


class Withdraw(OfCohort, FormDoor):
    title = gettext_lazy("Withdraw an enrolment")
    template_name = "training/confirm.html"
    form_class = ReasonForm

    def prepare(self):
        super().prepare()
        seats = Enrolment.objects.filter(state__in=[*Enrolment.LIVE, Enrolment.State.WAITLISTED])
        seats = seats.select_related("officer", "cohort")
        self.enrolment = fetch(
            seats, self.scope, may=policies.may_withdraw, cohort__code=self.kwargs["code"], officer__ref=self.kwargs["ref"]
        )

    def get_context_data(self, **kwargs):
        words = {"name": self.enrolment.officer, "cohort": self.cohort}
        waits = self.enrolment.state == Enrolment.State.WAITLISTED
        return super().get_context_data(
            what=_("%(name)s leaves the waiting list of %(cohort)s and is told with your reason.") % words
            if waits
            else _("%(name)s gives back the seat in %(cohort)s and is told with your reason. The first who waits is offered it.")
            % words,
            submit=_("Withdraw"),
            **kwargs,
        )

    def act(self, form):
        enrolment.withdraw(self.scope, enrolment=self.enrolment, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%(name)s is withdrawn.") % {"name": self.enrolment.officer})
        return reverse("training:participants", args=[self.cohort.code])
