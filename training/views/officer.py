"""One officer: status today and on any day, posts, record, certificates, what is done with the officer."""

from django.urls import reverse
from django.utils.translation import gettext as _

from centres.access import fetch
from centres.models import Officer, TransferRequest
from centres.policies import may_keep_officer
from cse_portal.lib.doors import DetailDoor
from training import policies
from training.compliance import trace
from training.models import Certificate, Cohort, Completion, Enrolment, PriorTraining

from .why import asked_day

TAKEN = [Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED]


def record_of(officer, on):
    """Context of one officer's record: seats to come, courses taken, completions, certificates, waivers, prior training."""
    seats = Enrolment.objects.filter(officer=officer, state__in=[*Enrolment.SEATED, *TAKEN]).select_related(
        "cohort__course_version__course", "cohort__campus", "organisation"
    )
    seats = list(seats.order_by("cohort__starts_on"))
    certificates = list(Certificate.objects.filter(completion__officer=officer).order_by("-issued_on", "-number"))
    for certificate in certificates:
        certificate.now = certificate.state_as_of(on)
    waivers = list(officer.waivers.order_by("-during"))
    for waiver in waivers:
        waiver.now = waiver.state_as_of(on)
    completions = Completion.objects.filter(officer=officer).select_related("course_version__course", "prior").order_by("-on")
    return {
        "ahead": [s for s in seats if s.state in Enrolment.SEATED and s.cohort.state in Cohort.LIVE],
        "past": [s for s in reversed(seats) if s.state in TAKEN],
        "recognised": [c for c in completions if c.prior_id],
        "certificates": certificates,
        "waivers": waivers,
        "claims": list(PriorTraining.objects.filter(officer=officer, state=PriorTraining.State.CLAIMED)),
        "today": on,
    }


def in_force(posting, on):
    return (not posting.during.lower or posting.during.lower <= on) and (
        posting.during.upper is None or on < posting.during.upper
    )


class OfficerPage(DetailDoor):
    template_name = "training/officer.html"
    context_object_name = "officer"

    def get_object(self, queryset=None):
        return fetch(Officer.objects.select_related("merged_into"), self.scope, ref=self.kwargs["ref"])

    def get_crumbs(self):
        return [(_("Staff"), reverse("training:officers"))] if policies.may_see_staff(self.scope) else []

    def get_context_data(self, **kwargs):
        officer, today = self.object, self.scope.today
        on, problem = asked_day(self.request, today)
        found = officer.postings.select_related("organisation", "cadre", "job_group", "county", "centre", "host")
        postings = list(found.order_by("-during"))
        post = next((p for p in postings if in_force(p, today)), None)
        line = trace.timeline(officer.pk, on, {p.organisation_id: p.organisation for p in postings})
        facts_line = ", ".join(filter(None, [post.designation, str(post.organisation)])) if post else _("Not in post today")
        rows = [
            (_("Personal number"), officer.personal_no),
            (_("UPN"), officer.upn),
            (_("CSE cadre"), post and post.cadre.name),
            (_("Job group"), post and post.job_group),
            (_("County"), post and post.county),
            (_("Duty station"), post and post.centre),
            (_("Seconded to"), post and post.host),
            (_("Email"), officer.email),
            (_("Phone"), officer.phone),
        ]
        may_keep = may_keep_officer(self.scope, officer)
        return super().get_context_data(
            postings=postings,
            post=post,
            last_post=postings[0] if postings else None,
            facts=facts_line,
            rows=rows,
            on=on,
            day_problem=problem,
            line=line,
            status=next((row for row in line if row["now"]), None),
            forecast=trace.forecast(line, on),
            excusals=[(x, trace.last_day(x.during.upper)) for x in officer.excusals.order_by("-during")],
            transfer=officer.transfers.filter(state__in=TransferRequest.OPEN).select_related("to_organisation").first(),
            may_keep=may_keep,
            acts=self.acts(officer, post),
            **record_of(officer, today),
            **kwargs,
        )

    def acts(self, officer, post):
        """[(label, address)] of what training offers for the officer."""
        found = []
        if post and policies.may_ask_for_waiver(self.scope):
            found.append((_("Ask for a waiver"), reverse("training:ask_waiver") + f"?officer={officer.ref}"))
        if may_keep_officer(self.scope, officer):
            found.append((_("Messages to the officer"), reverse("training:officer_messages", args=[officer.ref])))
        if policies.may_record_prior_training(self.scope):
            found.append((_("Record training done elsewhere"), reverse("training:record_prior") + f"?officer={officer.ref}"))
        return found
