"""All certificates, for those who keep them, and what is asked about them: revoke, suspend, reinstate, under four eyes."""

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Posting
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from cse_portal.lib.errors import Refused
from cse_portal.lib.states import state_look
from training import policies
from training.award_forms import CertificateActFilter, CertificateActForm, CertificateFilter, DecideActForm
from training.models import Certificate, CertificateAct
from training.services import certificate_acts

SHOWN = 50  # certificates in a preview


class CertificateList(ListDoor):
    title = gettext_lazy("Certificates")
    may = staticmethod(policies.may_see_certificates)
    template_name = "training/certificates.html"
    filterset_class = CertificateFilter
    default_sort = "-number"
    columns = (
        Column("number", gettext_lazy("Number"), lambda c: c.number, sort="number"),
        Column("holder", gettext_lazy("Held by"), lambda c: c.holder, sort="holder"),
        Column("mda", gettext_lazy("MDA"), lambda c: c.mda or ""),
        Column("course", gettext_lazy("Course"), lambda c: f"{c.course_code} {c.course_title}", sort="course_code"),
        Column("cohort", gettext_lazy("Cohort"), lambda c: c.cohort or ""),
        Column("issued", gettext_lazy("Issued"), lambda c: c.issued_on, sort="issued_on"),
        Column("last_day", gettext_lazy("Valid until"), lambda c: c.last_day, sort="expires_on"),
        Column("state", gettext_lazy("State"), lambda c: state_look(c.state_as_of(clock.today())).word),
        Column("since", gettext_lazy("Since"), lambda c: c.state_on, sort="state_on"),
        Column("reason", gettext_lazy("Reason"), lambda c: c.state_reason),
    )

    def base_queryset(self):
        posted = Posting.objects.on(self.scope.today).filter(officer=OuterRef("completion__officer"))
        return Certificate.objects.visible_to(self.scope).annotate(
            mda=Subquery(posted.values("organisation__name")[:1]), cohort=F("completion__enrolment__cohort__code")
        )

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for certificate in context["page_obj"].object_list:
            certificate.now = certificate.state_as_of(self.scope.today)
        waiting = certificate_acts.to_decide(self.scope).count()
        return context | {"may_ask": policies.may_ask_certificate_act(self.scope), "waiting": waiting}


def acts(scope):
    return CertificateAct.objects.visible_to(scope).select_related("asked_by", "decided_by").annotate(n=Count("certificates"))


class ActList(ListDoor):
    title = gettext_lazy("Acts on certificates")
    may = staticmethod(policies.may_see_certificates)
    template_name = "training/certificate_acts.html"
    filterset_class = CertificateActFilter
    default_sort = "-asked"
    columns = (
        Column("act", gettext_lazy("What is asked"), str),
        Column("n", gettext_lazy("Certificates"), lambda act: act.n, numeric=True),
        Column("reason", gettext_lazy("Reason"), lambda act: act.reason),
        Column("by", gettext_lazy("Asked by"), lambda act: str(act.asked_by or "")),
        Column("asked", gettext_lazy("Asked"), lambda act: act.asked_at, sort="asked_at"),
        Column("state", gettext_lazy("State"), lambda act: act.get_state_display()),
        Column("decided", gettext_lazy("Decided by"), lambda act: str(act.decided_by or "")),
    )

    def base_queryset(self):
        return acts(self.scope)

    def get_crumbs(self):
        return [(_("Certificates"), reverse("training:certificates"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_ask=policies.may_ask_certificate_act(self.scope), **kwargs)


class Ask(FormDoor):
    """First what would change and whose; the same form posted again with `sure` asks for it."""

    title = gettext_lazy("Revoke, suspend or reinstate")
    may = staticmethod(policies.may_ask_certificate_act)
    template_name = "training/certificate_act_ask.html"
    form_class = CertificateActForm
    done = gettext_lazy("It is asked; nothing changes until another coordinator decides.")

    def get_crumbs(self):
        return [(_("Certificates"), reverse("training:certificates"))]

    def get_initial(self):
        given = {name: self.request.GET.get(name, "") for name in ("kind", "first_number", "last_number")}
        return {"kind": "revoke"} | {name: value for name, value in given.items() if value}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:certificates"), shown=SHOWN, **kwargs)

    def form_valid(self, form):
        if "sure" in self.request.POST:
            return super().form_valid(form)
        said = form.cleaned_data
        try:
            effect = certificate_acts.preview(said["kind"], said["first_number"], said["last_number"])
        except Refused as refusal:
            return self.refuse(form, refusal)
        found = effect["concerned"]
        effect |= {"n": found.count(), "listed": found[:SHOWN]}
        effect["left"] = [(state_look(state).word, n) for state, n in effect["left"]]
        return self.render_to_response(
            self.get_context_data(form=form, effect=effect, kind=CertificateAct.Kind(said["kind"]).label)
        )

    def act(self, form):
        said = form.cleaned_data
        act = certificate_acts.ask(
            self.scope, kind=said["kind"], first=said["first_number"], last=said["last_number"], reason=said["reason"]
        )
        return act.get_absolute_url()


class OfAct:
    """Mixin of pages of the act that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_see_certificates)

    def prepare(self):
        self.thing = fetch(acts(self.scope), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        places = [(_("Certificates"), reverse("training:certificates")), (_("Acts"), reverse("training:certificate_acts"))]
        return places


class ActPage(OfAct, DetailDoor):
    template_name = "training/certificate_act.html"
    context_object_name = "act"

    def get_object(self, queryset=None):
        return self.thing

    def get_context_data(self, **kwargs):
        act, scope = self.thing, self.scope
        pages = Paginator(act.certificates.order_by("number"), SHOWN)
        page = pages.get_page(self.request.GET.get("page"))
        for certificate in page.object_list:
            certificate.now = certificate.state_as_of(scope.today)
        return super().get_context_data(
            may_decide=policies.may_decide_certificate_act(scope, act),
            may_withdraw=policies.may_withdraw_certificate_act(scope, act),
            mdas=certificate_acts.by_mda(act.certificates.all()),
            page_obj=page,
            paginator=pages,
            is_paginated=page.has_other_pages(),
            **kwargs,
        )


class Decide(OfAct, FormDoor):
    title = gettext_lazy("Decide on certificates")
    allowed = staticmethod(policies.may_decide_certificate_act)
    template_name = "training/certificate_act_decide.html"
    form_class = DecideActForm

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            act=self.thing,
            mdas=certificate_acts.by_mda(self.thing.certificates.all()),
            cancel_url=self.thing.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        agree = form.cleaned_data["outcome"] == "agree"
        certificate_acts.decide(self.scope, act=self.thing, agree=agree, reason=form.cleaned_data["reason"])
        self.done = _("It is done, and the holders are told.") if agree else _("It is refused; nothing changed.")
        return self.thing.get_absolute_url()


class WithdrawAct(OfAct, ActDoor):
    allowed = staticmethod(policies.may_withdraw_certificate_act)
    done = gettext_lazy("The request is withdrawn.")

    def act(self):
        certificate_acts.withdraw(self.scope, act=self.thing)
        return self.thing.get_absolute_url()
