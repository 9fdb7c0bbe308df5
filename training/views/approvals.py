"""What an authorised officer, or who stands in, approves: nominations by cohort, oldest first; and who stands in for whom."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, FormDoor, Page
from cse_portal.lib.errors import Refused
from training import access, policies
from training.models import ApprovalDelegation
from training.seat_forms import DelegateForm
from training.services import delegations, nominations

SHOWN = 300  # nominations on the page
URGENT = 24 * 3600  # seconds left


def left(until, now):
    """How long there is still, in words: (sentence, whether it is urgent)."""
    if until is None:
        return _("waits for a seat"), False
    seconds = (until - now).total_seconds()
    if seconds <= 0:
        return _("time is over"), True
    hours = int(seconds // 3600)
    if hours < 48:
        return ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}, seconds < URGENT
    return ngettext("%(n)s day left", "%(n)s days left", hours // 24) % {"n": hours // 24}, False


class Approvals(Page):
    title = gettext_lazy("Nominations to approve")
    may = staticmethod(policies.may_approve)
    template_name = "training/approvals.html"

    def waiting(self):
        found = nominations.to_approve(self.scope).select_related(
            "officer", "organisation", "enrolled_by", "cohort__course_version__course", "cohort__campus"
        )
        return found.order_by("enrolled_at", "pk")

    def post(self, request, *args, **kwargs):
        said, act = request.POST, request.POST.get("act", "")
        ids = [int(pk) for pk in said.getlist("enrolment") if pk.isdigit() and len(pk) < 12]
        found = self.waiting()
        found = found.filter(cohort__code=said.get("cohort", "")) if act.endswith("_all") else found.filter(pk__in=ids)
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        note = said.get("note", "").strip()[:200]
        try:
            if not ids:
                raise Refused(_("Tick the nominations first."), code="nobody")
            if act.startswith("approve"):
                done = nominations.approve(self.scope, enrolments=ids, note=note)
                words = ngettext("%(n)s nomination is approved.", "%(n)s nominations are approved.", len(done.done))
            elif act.startswith("turn_down"):
                if not note:
                    raise Refused(_("Say why you turn them down; whoever nominated reads it."), code="no_reason")
                done = nominations.turn_down(self.scope, enrolments=ids, reason=note)
                words = ngettext("%(n)s nomination is turned down.", "%(n)s nominations are turned down.", len(done.done))
            else:
                raise Refused(_("Choose what to do."), code="nothing")
        except Refused as refusal:
            context = self.get_context_data(refusal=refusal, note=note, ticked=ids, at=said.get("cohort", ""))
            return self.render_to_response(context, status=409)
        if done.done:
            messages.success(request, words % {"n": len(done.done)})
        for _enrolment, sentence in done.refused[:10]:
            messages.warning(request, sentence)
        return redirect("training:approvals")

    def get_context_data(self, **kwargs):
        now, found = clock.now(), self.waiting()
        rows, groups = list(found[:SHOWN]), {}
        for row in rows:
            row.left, row.urgent = left(row.approve_by, now)
            row.ticked = row.pk in kwargs.get("ticked", ())
            groups.setdefault(row.cohort_id, []).append(row)
        acting = access.delegations_to(self.scope.user, self.scope.today)
        return super().get_context_data(
            groups=[(rows[0].cohort, rows) for rows in groups.values()],
            total=len(rows) if len(rows) < SHOWN else found.count(),
            shown=SHOWN,
            standing_in=acting,
            may_delegate=policies.may_delegate(self.scope),
            **kwargs,
        )


class Delegations(FormDoor):
    """Who approves in one's place on which days: the list and the form in one page."""

    title = gettext_lazy("Who approves in your place")
    may = staticmethod(policies.may_delegate)
    template_name = "training/delegations.html"
    form_class = DelegateForm

    def get_crumbs(self):
        return [(_("To approve"), reverse("training:approvals"))]

    @cached_property
    def people(self):
        return delegations.candidates(self.scope.organisation, self.scope.today).exclude(pk=self.scope.user.pk)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"people": self.people}

    def get_context_data(self, **kwargs):
        found = ApprovalDelegation.objects.visible_to(self.scope).select_related("organisation", "delegator", "delegate")
        rows, today = list(found.order_by("-during", "-pk")[:100]), self.scope.today
        for row in rows:
            row.last = row.during.upper - dt.timedelta(days=1)
            row.open = row.during.upper > today
            row.may_end = row.open and policies.may_end_delegation(self.scope, row)
        return super().get_context_data(rows=rows, cancel_url=reverse("training:approvals"), **kwargs)

    def act(self, form):
        said = form.cleaned_data
        made = delegations.delegate(
            self.scope,
            organisation=self.scope.organisation,
            to=said["to"],
            first=said["first"],
            last=said["last"],
            reason=said["reason"],
        )
        self.done = _("%(name)s approves in your place on these days and is told.") % {"name": made.delegate}
        return reverse("training:delegations")


class EndDelegation(ActDoor):
    may = staticmethod(policies.may_delegate)
    done = gettext_lazy("The delegation has ended.")

    def act(self):
        found = fetch(ApprovalDelegation.objects.all(), self.scope, may=policies.may_end_delegation, pk=self.kwargs["pk"])
        delegations.end(self.scope, delegation=found)
        return reverse("training:delegations")
