"""Appeals against decisions and acts: the list, one of them, lodging, its effect meanwhile, its decision."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Role
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from standards import policies
from standards.models import CertificationAct, CertificationAppeal, Decision
from standards.services import certification_appeals, sitting_out
from standards.standing_forms import AppealFilter, AppealForm, DecideAppealForm, HoldForm

from .standing import register_crumb


def against(appeal):
    return _("Decision on %(audit)s") % {"audit": appeal.decision} if appeal.decision_id else str(appeal.act)


def appeals(scope):
    of = (
        "organisation",
        "act__certification__decision__audit__edition",
        "decision__audit__edition",
        "decision__audit__certification",
        "lodged_by",
        "decided_by",
    )
    return CertificationAppeal.objects.visible_to(scope).select_related(*of)


class AppealList(ListDoor):
    title = gettext_lazy("Appeals")
    may = staticmethod(policies.may_list_appeals)
    template_name = "standards/appeals.html"
    filterset_class = AppealFilter
    default_sort = "-lodged"
    columns = (
        Column("against", gettext_lazy("Against"), against),
        Column("mda", gettext_lazy("MDA"), lambda a: str(a.organisation), sort="organisation__name"),
        Column("lodged", gettext_lazy("Lodged"), lambda a: a.lodged_at, sort="lodged_at"),
        Column("due", gettext_lazy("Decision due"), lambda a: a.due_on, sort="due_on"),
        Column("state", gettext_lazy("State"), lambda a: a.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        return appeals(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        open_ = [appeal for appeal in context["page_obj"].object_list if appeal.state == "lodged"] if self.scope.role == Role.PANEL else []
        return context | {"out": sitting_out.appeals(self.scope, open_)}

    def get_crumbs(self):
        return [register_crumb()]


class Lodge(FormDoor):
    """Of an act by its number, or of an audit's final decision by the audit's."""

    title = gettext_lazy("Appeal")
    template_name = "standards/appeal_lodge.html"
    form_class = AppealForm
    done = gettext_lazy("The appeal is lodged. Somebody without any part in it decides.")

    def prepare(self):
        if "ref" in self.kwargs:
            of = Decision.objects.exclude(outcome=Decision.Outcome.DEFER).select_related("audit__organisation", "audit__edition")
            self.against = {"decision": fetch(of, self.scope, may=policies.may_appeal_against, audit__ref=self.kwargs["ref"])}
        else:
            of = CertificationAct.objects.select_related("certification__organisation", "certification__decision__audit__edition")
            self.against = {"act": fetch(of, self.scope, may=policies.may_appeal_against, pk=self.kwargs["pk"])}

    def get_crumbs(self):
        return [register_crumb()]

    def get_context_data(self, **kwargs):
        (thing,) = self.against.values()
        back = thing.audit if isinstance(thing, Decision) else thing
        return super().get_context_data(
            thing=thing, reasons=thing.reasons if isinstance(thing, Decision) else thing.decision_reason or thing.reason,
            until=certification_appeals.last_day(thing) if thing.decided_at else None, cancel_url=back.get_absolute_url(), **kwargs,
        )  # fmt: skip

    def act(self, form):
        return certification_appeals.lodge(self.scope, grounds=form.cleaned_data["grounds"], **self.against).get_absolute_url()


class OfAppeal:
    allowed = staticmethod(policies.may_list_appeals)

    def prepare(self):
        self.thing = fetch(appeals(self.scope), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [register_crumb(), (_("Appeals"), reverse("standards:appeals"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(appeal=self.thing, cancel_url=self.thing.get_absolute_url(), **kwargs)


class AppealPage(OfAppeal, DetailDoor):
    template_name = "standards/appeal.html"

    def get_object(self, queryset=None):
        return self.thing

    def get_title(self):
        return _("Appeal: %(thing)s") % {"thing": self.thing}

    def get_context_data(self, **kwargs):
        appeal, scope = self.thing, self.scope
        may_decide = policies.may_decide_appeal(scope, appeal)
        upheld = appeal.state == CertificationAppeal.State.UPHELD
        new_audit = upheld and appeal.decision_id
        return super().get_context_data(
            may_decide=may_decide,
            may_hold=may_decide and certification_appeals.can_wait(appeal),
            may_take_back=policies.may_take_back_appeal(scope, appeal),
            certification=certification_appeals.certification_of(appeal),
            concern=certification_appeals.concern(appeal) if new_audit else (),
            may_plan=bool(new_audit) and policies.may_plan_audit(scope),
            **kwargs,
        )


class DecideAppeal(OfAppeal, FormDoor):
    allowed = staticmethod(policies.may_decide_appeal)
    template_name = "standards/appeal_decide.html"
    form_class = DecideAppealForm
    title = gettext_lazy("Decide the appeal")
    done = gettext_lazy("The appeal is decided, and the MDA is told.")

    def act(self, form):
        said = form.cleaned_data
        return certification_appeals.decide(
            self.scope, self.thing, uphold=said["outcome"] == "yes", reasons=said["reasons"]
        ).get_absolute_url()


class HoldEffect(OfAppeal, FormDoor):
    allowed = staticmethod(policies.may_decide_appeal)
    template_name = "standards/appeal_decide.html"
    form_class = HoldForm
    title = gettext_lazy("Decide on the effect")
    done = gettext_lazy("It is recorded.")

    def act(self, form):
        return certification_appeals.hold_effect(
            self.scope, self.thing, hold=form.cleaned_data["outcome"] == "yes"
        ).get_absolute_url()


class TakeBackAppeal(OfAppeal, ActDoor):
    done = gettext_lazy("The appeal is taken back.")

    def act(self):
        return certification_appeals.take_back(self.scope, self.thing).get_absolute_url()
