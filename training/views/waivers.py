"""Waivers: the list with the queue of what waits, asking for one or many, deciding, ending early."""

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from cse_portal.lib.errors import Refused
from cse_portal.lib.states import state_look
from training import policies
from training.forms import DecideForm, EndWaiverForm, WaiverForm
from training.models import Waiver
from training.rule_filters import WaiverFilter
from training.services import waivers


def now(waiver):
    """Its state today, as the tags know it."""
    state = waiver.state_as_of(clock.today())
    return "ended_early" if state == Waiver.State.ENDED else state


def shown(scope):
    return Waiver.objects.visible_to(scope).select_related("officer", "organisation", "requested_by", "decided_by")


class WaiverList(ListDoor):
    title = gettext_lazy("Waivers")
    may = staticmethod(policies.may_see_waivers)
    template_name = "training/waivers.html"
    filterset_class = WaiverFilter
    default_sort = "-asked"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda w: w.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda w: w.officer.personal_no, sort="officer__personal_key"),
        Column("mda", gettext_lazy("Asked by the MDA"), lambda w: w.organisation.name, sort="organisation__name"),
        Column("first", gettext_lazy("First day"), lambda w: w.during.lower, sort="during__startswith"),
        Column("last", gettext_lazy("Last day"), lambda w: w.last_day, sort="during__endswith"),
        Column("reason", gettext_lazy("Reason"), lambda w: w.reason),
        Column("state", gettext_lazy("State"), lambda w: state_look(now(w), "waiver").word, sort="state"),
        Column("asked", gettext_lazy("Asked"), lambda w: w.requested_at, sort="requested_at"),
        Column("decided", gettext_lazy("Decided by"), lambda w: str(w.decided_by or "")),
    )

    def base_queryset(self):
        return shown(self.scope)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        decides = policies.may_decide_waiver(self.scope)
        for waiver in context["page_obj"].object_list:
            waiver.now = now(waiver)
            waiver.to_decide = waiver.state == Waiver.State.REQUESTED and policies.may_decide_waiver(self.scope, waiver)
        return context | {
            "may_ask": policies.may_ask_for_waiver(self.scope),
            "decides": decides and any(w.to_decide for w in context["page_obj"].object_list),
        }


class Approve(ActDoor):
    """The ticked ones of the list, all or none."""

    may = staticmethod(policies.may_decide_waiver)

    def act(self):
        chosen = [pk for pk in self.request.POST.getlist("waiver") if pk.isdigit() and len(pk) < 12]
        found = list(shown(self.scope).filter(pk__in=chosen))
        if not found:
            raise Refused(_("Tick the waivers that you approve."), code="nobody")
        n = waivers.approve_many(self.scope, waivers=found)
        self.done = ngettext("%(n)s waiver is approved.", "%(n)s waivers are approved.", n) % {"n": n}
        return reverse("training:waivers") + "?state=requested"


class OfWaiver:
    """Mixin of pages of the waiver that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_see_waivers)

    def prepare(self):
        self.waiver = fetch(shown(self.scope).select_related("officer__user"), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Waivers"), reverse("training:waivers"))]


class WaiverPage(OfWaiver, DetailDoor):
    template_name = "training/waiver.html"
    context_object_name = "waiver"

    def get_object(self, queryset=None):
        return self.waiver

    def get_title(self):
        return _("Waiver: %(name)s") % {"name": self.waiver.officer}

    def get_context_data(self, **kwargs):
        waiver, scope = self.waiver, self.scope
        standing = waiver.state == Waiver.State.APPROVED and scope.today < waiver.during.upper
        return super().get_context_data(
            state=now(waiver),
            may_decide=waiver.state == Waiver.State.REQUESTED and policies.may_decide_waiver(scope, waiver),
            may_withdraw=policies.may_withdraw_waiver(scope, waiver),
            may_end=standing and policies.may_end_waiver(scope, waiver),
            may_see_officer=Officer.objects.visible_to(scope).filter(pk=waiver.officer_id).exists(),
            deciders=waivers.deciders([waiver.organisation_id], scope.today)[waiver.organisation_id]
            if waiver.state == Waiver.State.REQUESTED
            else [],
            **kwargs,
        )


class DecideWaiver(OfWaiver, FormDoor):
    title = gettext_lazy("Decide on a waiver")
    allowed = staticmethod(policies.may_decide_waiver)
    template_name = "training/waiver_decide.html"
    form_class = DecideForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"outcomes": [("approve", _("Approve")), ("refuse", _("Refuse"))]}

    def get_context_data(self, **kwargs):
        return super().get_context_data(waiver=self.waiver, cancel_url=self.waiver.get_absolute_url(), **kwargs)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        if form.cleaned_data["outcome"] == "approve":
            waivers.approve(self.scope, waiver=self.waiver, reason=reason)
            self.done = _("The waiver is approved; the officer and whoever asked are told.")
        else:
            waivers.refuse(self.scope, waiver=self.waiver, reason=reason)
            self.done = _("The waiver is refused; whoever asked is told why.")
        return self.waiver.get_absolute_url()


class WithdrawWaiver(OfWaiver, ActDoor):
    allowed = staticmethod(policies.may_withdraw_waiver)
    done = gettext_lazy("The request is withdrawn.")

    def act(self):
        waivers.withdraw(self.scope, waiver=self.waiver)
        return self.waiver.get_absolute_url()


class EndWaiver(OfWaiver, FormDoor):
    title = gettext_lazy("End a waiver early")
    allowed = staticmethod(policies.may_end_waiver)
    template_name = "training/confirm.html"
    form_class = EndWaiverForm
    done = gettext_lazy("The waiver ends early; the officer is told.")

    def get_initial(self):
        return {"on": self.scope.today}

    def get_context_data(self, **kwargs):
        what = _("From that day the training required of %(name)s is due again; the days before stay waived.") % {
            "name": self.waiver.officer
        }
        return super().get_context_data(what=what, submit=_("End it"), cancel_url=self.waiver.get_absolute_url(), **kwargs)

    def act(self, form):
        waivers.end_early(self.scope, waiver=self.waiver, **form.cleaned_data)
        return self.waiver.get_absolute_url()


class AskForWaiver(FormDoor):
    """For one officer or many: `?officer=OF-…`, as often as needed, fills them in."""

    title = gettext_lazy("Ask for a waiver")
    may = staticmethod(policies.may_ask_for_waiver)
    template_name = "training/waiver_ask.html"
    form_class = WaiverForm

    def get_crumbs(self):
        return [(_("Waivers"), reverse("training:waivers"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    @cached_property
    def named(self):
        refs = self.request.GET.getlist("officer")[:500]
        if not refs:
            return []
        found = list(Officer.objects.visible_to(self.scope).filter(ref__in=refs))
        if len(found) < len(set(refs)):
            raise Http404
        return found

    def get_initial(self):
        return {"officers": "\n".join(o.ref for o in self.named), "first": self.scope.today}

    def get_context_data(self, **kwargs):
        return super().get_context_data(named=self.named, cancel_url=reverse("training:waivers"), **kwargs)

    def act(self, form):
        said = form.cleaned_data
        period = {name: said[name] for name in ("first", "last", "reason")}
        if len(said["officers"]) == 1:
            waiver = waivers.request(self.scope, officer=said["officers"][0], **period)
            self.done = _("The waiver is asked for. It counts once another person has approved it.")
            return waiver.get_absolute_url()
        names = {o.pk: o for o in said["officers"]}
        n, skipped = waivers.request_many(self.scope, officers=list(names), **period)
        left_out = [f"{names[pk]}: {why}" for pk, why in skipped]
        if not n:
            raise Refused(_("No waiver was asked for."), code="not_eligible", fields={"officers": left_out[:20]})
        for sentence in left_out[:20]:
            messages.warning(self.request, sentence)
        self.done = ngettext("%(n)s waiver is asked for.", "%(n)s waivers are asked for.", n) % {"n": n}
        return reverse("training:waivers") + "?state=requested"
