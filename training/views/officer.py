"""One officer: posts, training with its why on any day, record, certificates; and the learner's own page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib.doors import DetailDoor, Page
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.compliance import facts, rules
from training.models import Certificate, Cohort, Completion, Course, Enrolment


def sentence(course, code, dates):
    """One reason of a status, for a person."""
    days = {k: v - rules.DAY if k == "until" else v for k, v in dates.items() if k != "by" and v}  # people read the last day
    words = {"until": ""} | {k: long_day(v) for k, v in days.items()} | {"course": course}
    if code == "held":
        words["by"] = dates["by"]
        if dates["by"] != course:
            return _("%(by)s, completed on %(on)s, counts for %(course)s.") % words
        return (
            _("%(course)s: completed on %(on)s.") % words
            if not dates["until"]
            else _("%(course)s: completed on %(on)s, valid until %(until)s.") % words
        )
    if code == "expired":
        return _("%(course)s: the last completion expired on %(expired_on)s; it must be held again by %(due_on)s.") % words
    if code == "never_held":
        return _("%(course)s: required since %(required_since)s, due before %(due_on)s.") % words
    if code == "excused":
        return _("Excused from training until %(until)s.") % words if dates["until"] else _("Excused from training.")
    return _("No course is required of this CSE cadre here.")


def training_of(officer, on, scope):
    """Context of one officer's training: status and why, what lies ahead, the record, certificates."""
    state = facts.of_officers([officer.pk])[officer.pk].status(on)
    why = facts.why(state) if state else []
    lacking = Course.objects.filter(pk__in=state.lacking) if state else Course.objects.none()
    seats = Enrolment.objects.filter(officer=officer).select_related(
        "cohort__course_version__course", "cohort__campus", "organisation"
    )
    certificates = list(Certificate.objects.filter(completion__officer=officer).order_by("-issued_on", "-number"))
    for certificate in certificates:
        certificate.now = certificate.state_as_of(on)
    return {
        "state": state,
        "why": [sentence(*reason) for reason in why],
        "days_left": (state.due_on - on).days if state and state.due_on else None,
        "lacking": lacking,
        "ahead": seats.filter(state=Enrolment.State.CONFIRMED, cohort__state__in=Cohort.LIVE).order_by("cohort__starts_on"),
        "past": seats.filter(state__in=[Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED]).order_by("-cohort__starts_on"),
        "completions": Completion.objects.filter(officer=officer).select_related("course_version__course").order_by("-on"),
        "certificates": certificates,
        "today": on,
    }


class OfficerPage(DetailDoor):
    template_name = "training/officer.html"
    context_object_name = "officer"

    def get_object(self, queryset=None):
        return fetch(Officer.objects.all(), self.scope, ref=self.kwargs["ref"])

    def get_crumbs(self):
        return [(_("Staff"), reverse("training:officers"))] if policies.may_see_staff(self.scope) else []

    def get_context_data(self, **kwargs):
        officer, today = self.object, self.scope.today
        postings = list(
            officer.postings.select_related("organisation", "cadre", "job_group", "county", "centre").order_by("-during")
        )
        post = next(
            (
                p
                for p in postings
                if (not p.during.lower or p.during.lower <= today) and (p.during.upper is None or today < p.during.upper)
            ),
            None,
        )
        facts_line = ", ".join(filter(None, [post.designation, str(post.organisation)])) if post else _("Not in post today")
        rows = [
            (_("Personal number"), officer.personal_no),
            (_("UPN"), officer.upn),
            (_("CSE cadre"), post and post.cadre.name),
            (_("Job group"), post and post.job_group),
            (_("County"), post and post.county),
            (_("Duty station"), post and post.centre),
            (_("Email"), officer.email),
            (_("Phone"), officer.phone),
        ]
        return super().get_context_data(
            postings=postings, facts=facts_line, rows=rows, **training_of(officer, today, self.scope), **kwargs
        )


class MyTraining(Page):
    title = gettext_lazy("My training")
    may = staticmethod(policies.may_see_own_training)
    template_name = "training/my_training.html"

    def get_context_data(self, **kwargs):
        officer = self.scope.officer
        context = super().get_context_data(officer=officer, **kwargs)
        if officer:
            post = officer.postings.filter(during__contains=self.scope.today).select_related("organisation", "cadre").first()
            context |= training_of(officer, self.scope.today, self.scope)
            context["facts"] = f"{officer}. {post.designation or post.cadre}, {post.organisation}" if post else str(officer)
        return context
