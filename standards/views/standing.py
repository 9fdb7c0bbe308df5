"""Acts on certifications, and the surveillance of them: lists, one of each, asking, deciding, planning."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres.access import fetch
from centres.models import Role
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from standards import policies
from standards.models import Certification, CertificationAct, Surveillance
from standards.services import certification_appeals, sitting_out, standing, surveillances
from standards.standing_forms import ActFilter, AskForm, DecideForm, RenewalForm, SurveillanceFilter, SurveillanceForm

from .auditors import NamesTeam

REGISTER = (gettext_lazy("Register of certifications"), "standards:certifications")


def register_crumb():
    return (REGISTER[0], reverse(REGISTER[1]))


class OfCertification:
    """Of one certification: `self.held`, fetched for the scope under `allowed(scope, certification)`."""

    allowed = staticmethod(lambda scope, certification: True)

    def prepare(self):
        of = Certification.objects.select_related("organisation", "centre", "decision__audit__edition")
        self.held = fetch(of, self.scope, may=type(self).allowed, code=self.kwargs["code"].upper())

    def get_crumbs(self):
        return [register_crumb(), (self.held.number, self.held.get_absolute_url())]

    def get_context_data(self, **kwargs):
        return super().get_context_data(certification=self.held, cancel_url=self.held.get_absolute_url(), **kwargs)


class Ask(OfCertification, FormDoor):
    allowed = staticmethod(policies.may_ask_act)
    template_name = "standards/standing_ask.html"
    form_class = AskForm
    done = gettext_lazy("It is asked; nothing changes until the panel decides.")

    def get_title(self):
        return _("Change the standing of %(number)s") % {"number": self.held.number}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope, "certification": self.held}

    def act(self, form):
        return standing.ask(self.scope, self.held, **form.cleaned_data).get_absolute_url()


def judged_again(day, form, certification, edition, **more):
    """What a team is judged on that comes back to the places of a certification; on that day unless another is said."""
    _head_office, centres = surveillances.places(certification)
    return form.judged(day, certification.organisation, centres, edition, place=certification.centre, **more)


class Renew(NamesTeam, OfCertification, FormDoor):
    allowed = staticmethod(lambda scope, certification: policies.may_plan_audit(scope))
    template_name = "standards/standing_plan.html"
    form_class = RenewalForm
    done = gettext_lazy("The audit is planned, and its team is told.")

    def get_title(self):
        return _("Plan the recertification of %(holder)s") % {"holder": self.held.holder}

    def judged(self, form):
        edition = form.said("edition")
        return judged_again(self.scope.today, form, self.held, edition) if edition else None

    def act(self, form):
        return surveillances.plan_renewal(self.scope, self.held, **form.cleaned_data).get_absolute_url()


def acts(scope):
    return CertificationAct.objects.visible_to(scope).select_related(
        "certification__organisation", "certification__decision__audit__edition", "asked_by", "decided_by"
    )


class ActList(ListDoor):
    title = gettext_lazy("Acts on certifications")
    may = staticmethod(policies.may_list_acts)
    template_name = "standards/acts.html"
    filterset_class = ActFilter
    default_sort = "-asked"
    columns = (
        Column("act", gettext_lazy("What is asked"), lambda a: a.get_kind_display(), sort="kind"),
        Column("number", gettext_lazy("Certificate no."), lambda a: a.certification.number, sort="certification__number"),
        Column("holder", gettext_lazy("Held by"), lambda a: a.certification.holder, sort="certification__holder"),
        Column("ground", gettext_lazy("Ground"), lambda a: a.get_ground_display(), sort="ground"),
        Column("asked", gettext_lazy("Asked"), lambda a: a.asked_at, sort="asked_at"),
        Column("by", gettext_lazy("Asked by"), lambda a: str(a.asked_by or _("Timetable"))),
        Column("state", gettext_lazy("State"), lambda a: a.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        return acts(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        open_ = [act for act in context["page_obj"].object_list if act.state == "asked"] if self.scope.role == Role.PANEL else []
        return context | {"out": sitting_out.acts(self.scope, open_)}

    def get_crumbs(self):
        return [register_crumb()]


class OfAct:
    """Of one act: `self.thing`."""

    allowed = staticmethod(policies.may_list_acts)

    def prepare(self):
        self.thing = fetch(acts(self.scope), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [register_crumb(), (_("Acts on certifications"), reverse("standards:certification_acts"))]


class ActPage(OfAct, DetailDoor):
    template_name = "standards/act.html"

    def get_object(self, queryset=None):
        return self.thing

    def get_context_data(self, **kwargs):
        act, scope = self.thing, self.scope
        appeals = policies.may_appeal_against(scope, act) and not certification_appeals.why_not(
            act, scope.today
        )
        return super().get_context_data(
            act=act,
            sites=act.sites.select_related("site__centre"),
            appeal=act.appeals.first(),
            may_decide=policies.may_decide_act(scope, act),
            may_take_back=policies.may_take_back_act(scope, act),
            may_appeal=appeals,
            appeal_until=certification_appeals.last_day(act) if appeals else None,
            **kwargs,
        )


class DecideAct(OfAct, FormDoor):
    allowed = staticmethod(policies.may_decide_act)
    template_name = "standards/act_decide.html"
    form_class = DecideForm
    done = gettext_lazy("The decision is recorded; the register shows it at once.")

    def get_title(self):
        return _("Decide: %(act)s") % {"act": self.thing}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"act": self.thing}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            act=self.thing,
            sites=self.thing.sites.select_related("site__centre"),
            cancel_url=self.thing.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        said = form.cleaned_data
        done = standing.decide(
            self.scope, self.thing, grant=said["outcome"] == "yes", reason=said["reason"], sites=said.get("sites")
        )
        return done.get_absolute_url()


class TakeBackAct(OfAct, ActDoor):
    done = gettext_lazy("It is taken back.")

    def act(self):
        return standing.take_back(self.scope, self.thing).get_absolute_url()


def watched(scope):
    return Surveillance.objects.visible_to(scope).select_related(
        "certification__organisation", "certification__decision__audit__edition", "audit"
    )


class SurveillanceList(ListDoor):
    title = gettext_lazy("Surveillance")
    may = staticmethod(policies.may_list_acts)
    template_name = "standards/surveillances.html"
    filterset_class = SurveillanceFilter
    columns = (
        Column("holder", gettext_lazy("Held by"), lambda s: s.certification.holder, sort="certification__holder"),
        Column("number", gettext_lazy("Certificate no."), lambda s: s.certification.number, sort="certification__number"),
        Column("month", gettext_lazy("By month"), lambda s: s.month, sort="month", numeric=True),
        Column("due", pgettext_lazy("deadline", "Due"), lambda s: s.due_on, sort="due_on"),
        Column("elements", gettext_lazy("Elements"), lambda s: len(s.elements), numeric=True),
        Column("state", gettext_lazy("State"), lambda s: s.get_state_display(), sort="state"),
        Column("audit", gettext_lazy("Audit"), lambda s: s.audit.ref if s.audit else ""),
    )

    def base_queryset(self):
        """What is still to be done first, the soonest due on top."""
        done = Q(state__in=[Surveillance.State.PASSED, Surveillance.State.FAILED])
        seen = watched(self.scope).filter(certification__state__in=Certification.STANDING)
        return seen.annotate(done=done).order_by("done", "due_on", "pk")

    def get_crumbs(self):
        return [register_crumb()]


class PlanSurveillance(NamesTeam, FormDoor):
    template_name = "standards/standing_plan.html"
    form_class = SurveillanceForm
    done = gettext_lazy("The audit is planned, and its team is told.")

    def prepare(self):
        self.row = fetch(watched(self.scope), self.scope, may=policies.may_plan_surveillance, pk=self.kwargs["pk"])

    def get_title(self):
        return _("Plan the surveillance of %(holder)s") % {"holder": self.row.certification.holder}

    def get_crumbs(self):
        return [register_crumb(), (_("Surveillance"), reverse("standards:surveillances"))]

    def judged(self, form):
        before = self.row.certification.decision.audit
        day = max(self.row.due_on, self.scope.today)
        return judged_again(day, form, self.row.certification, before.edition, began=before.starts_on)

    def get_context_data(self, **kwargs):
        row = self.row
        return super().get_context_data(
            certification=row.certification,
            row=row,
            elements=surveillances.elements_of(row),
            cancel_url=reverse("standards:surveillances"),
            **kwargs,
        )

    def act(self, form):
        return surveillances.plan(self.scope, self.row, **form.cleaned_data).get_absolute_url()
