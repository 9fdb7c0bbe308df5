"""Stage 1, the audit plan, the meetings, and the beginning of stage 2; on pages of their own and on the audit's page."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import ActDoor, FormDoor
from standards import policies
from standards.models import Audit, Meeting
from standards.selfassessment_forms import BeginForm, MeetingForm, Stage1Form, VisitForm
from standards.services import beginning, selfassessment, stage1

from .audits import OfAudit, findings_of


def on_audit(scope, audit):
    """Desk review, plan and meetings, on the audit's page; the auditee sees plan and meetings."""
    if not policies.may_read_audit_plan(scope, audit):
        return None
    ours = scope.role in policies.AUDITEES
    reviews = [] if ours else list(audit.stage_1_reviews.select_related("reviewed_by"))
    writes = policies.may_write_audit_plan(scope, audit)
    meetings = {m.kind: m for m in audit.meetings.select_related("recorded_by")}
    lines = audit.visits.count()
    words = "" if ours else beginning.obstacle(audit)
    actions = []
    again = bool(reviews) and reviews[0].ready
    if policies.may_review_stage_1(scope, audit) and (not again or policies.may_lead(scope, audit)):
        actions.append((_("Open stage 1 again") if again else _("Review documents"), reverse("standards:stage_1", args=[audit.ref])))
    if words and policies.may_begin_stage_2(scope, audit):
        actions.append((_("Begin the visit all the same"), reverse("standards:begin_stage_2", args=[audit.ref])))
    if not (reviews or lines or meetings or writes):
        return None
    return {
        "audit": audit,
        "reviews": reviews,
        "obstacle": words,
        "lines": lines,
        "plan_url": stage1.plan_address(audit),
        "writes": writes,
        "meetings": [(kind, label, meetings.get(kind), reverse("standards:record_meeting", args=[audit.ref, kind])) for kind, label in Meeting.Kind.choices],
        "actions": actions,
    }


class Stage1(OfAudit, FormDoor):
    title = gettext_lazy("Stage 1: review of documents")
    template_name = "standards/stage_1.html"
    form_class = Stage1Form
    allowed = staticmethod(policies.may_review_stage_1)
    done = gettext_lazy("The review is on record, and the MDA is told.")

    def prepare(self):
        super().prepare()
        self.again = stage1.found_ready(self.audit)
        if self.again and not policies.may_lead(self.scope, self.audit):
            raise PermissionDenied

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"again": bool(self.again)}

    def get_context_data(self, **kwargs):
        held = selfassessment.of(self.audit)
        return super().get_context_data(
            audit=self.audit, held=held, url=selfassessment.address(self.audit), cancel_url=self.audit.get_absolute_url(),
            reviews=self.audit.stage_1_reviews.select_related("reviewed_by"), openings=stage1.openings(self.audit), again=self.again, submit=_("Record the review"), **kwargs,
        )  # fmt: skip

    def act(self, form):
        stage1.review(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


class Begin(OfAudit, FormDoor):
    title = gettext_lazy("Begin stage 2 all the same")
    template_name = "standards/begin_stage_2.html"
    form_class = BeginForm
    allowed = staticmethod(policies.may_begin_stage_2)
    done = gettext_lazy("Stage 2 has begun. The reason is in the record.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, obstacle=beginning.obstacle(self.audit), cancel_url=self.audit.get_absolute_url(), submit=_("Begin stage 2"), tone="warn", **kwargs)

    def act(self, form):
        beginning.begin(self.scope, self.audit, **form.cleaned_data)
        return self.audit.get_absolute_url()


class AuditPlan(OfAudit, FormDoor):
    """The plan, to be read and printed; members of the team add lines."""

    template_name = "standards/audit_plan.html"
    form_class = VisitForm
    allowed = staticmethod(policies.may_read_audit_plan)
    done = gettext_lazy("The line is in the plan.")

    def post(self, request, *args, **kwargs):
        if not policies.may_write_audit_plan(self.scope, self.audit):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_title(self):
        return _("Audit plan: %(subject)s") % {"subject": self.audit.subject}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"audit": self.audit}

    def get_initial(self):
        return {"on": self.audit.starts_on, "site": self.audit.sites.first()}

    def get_context_data(self, **kwargs):
        days = {}
        for visit in self.audit.visits.select_related("site__centre").prefetch_related("auditors__user"):
            days.setdefault(visit.on, []).append(visit)
        return super().get_context_data(
            audit=self.audit, days=list(days.items()), writes=policies.may_write_audit_plan(self.scope, self.audit), sent_at=stage1.sent_at(self.audit),
            announced=self.audit.kind != Audit.Kind.SHORT_NOTICE or self.audit.state == Audit.State.STAGE_2, **kwargs,
        )  # fmt: skip

    def act(self, form):
        stage1.add_visit(self.scope, self.audit, **form.cleaned_data)
        return stage1.plan_address(self.audit)


class SendPlan(OfAudit, ActDoor):
    allowed = staticmethod(policies.may_write_audit_plan)
    done = gettext_lazy("The MDA is told of the plan.")

    def act(self):
        stage1.send_plan(self.scope, self.audit)
        return stage1.plan_address(self.audit)


class RemoveVisit(OfAudit, ActDoor):
    allowed = staticmethod(policies.may_write_audit_plan)
    done = gettext_lazy("The line is taken off the plan.")

    def act(self):
        visit = self.audit.visits.select_related("site__centre").filter(pk=self.kwargs["pk"]).first()
        if visit is None:
            raise Http404
        stage1.remove_visit(self.scope, self.audit, visit)
        return stage1.plan_address(self.audit)


class RecordMeeting(OfAudit, FormDoor):
    template_name = "standards/meeting.html"
    form_class = MeetingForm
    allowed = staticmethod(policies.may_record_meeting)
    done = gettext_lazy("The meeting is on record.")

    def prepare(self):
        super().prepare()
        self.kind = self.kwargs["kind"]
        if self.kind not in Meeting.Kind.values:
            raise Http404
        self.meeting = self.audit.meetings.filter(kind=self.kind).first()

    def get_title(self):
        return Meeting.Kind(self.kind).label

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"kind": self.kind}

    def get_initial(self):
        held = self.meeting
        return {name: getattr(held, name) for name in ("on", "present", "notes", "signed_for_auditee")} if held else {"on": self.scope.today}

    def get_context_data(self, **kwargs):
        shown = findings_of(self.audit) if self.kind == Meeting.Kind.CLOSING else []
        return super().get_context_data(audit=self.audit, findings=shown, closing=self.kind == Meeting.Kind.CLOSING, cancel_url=self.audit.get_absolute_url(), submit=_("Record the meeting"), **kwargs)

    def act(self, form):
        stage1.record_meeting(self.scope, self.audit, kind=self.kind, **form.cleaned_data)
        return self.audit.get_absolute_url()
