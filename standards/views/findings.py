"""Findings: the list of all, the page of one, and the acts on it."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from cse_portal.lib.errors import Refused
from standards import finding_forms as forms
from standards import policies, reasons
from standards.filters import FindingFilter
from standards.models import Audit, Evidence, Finding, ReRating, SubmittedEvidence
from standards.services import certification, conduct, corrective, editions, findings, verifying
from training.models import Cohort

from . import finding_record
from .sheet import OfSite

State = Finding.State


class FindingList(ListDoor):
    title = gettext_lazy("Findings")
    may = staticmethod(policies.may_list_findings)
    template_name = "standards/findings.html"
    filterset_class = FindingFilter
    columns = (
        Column("finding", gettext_lazy("Finding"), lambda f: f.label),
        Column("audit", gettext_lazy("Audit"), lambda f: f.audit.ref, sort="audit__ref"),
        Column("subject", gettext_lazy("MDA or centre"), lambda f: str(f.audit.subject), sort="audit__organisation__name"),
        Column("grade", gettext_lazy("Grade"), lambda f: f.get_grade_display(), sort="grade"),
        Column("statement", gettext_lazy("What was found"), lambda f: f.statement),
        Column("state", gettext_lazy("State"), lambda f: f.get_state_display(), sort="state"),
        Column("due", gettext_lazy("Next day"), lambda f: f.next_due, sort="next_due"),
    )

    def base_queryset(self):
        """Those that wait for something first, the soonest due on top."""
        seen = Finding.objects.visible_to(self.scope).select_related("audit__organisation", "audit__centre", "site__centre")
        return seen.with_next_due().annotate(closed=Q(state__in=Finding.CLOSED) | Q(audit__state=Audit.State.LAPSED)).order_by("closed", "next_due", "pk")

    def get_context_data(self, **kwargs):
        owed = (State.RAISED, State.PLAN_DUE, State.REOPENED, State.PLAN_ACCEPTED)
        return super().get_context_data(today=self.scope.today, owed=owed, **kwargs)


class OfFinding:
    """Of one finding: `self.finding`, fetched for the scope under `allowed(scope, finding)`."""

    allowed = None

    def prepare(self):
        of_one = Finding.objects.select_related("audit__organisation", "audit__centre", "audit__edition", "site__centre", "recurs__audit")
        of_one = of_one.prefetch_related("elements__criterion", "audit__team__user")
        self.finding = fetch(of_one, self.scope, may=type(self).allowed, audit__ref=self.kwargs["ref"], number=self.kwargs["number"])

    def get_crumbs(self):
        audit = self.finding.audit
        crumbs = [(_("Audits"), reverse("standards:audits")), (audit.ref, audit.get_absolute_url())]
        return crumbs if isinstance(self, FindingPage) else [*crumbs, (self.finding.label, self.finding.get_absolute_url())]


class FindingPage(OfFinding, DetailDoor):
    template_name = "standards/finding_page.html"
    allowed = staticmethod(lambda scope, finding: policies.may_read_findings(scope, finding.audit))

    def get_object(self, queryset=None):
        return self.finding

    def get_title(self):
        names = {"label": self.finding.label, "grade": self.finding.get_grade_display()}
        return _("%(grade)s nonconformity %(label)s") % names if self.finding.is_nonconformity else _("%(grade)s %(label)s") % names

    def get_context_data(self, **kwargs):
        finding, scope = self.finding, self.scope
        finding.why = reasons.of_finding(finding)
        return super().get_context_data(
            finding=finding,
            audit=finding.audit,
            elements=sorted(finding.elements.all(), key=lambda e: e.position),
            own_evidence=Evidence.objects.visible_to(scope).filter(findings=finding).select_related("element"),
            sent=SubmittedEvidence.objects.visible_to(scope).held().filter(finding=finding).select_related("added_by"),
            plans=finding.corrective_actions.select_related("submitted_by", "reviewed_by"),
            re_ratings=finding_record.re_ratings(finding),
            events=finding_record.timeline(finding),
            waits=finding_record.waits(finding, scope.today),
            acts=finding_record.acts(scope, finding),
            may_open_earlier=finding.recurs_id and Finding.objects.visible_to(scope).filter(pk=finding.recurs_id).exists(),
            recurred=finding.recurred_as.filter(pk__in=Finding.objects.visible_to(scope)).select_related("audit"),
            proposal=conduct.proposal(scope, finding) if finding.audit.state != "planned" else None,
            **kwargs,
        )


class FindingForm(OfFinding, FormDoor):
    """A form of one finding, taken in by `service(scope, finding, **what was typed)`; back to its page."""

    template_name = "standards/finding_form.html"
    submit = gettext_lazy("Save")
    service = None

    def get_context_data(self, **kwargs):
        finding = self.finding
        finding.why = reasons.of_finding(finding)
        return super().get_context_data(finding=finding, audit=finding.audit, submit=self.submit, cancel_url=finding.get_absolute_url(), **kwargs)

    def act(self, form):
        self.write(form)
        return self.finding.get_absolute_url()

    def write(self, form):
        self.service(self.scope, self.finding, **form.cleaned_data)


def on_audit(scope, audit):
    """Until submission a button to raise findings; after it what is open, and what verified corrections have lifted."""
    if audit.is_open:
        if not policies.may_raise_finding(scope, audit):
            return None
        sites = list(audit.sites.all())
        words = _("Raise a finding") if len(sites) == 1 else _("Raise a finding: %(site)s")
        return {"actions": [(words % {"site": site} if len(sites) > 1 else words, reverse("standards:raise_finding", args=[audit.ref, site.pk])) for site in sites]}
    if audit.state not in Audit.SUBMITTED or not policies.may_read_findings(scope, audit):
        return None
    held = Finding.objects.visible_to(scope).filter(audit=audit).answered()
    n = held.aggregate(all=Count("pk"), closed=Count("pk", filter=Q(state__in=Finding.CLOSED)))
    part = {"audit": audit, "of": n["all"], "closed": n["closed"], "overdue": held.overdue(scope.today).count(), "mine": held.waiting_for(scope).count()}
    part["re_ratings"] = ReRating.objects.filter(site__in=audit.sites.open_to(scope)).select_related("element", "site__centre", "verification__finding").order_by("pk")
    if policies.may_read_sheet(scope, audit) and audit.result and audit.state != Audit.State.DECIDED:
        part["submitted_level"], part["level"] = (reasons.level_word(code) for code in (audit.result["level"], certification.level_today(audit, scope.today)))
    return part if n["all"] else None


# Until submission.


class RaiseFinding(OfSite, FormDoor):
    """`?element=` once for each element: the evidence gathered on them is what the finding may rest on."""

    title = gettext_lazy("Raise a finding")
    template_name = "standards/raise_finding.html"
    form_class = forms.RaiseForm
    allowed = staticmethod(policies.may_raise_finding)
    done = gettext_lazy("The finding is raised.")

    def prepare(self):
        super().prepare()
        self.sheet = editions.elements_of(self.audit.edition, self.site.applies_to, self.audit.elements_asked)
        asked = set(self.request.GET.getlist("element"))
        self.elements = [e for e in self.sheet if e.code in asked]

    def get_form_kwargs(self):
        held = Evidence.objects.held().filter(site=self.site, element__in=self.elements).select_related("element").order_by("element__position", "pk")
        return super().get_form_kwargs() | {"evidence": held}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            audit=self.audit, site=self.site, sheet=self.sheet, elements=self.elements, cancel_url=self.audit.get_absolute_url(), **kwargs
        )

    def act(self, form):
        return findings.raise_by_hand(self.scope, site=self.site, elements=self.elements, **form.cleaned_data).get_absolute_url()


class Regrade(FindingForm):
    title = gettext_lazy("Change the grade")
    form_class = forms.GradeForm
    allowed = staticmethod(lambda scope, finding: policies.may_raise_finding(scope, finding.audit))
    service = staticmethod(findings.regrade)
    done = gettext_lazy("The grade is changed, with its reason.")

    def get_initial(self):
        return {"grade": self.finding.grade, "reason": self.finding.grade_reason}


class TakeBack(OfFinding, ActDoor):
    allowed = staticmethod(policies.may_take_back_finding)
    done = gettext_lazy("The finding is taken back.")

    def act(self):
        findings.take_back(self.scope, self.finding)
        return self.finding.audit.get_absolute_url()


# The auditee answers.


class Acknowledge(OfFinding, ActDoor):
    allowed = staticmethod(policies.may_answer_finding)
    done = gettext_lazy("The finding is acknowledged. Send your plan by the day shown.")

    def act(self):
        return corrective.acknowledge(self.scope, self.finding).get_absolute_url()


class DisputeIt(FindingForm):
    title = gettext_lazy("Dispute the finding")
    form_class = forms.DisputeForm
    allowed = staticmethod(policies.may_answer_finding)
    service = staticmethod(corrective.dispute)
    submit = gettext_lazy("Dispute it")
    done = gettext_lazy("The finding is disputed. Its clocks stand still until it is decided.")


class ReplyTo(FindingForm):
    title = gettext_lazy("Reply")
    form_class = forms.ReplyForm
    allowed = staticmethod(policies.may_reply_to_finding)
    service = staticmethod(corrective.reply)
    submit = gettext_lazy("Send")
    done = gettext_lazy("Your reply is kept with the finding.")


class SendPlan(FindingForm):
    title = gettext_lazy("Corrective action plan")
    form_class = forms.PlanForm
    allowed = staticmethod(policies.may_answer_finding)
    service = staticmethod(corrective.submit_plan)
    submit = gettext_lazy("Send the plan")
    done = gettext_lazy("The plan is with the auditors.")

    def prepare(self):
        super().prepare()
        self.last = self.finding.corrective_actions.first()

    def get_initial(self):
        return {name: getattr(self.last, name) for name in forms.PlanForm.base_fields} if self.last else {}

    def get_context_data(self, **kwargs):
        return super().get_context_data(lacking=self.last and self.last.review_note, **kwargs)


class SendEvidence(FindingForm):
    title = gettext_lazy("Evidence of the correction")
    form_class = forms.EvidenceForm
    allowed = staticmethod(policies.may_answer_finding)
    submit = gettext_lazy("Send")
    done = gettext_lazy("Your evidence is kept.")

    def get_form_kwargs(self):
        held = SubmittedEvidence.objects.held().filter(finding=self.finding)
        return super().get_form_kwargs() | {"held": held, "may_complete": self.finding.state == State.PLAN_ACCEPTED}

    def write(self, form):
        complete = form.cleaned_data["complete"]
        add = corrective.send_evidence if complete else corrective.add_evidence
        add(self.scope, self.finding, list(form.pieces()))
        if complete:
            self.done = _("The evidence is with the auditors, who verify it.")
        elif self.finding.state == State.PLAN_ACCEPTED:
            self.done = _("Your evidence is kept. The auditors verify it once you say that this is all.")


# The certification side.


def what_was_sent(scope, finding):
    """The plan that holds and the evidence of the correction, for those who look at it."""
    sent = SubmittedEvidence.objects.visible_to(scope).held().filter(finding=finding).select_related("added_by")
    return {"plan": finding.corrective_actions.filter(state="accepted").first(), "sent": sent}


class DecideDispute(FindingForm):
    title = gettext_lazy("Decide the dispute")
    form_class = forms.DecideDisputeForm
    allowed = staticmethod(policies.may_decide_dispute)
    service = staticmethod(verifying.decide_dispute)
    submit = gettext_lazy("Record the decision")
    done = gettext_lazy("The dispute is decided, and the MDA is told.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"grades": verifying.lighter(self.finding)}

    def get_context_data(self, **kwargs):
        dispute = self.finding.disputes.filter(outcome="").select_related("made_by").first()
        own_evidence = Evidence.objects.visible_to(self.scope).filter(findings=self.finding).select_related("element")
        return super().get_context_data(dispute=dispute, replies=self.finding.replies.select_related("made_by"), own_evidence=own_evidence, **kwargs)


class ReviewPlan(FindingForm):
    title = gettext_lazy("Review the plan")
    form_class = forms.ReviewForm
    allowed = staticmethod(policies.may_review_plan)
    service = staticmethod(verifying.review_plan)
    done = gettext_lazy("The MDA is told.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(plan=self.finding.corrective_actions.filter(state="submitted").first(), **kwargs)


class Verify(FindingForm):
    title = gettext_lazy("Verify the correction")
    form_class = forms.VerifyForm
    allowed = staticmethod(policies.may_verify)
    submit = gettext_lazy("Record")
    done = gettext_lazy("The verification is on record, and the MDA is told.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"elements": verifying.liftable(self.finding)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**what_was_sent(self.scope, self.finding), **kwargs)

    def write(self, form):
        data = form.cleaned_data
        verifying.verify(self.scope, self.finding, accept=data["accept"], note=data["note"], ratings=form.ratings())


class CheckEffect(FindingForm):
    title = gettext_lazy("Check the effect")
    form_class = forms.EffectForm
    allowed = staticmethod(policies.may_verify)
    service = staticmethod(verifying.check_effect)
    submit = gettext_lazy("Record")
    done = gettext_lazy("The check is on record, and the MDA is told.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**what_was_sent(self.scope, self.finding), **kwargs)


class SetVisit(FindingForm):
    title = gettext_lazy("Set a follow-up visit")
    form_class = forms.VisitForm
    allowed = staticmethod(policies.may_grant_visit)
    service = staticmethod(verifying.grant_visit)
    done = gettext_lazy("The visit is set, and the final limit moves.")


class NominateFor(OfFinding, ActDoor):
    allowed = staticmethod(policies.may_nominate_for_finding)
    done = gettext_lazy("The officers are nominated; the finding keeps who and when.")

    def act(self):
        cohort = Cohort.objects.visible_to(self.scope).filter(code=self.request.POST.get("cohort", "")).first()
        if cohort is None:
            raise Refused(_("Choose a cohort."), code="no_cohort")
        officers = [int(pk) for pk in self.request.POST.getlist("officers") if pk.isdigit()]
        conduct.nominate(self.scope, self.finding, cohort=cohort, officers=officers)
        return self.finding.get_absolute_url()
