"""What a coordinator does with a cohort: opens it, changes it and its sessions, decides whether it is held."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.models import Centre
from cse_portal.lib.doors import ActDoor, FormDoor
from cse_portal.lib.errors import Refused
from training import policies
from training.cohort_forms import (
    CancelCohortForm,
    ChangeCohortForm,
    ConfirmCohortForm,
    OpenCohortForm,
    SessionForms,
    SessionsHead,
    bookable,
)
from training.models import CourseVersion
from training.services import cohorts, rebooking, sessions

from .cohorts import OfCohort


class OpenCohort(FormDoor):
    title = gettext_lazy("Open a cohort")
    may = staticmethod(policies.may_open_cohort)
    template_name = "training/open_cohort.html"
    form_class = OpenCohortForm

    def get_initial(self):
        """Course and campus by their codes, as pages that plan a cohort name them."""
        asked, found = self.request.GET, {}
        if version := CourseVersion.objects.taught().filter(course__code=asked.get("course", "")).order_by("-number").first():
            found["course_version"] = version.pk
        if campus := Centre.objects.filter(kind=Centre.Kind.CAMPUS, code=asked.get("campus", "")).first():
            found["campus"] = campus.pk
        return found

    def get_crumbs(self):
        return [(_("Cohorts"), reverse("training:cohorts"))]

    def act(self, form):
        said = form.cleaned_data | {"trainers": list(form.cleaned_data["trainers"])}
        cohort = cohorts.open_cohort(self.scope, **said)
        n = cohort.sessions.count()
        messages.success(
            self.request, _("%(cohort)s is open for enrolment, with %(n)s sessions.") % {"cohort": cohort.code, "n": n}
        )
        return cohort.get_absolute_url()


class ChangeCohort(OfCohort, FormDoor):
    title = gettext_lazy("Change places, trainers and notes")
    allowed = staticmethod(policies.may_change_cohort)
    template_name = "training/change_cohort.html"
    form_class = ChangeCohortForm
    done = gettext_lazy("The cohort is changed.")
    KEPT = ("capacity", "joining_notes", "minimum", "decide_by", "nominations_close_on", "offer_hours")

    def get_initial(self):
        kept = {field: getattr(self.cohort, field) for field in self.KEPT}
        return kept | {"trainers": [t.user_id for t in self.cohort.trainers.all()]}

    def act(self, form):
        said = form.cleaned_data | {"trainers": list(form.cleaned_data["trainers"])}
        cohorts.change_cohort(self.scope, cohort=self.cohort, **said)
        return self.cohort.get_absolute_url()


class Sessions(OfCohort, FormDoor):
    """Any number of sessions; the one that stands is named by its uid, so that it is moved and not replaced."""

    title = gettext_lazy("Sessions")
    allowed = staticmethod(policies.may_change_cohort)
    template_name = "training/sessions.html"
    form_class = SessionForms
    done = gettext_lazy("The sessions are changed; those concerned are told.")

    def standing(self):
        return self.cohort.sessions.filter(cancelled_at=None).select_related("room__centre").order_by("starts_at")

    def get_form_kwargs(self):
        rooms = list(bookable(self.scope.today).filter(centre=self.cohort.campus_id))
        known = {room.pk for room in rooms}
        rooms += [s.room for s in self.standing() if s.room_id and s.room_id not in known and not known.add(s.room_id)]
        return super().get_form_kwargs() | {"form_kwargs": {"rooms": rooms}}

    def get_initial(self):
        if self.request.method == "POST":
            return []  # what is posted stands by itself
        local = timezone.localtime
        return [
            {
                "uid": s.uid,
                "on": local(s.starts_at).date(),
                "starts": local(s.starts_at).time(),
                "ends": local(s.ends_at).time(),
                "room": s.room_id,
                "link": s.link,
                "title": s.title,
            }
            for s in self.standing()
        ]

    def get_context_data(self, **kwargs):
        dates = {"starts_on": self.cohort.starts_on, "ends_on": self.cohort.ends_on}
        kwargs.setdefault("head", SessionsHead(initial=dates))
        return super().get_context_data(**kwargs)

    def form_valid(self, form):
        head = SessionsHead(self.request.POST)
        if not head.is_valid():
            return self.render_to_response(self.get_context_data(form=form, head=head))
        wanted = [f.value for f in form if f.cleaned_data.get("on") and not f.cleaned_data.get("remove")]
        try:
            sessions.set_sessions(self.scope, cohort=self.cohort, sessions=wanted, **head.cleaned_data)
        except Refused as refusal:
            return self.render_to_response(self.get_context_data(form=form, head=head, refusal=refusal), status=409)
        messages.success(self.request, self.done)
        return HttpResponseRedirect(self.cohort.get_absolute_url())


class PublishCohort(OfCohort, ActDoor):
    allowed = staticmethod(policies.may_change_cohort)
    done = gettext_lazy("The cohort is open for enrolment.")

    def act(self):
        cohorts.publish_cohort(self.scope, cohort=self.cohort)
        return self.cohort.get_absolute_url()


class ConfirmCohort(OfCohort, FormDoor):
    """Go."""

    title = gettext_lazy("Confirm that it is held")
    allowed = staticmethod(policies.may_change_cohort)
    template_name = "training/confirm.html"
    form_class = ConfirmCohortForm
    done = gettext_lazy("The cohort is confirmed.")

    def get_context_data(self, **kwargs):
        what = _("%(n)s officers have a seat in %(cohort)s; it is held from %(least)s.") % {
            "n": self.cohort.enrolments.live().count(),
            "cohort": self.cohort,
            "least": self.cohort.minimum,
        }
        return super().get_context_data(what=what, submit=_("Confirm the cohort"), **kwargs)

    def act(self, form):
        cohorts.confirm_cohort(self.scope, cohort=self.cohort, reason=form.cleaned_data["reason"])
        return self.cohort.get_absolute_url()


class CancelCohort(OfCohort, FormDoor):
    """No go, or cancelled later."""

    title = gettext_lazy("Cancel the cohort")
    allowed = staticmethod(policies.may_change_cohort)
    template_name = "training/confirm.html"
    form_class = CancelCohortForm
    done = gettext_lazy("The cohort is cancelled; the officers are told.")

    def get_form_kwargs(self):
        others = rebooking.choices(self.cohort, self.scope.today).with_seats().select_related("campus")
        return super().get_form_kwargs() | {"others": others}

    def get_context_data(self, **kwargs):
        n = self.cohort.enrolments.live().count()
        what = _("%(cohort)s will not be held. %(n)s officers lose their seat and are told with your reason.") % {
            "cohort": self.cohort,
            "n": n,
        }
        return super().get_context_data(what=what, submit=_("Cancel the cohort"), irreversible=True, **kwargs)

    def act(self, form):
        cohorts.cancel_cohort(self.scope, cohort=self.cohort, **form.cleaned_data)
        return self.cohort.get_absolute_url()
