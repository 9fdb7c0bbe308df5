"""Transfers: what is asked of us and by us, what is settled; one transfer with its answer; asking for an officer."""

from django.contrib import messages
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from centres import policies, upkeep_forms
from centres.access import fetch
from centres.filters import TransferFilter
from centres.models import Cadre, Centre, County, JobGroup, Officer, TransferRequest
from centres.services import transfers
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor

CRUMBS = [(gettext_lazy("Transfers"), "/transfers/")]
OUTGOING, INCOMING, HISTORY = "outgoing", "incoming", "history"
LABELS = {OUTGOING: gettext_lazy("Asked of us"), INCOMING: gettext_lazy("Asked by us"), HISTORY: gettext_lazy("Settled")}
NATIONAL = {OUTGOING: gettext_lazy("Open"), HISTORY: gettext_lazy("Settled")}


def boxes(scope):
    """{key: queryset} of the scope's transfers: open ones of officers who leave or come, and the settled ones."""
    seen = TransferRequest.objects.visible_to(scope)
    still = seen.filter(state__in=TransferRequest.OPEN)
    found = {OUTGOING: still, INCOMING: still, HISTORY: seen.exclude(state__in=TransferRequest.OPEN)}
    if scope.organisation_ids is None:
        del found[INCOMING]
        return found
    found[OUTGOING] = still.filter(from_organisation__in=scope.organisation_ids)
    found[INCOMING] = still.filter(to_organisation__in=scope.organisation_ids)
    return found


class TransferList(ListDoor):
    title = gettext_lazy("Transfers")
    may = staticmethod(policies.may_ask_for_transfer)
    template_name = "centres/transfers.html"
    filterset_class = TransferFilter
    default_sort = "answer_by"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda t: t.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda t: t.officer.personal_no),
        Column("from", pgettext_lazy("place", "From"), lambda t: str(t.from_organisation), sort="from_organisation__name"),
        Column("to", pgettext_lazy("place", "To"), lambda t: str(t.to_organisation), sort="to_organisation__name"),
        Column("on", gettext_lazy("Takes effect"), lambda t: t.on, sort="on"),
        Column("state", gettext_lazy("State"), lambda t: t.get_state_display(), sort="state"),
        Column("answer_by", gettext_lazy("Answer by"), lambda t: t.answer_by if t.state == "requested" else "", sort="answer_by"),
        Column("reason", gettext_lazy("Reason"), lambda t: t.reason),
    )

    @cached_property
    def boxes(self):
        return boxes(self.scope)

    @cached_property
    def box(self):
        asked = self.request.GET.get("box")
        return asked if asked in self.boxes else OUTGOING

    def base_queryset(self):
        return self.boxes[self.box].select_related("officer", "from_organisation", "to_organisation")

    def get_context_data(self, **kwargs):
        labels = NATIONAL if INCOMING not in self.boxes else LABELS
        tabs = [
            {"label": labels[key], "url": f"?box={key}", "current": key == self.box, "count": some.count()}
            for key, some in self.boxes.items()
        ]
        context = super().get_context_data(tabs=tabs, box=self.box, **kwargs)
        for row in context["page_obj"].object_list:
            row.may_answer = policies.may_answer_transfer(self.scope, row)
        return context | {"may_accept_some": any(row.may_answer for row in context["page_obj"].object_list)}


class AskForTransfer(FormDoor):
    title = gettext_lazy("Ask for an officer")
    may = staticmethod(policies.may_ask_for_transfer)
    template_name = "centres/transfer_new.html"
    form_class = upkeep_forms.TransferForm

    def get_crumbs(self):
        return CRUMBS

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def act(self, form):
        given = form.cleaned_data
        officer = transfers.find(
            self.scope,
            surname=given["surname"],
            upn=given["upn"],
            personal_no=given["personal_no"],
            organisation=given["of_organisation"],
        )
        transfer = transfers.request(self.scope, officer=officer, to=given["organisation"], on=given["on"], post=form.post())
        messages.success(
            self.request, _("%(mda)s has been asked. Nothing moves before it answers.") % {"mda": transfer.from_organisation}
        )
        return reverse("centres:transfer", args=[transfer.ref])


class TheTransfer:
    may = staticmethod(policies.may_ask_for_transfer)

    def fetch(self, may=None):
        held = TransferRequest.objects.select_related(
            "officer", "from_organisation", "to_organisation", "requested_by", "answered_by", "roster"
        )
        return fetch(held, self.scope, may, ref=self.kwargs["ref"])

    def home(self, transfer):
        return reverse("centres:transfer", args=[transfer.ref])


class TransferPage(TheTransfer, DetailDoor):
    template_name = "centres/transfer.html"
    context_object_name = "transfer"

    def get_object(self, queryset=None):
        return self.fetch()

    def get_title(self):
        return _("Transfer of %(officer)s") % {"officer": self.object.officer}

    def get_crumbs(self):
        return CRUMBS

    def get_context_data(self, **kwargs):
        t = self.object
        in_sight = Officer.objects.visible_to(self.scope).filter(pk=t.officer_id).exists()
        return super().get_context_data(
            rows=self.rows(t),
            officer_url=t.officer.get_absolute_url() if in_sight else "",
            may_answer=policies.may_answer_transfer(self.scope, t),
            may_settle=policies.may_settle_transfer(self.scope, t),
            may_withdraw=policies.may_withdraw_transfer(self.scope, t),
            **kwargs,
        )

    @staticmethod
    def rows(t):
        models = {"cadre": Cadre, "job_group": JobGroup, "county": County, "centre": Centre}
        post = {name: models[name].objects.filter(pk=pk).first() for name, pk in t.post.items() if name in models}
        return [
            (_("Personal number"), t.officer.personal_no),
            (
                _("New personal number"),
                t.post.get("personal_no") if t.from_organisation.number_series != t.to_organisation.number_series else None,
            ),
            (_("CSE cadre"), post.get("cadre")),
            (_("Job group"), post.get("job_group")),
            (_("Designation"), t.post.get("designation")),
            (_("County"), post.get("county")),
            (_("Duty station"), post.get("centre")),
        ]


class TransferAct(TheTransfer, ActDoor):
    """A button on one transfer."""


class Accept(TransferAct):
    def act(self):
        transfer = transfers.accept(self.scope, transfer=self.fetch())
        messages.success(
            self.request,
            _("Accepted: %(officer)s moves to %(mda)s.") % {"officer": transfer.officer, "mda": transfer.to_organisation},
        )
        return self.home(transfer)


class TransferForm(TheTransfer, FormDoor):
    """An answer with a reason."""

    template_name = "centres/transfer_act.html"
    form_class = upkeep_forms.ReasonForm
    submit, rule = "", None

    @cached_property
    def transfer(self):
        return self.fetch(type(self).rule)

    def get_crumbs(self):
        return [*CRUMBS, (self.transfer.ref, self.home(self.transfer))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(transfer=self.transfer, submit=self.submit, cancel_url=self.home(self.transfer), **kwargs)

    def act(self, form):
        self.answer(self.transfer, form.cleaned_data)
        return self.home(self.transfer)


class Dispute(TransferForm):
    title, submit = gettext_lazy("Dispute this transfer"), gettext_lazy("Dispute it")
    rule = staticmethod(policies.may_answer_transfer)

    def answer(self, transfer, given):
        transfers.dispute(self.scope, transfer=transfer, **given)


class Withdraw(TransferForm):
    title, submit = gettext_lazy("Withdraw this transfer"), gettext_lazy("Withdraw it")
    rule = staticmethod(policies.may_withdraw_transfer)

    def answer(self, transfer, given):
        transfers.withdraw(self.scope, transfer=transfer, **given)


class Settle(TransferForm):
    title, submit = gettext_lazy("Settle this dispute"), gettext_lazy("Settle it")
    rule = staticmethod(policies.may_settle_transfer)
    form_class = upkeep_forms.SettleForm

    def answer(self, transfer, given):
        transfers.settle(self.scope, transfer=transfer, **given)


class AcceptSome(ActDoor):
    """Accepts those ticked."""

    may = staticmethod(policies.may_ask_for_transfer)

    def act(self):
        asked = TransferRequest.objects.visible_to(self.scope).filter(ref__in=self.request.POST.getlist("transfers"))
        bulk = transfers.accept_many(self.scope, transfer_ids=list(asked.values_list("pk", flat=True)))
        tell(self.request, bulk, ngettext("%(n)s transfer accepted.", "%(n)s transfers accepted.", len(bulk.done)))
        return reverse("centres:transfers")


def tell(request, bulk, sentence):
    """Says what came of an act on many."""
    if bulk.done:
        messages.success(request, sentence % {"n": len(bulk.done)})
    for officer, why in bulk.refused[:10]:
        messages.warning(request, f"{officer}: {why}")
    if len(bulk.refused) > 10:
        messages.warning(request, _("%(n)s more were left as they are, for such reasons.") % {"n": len(bulk.refused) - 10})
    if not bulk.done and not bulk.refused:
        messages.warning(request, _("None was chosen."))
